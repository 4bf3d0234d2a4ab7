// The models that there are, and what is published of them: parameters, multiply-adds, weights (https://pytorch.org/vision/stable/models.html;
// https://github.com/akamaster/pytorch_resnet_cifar10 for the ResNets for CIFAR).
#include <algorithm>

#include "models/build.h"

namespace wick::models {
namespace {

// Number of sets of weights last; they follow in the second table in the same order.
struct Entry {
  Architecture architecture;
  int64_t parameters;
  double multiply_adds;
  int input_size, weights;
};
const Entry entries[] = {
    {{"alexnet", models::alexnet, {}}, 61100840, 0.714, 224, 1},
    {{"vgg11", models::vgg, {1, 1, 2, 2, 2, 0}}, 132863336, 7.609, 224, 1},
    {{"vgg11_bn", models::vgg, {1, 1, 2, 2, 2, 1}}, 132868840, 7.609, 224, 1},
    {{"vgg13", models::vgg, {2, 2, 2, 2, 2, 0}}, 133047848, 11.308, 224, 1},
    {{"vgg13_bn", models::vgg, {2, 2, 2, 2, 2, 1}}, 133053736, 11.308, 224, 1},
    {{"vgg16", models::vgg, {2, 2, 3, 3, 3, 0}}, 138357544, 15.47, 224, 2},
    {{"vgg16_bn", models::vgg, {2, 2, 3, 3, 3, 1}}, 138365992, 15.47, 224, 1},
    {{"vgg19", models::vgg, {2, 2, 4, 4, 4, 0}}, 143667240, 19.632, 224, 1},
    {{"vgg19_bn", models::vgg, {2, 2, 4, 4, 4, 1}}, 143678248, 19.632, 224, 1},
    {{"resnet18", models::resnet, {0, 2, 2, 2, 2, 1, 64}}, 11689512, 1.814, 224, 1},
    {{"resnet34", models::resnet, {0, 3, 4, 6, 3, 1, 64}}, 21797672, 3.664, 224, 1},
    {{"resnet50", models::resnet, {1, 3, 4, 6, 3, 1, 64}}, 25557032, 4.089, 224, 2},
    {{"resnet101", models::resnet, {1, 3, 4, 23, 3, 1, 64}}, 44549160, 7.801, 224, 2},
    {{"resnet152", models::resnet, {1, 3, 8, 36, 3, 1, 64}}, 60192808, 11.514, 224, 2},
    {{"resnext50_32x4d", models::resnet, {1, 3, 4, 6, 3, 32, 4}}, 25028904, 4.23, 224, 2},
    {{"resnext101_32x8d", models::resnet, {1, 3, 4, 23, 3, 32, 8}}, 88791336, 16.414, 224, 2},
    {{"resnext101_64x4d", models::resnet, {1, 3, 4, 23, 3, 64, 4}}, 83455272, 15.46, 224, 1},
    {{"wide_resnet50_2", models::resnet, {1, 3, 4, 6, 3, 1, 128}}, 68883240, 11.398, 224, 2},
    {{"wide_resnet101_2", models::resnet, {1, 3, 4, 23, 3, 1, 128}}, 126886696, 22.753, 224, 2},
    {{"densenet121", models::densenet, {32, 6, 12, 24, 16, 64}}, 7978856, 2.834, 224, 1},
    {{"densenet161", models::densenet, {48, 6, 12, 36, 24, 96}}, 28681000, 7.728, 224, 1},
    {{"densenet169", models::densenet, {32, 6, 12, 32, 32, 64}}, 14149480, 3.36, 224, 1},
    {{"densenet201", models::densenet, {32, 6, 12, 48, 32, 64}}, 20013928, 4.291, 224, 1},
    {{"squeezenet1_0", models::squeezenet, {0}}, 1248424, 0.819, 224, 1},
    {{"squeezenet1_1", models::squeezenet, {1}}, 1235496, 0.349, 224, 1},
    {{"googlenet", models::googlenet, {}}, 6624904, 1.498, 224, 1},
    {{"inception_v3", models::inception, {}}, 27161264, 5.713, 299, 1},
    {{"mobilenet_v2", models::mobilenet_v2, {}}, 3504872, 0.301, 224, 2},
    {{"mobilenet_v3_small", models::mobilenet_v3, {0}}, 2542856, 0.057, 224, 1},
    {{"mobilenet_v3_large", models::mobilenet_v3, {1}}, 5483032, 0.217, 224, 2},
    {{"mnasnet0_5", models::mnasnet, {0.5}}, 2218512, 0.104, 224, 1},
    {{"mnasnet0_75", models::mnasnet, {0.75}}, 3170208, 0.215, 224, 1},
    {{"mnasnet1_0", models::mnasnet, {1.0}}, 4383312, 0.314, 224, 1},
    {{"mnasnet1_3", models::mnasnet, {1.3}}, 6282256, 0.526, 224, 1},
    {{"shufflenet_v2_x0_5", models::shufflenet_v2, {48, 96, 192, 1024}}, 1366792, 0.04, 224, 1},
    {{"shufflenet_v2_x1_0", models::shufflenet_v2, {116, 232, 464, 1024}}, 2278604, 0.145, 224, 1},
    {{"shufflenet_v2_x1_5", models::shufflenet_v2, {176, 352, 704, 1024}}, 3503624, 0.296, 224, 1},
    {{"shufflenet_v2_x2_0", models::shufflenet_v2, {244, 488, 976, 2048}}, 7393996, 0.583, 224, 1},
    {{"efficientnet_b0", models::efficientnet, {1, 1, 0.2, 1e-05, 0.1}}, 5288548, 0.386, 224, 1},
    {{"efficientnet_b1", models::efficientnet, {1, 1.1, 0.2, 1e-05, 0.1}}, 7794184, 0.687, 240, 2},
    {{"efficientnet_b2", models::efficientnet, {1.1, 1.2, 0.3, 1e-05, 0.1}}, 9109994, 1.088, 288, 1},
    {{"efficientnet_b3", models::efficientnet, {1.2, 1.4, 0.3, 1e-05, 0.1}}, 12233232, 1.827, 300, 1},
    {{"efficientnet_b4", models::efficientnet, {1.4, 1.8, 0.4, 1e-05, 0.1}}, 19341616, 4.394, 380, 1},
    {{"efficientnet_b5", models::efficientnet, {1.6, 2.2, 0.4, 0.001, 0.01}}, 30389784, 10.266, 456, 1},
    {{"efficientnet_b6", models::efficientnet, {1.8, 2.6, 0.5, 0.001, 0.01}}, 43040704, 19.068, 528, 1},
    {{"efficientnet_b7", models::efficientnet, {2, 3.1, 0.5, 0.001, 0.01}}, 66347960, 37.746, 600, 1},
    {{"efficientnet_v2_s", models::efficientnet_v2, {0, 0.2}}, 21458488, 8.366, 384, 1},
    {{"efficientnet_v2_m", models::efficientnet_v2, {1, 0.3}}, 54139356, 24.582, 480, 1},
    {{"efficientnet_v2_l", models::efficientnet_v2, {2, 0.4}}, 118515272, 56.08, 480, 1},
    {{"regnet_y_400mf", models::regnet, {16, 48, 27.89, 2.09, 8, 0.25}}, 4344144, 0.402, 224, 2},
    {{"regnet_y_800mf", models::regnet, {14, 56, 38.84, 2.4, 16, 0.25}}, 6432512, 0.834, 224, 2},
    {{"regnet_y_1_6gf", models::regnet, {27, 48, 20.71, 2.65, 24, 0.25}}, 11202430, 1.612, 224, 2},
    {{"regnet_y_3_2gf", models::regnet, {21, 80, 42.63, 2.66, 24, 0.25}}, 19436338, 3.176, 224, 2},
    {{"regnet_y_8gf", models::regnet, {17, 192, 76.82, 2.19, 56, 0.25}}, 39381472, 8.473, 224, 2},
    {{"regnet_y_16gf", models::regnet, {18, 200, 106.23, 2.48, 112, 0.25}}, 83590140, 15.912, 224, 4},
    {{"regnet_y_32gf", models::regnet, {20, 232, 115.89, 2.53, 232, 0.25}}, 145046770, 32.28, 224, 4},
    {{"regnet_y_128gf", models::regnet, {27, 456, 160.83, 2.52, 264, 0.25}}, 644812894, 127.518, 224, 2},
    {{"regnet_x_400mf", models::regnet, {22, 24, 24.48, 2.54, 16, 0}}, 5495976, 0.414, 224, 2},
    {{"regnet_x_800mf", models::regnet, {16, 56, 35.73, 2.28, 16, 0}}, 7259656, 0.8, 224, 2},
    {{"regnet_x_1_6gf", models::regnet, {18, 80, 34.01, 2.25, 24, 0}}, 9190136, 1.603, 224, 2},
    {{"regnet_x_3_2gf", models::regnet, {25, 88, 26.31, 2.25, 48, 0}}, 15296552, 3.177, 224, 2},
    {{"regnet_x_8gf", models::regnet, {23, 80, 49.56, 2.88, 120, 0}}, 39572648, 7.995, 224, 2},
    {{"regnet_x_16gf", models::regnet, {22, 216, 55.59, 2.1, 128, 0}}, 54278536, 15.941, 224, 2},
    {{"regnet_x_32gf", models::regnet, {23, 320, 69.86, 2.0, 168, 0}}, 107811560, 31.736, 224, 2},
    {{"convnext_tiny", models::convnext, {96, 9, 0.1}}, 28589128, 4.456, 224, 1},
    {{"convnext_small", models::convnext, {96, 27, 0.4}}, 50223688, 8.684, 224, 1},
    {{"convnext_base", models::convnext, {128, 27, 0.5}}, 88591464, 15.355, 224, 1},
    {{"convnext_large", models::convnext, {192, 27, 0.5}}, 197767336, 34.361, 224, 1},
    {{"vit_b_16", models::vision_transformer, {16, 12, 12, 768, 3072}}, 86567656, 17.564, 224, 3},
    {{"vit_b_32", models::vision_transformer, {32, 12, 12, 768, 3072}}, 88224232, 4.409, 224, 1},
    {{"vit_l_16", models::vision_transformer, {16, 24, 16, 1024, 4096}}, 304326632, 61.555, 224, 3},
    {{"vit_l_32", models::vision_transformer, {32, 24, 16, 1024, 4096}}, 306535400, 15.378, 224, 1},
    {{"vit_h_14", models::vision_transformer, {14, 32, 16, 1280, 5120}}, 632045800, 167.295, 224, 2},
    {{"swin_t", models::swin_transformer, {1, 96, 6, 3, 0.2}}, 28288354, 4.491, 224, 1},
    {{"swin_s", models::swin_transformer, {1, 96, 18, 3, 0.3}}, 49606258, 8.741, 224, 1},
    {{"swin_b", models::swin_transformer, {1, 128, 18, 4, 0.5}}, 87768224, 15.431, 224, 1},
    {{"swin_v2_t", models::swin_transformer, {2, 96, 6, 3, 0.2}}, 28351570, 5.94, 256, 1},
    {{"swin_v2_s", models::swin_transformer, {2, 96, 18, 3, 0.3}}, 49737442, 11.546, 256, 1},
    {{"swin_v2_b", models::swin_transformer, {2, 128, 18, 4, 0.5}}, 87930848, 20.325, 256, 1},
    {{"resnet20", models::cifar_resnet, {3}}, 269722, 0.041, 32, 1},
    {{"resnet32", models::cifar_resnet, {5}}, 464154, 0.07, 32, 1},
    {{"resnet44", models::cifar_resnet, {7}}, 658586, 0.099, 32, 1},
    {{"resnet56", models::cifar_resnet, {9}}, 853018, 0.127, 32, 1},
    {{"resnet110", models::cifar_resnet, {18}}, 1727962, 0.255, 32, 1},
};

// How pictures are normalised and resized: ImageNet's means with either interpolation, halves, pictures in 0 to 255, the ResNets for CIFAR.
enum Normalisation : uint8_t { kBilinear, kBicubic, kHalf, kLegacy, kCifar };
struct Published {
  const char *name, *file;
  double acc1, acc5;
  int16_t resize, crop;
  Normalisation normalisation;
};
const Published published[] = {
    {"IMAGENET1K_V1", "alexnet-owt-7be5be79.pth", 56.522, 79.066, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "vgg11-8a719046.pth", 69.02, 88.628, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "vgg11_bn-6002323d.pth", 70.37, 89.81, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "vgg13-19584684.pth", 69.928, 89.246, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "vgg13_bn-abd245e5.pth", 71.586, 90.374, 256, 224, kBilinear},
    {"IMAGENET1K_FEATURES", "vgg16_features-amdegroot-88682ab5.pth", 0, 0, 256, 224, kLegacy},
    {"IMAGENET1K_V1", "vgg16-397923af.pth", 71.592, 90.382, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "vgg16_bn-6c64b313.pth", 73.36, 91.516, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "vgg19-dcbb9e9d.pth", 72.376, 90.876, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "vgg19_bn-c79401a0.pth", 74.218, 91.842, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "resnet18-f37072fd.pth", 69.758, 89.078, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "resnet34-b627a593.pth", 73.314, 91.42, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "resnet50-0676ba61.pth", 76.13, 92.862, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "resnet50-11ad3fa6.pth", 80.858, 95.434, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "resnet101-63fe2227.pth", 77.374, 93.546, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "resnet101-cd907fc2.pth", 81.886, 95.78, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "resnet152-394f9c45.pth", 78.312, 94.046, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "resnet152-f82ba261.pth", 82.284, 96.002, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "resnext50_32x4d-7cdf4587.pth", 77.618, 93.698, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "resnext50_32x4d-1a0047aa.pth", 81.198, 95.34, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "resnext101_32x8d-8ba56ff5.pth", 79.312, 94.526, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "resnext101_32x8d-110c445d.pth", 82.834, 96.228, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "resnext101_64x4d-173b62eb.pth", 83.246, 96.454, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "wide_resnet50_2-95faca4d.pth", 78.468, 94.086, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "wide_resnet50_2-9ba9bcbe.pth", 81.602, 95.758, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "wide_resnet101_2-32ee1156.pth", 78.848, 94.284, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "wide_resnet101_2-d733dc28.pth", 82.51, 96.02, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "densenet121-a639ec97.pth", 74.434, 91.972, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "densenet161-8d451a50.pth", 77.138, 93.56, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "densenet169-b2777c0a.pth", 75.6, 92.806, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "densenet201-c1103571.pth", 76.896, 93.37, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "squeezenet1_0-b66bff10.pth", 58.092, 80.42, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "squeezenet1_1-b8a52dc0.pth", 58.178, 80.624, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "googlenet-1378be20.pth", 69.778, 89.53, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "inception_v3_google-0cc3c7bd.pth", 77.294, 93.45, 342, 299, kBilinear},
    {"IMAGENET1K_V1", "mobilenet_v2-b0353104.pth", 71.878, 90.286, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "mobilenet_v2-7ebf99e0.pth", 72.154, 90.822, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "mobilenet_v3_small-047dcff4.pth", 67.668, 87.402, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "mobilenet_v3_large-8738ca79.pth", 74.042, 91.34, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "mobilenet_v3_large-5c1a4163.pth", 75.274, 92.566, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "mnasnet0.5_top1_67.823-3ffadce67e.pth", 67.734, 87.49, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "mnasnet0_75-7090bc5f.pth", 71.18, 90.496, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "mnasnet1.0_top1_73.512-f206786ef8.pth", 73.456, 91.51, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "mnasnet1_3-a4c69d6f.pth", 76.506, 93.522, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "shufflenetv2_x0.5-f707e7126e.pth", 60.552, 81.746, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "shufflenetv2_x1-5666bf0f80.pth", 69.362, 88.316, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "shufflenetv2_x1_5-3c479a10.pth", 72.996, 91.086, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "shufflenetv2_x2_0-8be3c8ee.pth", 76.23, 93.006, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "efficientnet_b0_rwightman-7f5810bc.pth", 77.692, 93.532, 256, 224, kBicubic},
    {"IMAGENET1K_V1", "efficientnet_b1_rwightman-bac287d4.pth", 78.642, 94.186, 256, 240, kBicubic},
    {"IMAGENET1K_V2", "efficientnet_b1-c27df63c.pth", 79.838, 94.934, 255, 240, kBilinear},
    {"IMAGENET1K_V1", "efficientnet_b2_rwightman-c35c1473.pth", 80.608, 95.31, 288, 288, kBicubic},
    {"IMAGENET1K_V1", "efficientnet_b3_rwightman-b3899882.pth", 82.008, 96.054, 320, 300, kBicubic},
    {"IMAGENET1K_V1", "efficientnet_b4_rwightman-23ab8bcd.pth", 83.384, 96.594, 384, 380, kBicubic},
    {"IMAGENET1K_V1", "efficientnet_b5_lukemelas-1a07897c.pth", 83.444, 96.628, 456, 456, kBicubic},
    {"IMAGENET1K_V1", "efficientnet_b6_lukemelas-24a108a5.pth", 84.008, 96.916, 528, 528, kBicubic},
    {"IMAGENET1K_V1", "efficientnet_b7_lukemelas-c5b4e57e.pth", 84.122, 96.908, 600, 600, kBicubic},
    {"IMAGENET1K_V1", "efficientnet_v2_s-dd5fe13b.pth", 84.228, 96.878, 384, 384, kBilinear},
    {"IMAGENET1K_V1", "efficientnet_v2_m-dc08266a.pth", 85.112, 97.156, 480, 480, kBilinear},
    {"IMAGENET1K_V1", "efficientnet_v2_l-59c71312.pth", 85.808, 97.788, 480, 480, kHalf},
    {"IMAGENET1K_V1", "regnet_y_400mf-c65dace8.pth", 74.046, 91.716, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "regnet_y_400mf-e6988f5f.pth", 75.804, 92.742, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "regnet_y_800mf-1b27b58c.pth", 76.42, 93.136, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "regnet_y_800mf-58fc7688.pth", 78.828, 94.502, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "regnet_y_1_6gf-b11a554e.pth", 77.95, 93.966, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "regnet_y_1_6gf-0d7bc02a.pth", 80.876, 95.444, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "regnet_y_3_2gf-b5a9779c.pth", 78.948, 94.576, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "regnet_y_3_2gf-9180c971.pth", 81.982, 95.972, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "regnet_y_8gf-d0d0e4a8.pth", 80.032, 95.048, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "regnet_y_8gf-dc2b1b54.pth", 82.828, 96.33, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "regnet_y_16gf-9e6ed7dd.pth", 80.424, 95.24, 256, 224, kBilinear},
    {"IMAGENET1K_SWAG_E2E_V1", "regnet_y_16gf_swag-43afe44d.pth", 86.012, 98.054, 384, 384, kBicubic},
    {"IMAGENET1K_SWAG_LINEAR_V1", "regnet_y_16gf_lc_swag-f3ec0043.pth", 83.976, 97.244, 224, 224, kBicubic},
    {"IMAGENET1K_V2", "regnet_y_16gf-3e4a00f9.pth", 82.886, 96.328, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "regnet_y_32gf-4dee3f7a.pth", 80.878, 95.34, 256, 224, kBilinear},
    {"IMAGENET1K_SWAG_E2E_V1", "regnet_y_32gf_swag-04fdfa75.pth", 86.838, 98.362, 384, 384, kBicubic},
    {"IMAGENET1K_SWAG_LINEAR_V1", "regnet_y_32gf_lc_swag-e1583746.pth", 84.622, 97.48, 224, 224, kBicubic},
    {"IMAGENET1K_V2", "regnet_y_32gf-8db6d4b5.pth", 83.368, 96.498, 232, 224, kBilinear},
    {"IMAGENET1K_SWAG_LINEAR_V1", "regnet_y_128gf_lc_swag-cbe8ce12.pth", 86.068, 97.844, 224, 224, kBicubic},
    {"IMAGENET1K_SWAG_E2E_V1", "regnet_y_128gf_swag-c8ce3e52.pth", 88.228, 98.682, 384, 384, kBicubic},
    {"IMAGENET1K_V1", "regnet_x_400mf-adf1edd5.pth", 72.834, 90.95, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "regnet_x_400mf-62229a5f.pth", 74.864, 92.322, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "regnet_x_800mf-ad17e45c.pth", 75.212, 92.348, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "regnet_x_800mf-94a99ebd.pth", 77.522, 93.826, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "regnet_x_1_6gf-e3633e7f.pth", 77.04, 93.44, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "regnet_x_1_6gf-a12f2b72.pth", 79.668, 94.922, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "regnet_x_3_2gf-f342aeae.pth", 78.364, 93.992, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "regnet_x_3_2gf-7071aa85.pth", 81.196, 95.43, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "regnet_x_8gf-03ceed89.pth", 79.344, 94.686, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "regnet_x_8gf-2b70d774.pth", 81.682, 95.678, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "regnet_x_16gf-2007eb11.pth", 80.058, 94.944, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "regnet_x_16gf-ba3796d7.pth", 82.716, 96.196, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "regnet_x_32gf-9d47f8d0.pth", 80.622, 95.248, 256, 224, kBilinear},
    {"IMAGENET1K_V2", "regnet_x_32gf-6eb8fdc6.pth", 83.014, 96.288, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "convnext_tiny-983f1562.pth", 82.52, 96.146, 236, 224, kBilinear},
    {"IMAGENET1K_V1", "convnext_small-0c510722.pth", 83.616, 96.65, 230, 224, kBilinear},
    {"IMAGENET1K_V1", "convnext_base-6075fbad.pth", 84.062, 96.87, 232, 224, kBilinear},
    {"IMAGENET1K_V1", "convnext_large-ea097f82.pth", 84.414, 96.976, 232, 224, kBilinear},
    {"IMAGENET1K_SWAG_E2E_V1", "vit_b_16_swag-9ac1b537.pth", 85.304, 97.65, 384, 384, kBicubic},
    {"IMAGENET1K_SWAG_LINEAR_V1", "vit_b_16_lc_swag-4e70ced5.pth", 81.886, 96.18, 224, 224, kBicubic},
    {"IMAGENET1K_V1", "vit_b_16-c867db91.pth", 81.072, 95.318, 256, 224, kBilinear},
    {"IMAGENET1K_V1", "vit_b_32-d86f8d99.pth", 75.912, 92.466, 256, 224, kBilinear},
    {"IMAGENET1K_SWAG_E2E_V1", "vit_l_16_swag-4f3808c9.pth", 88.064, 98.512, 512, 512, kBicubic},
    {"IMAGENET1K_SWAG_LINEAR_V1", "vit_l_16_lc_swag-4d563306.pth", 85.146, 97.422, 224, 224, kBicubic},
    {"IMAGENET1K_V1", "vit_l_16-852ce7e3.pth", 79.662, 94.638, 242, 224, kBilinear},
    {"IMAGENET1K_V1", "vit_l_32-c7638314.pth", 76.972, 93.07, 256, 224, kBilinear},
    {"IMAGENET1K_SWAG_LINEAR_V1", "vit_h_14_lc_swag-c1eb923e.pth", 85.708, 97.73, 224, 224, kBicubic},
    {"IMAGENET1K_SWAG_E2E_V1", "vit_h_14_swag-80465313.pth", 88.552, 98.694, 518, 518, kBicubic},
    {"IMAGENET1K_V1", "swin_t-704ceda3.pth", 81.474, 95.776, 232, 224, kBicubic},
    {"IMAGENET1K_V1", "swin_s-5e29d889.pth", 83.196, 96.36, 246, 224, kBicubic},
    {"IMAGENET1K_V1", "swin_b-68c6b09e.pth", 83.582, 96.64, 238, 224, kBicubic},
    {"IMAGENET1K_V1", "swin_v2_t-b137f0e2.pth", 82.072, 96.132, 260, 256, kBicubic},
    {"IMAGENET1K_V1", "swin_v2_s-637d8ceb.pth", 83.712, 96.816, 260, 256, kBicubic},
    {"IMAGENET1K_V1", "swin_v2_b-781e5279.pth", 84.112, 96.864, 272, 256, kBicubic},
    {"CIFAR10", "resnet20-12fca82f.th", 91.73, 0, 32, 32, kCifar},
    {"CIFAR10", "resnet32-d509ac18.th", 92.63, 0, 32, 32, kCifar},
    {"CIFAR10", "resnet44-014dd654.th", 93.1, 0, 32, 32, kCifar},
    {"CIFAR10", "resnet56-4bfd9763.th", 93.39, 0, 32, 32, kCifar},
    {"CIFAR10", "resnet110-1d1ed7c2.th", 93.68, 0, 32, 32, kCifar},
};

Weights weights_of(const Published& p) {
  Weights w{p.name, p.file, {}, p.acc1, p.acc5, {}};
  w.url = (p.normalisation == kCifar ? "https://github.com/akamaster/pytorch_resnet_cifar10/raw/master/pretrained_models/" : "https://download.pytorch.org/models/") + w.file;
  Preprocessing& how = w.preprocessing;
  how.resize_size = p.resize;
  how.crop_size = p.crop;
  how.bicubic = p.normalisation == kBicubic || p.normalisation == kHalf;
  if (p.normalisation == kHalf) how.mean = how.std = {0.5, 0.5, 0.5};
  if (p.normalisation == kLegacy) {
    how.mean = {0.48235, 0.45882, 0.40784};
    how.std = {1 / 255.0, 1 / 255.0, 1 / 255.0};
  }
  return w;
}

const std::vector<ModelInfo>& all_infos() {
  static const std::vector<ModelInfo> infos = [] {
    std::vector<ModelInfo> list;
    const Published* next = published;
    for (const Entry& e : entries) {
      const bool cifar = &e.architecture.family == &cifar_resnet;
      ModelInfo m{e.architecture.name, e.parameters, e.multiply_adds, e.input_size, cifar ? 10 : 1000, cifar ? "cifar10" : "imagenet1k", {}};
      for (int i = 0; i < e.weights; ++i) m.weights.push_back(weights_of(*next++));
      list.push_back(std::move(m));
    }
    return list;
  }();
  return infos;
}

// Edits that turn one name into the other.
size_t distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

size_t find(const std::string& name) {
  size_t nearest = 0, least = ~size_t(0);
  for (size_t i = 0; i < std::size(entries); ++i) {
    const size_t d = distance(name.substr(0, 64), entries[i].architecture.name);
    if (d == 0) return i;
    if (d < least) least = d, nearest = i;
  }
  throw ValueError(str("there is no model '", name.substr(0, 64), "'; did you mean '", entries[nearest].architecture.name, "'? models::list() has all ", std::size(entries), " names"));
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> names;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('|', at), text.size());
    names.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return names;
}

}  // namespace

const Architecture& architecture(const std::string& name) { return entries[find(name)].architecture; }

inline namespace v1 {

const std::vector<std::string>& list() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Entry& e : entries) all.emplace_back(e.architecture.name);
    return all;
  }();
  return names;
}
const ModelInfo& info(const std::string& name) { return all_infos()[find(name)]; }

const std::vector<std::string>& class_names(const std::string& set) {
  static const std::vector<std::string> imagenet = split(imagenet_class_names), cifar = split("airplane|automobile|bird|cat|deer|dog|frog|horse|ship|truck");
  WICK_CHECK_TYPE(ValueError, set == "imagenet1k" || set == "cifar10", "class_names: there is no set '", set, "', only imagenet1k and cifar10");
  return set == "cifar10" ? cifar : imagenet;
}

}  // namespace v1
}  // namespace wick::models
