// Tokenizers against Hugging Face's numbers (tests/golden/text.py).
#include <array>
#include <map>

#include <wick/text.h>

#include "corpus.h"
#include "support.h"
#include "temp.h"

namespace {

using namespace wick;        // NOLINT
using namespace wick::test;  // NOLINT
using text::EncodeOptions;
using text::Encoding;
using text::Tokenizer;

std::string golden(const std::string& name) { return std::string(WICK_GOLDEN) + "/text/" + name; }

using Row = std::array<std::string, 6>;
std::map<std::string, std::vector<Row>> read_hashes() {
  std::map<std::string, std::vector<Row>> r;
  std::ifstream f(golden("hashes.txt"));
  Row row;
  for (std::string name; f >> name >> row[0] >> row[1] >> row[2] >> row[3] >> row[4] >> row[5];) r[name].push_back(row);
  return r;
}

// Ids, offsets, types, words, special-token masks and decoded texts of 20,000 lines, a thousand in a hash.
void expect_golden(const Tokenizer& t, const std::string& name) {
  static const auto hashes = read_hashes();
  static const auto lines = corpus();
  static constexpr const char* what[] = {"ids", "offsets", "type ids", "word ids", "special tokens", "decoded"};
  const auto& rows = hashes.at(name);
  ASSERT_EQ(rows.size() * 1000, lines.size());
  for (size_t r = 0; r < rows.size(); ++r) {
    Hash h[6];
    for (size_t i = 1000 * r; i < 1000 * (r + 1); ++i) {
      const Encoding e = t.encode(lines[i]);
      h[0].add(e.ids);
      for (const auto& [b, end] : e.offsets) h[1].put(b), h[1].put(end);
      h[1].end();
      h[2].add(e.type_ids);
      h[3].add(e.word_ids);
      h[4].add(e.special_tokens_mask);
      for (const char c : t.decode(e.ids)) h[5].put(static_cast<unsigned char>(c));
      h[5].end();
    }
    for (size_t k = 0; k < 6; ++k) EXPECT_EQ(h[k].hex(), rows[r][k]) << name << ", lines " << 1000 * r << " on: " << what[k];
  }
}

class Golden : public testing::TestWithParam<const char*> {};
TEST_P(Golden, EqualsHuggingFace) { expect_golden(Tokenizer::from_file(golden(std::string(GetParam()) + ".json")), GetParam()); }
INSTANTIATE_TEST_SUITE_P(Tokenizers, Golden, testing::Values("bert", "bert_cased", "gpt2", "roberta", "nfc", "nfd", "nfkc", "nfkd", "misc", "llama3", "llama", "unigram", "precompiled", "clip",
                                                             "wordlevel", "splits"));

TEST(Published, BertAndGpt2) {
  const std::string folder = std::string(WICK_SHARED_DATA) + "/text";
  if (!std::filesystem::exists(folder + "/gpt2")) GTEST_SKIP() << "the published vocabularies are not there";
  expect_golden(Tokenizer::from_folder(folder + "/bert-base-uncased"), "bert-base-uncased");
  expect_golden(Tokenizer::from_folder(folder + "/gpt2"), "gpt2-published");
}

TEST(Files, OlderOnesGiveTheSame) {
  const Tokenizer whole = Tokenizer::from_file(golden("bert.json")), lines = Tokenizer::from_file(golden("vocab.txt"));
  const Tokenizer gpt2 = Tokenizer::from_file(golden("gpt2.json")), pairs = Tokenizer::byte_level_bpe(golden("vocab.json"), golden("merges.txt"));
  size_t i = 0;
  for (const std::string& line : corpus(500)) {
    const Encoding a = whole.encode(line), b = lines.encode(line);
    EXPECT_EQ(a.ids, b.ids);
    EXPECT_EQ(a.offsets, b.offsets);
    EXPECT_EQ(a.tokens, b.tokens);
    EXPECT_EQ(whole.ids(line), a.ids);
    if (line.find('<') == std::string::npos) {
      EXPECT_EQ(gpt2.ids(line), pairs.ids(line)) << i;
    }
    ++i;
  }
  // vocab.json has <s>, </s> and <mask>: RoBERTa's special tokens stand around texts.
  EXPECT_EQ(Tokenizer::from_file(golden("vocab.json")).encode("a", "b").size(), 6U);
}

// Every case of tests/golden/text.py: which tokens stay, and what is cut off.
TEST(Truncation, EqualsHuggingFace) {
  std::map<std::string, Tokenizer> tokenizers;
  std::ifstream f(golden("truncation.txt"));
  const auto text = [](size_t from, size_t n) {
    std::string s;
    for (size_t i = 0; i < n; ++i) s += (i ? " " : "") + words()[from + i];
    return s;
  };
  std::string name, strategy, direction, expected;
  int64_t length, stride;
  size_t a, b, cases = 0;
  while (f >> name >> strategy >> length >> stride >> direction >> a >> b >> expected) {
    if (!tokenizers.count(name)) tokenizers[name] = Tokenizer::from_file(golden(name + ".json"));
    const auto how = strategy == "only_first" ? text::Truncate::only_first : strategy == "only_second" ? text::Truncate::only_second : text::Truncate::longest_first;
    const auto options = EncodeOptions().overflow(true).truncation(text::Truncation(length).strategy(how).stride(stride).side(direction == "left" ? text::Side::left : text::Side::right));
    const std::string first = text(0, a), second = text(50, b);
    std::string got;
    try {
      Encoding e = b ? tokenizers[name].encode(first, second, options) : tokenizers[name].encode(first, options);
      std::vector<Encoding> rows = std::move(e.overflow);
      e.overflow.clear();
      rows.insert(rows.begin(), std::move(e));
      Hash h;
      for (const Encoding& r : rows) h.add(r.ids), h.add(r.type_ids), h.add(r.special_tokens_mask), h.add(r.sequence_ids);
      got = std::to_string(rows.size()) + ":" + h.hex();
    } catch (const ValueError&) {
      got = "error";
    }
    EXPECT_EQ(got, expected) << name << " " << strategy << " " << length << " " << stride << " " << direction << " " << a << " " << b;
    ++cases;
  }
  EXPECT_EQ(cases, 135U);
}

TEST(Batch, PadsAndCounts) {
  const Tokenizer t = Tokenizer::from_file(golden("vocab.txt"));
  const text::Batch b = t.encode_batch({"the man came", "", "how many times will the old house turn"});
  ASSERT_EQ(b.input_ids.size(0), 3);
  const int64_t n = b.input_ids.size(1);
  for (int64_t i = 0; i < 3; ++i) {
    const auto& e = b.encodings[static_cast<size_t>(i)];
    ASSERT_EQ(static_cast<int64_t>(e.size()), n);
    for (int64_t k = 0; k < n; ++k) {
      EXPECT_EQ(b.input_ids[i][k].item<int64_t>(), e.ids[static_cast<size_t>(k)]);
      EXPECT_EQ(b.attention_mask[i][k].item<int64_t>(), e.ids[static_cast<size_t>(k)] != 0);
    }
  }
  EXPECT_EQ(b.attention_mask[1].sum().item<int64_t>(), 2);  // [CLS] [SEP]
  const text::Batch cut = t.encode_batch({"the man came", "how many times will the old house turn"}, EncodeOptions().truncation(text::Truncation(6)).padding(text::Padding().multiple_of(8).side(text::Side::left)));
  EXPECT_EQ(cut.input_ids.size(1), 8);
  EXPECT_EQ(cut.cut_texts, 1);
  EXPECT_GT(cut.cut_tokens, 2);
  EXPECT_EQ(cut.input_ids[1][1].item<int64_t>(), 0);
  EXPECT_EQ(cut.input_ids[1][7].item<int64_t>(), *t.sep_id());
  const text::Batch parts = t.encode_batch({"the man came", "how many times will the old house turn"}, EncodeOptions().overflow(true).truncation(text::Truncation(6).stride(1)));
  const auto all = t.ids("how many times will the old house turn", false);
  std::vector<int64_t> joined;  // of parts that share a token
  ASSERT_EQ(parts.source.size(), parts.encodings.size());
  for (size_t i = 1; i < parts.encodings.size(); ++i) {
    EXPECT_EQ(parts.source[i], 1);
    const auto& e = parts.encodings[i];
    for (size_t k = i == 1 ? 0 : 2; k < e.size(); ++k)
      if (!e.special_tokens_mask[k]) joined.push_back(e.ids[k]);
  }
  EXPECT_EQ(joined, all);
  EXPECT_EQ(t.encode_batch({}).input_ids.size(0), 0);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { t.encode_batch({"a"}, std::vector<std::string>{}); }), "1 texts and 0 for pairs"));
}

