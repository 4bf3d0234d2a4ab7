// Event files: one file event by event, and the index of a run with everything in it looked at.
#include <unistd.h>

#include <filesystem>

#include <wick/log.h>

#include "fuzz.h"

namespace {

std::string folder() {
  static const std::string path = [] {
    char name[] = "/dev/shm/wick_fuzz_events_XXXXXX", other[] = "/tmp/wick_fuzz_events_XXXXXX";  // without a disk if possible
    const char* const made = mkdtemp(name) ? name : mkdtemp(other);
    if (!made) std::abort();
    static struct Remove {
      std::string path;
      ~Remove() { std::error_code ignored; std::filesystem::remove_all(path, ignored); }
    } remove{made};
    return remove.path;
  }();
  return path;
}

// CRC-32C bit by bit: inputs are given right checksums, so that what is behind them is reached.
uint32_t masked_crc(const std::string& s) {
  uint32_t c = ~0u;
  for (const char b : s) {
    c ^= static_cast<uint8_t>(b);
    for (int i = 0; i < 8; ++i) c = (c >> 1) ^ (c & 1 ? 0x82f63b78 : 0);
  }
  c = ~c;
  return ((c >> 15) | (c << 17)) + 0xa282ead8u;
}
std::string record(const std::string& message) {
  const std::string n = fuzz::little(message.size(), 8);
  return n + fuzz::little(masked_crc(n), 4) + message + fuzz::little(masked_crc(message), 4);
}

void look(const wick::logging::RunLog& log) {
  using wick::logging::EventKind;
  for (const auto& t : log.tags()) {
    const auto p = log.points(t.index);
    if (p.steps.size() != t.count || t.kind == EventKind::scalar) continue;
    for (size_t i = 0; i < std::min<size_t>(t.count, 3); ++i) {
      const auto attempt = [&](const auto& f) {
        try {
          f();
        } catch (const wick::Error&) {
        }
      };
      attempt([&] { log.message(t.index, i); });
      attempt([&] { log.image(t.index, i); });
      attempt([&] { log.audio(t.index, i); });
      attempt([&] { log.texts(t.index, i); });
      attempt([&] { log.histogram(t.index, i); });
      attempt([&] { fuzz::use(log.tensor(t.index, i)); });
    }
  }
  log.graph();
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds;
  for (const char* name : {"tf2/events.out.tfevents.tf2", "others/several/events.out.tfevents.torch", "others/run_14h_sin/events.out.tfevents.torch"}) {
    const std::string path = std::string(WICK_GOLDEN) + "/log/" + name;
    seeds.push_back(fuzz::read_file(path));
    for (const auto& e : wick::logging::read_events(path)) seeds.push_back(e.bytes);  // messages alone
  }
  // Of the many kinds that PyTorch writes the small ones.
  for (const auto& e : wick::logging::read_events(std::string(WICK_GOLDEN) + "/log/calls/events.out.tfevents.torch"))
    if (e.bytes.size() < 600) seeds.push_back(e.bytes);
  return seeds;
}

std::string fuzz_one(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size), path = folder() + "/events.out.tfevents.1";
  const auto read = [&](const std::string& bytes, size_t cut) {
    std::FILE* f = std::fopen(path.c_str(), "wb");
    if (!f) std::abort();
    std::fwrite(bytes.data(), 1, cut, f);
    std::fclose(f);
    // Tensors of half floats become float32; one value may fill a tensor of a million.
    return fuzz::outcome(bytes.size(), 64, [&] {
      const auto options = wick::logging::ReadOptions().check_crc(masked_crc(bytes.substr(0, 64)) & 1).max_record_bytes(1 << 20);
      wick::logging::RunLog log(folder(), options);
      log.refresh();
      f = std::fopen(path.c_str(), "ab");
      std::fwrite(bytes.data() + cut, 1, bytes.size() - cut, f);
      std::fclose(f);
      log.refresh();  // it grew
      look(log);
      wick::logging::EventReader reader(path, options);
      while (reader.next()) {}
      if (reader.position() > bytes.size()) std::abort();
    }, size_t{64} << 20);
  };
  read(input, size / 2);
  const std::string one = record(input);
  return read(one + one, one.size());
}
