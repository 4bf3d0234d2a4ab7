// The options of `wick train`.
#include <memory>

#include <CLI/CLI.hpp>

#include <wick/core/str.h>

#include "cli/digits.h"
#include "cli/options.h"
#include "cli/pictures.h"
#include "cli/table.h"
#ifdef WICK_WITH_TEXT
#include "cli/text_train.h"
#endif

namespace wick::cli {
namespace {

// The options that every `wick train` has.
void add_common(CLI::App* c, RunOptions& o, const std::string& task, const std::string& files) {
  auto* out = c->add_option("--out", o.out, "folder for model.safetensors, report.html, log.csv" + files + " and checkpoints (default: runs/" + task + "-N, the next free N)")->type_name("DIR");
  auto* resume = c->add_flag("--resume", o.resume, "go on from the newest whole checkpoint in the folder of --out, to the same result as without a break; start if there is none")->needs(out);
  c->add_option("--checkpoint-every", o.checkpoint_every, "save a checkpoint every so many steps, too (default: at the end of each epoch)")->type_name("STEPS")->check(CLI::Range(int64_t{1}, int64_t{1} << 40));
  auto* check = c->add_flag("--check", o.check, "do not train: check data, network and loss before, as a table of PASS, WARN and FAIL with what to try; exit code 1 if a check fails; nothing is written")->excludes(out)->excludes(resume);
  c->add_flag("--lr-range", o.lr_range, "do not train: try 100 steps with rates from 1e-6 to 10, and show where the loss falls; with --out also as lr_range.svg and lr_range.csv")->excludes(check)->excludes(resume);
  c->add_option("--epochs", o.epochs, "passes over the training examples")->capture_default_str()->check(CLI::Range(1, 100000));
  c->add_option("--batch-size", o.batch_size, "examples per step (of each rank, see below): larger is faster per example, smaller learns more per pass")->capture_default_str()->check(CLI::Range(2, 1 << 20));
  c->add_option("--seed", o.seed, "seed of all random numbers: the same seed gives the same model, byte for byte")->capture_default_str();
  c->add_option("--threads", o.threads, "processor threads (default: all this process may use; each of several ranks its share)")->check(CLI::Range(1, 1024));
  c->add_flag("--bf16", o.bf16, "compute in bfloat16 where it gains: faster on processors that have it");
  c->add_option("--system-metrics", o.system_metrics, "seconds between samples of processors, memory, disks, network and GPUs in the event files; 0: none")->type_name("S")->capture_default_str()->check(CLI::Range(0.0, 86400.0));
  c->add_option("--early-stop", o.early_stop, "stop when the loss on what is held out has not become better for so many epochs, and keep the best epoch")->type_name("EPOCHS")->check(CLI::Range(1, 100000));
  c->add_option("--warmup", o.warmup, "share of the steps in which the learning rate rises")->capture_default_str()->check(CLI::Range(0.0, 1.0));
  c->add_flag("--global-batch", o.global_batch, "--batch-size is that of all ranks together, and each has its share");
  c->add_option("--scale-lr", o.scale_lr, "with N ranks, and so N times the batch, multiply the learning rate by N (linear) or its root (sqrt); none")->capture_default_str()->check(CLI::IsMember({"none", "linear", "sqrt"}));
  c->add_flag("--sync-bn", o.sync_bn, "batch normalisation over the examples of all ranks, in place of each rank's own");
  c->add_option("--backend", o.backend, "how ranks talk: gloo or mpi (default: mpi under mpirun, else gloo)")->check(CLI::IsMember({"gloo", "mpi"}));
  c->footer("Several processes: `wick launch -n N wick train ...` or `mpirun -n N wick train ...` starts N ranks that train one network together. Each\n"
            "has --batch-size examples per step, as in PyTorch, so a step has N times as many: an epoch has fewer steps, and --scale-lr linear with a\n"
            "longer --warmup often learns as well in them. With --global-batch a step has --batch-size examples in all, and the result is that of one\n"
            "process. Rank 0 prints and writes the files; --resume goes on from them with any number of ranks.");
  c->add_flag("-q,--quiet", o.quiet, "print the final score only");
  c->add_flag("-v,--verbose", o.verbose, "print more");
  c->add_flag("--json", o.json, "print one JSON object per epoch and one at the end");
}
// Those of `wick data check`, in their place.
void add_checking(CLI::App* c, RunOptions& o) {
  CheckOptions& k = o.faults.emplace();
  c->add_option("--out", k.out, "the page to write where there are pairs to be looked at")->type_name("FILE.html")->capture_default_str();
  c->add_flag("--exact", k.exact, "only what is the same to the last bit");
  c->add_flag("--mirrored", k.mirrored, "mirror images of pictures, too");
  c->add_flag("--strict", k.strict, "exit code 1 where something was found");
  c->add_option("--seed", o.seed, "seed of the split, as for wick train")->capture_default_str();
  c->add_option("--threads", o.threads, "processor threads (default: all this process may use)")->check(CLI::Range(1, 1024));
  c->add_flag("-q,--quiet", o.quiet, "a word and a number for each fault");
  c->add_flag("-v,--verbose", o.verbose, "print all pairs");
  c->add_flag("--json", o.json, "print one JSON object, with all pairs");
}
void add_lr(CLI::App* c, RunOptions& o, const std::string& text) { c->add_option("--lr", o.lr, "highest learning rate; it rises for 5 % of the steps and then falls along a cosine" + text)->check(CLI::PositiveNumber); }
void add_smoothing(CLI::App* c, RunOptions& o) {
  c->add_option("--label-smoothing", o.label_smoothing, "share of each label that is spread over all classes (0.1 is common)")->capture_default_str()->check(CLI::Range(0.0, 0.9));
}

void add_digits(CLI::App* parent, Action& action, bool checks) {
  auto digits = std::make_shared<DigitsOptions>(), mnist = std::make_shared<DigitsOptions>();
  digits->task = "digits";
  CLI::App* d = parent->add_subcommand("digits", checks ? "The 1,797 handwritten digits that Wick embeds" : "A small convolutional network on the 1,797 handwritten digits that Wick embeds\n\nExample: wick train digits --epochs 30 --lr 0.001");
  if (checks) add_checking(d, *digits);
  else add_common(d, *digits, "digits", ", mistakes.png"), add_lr(d, *digits, " (default: 0.002)");
  d->callback([digits, &action] { action = [digits] { return train_digits(*digits); }; });
  mnist->task = "mnist";
  mnist->epochs = 3;
  CLI::App* m = parent->add_subcommand("mnist", checks ? "MNIST or Fashion-MNIST\n\nExample: wick data check mnist --data mnist/" : "A convolutional network on MNIST or Fashion-MNIST\n\nExample: wick train mnist --data mnist/ --epochs 5");
  m->add_option("--data", mnist->data, "folder with the four idx files, gzip-compressed or not:\ntrain-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte")->required()->type_name("DIR");
  if (checks) add_checking(m, *mnist);
  else add_common(m, *mnist, "mnist", ", mistakes.png"), add_lr(m, *mnist, " (default: 0.002)");
  m->callback([mnist, &action] { action = [mnist] { return train_digits(*mnist); }; });
}

void add_images(CLI::App* parent, Action& action, bool checks) {
  auto o = std::make_shared<ImagesOptions>();
  o->epochs = 30;
  o->batch_size = 32;
  o->lr = 0;
  o->workers = 2;
  CLI::App* c = parent->add_subcommand("images", str("Your own pictures (JPEG, PNG), in a folder for each class: DIR/<class>/*, or DIR/train/<class>/* and DIR/val/<class>/*, perhaps DIR/test/<class>/*\n\n",
                                                     checks ? "Example: wick data check images photos/" : "Example: wick train images photos/ --augment medium"));
  c->add_option("DIR", o->data, "folder with the class folders")->required();
  c->add_option("--val", o->val, "share of each class that is held out, where there is no DIR/val")->type_name("SHARE")->capture_default_str()->check(CLI::Range(0.001, 0.999));
  c->callback([o, &action] { action = [o] { return train_images(*o); }; });
  if (checks) return add_checking(c, *o);
  c->add_option("--model", o->model, "network, by its name in `wick models` (default: resnet20 up to 64 pixels, resnet18 above)")->type_name("NAME");
  auto* weights = c->add_option("--weights", o->weights, "file that the network starts from: published weights of --model (.pth, .safetensors), or model.safetensors of another run; a last layer for other classes is replaced")->type_name("FILE");
  c->add_option("--mode", o->mode, "with --weights: features: the network stays, a last layer is fitted to what it gives, which is computed once and kept; finetune: all layers learn; lora: small matrices learn beside the weights, "
                                   "and are saved apart, too, in adapter/ (default: finetune)")->check(CLI::IsMember({"features", "finetune", "lora"}))->needs(weights);
  c->add_option("--depth-decay", o->depth_decay, "finetune: rate of each part of the network in units of that of the part behind it (0.7 is common)")->capture_default_str()->check(CLI::Range(0.01, 1.0))->needs(weights);
  c->add_option("--lora-rank", o->lora_rank, "lora: width of the matrices")->capture_default_str()->check(CLI::Range(1, 4096))->needs(weights);
  c->add_option("--size", o->size, "side that pictures are brought to (default: 32, 64 or 128 by what they measure, at most 64 for fewer than 2,000; with --weights that of the network)")->type_name("PX")->check(CLI::Range(8, 4096));
  c->add_option("--augment", o->augment, "none; light: random crop and mirroring; medium: and TrivialAugment; strong: RandAugment, erasing, MixUp and CutMix. `wick data preview` shows it")->capture_default_str()->check(CLI::IsMember(augmentation_levels()));
  c->add_option("--class-weights", o->class_weights, "auto: where classes differ in size, all together weigh the same; none")->capture_default_str()->check(CLI::IsMember({"auto", "none"}));
  c->add_flag("--skip-bad", o->skip_bad, "leave out pictures that cannot be read, and list them");
  c->add_option("--workers", o->workers, "threads that read and change pictures; the result is the same for any number")->capture_default_str()->check(CLI::Range(0, 256));
  add_common(c, *o, "images", "");
  add_lr(c, *o, " (default: 0.002, fine-tuning 0.0003)");
  add_smoothing(c, *o);
}

void add_table(CLI::App* parent, Action& action, bool checks) {
  auto o = std::make_shared<TableRunOptions>();
  o->epochs = 100;
  o->batch_size = 0;
  o->lr = 3e-3;
  CLI::App* c = parent->add_subcommand("table", str("A column of your own table (CSV, TSV), learnt from the others: numbers, categories, missing values\n\nExample: wick ", checks ? "data check" : "train", " table houses.csv --target price --ignore address"));
  c->add_option("FILE", o->file, "the table; separators and types of columns are found out")->required();
  c->add_option("--target", o->target, "the column to predict: its name, or its number from 0 (-1: the last)")->required()->type_name("COLUMN");
  c->add_option("--task", o->task, "classification or regression (default: classification for texts and for at most 10 different whole numbers)")->check(CLI::IsMember({"classification", "regression"}));
  c->add_option("--id", o->id, "column that names rows in output, and is not learnt from")->type_name("COLUMN");
  c->add_option("--ignore", o->ignore, "columns that are left out (several: a,b,c)")->delimiter(',')->type_name("COLUMNS");
  c->add_option("--category", o->categories, "columns of numbers that stand for categories, such as postcodes (several: a,b,c)")->delimiter(',')->type_name("COLUMNS");
  c->add_flag("--no-header", o->no_header, "the first line is a row; columns are called 0, 1, 2, …");
  c->add_option("--val", o->val, "share of the rows that is held out")->type_name("SHARE")->capture_default_str()->check(CLI::Range(0.001, 0.999));
  c->callback([o, &action] { action = [o] { return train_table(*o); }; });
  if (checks) return add_checking(c, *o);
  c->add_option("--hidden", o->hidden, "sizes of the hidden layers (default: 64,64; from 5,000 rows on 256,128)")->delimiter(',')->type_name("SIZES")->check(CLI::Range(1, 1 << 16));
  c->add_option("--dropout", o->dropout, "share of the hidden values that is dropped in training")->capture_default_str()->check(CLI::Range(0.0, 0.95));
  add_common(c, *o, "table", "");
  c->get_option("--batch-size")->default_str("32; from 5,000 rows on 256");
  add_lr(c, *o, " (default: 0.003)");
  add_smoothing(c, *o);
}

#ifdef WICK_WITH_TEXT
void add_text_training(CLI::App* parent, Action& action, bool checks) {
  auto o = std::make_shared<TextRunOptions>();
  o->epochs = 3;
  o->batch_size = 16;
  o->lr = 5e-5;
  CLI::App* c = parent->add_subcommand("text", str("Classes of texts (a TSV file: text, tab, label)", checks ? "\n\nExample: wick data check text reviews.tsv" : ", learnt by a published language model\n\nExample: wick train text reviews.tsv --weights distilbert-base-uncased/"));
  c->add_option("FILE", o->file, "the texts, one a line, with their labels")->required();
  if (!checks) c->add_option("--weights", o->weights, "folder as published, or of another run: config.json, weights, tokenizer files")->required()->type_name("DIR")->check(CLI::ExistingDirectory);
  c->add_option("--text-column", o->text_column, "the column of the texts, from 0; -1: the last")->capture_default_str();
  c->add_option("--label-column", o->label_column, "the column of the labels")->capture_default_str();
  c->add_flag("--header", o->header, "the first line names the columns");
  if (!checks) c->add_option("--max-length", o->max_length, "tokens at which texts are cut")->type_name("TOKENS")->capture_default_str()->check(CLI::Range(3, 1 << 16));
  c->add_option("--val", o->val, "share of the texts that is held out")->type_name("SHARE")->capture_default_str()->check(CLI::Range(0.001, 0.999));
  c->add_option("--val-file", o->val_file, "texts that are held out, in place of a share")->type_name("FILE");
  c->add_option("--test", o->test_file, "texts that are scored at the end")->type_name("FILE");
  c->callback([o, &action] { action = [o] { return train_text(*o); }; });
  if (checks) return add_checking(c, *o);
  add_common(c, *o, "text", ", config.json, tokenizer files");
  add_lr(c, *o, " (default: 0.00005)");
  add_smoothing(c, *o);
}
#endif

}  // namespace

namespace {

void add_kinds(CLI::App* parent, Action& action, bool checks) {
  parent->require_subcommand(1);
  add_digits(parent, action, checks);
  add_images(parent, action, checks);
  add_table(parent, action, checks);
#ifdef WICK_WITH_TEXT
  add_text_training(parent, action, checks);
#endif
}

}  // namespace

void add_train(CLI::App& app, Action& action) { add_kinds(app.add_subcommand("train", "Train a network and save it"), action, false); }
void add_data_check(CLI::App& data, Action& action) {
  add_kinds(data.add_subcommand("check", "Look for faults in data: what is there twice, in training and held out, or with two labels, to the last bit or nearly; columns that tell the target\n\n"
                                         "Takes the data of wick train, split in the same way. Exit code 0, whatever is found, unless --strict.\n\nExample: wick data check images photos/"),
            action, true);
}

}  // namespace wick::cli
