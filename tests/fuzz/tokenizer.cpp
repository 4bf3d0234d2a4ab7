// tokenizer.json: read, and a text split and put together again.
#include <wick/text/tokenizer.h>

#include "fuzz.h"

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds;
  for (const char* name : {"bert", "roberta", "llama", "unigram", "precompiled", "clip", "wordlevel", "splits"}) {
    std::string s = fuzz::read_file(std::string(WICK_GOLDEN) + "/text/" + name + ".json");
    seeds.push_back(s);
  }
  for (const char* model : {R"({"type":"BPE","unk_token":"u","byte_fallback":true,"vocab":{"u":0,"a":1,"b":2,"ab":3},"merges":["a b"]})", R"({"type":"WordPiece","unk_token":"u","vocab":{"u":0,"a":1,"##b":2}})",
                            R"({"type":"Unigram","unk_id":0,"vocab":[["u",0],["a",-1.5],["ab",-2]]})", R"({"type":"WordLevel","unk_token":"u","vocab":{"u":0,"ab":1}})"})
    for (const char* rest : {R"("normalizer":{"type":"NFKC"},"pre_tokenizer":{"type":"Metaspace","replacement":"_","prepend_scheme":"first"})",
                             R"("normalizer":{"type":"Sequence","normalizers":[{"type":"Replace","pattern":{"Regex":"b+"},"content":"a"},{"type":"Prepend","prepend":"a"},{"type":"Strip"}]},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"a+"},"behavior":"MergedWithNext"})",
                             R"("pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Whitespace"},{"type":"Digits"}]},"decoder":{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Strip","content":"a","start":1}]})",
                             R"("truncation":{"max_length":5,"stride":1},"padding":{"strategy":{"Fixed":9}},"added_tokens":[{"id":7,"content":"<x>","lstrip":true,"rstrip":true,"single_word":true}],"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"u","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],"special_tokens":{"u":{"id":"u","ids":[0],"tokens":["u"]}}})"})
      seeds.push_back(std::string("{") + rest + ",\"model\":" + model + "}");
  return seeds;
}

std::string fuzz_one(const uint8_t* data, size_t size) {
  return fuzz::outcome(size, 1, [&] {
    const auto t = wick::text::Tokenizer::from_json(std::string(reinterpret_cast<const char*>(data), size));
    static const std::string texts[] = {"", "a", "ab <x> abba\xC3\xA4 1\xE4\xBD\xA0 \xFF\xF0\x9F\x98\x80", "the man's  house\r\n[MASK]<mask></s>\xEF\xAC\x81"};
    for (const std::string& s : texts) {
      const bool wide = t.padding() && (t.padding()->length().value_or(0) > 100 || t.padding()->multiple_of() > 100);  // each part would be as wide
      const auto e = t.encode(s, s, wick::text::EncodeOptions().overflow(!wide));
      for (const auto& o : e.offsets)
        if (o.first < 0 || o.first > o.second || o.second > static_cast<int64_t>(s.size())) std::abort();
      (void)t.decode(e.ids, size % 2 == 0);
    }
  });
}
