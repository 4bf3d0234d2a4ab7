// Weights from one kind of file to another.
#include <cstdio>
#include <map>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <wick/core/str.h>
#include <wick/io/files.h>
#include <wick/ops.h>

#include "cli/files.h"
#include "train/progress.h"

namespace wick::cli {
namespace {

// FROM=TO, at the last = that no \ precedes: patterns may hold one.
std::pair<std::string, std::string> rule_of(const std::string& text, const char* option) {
  const size_t at = text.rfind('=');
  WICK_CHECK_TYPE(ValueError, at != std::string::npos, "convert: ", option, " ", text, ": expected FROM=TO");
  return {text.substr(0, at), text.substr(at + 1)};
}

io::KeyMap map_of(const ConvertOptions& o) {
  io::KeyMap keys;
  for (const auto& p : o.keep) keys.keep(p);
  for (const auto& p : o.drop) keys.drop(p);
  for (const auto& p : o.strip) keys.strip_prefix(p);
  for (const auto& r : o.rename) {
    const auto [from, to] = rule_of(r, "--rename");
    keys.rename(from, to);
  }
  for (const auto& r : o.replace) {
    const auto [from, to] = rule_of(r, "--replace");
    keys.replace(from, to);
  }
  for (const auto& p : o.add) keys.add_prefix(p);
  return keys;
}

bool ends_with(const std::string& s, const std::string& ending) { return s.size() >= ending.size() && s.compare(s.size() - ending.size(), ending.size(), ending) == 0; }

// Floating-point tensors of another dtype.
void convert_dtype(io::NamedTensors& tensors, const std::string& dtype) {
  const std::map<std::string, ScalarType> known = {{"f64", kDouble}, {"f32", kFloat}, {"f16", kHalf}, {"bf16", kBFloat16}};
  for (auto& [name, t] : tensors)
    if (t.is_floating_point()) t = t.detach().to(known.at(dtype));
}

}  // namespace

CLI::App* add_convert(CLI::App& app, ConvertOptions& o) {
  CLI::App* c = app.add_subcommand("convert", "Write the weights of one file as another kind of file, which the name's ending tells\n\nExamples: wick convert model.pth model.safetensors --strip-prefix module.\n"
                                              "          wick convert bert/ bert-bf16.safetensors --dtype bf16");
  c->add_option("FROM", o.from, ".safetensors, .pt, .pth, .npz, .npy, an index of shards, or a folder with one of these")->required();
  c->add_option("TO", o.to, ".safetensors, .pt, .pth, .bin, .th (for Python's torch.load), .npz, .npy")->required();
  c->add_option("--entry", o.entry, "the part of a nested .pth to take, such as ema.state_dict (default: the state is looked for)")->type_name("PATH");
  c->add_option("--dtype", o.dtype, "convert floating-point tensors")->check(CLI::IsMember({"f64", "f32", "f16", "bf16"}));
  const auto rules = [&](const char* name, std::vector<std::string>& to, const char* type, const char* what) { c->add_option(name, to, what)->type_name(type)->take_all()->expected(1)->allow_extra_args(false); };
  rules("--keep", o.keep, "REGEX", "only names in which this is found (rules are applied in the order of this list; each may be given several times)");
  rules("--drop", o.drop, "REGEX", "leave out names in which this is found");
  rules("--strip-prefix", o.strip, "PREFIX", "names that begin with it lose it");
  rules("--rename", o.rename, "FROM=TO", "names that begin with FROM begin with TO");
  rules("--replace", o.replace, "REGEX=TO", "replace what matches a POSIX extended regular expression; \\1 to \\9 are its groups");
  rules("--add-prefix", o.add, "PREFIX", "all names get it");
  c->add_flag("--compress", o.compress, "deflate an .npz");
  c->add_flag("-q,--quiet", o.quiet, "print nothing");
  c->add_flag("-v,--verbose", o.verbose, "print each tensor");
  c->add_flag("--json", o.json, "print one JSON object");
  return c;
}

int convert(const ConvertOptions& o) {
  const train::Progress clock("convert", 0, false, "");
  io::NamedTensors tensors = io::load_tensors(o.from, io::LoadOptions().entry(o.entry).keys(map_of(o)));
  WICK_CHECK_TYPE(ValueError, !tensors.empty(), "convert: the rules leave out all tensors of ", o.from);
  std::map<std::string, std::string> metadata;
  if (ends_with(o.to, ".safetensors")) {
    const bool may_have = !ends_with(o.from, ".pt") && !ends_with(o.from, ".pth") && !ends_with(o.from, ".th") && !ends_with(o.from, ".bin");
    if (may_have) metadata = io::read_contents(o.from, io::LoadOptions()).metadata;
    for (const char* own : {"crc32", "archive", "version", "byteorder"}) metadata.erase(own);  // what belongs to the other file
    if (metadata.empty()) metadata["format"] = "pt";                                           // what Hugging Face's loaders ask for
  }
  if (!o.dtype.empty()) convert_dtype(tensors, o.dtype);
  size_t bytes = 0;
  for (const auto& [name, t] : tensors) {
    bytes += t.is_sparse() ? 0 : t.nbytes();
    if (o.verbose && !o.json) std::printf("%s  %s  %s\n", name.c_str(), short_dtype(static_cast<int>(t.scalar_type())).c_str(), str(t.sizes()).c_str());
  }
  if (!o.quiet && !o.json && bytes > 200'000'000) {
    std::printf("writing %s of %s ...\n", bytes_text(static_cast<double>(bytes)).c_str(), o.to.c_str());
    std::fflush(stdout);
  }
  if (o.compress && ends_with(o.to, ".npz")) io::save_npz(o.to, tensors, true);
  else io::save_tensors(o.to, tensors, metadata);
  if (o.json) {
    std::printf("%s\n", nlohmann::ordered_json{{"file", o.to}, {"tensors", tensors.size()}, {"bytes", bytes}, {"seconds", clock.seconds()}}.dump().c_str());
  } else if (!o.quiet) {
    std::printf("saved %s   %zu tensor%s, %s, %s\n", o.to.c_str(), tensors.size(), tensors.size() == 1 ? "" : "s", bytes_text(static_cast<double>(bytes)).c_str(), train::duration(clock.seconds()).c_str());
  }
  return 0;
}

}  // namespace wick::cli
