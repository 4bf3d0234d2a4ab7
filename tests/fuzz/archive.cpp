// Zip archives of libtorch and Python; an input that is none is a pickle, for which a container with right checksums is made.
#include <wick/io/serialize.h>
#include <wick/nn.h>
#include <wick/optim.h>

#include "fuzz.h"

static std::string record_of(const std::string& zip, const std::string& name) {
  const size_t at = zip.rfind(name), entry = zip.rfind("PK\1\2", at);  // in the directory
  if (at == std::string::npos || entry == std::string::npos) std::abort();
  const auto number = [&](size_t where, int n) {
    uint64_t v = 0;
    for (int i = n - 1; i >= 0; --i) v = v << 8 | static_cast<uint8_t>(zip[where + static_cast<size_t>(i)]);
    return v;
  };
  const size_t head = number(entry + 42, 4);
  return zip.substr(head + 30 + number(head + 26, 2) + number(head + 28, 2), number(entry + 24, 4));
}

std::vector<std::string> fuzz_seeds() {
  using namespace wick;
  std::vector<std::string> seeds;
  for (const char* name : {"libtorch_net.pt", "libtorch_adam.pt", "libtorch_arch.pt", "libtorch_vec.pt", "python_state_dict.pt", "python_values.pt"}) {
    const std::string zip = fuzz::read_file(std::string(WICK_TEST_DATA) + "/" + name);
    seeds.push_back(record_of(zip, "data.pkl"));
    seeds.push_back(zip);
  }
  const std::vector<char> v = pickle_save(IValue(std::make_tuple(1.5, true, std::vector<Tensor>{ones({2, 2})}, "s")));
  seeds.emplace_back(v.begin(), v.end());
  seeds.push_back(record_of(seeds.back(), "data.pkl"));
  return seeds;
}

using Sizes = std::vector<uint64_t>;  // of the records with the tensors' bytes

static std::string container(const std::string& pickle, const Sizes& sizes) {
  std::string out, directory;
  const auto add = [&](const std::string& name, const std::string& text) {
    using fuzz::little;
    const std::string fields = little(20, 2) + little(0, 8) + little(fuzz::crc(text), 4) + little(text.size(), 4) + little(text.size(), 4) + little(name.size(), 2) + little(0, 2);
    directory += little(0x02014b50, 4) + little(20, 2) + fields + little(0, 10) + little(out.size(), 4) + name;
    out += little(0x04034b50, 4) + fields + name + text;
  };
  add("x/data.pkl", pickle);
  for (size_t k = 0; k < sizes.size(); ++k) add("x/data/" + std::to_string(k), std::string(sizes[k], '\2'));
  const size_t start = out.size(), n = sizes.size() + 1;
  return out + directory + fuzz::little(0x06054b50, 4) + fuzz::little(0, 4) + fuzz::little(n, 2) + fuzz::little(n, 2) + fuzz::little(directory.size(), 4) + fuzz::little(start, 4) + fuzz::little(0, 2);
}

static std::string load(const std::string& bytes) {
  return fuzz::outcome(bytes.size(), 1100, [&] {  // deflate makes a byte of 1032 at most
    wick::serialize::InputArchive a;
    a.load_from(bytes.data(), bytes.size());
    for (const std::string& key : a.keys()) {
      wick::Tensor t;
      if (a.try_read(key, t)) fuzz::use(t);
    }
  });
}

std::string fuzz_one(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.compare(0, 2, "PK") == 0) return load(bytes);
  // Records get the sizes that the pickle asks for, so that what follows is reached.
  Sizes sizes(20, 16);
  for (int attempt = 0;; ++attempt) {
    const std::string text = load(container(bytes, sizes));
    unsigned long long record = 0, has = 0, need = 0;
    const size_t at = text.find("record data/"), by = text.rfind(" need ");
    if (attempt == 30 || at == std::string::npos || by == std::string::npos || std::sscanf(text.c_str() + at, "record data/%llu has %llu", &record, &has) != 2 ||
        std::sscanf(text.c_str() + by, " need %llu", &need) != 1 || record >= sizes.size() || need > 4096)
      return text;
    sizes[record] = need;
  }
}
