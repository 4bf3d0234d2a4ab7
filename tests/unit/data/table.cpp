// Tables, datasets of their rows, windows of time series, lines of text.
#include <cmath>

#include <wick/data.h>

#include "support.h"
#include "temp.h"

namespace wick::test {
namespace {

using data::Table;
using data::TableDataset;
using data::TableDatasetOptions;
using data::TableOptions;
using Kind = Table::Kind;
using Names = std::vector<std::string>;

const char* houses =
    "rooms,ocean,price\n"
    "3,near,10\n"
    ",inland,20\n"
    "5,near,30\n"
    "4,,40\n";

TEST(Table, KindsAndMissingValues) {
  const Table t = Table::parse(houses);
  ASSERT_EQ(t.rows(), 4u);
  ASSERT_EQ(t.columns().size(), 3u);
  EXPECT_EQ(t.column("rooms").kind, Kind::kNumber);
  EXPECT_EQ(t.column("rooms").missing, 1u);
  EXPECT_TRUE(std::isnan(t.column("rooms").numbers[1]));
  EXPECT_EQ(t.column("rooms").numbers[2], 5);
  EXPECT_EQ(t.column("ocean").kind, Kind::kCategory);
  EXPECT_EQ(t.column("ocean").categories, (Names{"inland", "near"}));
  EXPECT_EQ(t.column("ocean").codes, (std::vector<int64_t>{1, 0, 1, -1}));
  const Tensor x = t.tensor({"price", "rooms"});
  EXPECT_EQ(x.sizes(), IntArrayRef({4, 2}));
  EXPECT_EQ(x[3][0].item<float>(), 40);
  EXPECT_TRUE(std::isnan(x[1][1].item<float>()));
  EXPECT_EQ(t.tensor().sizes(), IntArrayRef({4, 2}));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { t.tensor({"ocean"}); }), "holds categories"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { t.column("size"); }), "Table: no column \"size\"; there are rooms, ocean, price"));
}

TEST(Table, NumbersInEveryForm) {
  const Table t = Table::parse("x,y\n+1.5, .25 \n-2e3,5.\n1E-2,-0\n");
  EXPECT_EQ(t.column("x").numbers, (std::vector<double>{1.5, -2000, 0.01}));
  EXPECT_EQ(t.column("y").numbers, (std::vector<double>{0.25, 5, 0}));
  for (const char* no : {"1.2.3", "0x10", "1,5", "inf", "1e999", "+-1", "12 km", "--1", "1e"})
    EXPECT_EQ(Table::parse(std::string("x;y\n1;2\n") + no + ";2\n", TableOptions().separator(';')).column("x").kind, Kind::kCategory) << no;
  const Table gaps = Table::parse("x,y\n?,NA\nnan,N/A\n");
  EXPECT_EQ(gaps.column("x").missing, 2u);
  EXPECT_EQ(gaps.column("x").kind, Kind::kNumber);
  EXPECT_EQ(Table::parse("x\n1\n-999\n", TableOptions().missing({"-999"})).column("x").missing, 1u);
}

TEST(Table, QuotesLinesAndSeparators) {
  const Table t = Table::parse("\xef\xbb\xbf\"name\",\"n, in all\"\r\n\"a, \"\"b\"\"\",1\r\n\r\n  \"two\nlines\" ,2\r\nplain \"inches\",3");
  ASSERT_EQ(t.rows(), 3u);
  EXPECT_EQ(t.column("n, in all").numbers, (std::vector<double>{1, 2, 3}));
  const auto& c = t.column("name");
  EXPECT_EQ(c.categories[static_cast<size_t>(c.codes[0])], "a, \"b\"");
  EXPECT_EQ(c.categories[static_cast<size_t>(c.codes[1])], "two\nlines");
  EXPECT_EQ(c.categories[static_cast<size_t>(c.codes[2])], "plain \"inches\"");
  EXPECT_EQ(t.place(0), "Table:2");
  EXPECT_EQ(t.place(1), "Table:4");
  EXPECT_EQ(t.place(2), "Table:6");
  const Table tabs = Table::parse("sentence\tlabel\nwell, well, \"ok\tgood\n", TableOptions().quote(0));
  EXPECT_EQ(tabs.columns().size(), 2u);
  EXPECT_EQ(tabs.column("sentence").categories[0], "well, well, \"ok");
  EXPECT_EQ(Table::parse("a;b\n1,5;2\n").columns().size(), 2u);
  EXPECT_EQ(Table::parse("a\tb\tc\n1\t\t\n").column("c").missing, 1u);
  EXPECT_EQ(Table::parse("a b\n1  2\n", TableOptions().separator('|')).columns().size(), 1u);
}

