#include <cmath>
#include <limits>

#include "support.h"

namespace wick::test {
namespace {

constexpr ScalarType kAll[] = {kByte, kChar, kShort, kInt, kLong, kHalf, kFloat, kDouble, kComplexFloat, kComplexDouble, kBool, kBFloat16};

TEST(Dtype, PromotionIsALattice) {
  for (ScalarType x : kAll) {
    EXPECT_EQ(promote_types(x, x), x);
    for (ScalarType y : kAll) {
      const ScalarType xy = promote_types(x, y);
      EXPECT_EQ(xy, promote_types(y, x)) << x << ' ' << y;
      EXPECT_EQ(promote_types(xy, x), xy) << x << ' ' << y;
      EXPECT_TRUE(can_cast(x, xy));
    }
  }
}

TEST(Dtype, PromotionOfMixedKinds) {
  EXPECT_EQ(promote_types(kByte, kChar), kShort);
  EXPECT_EQ(promote_types(kHalf, kBFloat16), kFloat);
  EXPECT_EQ(promote_types(kLong, kHalf), kHalf);
  EXPECT_EQ(promote_types(kDouble, kComplexFloat), kComplexDouble);
  EXPECT_EQ(promote_types(kBool, kByte), kByte);
}

TEST(Dtype, CastsNeverDropAKind) {
  EXPECT_FALSE(can_cast(kFloat, kLong));
  EXPECT_FALSE(can_cast(kComplexFloat, kDouble));
  EXPECT_FALSE(can_cast(kLong, kBool));
  EXPECT_TRUE(can_cast(kDouble, kHalf));
  EXPECT_TRUE(can_cast(kLong, kByte));
}

TEST(Dtype, HalfRoundsToNearestEven) {
  EXPECT_EQ(static_cast<float>(Half(2049.f)), 2048.f);
  EXPECT_EQ(static_cast<float>(Half(2051.f)), 2052.f);
  EXPECT_EQ(static_cast<float>(Half(65519.f)), 65504.f);
  EXPECT_TRUE(std::isinf(static_cast<float>(Half(65520.f))));
  EXPECT_EQ(static_cast<float>(Half(5.9604645e-8f)), 5.9604645e-8f) << "smallest denormal";
  EXPECT_EQ(static_cast<float>(BFloat16(257.f)), 256.f);
  EXPECT_EQ(static_cast<float>(BFloat16(259.f)), 260.f);
  EXPECT_TRUE(std::isnan(static_cast<float>(BFloat16(std::numeric_limits<float>::quiet_NaN()))));
}

TEST(Scalar, KeepsItsCategory) {
  EXPECT_EQ(Scalar(true).type(), kBool);
  EXPECT_EQ(Scalar(3).type(), kLong);
  EXPECT_EQ(Scalar(3.f).type(), kDouble);
  EXPECT_EQ(Scalar(std::complex<float>(1, 2)).type(), kComplexDouble);
  EXPECT_EQ((-Scalar(3)).toLong(), -3);
}

TEST(Scalar, ConversionsThatFit) {
  EXPECT_EQ(Scalar(255).toByte(), 255);
  EXPECT_EQ(Scalar(2.0).toLong(), 2);
  EXPECT_EQ(Scalar(std::numeric_limits<int64_t>::max()).toLong(), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(Scalar(std::complex<double>(2, 0)).toDouble(), 2);
  EXPECT_EQ(Scalar(1.5).to<float>(), 1.5f);
}

TEST(Scalar, ConversionsThatDoNotFitThrow) {
  EXPECT_THROW(Scalar(256).toByte(), Error);
  EXPECT_THROW(Scalar(int64_t{1} << 40).toInt(), Error);
  EXPECT_THROW(Scalar(1e30).toLong(), Error);
  EXPECT_THROW(Scalar(std::complex<double>(2, 1)).toDouble(), Error);
}

TEST(Strides, OverflowIsAnError) {
  const int64_t huge = int64_t{1} << 62;
  EXPECT_THROW(empty({0, huge, 4}), Error);
  EXPECT_THROW(empty({huge, 4}), Error);
  EXPECT_EQ(empty({huge, 0, 4}).strides(), IntArrayRef({4, 4, 1}));
  EXPECT_EQ(empty({0, 4, huge / 8}).numel(), 0);
}

TEST(Device, Parsing) {
  EXPECT_TRUE(Device("cpu").is_cpu());
  EXPECT_EQ(Device("cuda:1").index(), 1);
  EXPECT_EQ(Device("cuda:1").str(), "cuda:1");
  EXPECT_FALSE(Device("cuda").has_index());
  EXPECT_EQ(Device("cpu"), Device(kCPU));
  for (const char* bad : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", ":1", "cpu:0:0", "CPU ", "cuda:99999999999"})
    EXPECT_THROW(Device{bad}, Error) << '"' << bad << '"';
}

}  // namespace
}  // namespace wick::test
