// PyTorch's .pt and .pth files, mapped and copied: zip containers, and the stream of before 1.6.
#include <wick/io/files.h>

#include "fuzz.h"

static std::string golden(const char* name) { return fuzz::read_file(std::string(WICK_GOLDEN) + "/files/" + name); }

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds;
  for (const char* name : {"legacy.pth", "python2.pth", "lone.pt", "sparse.pt", "foreign.pt", "numpy_scalars.pt", "nested.pth", "big_endian.pth", "repacked.pth", "protocol5.pth",
                           "legacy_protocol4.pth", "quantised.pt", "module.pt"}) seeds.push_back(golden(name));
  return seeds;
}

// The checksums of stored records are set right, so that what is behind them is reached.
static std::string with_checksums(std::string s) {
  const auto number = [&](size_t at, int n) {
    uint64_t v = 0;
    for (int i = n; i-- > 0;) v = v << 8 | static_cast<uint8_t>(s[at + static_cast<size_t>(i)]);
    return v;
  };
  for (size_t at = s.find("PK\1\2"); at != std::string::npos && at + 46 <= s.size(); at = s.find("PK\1\2", at + 4)) {
    const size_t head = number(at + 42, 4), size = number(at + 20, 4);
    if (head + 30 > s.size()) continue;
    const size_t data = head + 30 + number(head + 26, 2) + number(head + 28, 2);
    if (data > s.size() || size > s.size() - data) continue;
    s.replace(at + 16, 4, fuzz::little(fuzz::crc(s.substr(data, size)), 4));
  }
  return s;
}

static void walk(const wick::IValue& v, int depth) {
  if (depth > 300) std::abort();  // the reader allows fewer
  if (v.isTensor()) {
    if (!v.toTensor().is_sparse()) fuzz::use(v.toTensor());
  } else if (v.isGenericDict()) {
    size_t n = 0;
    for (const auto& e : v.toGenericDict())
      if (n++ < 100) walk(e.value(), depth + 1);
  } else if (v.isTuple() || v.isList()) {
    const std::vector<wick::IValue> all = v.isTuple() ? v.toTupleRef().values : v.toListRef();
    for (size_t i = 0; i < all.size() && i < 2; ++i) walk(all[i], depth + 1);
  }
}

std::string fuzz_one(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.compare(0, 2, "PK") == 0) bytes = with_checksums(bytes);
  const fuzz::File file(bytes.data(), bytes.size());
  // Whether records are mapped depends on the input, so that a run can be repeated.
  const bool map = fuzz::crc(bytes) & 1, raw = fuzz::crc(bytes) & 2;
  const auto options = wick::io::LoadOptions().map(map).unknown_as_bytes(raw);
  const std::string text = fuzz::outcome(bytes.size(), 1100, [&] { walk(wick::io::load_pth(file.path(), options), 0); });  // deflate makes a byte of 1032 at most
  if (text.empty()) fuzz::outcome(bytes.size(), 1100, [&] { wick::io::load_tensors(file.path(), options); });
  return text;
}