TEST(Table, Headers) {
  const Table none = Table::parse("5.1,3.5,setosa\n4.9,3.0,setosa\n");
  EXPECT_EQ(none.rows(), 2u);
  EXPECT_EQ(none.column("2").kind, Kind::kCategory);
  EXPECT_EQ(Table::parse("a,b\nc,d\n").rows(), 1u);
  EXPECT_EQ(Table::parse("a,b\nc,d\n", TableOptions().header(false)).rows(), 2u);
  EXPECT_EQ(Table::parse("1,2\n3,4\n", TableOptions().header(true)).column("2").numbers[0], 4);
  EXPECT_EQ(Table::parse(",x\n1,2\n").column("0").numbers[0], 1);
  EXPECT_EQ(Table::parse("a,b\n").rows(), 0u);
}

TEST(Table, ErrorsNameFileAndLine) {
  const TempDir dir;
  const auto refused = [&](const std::string& text, const TableOptions& options = {}) {
    write_file(dir / "t.csv", text);
    const std::string message = error_of([&] { Table::read(dir / "t.csv", options); });
    EXPECT_TRUE(contains(message, dir / "t.csv"));
    return message;
  };
  EXPECT_TRUE(contains(refused("a,b\n1,2\n\n1,2,3\n"), "t.csv:4: 3 fields where the first line has 2"));
  EXPECT_TRUE(contains(refused("a,b\n1\n"), "t.csv:2: 1 field where"));
  EXPECT_TRUE(contains(refused("a,b\n1,\"2\n3,4\n"), "t.csv:2: a quote is opened and never closed"));
  EXPECT_TRUE(contains(refused("a,b\n\"x\ny\"z,2\n"), "t.csv:3: text behind a closing quote"));
  EXPECT_TRUE(contains(refused("a,a\n1,2\n"), "t.csv:1: two columns are called \"a\""));
  EXPECT_TRUE(contains(refused(""), "an empty file"));
  EXPECT_TRUE(contains(refused("\r\n\n"), "an empty file"));
  EXPECT_TRUE(contains(refused(std::string("a\0b\n", 4)), "zero bytes"));
  EXPECT_TRUE(contains(refused("a,b\n1,2\n1,2x\n", TableOptions().numbers({"b"})), "t.csv:3: \"2x\" in column \"b\" is no number"));
  EXPECT_TRUE(contains(refused("a,b\n1,2\n", TableOptions().categories({"c"})), "no column \"c\"; there are a, b"));
  EXPECT_TRUE(contains(error_of([&] { Table::read(dir / "none.csv"); }), "none.csv: cannot open"));
  EXPECT_TRUE(contains(error_of([&] { Table::read(dir.path()); }), "not a regular file"));
  write_file(dir / "t.csv", "a,b\n1,2\n");
  EXPECT_EQ(Table::read(dir / "t.csv").column("b").numbers[0], 2);
}

TEST(TableDataset, LearnsMeansAndCategories) {
  const Table t = Table::parse(houses);
  TableDataset set(t, "price");
  ASSERT_EQ(set.size(), 4u);
  EXPECT_EQ(set.features().sizes(), IntArrayRef({4, 2}));
  EXPECT_EQ(set.targets().sizes(), IntArrayRef({4, 1}));
  const double deviation = std::sqrt(2.0 / 3);  // of 3, 5 and 4
  EXPECT_NEAR(set.features()[0][0].item<double>(), -1 / deviation, 1e-6);
  EXPECT_EQ(set.features()[1][0].item<double>(), 0) << "missing: the mean";
  EXPECT_TRUE(set.features().select(1, 1).equal(tensor({1., 0., 1., 2.}, kFloat))) << "missing: behind the categories";
  EXPECT_EQ(set.get(3).target.item<float>(), 40);
  TableDataset plain(t, TableDatasetOptions("price").normalize(false).one_hot(true));
  EXPECT_EQ(plain.encoding().names(), (Names{"rooms", "ocean=inland", "ocean=near"}));
  EXPECT_TRUE(plain.features().equal(tensor({3., 0., 1., 4., 1., 0., 5., 0., 1., 4., 0., 0.}, kFloat).view({4, 3})));
  EXPECT_TRUE(contains(error_of([&] { TableDataset(t, "ocean"); }), "Table:5: the target, column \"ocean\", is missing"));
}

