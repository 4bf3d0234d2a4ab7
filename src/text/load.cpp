// Tokenizers from files.
#include <sys/stat.h>

#include <algorithm>

#include <wick/core/error.h>

#include "text/state.h"
#include "text/unicode.h"

namespace wick::text {
namespace {

using State = detail::TokenizerState;
constexpr int64_t kMostTokens = 10'000'000;

bool there(const std::string& path) {
  struct stat s {};
  return stat(path.c_str(), &s) == 0 && S_ISREG(s.st_mode);
}
std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

void add_all(State& s, std::vector<Added> all, const std::string& place) {
  for (Added& a : all) {
    const int32_t known = s.find(a.content);
    const std::string name = place + ": the added token \"" + a.content.substr(0, 60) + "\"";
    if (a.content.empty()) throw ValueError(place + ": an added token without a text");
    if (a.content.size() > kLongestToken) throw ValueError(name + " has " + std::to_string(a.content.size()) + " bytes, more than " + std::to_string(kLongestToken));
    if (!is_valid(a.content)) throw ValueError(name + " is no UTF-8");
    if (known >= 0 && known != a.id) throw ValueError(name + " has the number " + std::to_string(a.id) + ", and the vocabulary has it as " + std::to_string(known));
    if (known < 0 && s.has(a.id)) throw ValueError(name + " has the number " + std::to_string(a.id) + ", which is that of \"" + std::string(s.text_of(a.id).substr(0, 60)) + "\"");
    if (!s.added.find(a.content)) s.added.add(std::move(a));
  }
  s.added.finish(s.normalizer);
}

std::vector<Added> read_added(const At& at) {
  std::vector<Added> r;
  at.expect(Json::array);
  for (size_t i = 0; i < at.size(); ++i) {
    const At one = at[i];
    Added a;
    a.id = static_cast<int32_t>(one.get("id").integer(0, kMostTokens));
    a.content = one.get("content").text();
    a.single_word = one.flag_or("single_word", false);
    a.lstrip = one.flag_or("lstrip", false);
    a.rstrip = one.flag_or("rstrip", false);
    a.special = one.flag_or("special", false);
    a.normalized = one.flag_or("normalized", !a.special);
    r.push_back(std::move(a));
  }
  return r;
}

Side read_side(const At& at) {
  const std::string s = at.text_or("direction", "Right");
  if (s != "Right" && s != "Left") at.fail("direction is Right or Left, not \"" + s.substr(0, 20) + "\"");
  return s == "Left" ? Side::left : Side::right;
}
Truncation read_truncation(const At& at) {
  static constexpr const char* names[] = {"LongestFirst", "OnlyFirst", "OnlySecond"};
  const std::string how = at.text_or("strategy", names[0]);
  const auto* f = std::find(std::begin(names), std::end(names), how);
  if (f == std::end(names)) at.fail("there is no strategy \"" + how.substr(0, 40) + "\"");
  return Truncation(at.get("max_length").integer()).strategy(static_cast<Truncate>(f - names)).stride(at.integer_or("stride", 0)).side(read_side(at));
}
Padding read_padding(const At& at) {
  Padding p;
  p.side(read_side(at)).id(at.integer_or("pad_id", 0)).type_id(at.integer_or("pad_type_id", 0)).token(at.text_or("pad_token", "[PAD]")).multiple_of(at.integer_or("pad_to_multiple_of", 1, 1, 1 << 12));
  if (at.has("strategy") && at.get("strategy").is(Json::object)) p.length(at.get("strategy").get("Fixed").integer(0, 1 << 17));
  return p;
}

void check_specials(const State& s, const std::string& place) {
  for (const Post::Template* t : {&s.post.single, &s.post.pair})
    for (const Post::Piece& p : *t)
      for (size_t i = 0; i < p.ids.size(); ++i) {
        const int32_t id = s.find(p.tokens[i]);
        if (id >= 0 && id != p.ids[i])
          throw ValueError(place + ": post_processor: \"" + p.tokens[i].substr(0, 60) + "\" has the number " + std::to_string(p.ids[i]) + ", and the vocabulary has it as " + std::to_string(id));
      }
}

std::shared_ptr<State> read_state(const At& at) {
  at.expect(Json::object);
  auto s = std::make_shared<State>();
  if (at.has("normalizer")) s->normalizer = Normalizer::read(at.get("normalizer"));
  if (at.has("pre_tokenizer")) s->pre = PreTokenizer::read(at.get("pre_tokenizer"));
  s->model = Model::read(at.get("model"));
  if (at.has("post_processor")) s->post = Post::read(at.get("post_processor"));
  s->decodes = at.has("decoder");
  if (s->decodes) s->decoder = Decoder::read(at.get("decoder"));
  if (at.has("truncation")) s->truncation = read_truncation(at.get("truncation"));
  if (at.has("padding")) s->padding = read_padding(at.get("padding"));
  if (at.has("added_tokens")) add_all(*s, read_added(at.get("added_tokens")), at.place);
  check_specials(*s, at.place);
  return s;
}

// Special tokens that the vocabulary has; true if the first and the last are there, which stand around texts.
std::vector<Added> specials_of(const State& s, std::initializer_list<const char*> names, const char* stripped) {
  std::vector<Added> r;
  for (const char* name : names) {
    Added a;
    a.id = s.model->vocabulary.find(name);
    a.content = name;
    a.normalized = false;
    a.special = true;
    a.lstrip = stripped && a.content == stripped;
    if (a.id >= 0) r.push_back(std::move(a));
  }
  return r;
}

// {"content": …} or the text itself.
std::string token_text(const At& at, const char* key) {
  if (!at.has(key)) return "";
  const At v = at.get(key);
  return v.is(Json::object) ? v.text_or("content", "") : v.is(Json::string) ? v.text() : "";
}

}  // namespace

inline namespace v1 {

Tokenizer Tokenizer::from_json(const std::string& text, const std::string& name) {
  const Json json = parse_json(text, name);
  return Tokenizer(read_state({json, name}));
}

Tokenizer Tokenizer::wordpiece(const std::string& path, bool lowercase, std::optional<bool> strip_accents, bool chinese_apart) {
  auto s = std::make_shared<State>();
  s->normalizer = Normalizer::of_bert(lowercase, chinese_apart, strip_accents.value_or(lowercase));
  s->pre.kind = PreTokenizer::bert;
  s->model = Model::wordpiece(path);
  s->decodes = true;
  s->decoder.kind = Decoder::wordpiece;
  s->decoder.text = "##";
  const int32_t cls = s->model->vocabulary.find("[CLS]"), sep = s->model->vocabulary.find("[SEP]");
  if (cls < 0 || sep < 0) throw ValueError(file_name(path) + ": the vocabulary lacks " + (cls < 0 ? "[CLS]" : "[SEP]"));
  s->post = Post::of_bert("[CLS]", cls, "[SEP]", sep);
  add_all(*s, specials_of(*s, {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}, nullptr), file_name(path));
  return Tokenizer(s);
}

Tokenizer Tokenizer::byte_level_bpe(const std::string& vocabulary_file, const std::string& merges_file, bool add_prefix_space, bool roberta) {
  auto s = std::make_shared<State>();
  s->pre.kind = PreTokenizer::byte_level;
  s->pre.add_prefix_space = add_prefix_space;
  s->model = Model::byte_pairs(vocabulary_file, merges_file);
  s->decodes = true;
  s->decoder.kind = Decoder::byte_level;
  const Vocabulary& v = s->model->vocabulary;
  if (roberta) {
    const int32_t cls = v.find("<s>"), sep = v.find("</s>");
    if (cls < 0 || sep < 0) throw ValueError(file_name(vocabulary_file) + ": the vocabulary lacks " + (cls < 0 ? "<s>" : "</s>"));
    s->post = Post::of_roberta("<s>", cls, "</s>", sep);
    s->post.add_prefix_space = add_prefix_space;
    add_all(*s, specials_of(*s, {"<s>", "</s>", "<unk>", "<pad>", "<mask>"}, "<mask>"), file_name(vocabulary_file));
  } else {
    s->post.trim = false;
    add_all(*s, specials_of(*s, {"<|endoftext|>"}, nullptr), file_name(vocabulary_file));
  }
  return Tokenizer(s);
}

Tokenizer Tokenizer::from_file(const std::string& path) {
  const std::string name = file_name(path);
  if (name.size() > 4 && name.substr(name.size() - 4) == ".txt") return wordpiece(path);
  Json json = read_json(path);
  if (const Json* model = json.find("model"); model && model->kind == Json::object) return Tokenizer(read_state({json, name}));
  const std::string merges = folder_of(path) + "/merges.txt";
  if (json.kind != Json::object || !there(merges)) throw ValueError(path + ": no tokenizer.json (there is no object \"model\" in it), and there is no merges.txt beside it");
  const auto has = [&](const char* token) { return json.find(token) != nullptr; };
  const bool roberta = has("<s>") && has("</s>") && has("<mask>");
  json = {};
  return byte_level_bpe(path, merges, false, roberta);
}

void Tokenizer::read_roles(const std::string& folder) {
  static constexpr const char* names[] = {"pad_token", "mask_token", "cls_token", "sep_token", "bos_token", "eos_token"};
  roles_.assign(6, std::nullopt);
  for (const char* file : {"special_tokens_map.json", "tokenizer_config.json"}) {
    const std::string path = folder + "/" + file;
    if (!there(path)) continue;
    const Json json = read_json(path);
    const At at{json, file};
    at.expect(Json::object);
    for (size_t i = 0; i < 6; ++i)
      if (const std::string token = token_text(at, names[i]); !token.empty())
        if (const auto id = token_to_id(token)) roles_[i] = id;
    // "No limit" is written as a huge number.
    if (at.has("model_max_length") && at.get("model_max_length").is(Json::integer) && at.get("model_max_length").value.whole < (1 << 30)) max_length_ = at.get("model_max_length").integer(1);
  }
}

Tokenizer Tokenizer::from_folder(const std::string& folder) {
  const auto path = [&](const char* name) { return folder + "/" + name; };
  Json config;
  if (there(path("tokenizer_config.json"))) config = read_json(path("tokenizer_config.json"));
  const At at{config, "tokenizer_config.json"};
  Tokenizer t;
  if (there(path("tokenizer.json"))) {
    t = from_file(path("tokenizer.json"));
  } else if (there(path("vocab.txt"))) {
    const bool lower = at.flag_or("do_lower_case", true);
    t = wordpiece(path("vocab.txt"), lower, at.flag_or("strip_accents", lower), at.flag_or("tokenize_chinese_chars", true));
  } else if (there(path("vocab.json")) && there(path("merges.txt"))) {
    t = from_file(path("vocab.json"));
    if (at.flag_or("add_prefix_space", false)) t = byte_level_bpe(path("vocab.json"), path("merges.txt"), true, t.state().post.templated);
  } else {
    throw Error(folder + ": no tokenizer in the folder: neither tokenizer.json, nor vocab.txt, nor vocab.json with merges.txt");
  }
  t.read_roles(folder);
  return t;
}

}  // namespace v1
}  // namespace wick::text
