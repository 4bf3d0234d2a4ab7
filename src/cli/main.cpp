// The `wick` program.
#include <cstdio>
#include <thread>

#include <CLI/CLI.hpp>

#include <wick/core/str.h>

#include "cli/files.h"
#include "cli/models.h"
#include "cli/train.h"

namespace {

// The options that every `wick train` has.
void add_options(CLI::App* c, wick::cli::TrainOptions& o) {
  auto* out = c->add_option("--out", o.out, "folder for model.safetensors, log.csv, mistakes.png and checkpoints (default: runs/" + o.task + "-N, the next free N)")->type_name("DIR");
  c->add_flag("--resume", o.resume, "go on from the newest whole checkpoint in the folder of --out, to the same result as without a break; start if there is none")->needs(out);
  c->add_option("--checkpoint-every", o.checkpoint_every, "save a checkpoint every so many steps, too (default: at the end of each epoch)")->type_name("STEPS")->check(CLI::Range(int64_t{1}, int64_t{1} << 40));
  c->add_option("--epochs", o.epochs, "passes over the training images")->capture_default_str()->check(CLI::Range(1, 100000));
  c->add_option("--batch-size", o.batch_size, "images per step: larger is faster per image, smaller learns more per pass")->capture_default_str()->check(CLI::Range(2, 1 << 20));
  c->add_option("--lr", o.lr, "highest learning rate of Adam; it rises for 5 % of the steps and then falls along a cosine")->capture_default_str()->check(CLI::PositiveNumber);
  c->add_option("--seed", o.seed, "seed of all random numbers: the same seed gives the same model, byte for byte")->capture_default_str();
  c->add_option("--threads", o.threads, "processor threads (default: all this process may use)")->check(CLI::Range(1, 1024));
  c->add_flag("-q,--quiet", o.quiet, "print the final test accuracy only");
  c->add_flag("-v,--verbose", o.verbose, "print more");
  c->add_flag("--json", o.json, "print one JSON object per epoch and one at the end");
}

int run(int argc, char** argv) {
  CLI::App app{"Wick: train and look at neural networks, natively.\n\nTry: wick train digits", "wick"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "wick " + wick::str(WICK_VERSION_MAJOR, ".", WICK_VERSION_MINOR, ".", WICK_VERSION_PATCH));
  CLI::App* train = app.add_subcommand("train", "Train a network and save it");
  train->require_subcommand(1);

  wick::cli::TrainOptions digits, mnist;
  digits.task = "digits";
  CLI::App* d = train->add_subcommand("digits", "A small convolutional network on the 1,797 handwritten digits that Wick embeds\n\nExample: wick train digits --epochs 30 --lr 0.001");
  add_options(d, digits);
  mnist.task = "mnist";
  mnist.epochs = 3;
  CLI::App* m = train->add_subcommand("mnist", "A convolutional network on MNIST or Fashion-MNIST\n\nExample: wick train mnist --data mnist/ --epochs 5");
  m->add_option("--data", mnist.data, "folder with the four idx files, gzip-compressed or not:\ntrain-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte")->required()->type_name("DIR");
  add_options(m, mnist);

  wick::cli::ModelsOptions zoo;
  CLI::App* z = app.add_subcommand("models", "List the vision models: parameters, multiply-adds, published weights\n\nExample: wick models resnet");
  z->add_option("part", zoo.part, "show only names that contain this")->type_name("PART");
  z->add_flag("--json", zoo.json, "print a JSON list, with all published weights");
  z->add_flag("-v,--verbose", zoo.verbose, "print where the weights are, too");
  wick::cli::InspectOptions look;
  CLI::App* inspect = wick::cli::add_inspect(app, look);
  wick::cli::ConvertOptions other;
  CLI::App* convert = wick::cli::add_convert(app, other);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e);
    return code == 0 ? 0 : 2;
  }
  if (z->parsed()) return wick::cli::list_models(zoo);
  if (inspect->parsed()) return wick::cli::inspect(look);
  if (convert->parsed()) return wick::cli::convert(other);
  return wick::cli::train(d->parsed() ? digits : mnist);
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