TEST(TableDataset, ClassesInOrderOfNumbers) {
  const Table t = Table::parse("x,class\n1,10\n2,9\n3,2\n4,10\n", TableOptions().categories({"class"}));
  TableDataset set(t, "class");
  EXPECT_EQ(set.encoding().classes, (Names{"2", "9", "10"}));
  EXPECT_TRUE(set.targets().equal(tensor({2, 1, 0, 2})));
  EXPECT_EQ(set.get(0).target.scalar_type(), kLong);
}

TEST(TableDataset, NothingIsLearntFromValidation) {
  std::string text = "x,kind,y\n";
  for (int i = 0; i < 50; ++i) text += std::to_string(i * i) + ",k" + std::to_string(i % 40) + "," + std::to_string(i) + "\n";
  const Table t = Table::parse(text);
  auto [train, validation] = TableDataset::split(t, "y", 0.3, 7);
  ASSERT_EQ(*train.size() + *validation.size(), 50u);
  EXPECT_EQ(*validation.size(), 15u);
  EXPECT_NEAR(train.features().select(1, 0).mean().item<double>(), 0, 1e-6);
  EXPECT_NEAR(train.features().select(1, 0).var(false).item<double>(), 1, 1e-5);
  EXPECT_GT(std::abs(validation.features().select(1, 0).mean().item<double>()), 1e-4);
  const auto& x = train.encoding().features[0];
  for (size_t i = 0; i < *validation.size(); ++i) {
    const auto e = validation.get(i);
    const double y = e.target.item<double>();
    EXPECT_NEAR(e.data[0].item<double>(), (y * y - x.mean) / x.stddev, 1e-4);
  }
  const auto& seen = train.encoding().features[1].categories;
  EXPECT_LT(seen.size(), 40u);
  EXPECT_EQ(validation.features().select(1, 1).max().item<double>(), static_cast<double>(seen.size())) << "kinds not seen in training";
  EXPECT_TRUE(same_bits(TableDataset::split(t, "y", 0.3, 7).second.targets(), validation.targets()));
  EXPECT_FALSE(same_bits(TableDataset::split(t, "y", 0.3, 8).second.targets(), validation.targets()));
}

TEST(TableDataset, AnotherFileIsEncodedAsTheFirst) {
  const TableDataset train(Table::parse(houses), "price");
  const TableDataset test(Table::parse("price,ocean,rooms\n1,far,4\n2,near,\n"), train.encoding());
  EXPECT_TRUE(test.features().equal(tensor({0., 2., 0., 1.}, kFloat).view({2, 2}))) << "columns by name; far is not known";
  EXPECT_TRUE(contains(error_of<ValueError>([&] { TableDataset(Table::parse("price,ocean\n1,far\n"), train.encoding()); }), "no column \"rooms\""));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { TableDataset(Table::parse("price,ocean,rooms\n1,far,many\n"), train.encoding()); }), "\"rooms\" holds categories"));
  const TableDataset classes(Table::parse("x,y\n1,a\n2,b\n"), "y");
  EXPECT_TRUE(contains(error_of([&] { TableDataset(Table::parse("x,y\n1,b\n2,c\n"), classes.encoding()); }), "Table:3: \"c\" in column \"y\" is none of the 2 classes"));
  EXPECT_EQ(*TableDataset(Table::parse("x,y\n"), classes.encoding()).size(), 0u);
}

TEST(TableDataset, RowsWithoutATarget) {
  data::TableEncoding encoding = TableDataset(Table::parse("a,kind,y\n1,u,2\n3,v,4\n"), "y").encoding();
  const Table fresh = Table::parse("kind,a\nv,5\nw,1\n");
  EXPECT_TRUE(contains(error_of<ValueError>([&] { TableDataset(fresh, encoding); }), "\"y\""));
  encoding.target.clear();
  const TableDataset rows(fresh, encoding);
  EXPECT_TRUE(rows.features().equal(tensor({3., 1., -1., 2.}, kFloat).view({2, 2})));
  EXPECT_TRUE(rows.targets().equal(zeros({2}, kLong)));
}