// The same for any number of threads, with caches that go round.
TEST(Batch, ThreadsMakeNoDifference) {
  const Tokenizer t = Tokenizer::from_file(golden("roberta.json"));
  const auto lines = corpus(2000);
  Tensor one, two;
  {
    const Threads threads(1);
    one = t.encode_batch(lines).input_ids;
  }
  {
    const Threads threads(4);
    two = t.encode_batch(lines).input_ids;
  }
  EXPECT_TRUE(same_bits(one, two));
}

// What is no UTF-8 counts as U+FFFD, and offsets are those of the bytes that came.
TEST(BrokenText, IsReplaced) {
  const Tokenizer t = Tokenizer::from_file(golden("gpt2.json")), b = Tokenizer::from_file(golden("bert.json"));
  const auto same = [&](const std::string& broken, const std::string& whole) {
    EXPECT_EQ(t.ids(broken), t.ids(whole)) << whole;
    EXPECT_EQ(b.ids(broken), b.ids(whole)) << whole;
    EXPECT_EQ(t.decode(t.ids(broken)), whole);
  };
  same("the \xFF man", "the \xEF\xBF\xBD man");
  same("\xE4\xBD", "\xEF\xBF\xBD");                                  // cut short
  same("\xC0\xAF x", "\xEF\xBF\xBD\xEF\xBF\xBD x");                  // a long form
  same("\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");      // half a surrogate pair
  same("\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  same("\xF0\x9F\x98z", "\xEF\xBF\xBDz");
  const Encoding e = t.encode("a\xFF\xFFz");
  EXPECT_EQ(e.offsets.front(), (std::pair<int64_t, int64_t>(0, 1)));
  EXPECT_EQ(e.offsets.back(), (std::pair<int64_t, int64_t>(3, 4)));
  uint64_t state = 1;
  for (int i = 0; i < 300; ++i) {
    std::string s;
    for (int k = 0; k < 40; ++k) s += static_cast<char>((state = state * 6364136223846793005ULL + 1442695040888963407ULL) >> 56);
    for (const Tokenizer* k : {&t, &b})
      for (const auto& [begin, end] : k->encode(s).offsets) ASSERT_TRUE(0 <= begin && begin <= end && end <= 40);
  }
}

TEST(Offsets, CutTheTextItself) {
  const Tokenizer t = Tokenizer::from_file(golden("bert.json"));
  const std::string text = "The M\xC3\xA4n's house";
  const Encoding e = t.encode(text);
  std::string joined;
  for (size_t i = 0; i < e.size(); ++i)
    if (e.word_ids[i] >= 0) joined += text.substr(static_cast<size_t>(e.offsets[i].first), static_cast<size_t>(e.offsets[i].second - e.offsets[i].first));
  EXPECT_EQ(joined, "TheM\xC3\xA4n'shouse");
}

TEST(Errors, NameFileAndPlace) {
  const auto error = [](const std::string& json) { return error_of([&] { Tokenizer::from_json(json); }); };
  EXPECT_TRUE(contains(error("{"), "tokenizer.json: no JSON at byte"));
  EXPECT_TRUE(contains(error("[]"), "an object is expected, not a list"));
  EXPECT_TRUE(contains(error("{}"), "there is no \"model\""));
  EXPECT_TRUE(contains(error(R"({"model":{"type":"X","vocab":{}}})"), "there is no model \"X\" here"));
  EXPECT_TRUE(contains(error(R"({"model":{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]}})"), "model.vocab: the number 0 is of two tokens, \"a\" and \"b\""));
  EXPECT_TRUE(contains(error(R"({"model":{"type":"BPE","vocab":{"a":0,"a":1},"merges":[]}})"), "the key \"a\" stands twice"));
  EXPECT_TRUE(contains(error(R"({"model":{"type":"BPE","vocab":{"a":0,"b":-1},"merges":[]}})"), "-1 is not between 0"));
  EXPECT_TRUE(contains(error(R"({"model":{"type":"BPE","vocab":{"a":0,"b":99999999999},"merges":[]}})"), "99999999999 is not between 0"));
  EXPECT_TRUE(contains(error(R"({"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}})"), "model.merges[0]: \"b\" of the merge \"a b\" is not in the vocabulary"));
  EXPECT_TRUE(contains(error(R"({"model":{"type":"BPE","vocab":{"a":0},"merges":["ab"]}})"), "a merge is two tokens"));
  EXPECT_TRUE(contains(error(R"({"model":{"type":"Unigram","vocab":[["a",0]],"unk_id":3}})"), "unk_id is 3, and there are 1 pieces"));
  EXPECT_TRUE(contains(error(R"({"normalizer":{"type":"Y"},"model":{"type":"BPE","vocab":{},"merges":[]}})"), "normalizer: there is no normalizer \"Y\" here"));
  EXPECT_TRUE(contains(error(R"({"pre_tokenizer":{"type":"Split","pattern":{"Regex":"("}},"model":{"type":"BPE","vocab":{},"merges":[]}})"), "is no regular expression"));
  EXPECT_TRUE(contains(error(R"({"added_tokens":[{"id":5,"content":"a"}],"model":{"type":"BPE","vocab":{"a":0},"merges":[]}})"), "the added token \"a\" has the number 5, and the vocabulary has it as 0"));
  EXPECT_TRUE(contains(error(R"({"added_tokens":[{"id":0,"content":"b"}],"model":{"type":"BPE","vocab":{"a":0},"merges":[]}})"), "has the number 0, which is that of \"a\""));
  EXPECT_TRUE(contains(error(R"({"post_processor":{"type":"BertProcessing","sep":["a",1],"cls":["a",0]},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}})"), "\"a\" has the number 1, and the vocabulary has it as 0"));
  EXPECT_TRUE(contains(error(R"({"added_tokens":[{"id":5,"content":")" + std::string(2000, 'a') + R"("}],"model":{"type":"BPE","vocab":{"a":0},"merges":[]}})"), "has 2000 bytes, more than 1000"));
  EXPECT_TRUE(contains(error(R"({"model":{"type":"Unigram","vocab":[[")" + std::string(2000, 'a') + R"(",0]],"unk_id":0}})"), "model.vocab[0]: a piece of 2000 bytes, more than 1000"));
  EXPECT_TRUE(contains(error(std::string(1000, '[')), "more than 64 deep"));
  EXPECT_TRUE(contains(error_of([] { Tokenizer::from_folder("/nowhere"); }), "neither tokenizer.json, nor vocab.txt, nor vocab.json with merges.txt"));
  EXPECT_TRUE(contains(error_of([] { Tokenizer().encode("a"); }), "there is none yet"));
  const Tokenizer t = Tokenizer::from_file(golden("bert.json"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { t.encode("the man came", EncodeOptions().truncation(text::Truncation(4).stride(2))); }), "the stride, 2, must be below"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { t.encode("the man", EncodeOptions().truncation(text::Truncation(3).strategy(text::Truncate::only_second))); }), "there is one text"));
  EXPECT_TRUE(contains(error_of<IndexError>([&] { (void)t.id_to_token(100000); }), "no token has the number 100000"));
  EXPECT_TRUE(contains(error_of<IndexError>([&] { (void)t.decode({-1}); }), "-1"));
}

