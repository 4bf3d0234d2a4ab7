// LMDB files: the tree, and every value in it.
#include <wick/data/lmdb.h>

#include "fuzz.h"

std::vector<std::string> fuzz_seeds() { return {fuzz::read_file(std::string(WICK_GOLDEN) + "/data/small.mdb")}; }

std::string fuzz_one(const uint8_t* data, size_t size) {
  const fuzz::File file(data, size);
  return fuzz::outcome(size, 1, [&] {
    const wick::data::LmdbReader reader(file.path());
    size_t keys = 0;
    for (size_t i = 0; i < reader.size(); ++i) {
      keys += reader.key(i).size() + 1;
      if (i < 1000) fuzz::use(reader.value(i));
    }
    if (keys > size) std::abort();
    reader.find("key 7");
  });
}