TEST(TableDataset, Errors) {
  const Table t = Table::parse(houses);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { TableDataset(t, "cost"); }), "no column \"cost\""));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { TableDataset(t, TableDatasetOptions("price").features({"price"})); }), "cannot be the target"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { TableDataset(t, TableDatasetOptions("price").leave_out({"rooms", "ocean"})); }), "no columns are left"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { TableDataset(t, TableDatasetOptions("price").leave_out({"size"})); }), "no column \"size\""));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { TableDataset(Table::parse("x,y\n,1\n,2\n"), "y"); }), "no value in the rows for training"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { TableDataset::split(t, "price", 1.0); }), "between 0 and 1, got 1"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { TableDataset::split(t, "price", 0.01); }), "too few"));
}

TEST(TimeSeries, Windows) {
  const Tensor series = arange(20).view({10, 2});
  data::TimeSeriesWindows windows(series, data::TimeSeriesWindowsOptions(4).horizon(2).stride(3));
  ASSERT_EQ(windows.size(), 2u);
  const auto e = windows.get(1);
  EXPECT_TRUE(e.data.equal(series.slice(0, 3, 7)));
  EXPECT_TRUE(e.target.equal(series.slice(0, 7, 9)));
  EXPECT_EQ(e.data.data_ptr(), series.slice(0, 3, 7).data_ptr()) << "a view";
  data::TimeSeriesWindows one(series, data::TimeSeriesWindowsOptions(9).targets({1}));
  ASSERT_EQ(one.size(), 1u);
  EXPECT_TRUE(one.get(0).target.equal(tensor({19}).view({1, 1})));
  EXPECT_EQ(data::TimeSeriesWindows(arange(5), 2).get(2).data.sizes(), IntArrayRef({2, 1}));
  EXPECT_EQ(data::TimeSeriesWindows(arange(5), 2).size(), 3u);
  auto loader = data::make_data_loader<data::samplers::SequentialSampler>(data::TimeSeriesWindows(series, 4).map(data::transforms::Stack<>()), 3);
  EXPECT_EQ(loader->begin()->data.sizes(), IntArrayRef({3, 4, 2}));
  EXPECT_THROW(windows.get(2), IndexError);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { data::TimeSeriesWindows(series, 10); }), "10 steps are too few for a window of 10 and 1"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { data::TimeSeriesWindows(series, data::TimeSeriesWindowsOptions(2).stride(0)); }), "at least 1, got 2, 1 and 0"));
  EXPECT_TRUE(contains(error_of<IndexError>([&] { data::TimeSeriesWindows(series, data::TimeSeriesWindowsOptions(2).targets({2})); }), "no column 2"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { data::TimeSeriesWindows(zeros({2, 2, 2}), 1); }), "got [2, 2, 2]"));
}

TEST(TextLines, EndsAndEmptyLines) {
  const TempDir dir;
  const auto lines = [&](const std::string& text, bool keep_empty) {
    write_file(dir / "t.txt", text);
    data::TextLines set(dir / "t.txt", keep_empty);
    Names r;
    for (size_t i = 0; i < *set.size(); ++i) r.push_back(set.get(i));
    return r;
  };
  EXPECT_EQ(lines("\xef\xbb\xbfone\r\n\n two \r\n\r\nlast\r", true), (Names{"one", "", " two ", "", "last\r"}));
  EXPECT_EQ(lines("one\n\n\r\ntwo\n", false), (Names{"one", "two"}));
  EXPECT_EQ(lines("", true), Names{});
  EXPECT_EQ(lines("\n", true), Names{""});
  data::TextLines set(dir / "t.txt");
  EXPECT_TRUE(contains(error_of<IndexError>([&] { set.get(1); }), "no line 1, there are 1"));
  EXPECT_TRUE(contains(error_of([&] { data::TextLines none(dir / "none.txt"); }), "none.txt: cannot open"));
  write_file(dir / "t.txt", "a\nb\nc\n");
  auto loader = data::make_data_loader<data::samplers::SequentialSampler>(data::TextLines(dir / "t.txt"), data::DataLoaderOptions(2).workers(2));
  Names all;
  for (auto& batch : *loader) all.insert(all.end(), batch.begin(), batch.end());
  EXPECT_EQ(all, (Names{"a", "b", "c"}));
}

}  // namespace
}  // namespace wick::test
