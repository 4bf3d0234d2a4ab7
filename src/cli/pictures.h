// Pictures in folders, as training, evaluation and prediction read them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <wick/vision.h>

#include "cli/run.h"

namespace wick::cli {

// How pictures become tensors without chance: the shorter side resized, the middle cut out, normalised. Kept in the settings of a run.
struct Preparation {
  int64_t resize = 64, size = 64;
  bool bicubic = false;
  std::vector<double> mean, std;
  Tensor operator()(const Tensor& image) const;  // uint8 [3, size, size]
};
void to_json(Json& j, const Preparation& p);
void from_json(const Json& j, Preparation& p);

// "none", "light" (crop, flip), "medium" (and TrivialAugment), "strong" (RandAugment, erasing; MixUp and CutMix of batches by `mixing`).
std::vector<std::string> augmentation_levels();
std::function<Tensor(const Tensor&)> augmentation(const std::string& level, const Preparation& p);
std::function<void(Batch&)> mixing(const std::string& level, int64_t classes);

// The class folders of a data set: training, validation and perhaps test pictures, from DIR/train, DIR/val, DIR/test or split from DIR.
struct PictureSets {
  std::vector<std::string> classes;
  vision::ImageFolder training, validation;
  std::optional<vision::ImageFolder> test;
  std::vector<vision::ImageFolder::Bad> bad;
  bool split = false;  // validation is a share of the training folder
};
// `who` begins errors ("train images"). Pictures that cannot be read are an error, unless `skip_bad`, which leaves them out.
PictureSets read_sets(const std::string& who, const std::string& dir, double validation, uint64_t seed, bool skip_bad);
// The class folders in DIR itself, or in its `part` (train, val, test) if it has such; without `part` its test or else its validation pictures.
vision::ImageFolder read_part(const std::string& who, const std::string& dir, const std::string& part, bool skip_bad);

// Examples of a folder: through `transform`, normalised; numbers of classes as `classes` has them. Errors: a class that is not among them.
Source picture_source(const vision::ImageFolder& folder, const std::vector<std::string>& classes, const Preparation& p, std::function<Tensor(const Tensor&)> transform = {});
HeldOut picture_held_out(std::string name, const vision::ImageFolder& folder, const std::vector<std::string>& classes, const Preparation& p);

// The pictures among files and folders, sub-folders included, in order. Errors: a path that is not there, a folder without pictures.
std::vector<std::string> list_pictures(const std::string& who, const std::vector<std::string>& paths);
vision::DecodeOptions decoding(int64_t enough = 0);

struct PreviewOptions {
  std::string dir, out = "preview.png", augment = "medium";
  int64_t size = 0, rows = 6, columns = 8;
  uint64_t seed = 1;
  bool quiet = false, json = false;
};
// `wick data preview`: a contact sheet.
int preview(const PreviewOptions& options);

struct ImagesOptions : RunOptions {
  std::string data, model, weights, augment = "light", class_weights = "auto";
  double val = 0.2;
  int64_t size = 0, lora_rank = 8;
  double depth_decay = 1;
  std::string mode;  // features, finetune or lora, with weights
  bool skip_bad = false;
};
// What a mode changes in a task.
void adapt_task(Task& task, const ImagesOptions& options, const PictureSets& sets, const Preparation& preparation);
// `wick train images`.
int train_images(const ImagesOptions& options);
// The side that pictures of a folder are best used at: 32, 64 or 128, by what they measure.
int64_t fitting_size(const std::vector<vision::ImageFolder::File>& files);

}  // namespace wick::cli
