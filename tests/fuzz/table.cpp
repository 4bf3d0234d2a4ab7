// Tables: CSV and TSV, with a dataset made of what was read.
#include <wick/data/table.h>

#include "fuzz.h"

std::vector<std::string> fuzz_seeds() {
  return {"a,b,c\n1,x,3\n,y,4\n5,,?\n", "5.1,3.5,setosa\n4.9,3.0,virginica\n", "\xef\xbb\xbf\"a\",\"b, c\"\r\n\"x \"\"y\"\"\",1\r\n\r\n\"two\nlines\",2\r\n",
          "a\tb\n1\t2\n", "a;b\n1,5;2\n", "x\n1\n+2e3\n-.5\n"};
}

std::string fuzz_one(const uint8_t* data, size_t size) {
  const fuzz::File file(data, size);
  return fuzz::outcome(size, 1000, [&] {
    using namespace wick::data;  // NOLINT
    const Table table = Table::read(file.path());
    fuzz::use(table.tensor());
    if (table.columns().size() > 50) return;  // one-hot vectors of many columns take memory by right
    for (const auto& column : table.columns()) {
      const TableDataset set(table, TableDatasetOptions(column.name).normalize(size % 2));
      fuzz::use(set.features());
      fuzz::use(set.targets());
    }
  });
}
