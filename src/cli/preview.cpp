#include <algorithm>
#include <cstdio>

#include <wick/core/str.h>

#include "cli/pictures.h"

namespace wick::cli {

int preview(const PreviewOptions& o) {
  WICK_CHECK_TYPE(NotImplementedError, vision::has_png(), "data preview: this build lacks libpng, which writes the sheet");
  const std::vector<std::string> files = list_pictures("data preview", {o.dir});
  const int64_t rows = std::min<int64_t>(o.rows, static_cast<int64_t>(files.size()));
  std::vector<vision::ImageFolder::File> chosen;  // spread over the folder, and so over its classes
  for (int64_t r = 0; r < rows; ++r) chosen.push_back({files[static_cast<size_t>((2 * r + 1) * static_cast<int64_t>(files.size()) / (2 * rows))], 0});
  Preparation p;
  p.size = p.resize = o.size ? o.size : fitting_size(chosen);
  manual_seed(o.seed);
  const auto change = augmentation(o.augment, p);
  const auto mix = mixing(o.augment, rows);
  const int64_t gap = 6, first_gap = 18, side = p.size, width = (o.columns + 1) * side + (o.columns + 1) * gap + first_gap;
  Tensor sheet = full({rows * (side + gap) + gap, width, 3}, 255, kByte).permute({2, 0, 1});
  const auto put = [&](int64_t row, int64_t column, const Tensor& image) {
    const int64_t left = gap + column * (side + gap) + (column > 0 ? first_gap - gap : 0), top = gap + row * (side + gap);
    sheet.narrow(1, top, side).narrow(2, left, side).copy_(image);
  };
  std::vector<Tensor> originals;
  for (const auto& f : chosen) originals.push_back(vision::decode_image(f.path, decoding()));
  for (int64_t r = 0; r < rows; ++r) put(r, 0, p(originals[static_cast<size_t>(r)]));
  // A column is what one batch would be.
  for (int64_t c = 1; c <= o.columns; ++c) {
    std::vector<Tensor> batch;
    for (const Tensor& x : originals) batch.push_back(change(x));
    Batch b{stack(batch), arange(rows)};
    if (mix && rows > 1) {
      b.data = b.data.to(kFloat);
      mix(b);
      b.data = b.data.round().clamp(0, 255).to(kByte);
    }
    // A mixture stands in the row of the picture of which it has most.
    for (int64_t r = 0; r < rows; ++r) put(b.target.dim() > 1 ? b.target[r].argmax().item<int64_t>() : r, c, b.data[r]);
  }
  vision::write_png(sheet.contiguous(), o.out);
  if (o.json) {
    Json j{{"out", o.out}, {"augment", o.augment}, {"size", side}, {"columns", o.columns}, {"files", Json::array()}};
    for (const auto& f : chosen) j["files"].push_back(f.path);
    std::printf("%s\n", j.dump().c_str());
  } else if (!o.quiet) {
    std::printf("%s   %lld pictures at %lld x %lld: as they are, and %lld times with --augment %s\n", o.out.c_str(), static_cast<long long>(rows), static_cast<long long>(side), static_cast<long long>(side),
                static_cast<long long>(o.columns), o.augment.c_str());
    for (int64_t r = 0; r < rows; ++r) std::printf("row %2lld   %s\n", static_cast<long long>(r + 1), chosen[static_cast<size_t>(r)].path.c_str());
  }
  return 0;
}

}  // namespace wick::cli
