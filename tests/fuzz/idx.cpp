// Idx files, plain and compressed.
#include <wick/data/idx.h>

#include "fuzz.h"

static std::string compressed(const std::string& s) {
  z_stream z{};
  if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) std::abort();
  std::string out(deflateBound(&z, s.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(s.data()));
  z.avail_in = static_cast<uInt>(s.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  if (deflate(&z, Z_FINISH) != Z_STREAM_END) std::abort();
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds;
  const auto add = [&](uint8_t type, std::initializer_list<uint32_t> sizes, size_t bytes) {
    std::string s{'\0', '\0', static_cast<char>(type), static_cast<char>(sizes.size())};
    for (uint32_t n : sizes)
      for (int shift : {24, 16, 8, 0}) s += static_cast<char>(n >> shift);
    for (size_t k = 0; k < bytes; ++k) s += static_cast<char>(k);
    seeds.push_back(s);
    seeds.push_back(compressed(s));
  };
  add(8, {2, 3}, 6);
  add(9, {5}, 5);
  add(0x0B, {2, 2, 2}, 16);
  add(0x0C, {3}, 12);
  add(0x0D, {1, 2}, 8);
  add(0x0E, {4}, 32);
  add(8, {4000}, 4000);
  return seeds;
}

// An input that does not begin as gzip files do is taken compressed, too: what is behind the checksum is reached.
std::string fuzz_one(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto read = [](const std::string& b) {
    const fuzz::File file(b.data(), b.size());
    return fuzz::outcome(b.size(), 1100, [&] { fuzz::use(wick::data::read_idx(file.path())); });  // deflate makes a byte of 1032 at most
  };
  const std::string text = read(bytes);
  if (size > 0 && data[0] != 0x1f) read(compressed(bytes));
  return text;
}
