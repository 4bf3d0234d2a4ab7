// NumPy's arrays, alone and in zip containers.
#include <wick/io/files.h>

#include "fuzz.h"

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds;
  for (const char* name : {"f4.npy", "f8_fortran.npy", "i4_big.npy", "c8_big.npy", "b1.npy", "u2.npy", "u4.npy", "u8.npy", "scalar.npy", "empty.npy", "version2.npy", "version3.npy", "text.npy", "structured.npy",
                           "objects.npy", "stored.npz", "deflated.npz"})
    seeds.push_back(fuzz::read_file(std::string(WICK_GOLDEN) + "/files/" + name));
  return seeds;
}

// A container of one record, stored with its right checksum.
static std::string container(const std::string& array) {
  using fuzz::little;
  const std::string name = "a.npy";
  const std::string fields = little(20, 2) + little(0, 8) + little(fuzz::crc(array), 4) + little(array.size(), 4) + little(array.size(), 4) + little(name.size(), 2) + little(0, 2);
  const std::string body = little(0x04034b50, 4) + fields + name + array;
  const std::string directory = little(0x02014b50, 4) + little(20, 2) + fields + little(0, 10) + little(0, 4) + name;
  return body + directory + little(0x06054b50, 4) + little(0, 4) + little(1, 2) + little(1, 2) + little(directory.size(), 4) + little(body.size(), 4) + little(0, 2);
}

std::string fuzz_one(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto read = [&](const std::string& b) {
    const fuzz::File file(b.data(), b.size());
    const auto options = wick::io::LoadOptions().map(fuzz::crc(b) & 1);
    return fuzz::outcome(b.size(), 4400, [&] {  // deflate makes a byte of 1032 at most; uint16 become int32, with a mask between
      for (const auto& [name, t] : wick::io::read_contents(file.path(), options).tensors) fuzz::use(t);
    });
  };
  if (bytes.compare(0, 2, "PK") != 0) read(container(bytes));
  return read(bytes);
}