// An expression that would try for ever gives up, and long words take no time that grows with their square.
TEST(Hostile, TakesBoundedTime) {
  const Tokenizer slow = Tokenizer::from_json(R"({"pre_tokenizer":{"type":"Split","pattern":{"Regex":"(a+)+b|(a|aa)+c"},"behavior":"Removed"},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}})");
  EXPECT_TRUE(contains(error_of([&] { slow.encode(std::string(5000, 'a')); }), "gives up on a text of 5000 bytes"));
  for (const char* name : {"gpt2.json", "bert.json", "unigram.json", "llama.json"}) {
    const Tokenizer t = Tokenizer::from_file(golden(name));
    EXPECT_GT(t.ids(std::string(300'000, 'e')).size(), 0U);
  }
}

TEST(Training, IsRepeatableAndRoundTrips) {
  const TempDir dir;
  std::string text;
  for (size_t k = 1; k < 60; ++k)
    for (size_t i = 0; i < 40; ++i) text += words()[(i * k) % words().size()] + (i == 39 ? "\n" : " ");
  write_file(dir / "text.txt", text);
  const auto bpe = text::train_bpe({dir / "text.txt"}, dir / "bpe", text::TrainOptions().vocabulary_size(400));
  EXPECT_EQ(bpe.vocabulary_size(), 400);
  EXPECT_EQ(bpe.decode(bpe.ids(text)), text);
  EXPECT_LT(bpe.ids(text).size(), text.size() / 2);
  text::train_bpe({dir / "text.txt"}, dir / "again", text::TrainOptions().vocabulary_size(400));
  EXPECT_EQ(read_file(dir / "bpe/tokenizer.json"), read_file(dir / "again/tokenizer.json"));
  EXPECT_EQ(Tokenizer::from_file(dir / "bpe/vocab.json").ids(text), bpe.ids(text));
  const auto wordpiece = text::train_wordpiece({dir / "text.txt"}, dir / "new/wordpiece", text::TrainOptions().vocabulary_size(300));
  EXPECT_EQ(wordpiece.vocabulary_size(), 300);
  const auto e = wordpiece.encode("The man came");
  EXPECT_EQ(std::count(e.ids.begin(), e.ids.end(), *wordpiece.token_to_id("[UNK]")), 0);
  EXPECT_EQ(wordpiece.decode(e.ids), "the man came");
  EXPECT_EQ(Tokenizer::from_file(dir / "new/wordpiece/vocab.txt").ids("The man came"), e.ids);
}

}  // namespace
