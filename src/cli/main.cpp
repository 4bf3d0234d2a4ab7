// The `wick` program.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <wick/core/str.h>

#include "cli/files.h"
#include "cli/models.h"
#include "cli/options.h"

namespace {

int run(int argc, char** argv) {
  CLI::App app{"Wick: train and look at neural networks, natively.\n\nTry: wick train digits", "wick"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "wick " + wick::str(WICK_VERSION_MAJOR, ".", WICK_VERSION_MINOR, ".", WICK_VERSION_PATCH));
  wick::cli::Action action;
  wick::cli::add_train(app, action);
  wick::cli::add_use(app, action);
  wick::cli::add_launch(app, action);
  wick::cli::add_scale(app, action);
  wick::cli::add_tune(app, action);
  wick::cli::add_dist(app, action);
  wick::cli::add_profile(app, action);
  wick::cli::add_doctor(app, action);
#ifdef WICK_WITH_TEXT
  wick::cli::add_text(app, action);
#endif
  wick::cli::add_board(app, action);

  wick::cli::ModelsOptions zoo;
  CLI::App* z = app.add_subcommand("models", "List the vision models: parameters, multiply-adds, published weights\n\nExample: wick models resnet");
  z->add_option("part", zoo.part, "show only names that contain this")->type_name("PART");
  z->add_flag("--json", zoo.json, "print a JSON list, with all published weights");
  z->add_flag("-v,--verbose", zoo.verbose, "print where the weights are, too");
  wick::cli::InspectOptions look;
  CLI::App* inspect = wick::cli::add_inspect(app, look);
  wick::cli::ConvertOptions other;
  CLI::App* convert = wick::cli::add_convert(app, other);

  // Of commands that take a program the first word that is no option begins it, with or without a "--" in front.
  std::vector<char*> words(argv, argv + argc);
  if (argc > 2 && (words[1] == std::string("launch") || words[1] == std::string("scale")))
    if (const auto mark = std::find(words.begin(), words.end(), std::string("--")); mark != words.end()) words.erase(mark);
  try {
    app.parse(static_cast<int>(words.size()), words.data());
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e);
    return code == 0 ? 0 : 2;
  }
  if (z->parsed()) return wick::cli::list_models(zoo);
  if (inspect->parsed()) return wick::cli::inspect(look);
  if (convert->parsed()) return wick::cli::convert(other);
  return action();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "wick: %s\n", e.what());
    return 1;
  }
}
