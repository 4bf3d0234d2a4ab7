#include "check.h"

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "", rest = argc > 2 ? argv[2] : "";
  if (name == "has") return wick::distributed::is_available(rest) ? 0 : 1;
  if (name == "port") {
    wick::distributed::TCPStoreOptions o;
    o.is_server = true;
    o.port = 0;
    std::printf("%d\n", wick::distributed::TCPStore(o).port());
    return 0;
  }
  const Case cases[] = {{"collectives", collectives}, {"groups", groups}, {"data_parallel", data_parallel}, {"join", join}, {"hooks", hooks}, {"graphs", graphs}, {"zero", zero}, {"trainer", trainer}, {"sharded", sharded}, {"sharded_memory", sharded_memory}, {"sharded_files", sharded_files}, {"sharded_table", sharded_table},
                        {"mismatch", mismatch}, {"hang", hang}, {"killed", killed}, {"start", start}, {"differ", differ}, {"stuck", stuck},
                        {"found", found}, {"crash", crash}, {"strangers", strangers},
                        {"alone", alone}};
  for (const Case& c : cases) {
    if (name != c.name) continue;
    try {
      c.run(rest);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "rank %s: %s\n", std::getenv("RANK") ? std::getenv("RANK") : "?", e.what());
      return 1;
    }
    return failures ? 1 : 0;
  }
  std::fprintf(stderr, "no case '%s'\n", name.c_str());
  return 2;
}
