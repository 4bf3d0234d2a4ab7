// The options of `wick eval`, `wick predict` and `wick data`.
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/options.h"
#include "cli/pictures.h"
#include "cli/use.h"

namespace wick::cli {
namespace {

void add_output(CLI::App* c, UseOptions& o, const char* quiet, const char* json) {
  c->add_option("--threads", o.threads, "processor threads (default: all this process may use)")->check(CLI::Range(1, 1024));
  c->add_flag("-q,--quiet", o.quiet, quiet);
  c->add_flag("-v,--verbose", o.verbose, "print more");
  c->add_flag("--json", o.json, json);
}

}  // namespace

void add_use(CLI::App& app, Action& action) {
  auto e = std::make_shared<UseOptions>(), p = std::make_shared<UseOptions>();
  CLI::App* eval = app.add_subcommand("eval", "Score a saved run on what it kept apart, or on other examples\n\nExample: wick eval runs/images-1 more-photos/");
  eval->add_option("RUN", e->run, "folder that wick train wrote, or its model.safetensors")->required();
  eval->add_option("DATA", e->files, "folder with class folders, table, or folder of idx files (default: what the run kept apart)")->expected(0, 1);
  eval->add_option("--part", e->part, "train, val or test of the folder (default: test if there is one, else val)")->check(CLI::IsMember({"train", "val", "test"}));
  eval->add_flag("--skip-bad", e->skip_bad, "leave out pictures that cannot be read");
  add_output(eval, *e, "print the accuracy (or the mean absolute error) only", "print one JSON object");
  eval->callback([e, &action] { action = [e] { return evaluate(*e); }; });

  CLI::App* predict = app.add_subcommand("predict", "Say what pictures, or rows of a table, are\n\nExample: wick predict runs/images-1 photo.jpg folder/");
  predict->add_option("RUN", p->run, "folder that wick train wrote, or its model.safetensors")->required();
  predict->add_option("FILES", p->files, "pictures, folders of pictures, or tables")->required()->expected(1, 1 << 20);
  predict->add_option("--top", p->top, "how many classes are shown")->capture_default_str()->check(CLI::Range(1, 1 << 20));
  add_output(predict, *p, "print the class, or the number, only", "print one JSON object for each picture or row");
  predict->callback([p, &action] { action = [p] { return cli::predict(*p); }; });

  auto s = std::make_shared<PreviewOptions>();
  CLI::App* data = app.add_subcommand("data", "Look at data");
  data->require_subcommand(1);
  add_data_check(*data, action);
  CLI::App* preview = data->add_subcommand("preview", "A contact sheet: pictures as they are, and as augmentation changes them\n\nExample: wick data preview photos/ --augment strong --out sheet.png");
  preview->add_option("DIR", s->dir, "folder with pictures, in folders or not")->required();
  preview->add_option("--augment", s->augment, "none, light, medium or strong, as for wick train images")->capture_default_str()->check(CLI::IsMember(augmentation_levels()));
  preview->add_option("--out", s->out, "the PNG to write")->type_name("FILE.png")->capture_default_str();
  preview->add_option("--size", s->size, "side that pictures are brought to (default: as for wick train images)")->type_name("PX")->check(CLI::Range(8, 1024));
  preview->add_option("--rows", s->rows, "pictures")->capture_default_str()->check(CLI::Range(1, 100));
  preview->add_option("--columns", s->columns, "changes of each")->capture_default_str()->check(CLI::Range(1, 100));
  preview->add_option("--seed", s->seed, "seed of the random numbers")->capture_default_str();
  preview->add_flag("-q,--quiet", s->quiet, "print nothing");
  preview->add_flag("--json", s->json, "print one JSON object");
  preview->callback([s, &action] { action = [s] { return cli::preview(*s); }; });
}

}  // namespace wick::cli
