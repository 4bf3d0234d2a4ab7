// A program that has pictures from OpenCV links beside Wick: no macro, no symbol and no libjpeg in the way.
#ifdef WICK_FIRST
#include <torch/torch.h>
#endif
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#ifndef WICK_FIRST
#include <torch/torch.h>
#endif
#include <wick/vision.h>

#include <iostream>

static int check(bool ok, const char* what) {
  if (!ok) std::cerr << "failed: " << what << '\n';
  return ok ? 0 : 1;
}

int main() {
  cv::Mat picture(48, 64, CV_8UC3), bigger;
  for (int y = 0; y < 48; ++y)
    for (int x = 0; x < 64; ++x) picture.at<cv::Vec3b>(y, x) = cv::Vec3b(static_cast<uint8_t>(x), static_cast<uint8_t>(y), 200);
  cv::resize(picture, bigger, {128, 96});
  std::vector<uchar> png, jpeg;
  cv::imencode(".png", picture, png);
  cv::imencode(".jpg", bigger, jpeg);
  torch::Tensor ours = torch::from_blob(picture.data, {48, 64, 3}, torch::kByte).permute({2, 0, 1}).flip({0});  // OpenCV has blue first
  int failures = check(torch::equal(wick::vision::decode_image(png.data(), png.size()), ours), "OpenCV's PNG");
  const torch::Tensor theirs = wick::vision::decode_image(jpeg.data(), jpeg.size());
  cv::Mat back = cv::imdecode(jpeg, cv::IMREAD_COLOR);
  failures += check(torch::equal(theirs, torch::from_blob(back.data, {96, 128, 3}, torch::kByte).permute({2, 0, 1}).flip({0})), "OpenCV's JPEG");
  failures += check(torch::nn::Conv2d(3, 4, 3)->forward(ours.to(torch::kFloat).unsqueeze(0)).size(2) == 46, "a layer over it");
  return failures;
}
