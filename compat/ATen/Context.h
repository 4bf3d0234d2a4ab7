// The settings that libtorch keeps for the whole process.
#pragma once

#include <c10/util/Exception.h>
#include <wick/core/generator.h>

#include <string>

namespace at {

enum class Float32MatmulPrecision { HIGHEST, HIGH, MEDIUM };

/// How cuBLAS may add products of 16 bits.
enum class CuBLASReductionOption : uint8_t { AllowReducedPrecisionWithSplitK, DisallowReducedPrecisionAllowSplitK, DisallowReducedPrecisionDisallowSplitK };

/// Settings. Wick's results are always deterministic; the switches for GPU libraries are only kept.
class Context {
 public:
  const Generator& defaultGenerator(Device device) const {
    TORCH_CHECK(device.is_cpu(), device.str(), " has no generator in this build");
    return default_generator();
  }
  bool deterministicAlgorithms() const { return deterministic_; }
  bool deterministicAlgorithmsWarnOnly() const { return warn_only_; }
  void setDeterministicAlgorithms(bool on, bool warn_only) { deterministic_ = on, warn_only_ = warn_only; }
  bool deterministicCuDNN() const { return deterministic_cudnn_; }
  void setDeterministicCuDNN(bool on) { deterministic_cudnn_ = on; }
  bool deterministicFillUninitializedMemory() const { return false; }
  bool benchmarkCuDNN() const { return benchmark_; }
  void setBenchmarkCuDNN(bool on) { benchmark_ = on; }
  bool userEnabledCuDNN() const { return cudnn_; }
  void setUserEnabledCuDNN(bool on) { cudnn_ = on; }
  bool userEnabledMkldnn() const { return mkldnn_; }
  void setUserEnabledMkldnn(bool on) { mkldnn_ = on; }
  bool allowTF32CuDNN() const { return tf32_cudnn_; }
  void setAllowTF32CuDNN(bool on) { tf32_cudnn_ = on; }
  bool allowTF32CuBLAS() const { return precision_ != Float32MatmulPrecision::HIGHEST; }
  void setAllowTF32CuBLAS(bool on) { precision_ = on ? Float32MatmulPrecision::HIGH : Float32MatmulPrecision::HIGHEST; }
  Float32MatmulPrecision float32MatmulPrecision() const { return precision_; }
  void setFloat32MatmulPrecision(Float32MatmulPrecision p) { precision_ = p; }
  void setFloat32MatmulPrecision(const std::string& p) {
    TORCH_CHECK(p == "highest" || p == "high" || p == "medium", p, " is not one of 'highest', 'high', or 'medium'");
    precision_ = p == "highest" ? Float32MatmulPrecision::HIGHEST : p == "high" ? Float32MatmulPrecision::HIGH : Float32MatmulPrecision::MEDIUM;
  }
  bool releaseWeightsWhenPrepacking() const { return true; }

  // Switches of engines that this build does not have, or that work as exactly without them: kept, and otherwise without effect.
#define WICK_SWITCH(getter, setter, at_first) \
  bool getter() const { return getter##_; }   \
  void setter(bool on) { getter##_ = on; }    \
                                              \
 private:                                     \
  bool getter##_ = at_first;                  \
                                              \
 public:
  WICK_SWITCH(userEnabledFlashSDP, setSDPUseFlash, true)
  WICK_SWITCH(userEnabledFA3SDP, setSDPUseFA3, false)
  WICK_SWITCH(userEnabledMemEfficientSDP, setSDPUseMemEfficient, true)
  WICK_SWITCH(userEnabledMathSDP, setSDPUseMath, true)
  WICK_SWITCH(userEnabledCuDNNSDP, setSDPUseCuDNN, true)
  WICK_SWITCH(userEnabledOverrideableSDP, setSDPUseOverrideable, true)
  WICK_SWITCH(allowFP16BF16ReductionMathSDP, setAllowFP16BF16ReductionMathSDP, false)
  WICK_SWITCH(allowFP16AccumulationCuBLAS, setAllowFP16AccumulationCuBLAS, false)
  WICK_SWITCH(allowFP16ReductionCPU, setAllowFP16ReductionCPU, false)
  WICK_SWITCH(allowTF32OneDNN, setAllowTF32OneDNN, false)
  WICK_SWITCH(deterministicMkldnn, setDeterministicMkldnn, false)
  WICK_SWITCH(userEnabledNNPACK, setUserEnabledNNPACK, true)
  WICK_SWITCH(checkSparseTensorInvariants, setCheckSparseTensorInvariants, false)
#undef WICK_SWITCH
  CuBLASReductionOption allowFP16ReductionCuBLAS() const { return fp16_reduction_; }
  CuBLASReductionOption allowBF16ReductionCuBLAS() const { return bf16_reduction_; }
  void setAllowFP16ReductionCuBLAS(bool reduced, bool splits = true) { fp16_reduction_ = reduction(reduced, splits); }
  void setAllowBF16ReductionCuBLAS(bool reduced, bool splits = true) { bf16_reduction_ = reduction(reduced, splits); }
  int benchmarkLimitCuDNN() const { return benchmark_limit_; }
  void setBenchmarkLimitCuDNN(int limit) { benchmark_limit_ = limit; }

  /// Treats denormal numbers as zero in the calling thread; returns whether the processor can.
  bool setFlushDenormal(bool on) {
#if defined(__SSE__)
    constexpr unsigned bits = 0x8040;  // flush to zero, denormals are zero
    const unsigned csr = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(on ? csr | bits : csr & ~bits);
    return true;
#else
    return !on;
#endif
  }

  static bool hasCUDA() { return false; }
  static bool hasCuDNN() { return false; }
  static bool hasCUDART() { return false; }
  static bool hasHIP() { return false; }
  static bool hasMPS() { return false; }
  static bool hasXPU() { return false; }
  static bool hasMTIA() { return false; }
  static bool hasHPU() { return false; }
  static bool hasROCM() { return false; }
  static bool hasCuSOLVER() { return false; }
  static bool hasCuBLASLt() { return false; }
  static bool hasMAGMA() { return false; }
  static bool hasMKL() { return false; }
  static bool hasMKLDNN() { return true; }
  static bool hasLAPACK() { return true; }
  static bool hasOpenMP() { return true; }
  static long versionCuDNN() { return 0; }

 private:
  static CuBLASReductionOption reduction(bool reduced, bool splits) {
    if (reduced) return CuBLASReductionOption::AllowReducedPrecisionWithSplitK;
    return splits ? CuBLASReductionOption::DisallowReducedPrecisionAllowSplitK : CuBLASReductionOption::DisallowReducedPrecisionDisallowSplitK;
  }
  CuBLASReductionOption fp16_reduction_ = CuBLASReductionOption::AllowReducedPrecisionWithSplitK, bf16_reduction_ = fp16_reduction_;
  int benchmark_limit_ = 10;
  bool deterministic_ = false, warn_only_ = false, deterministic_cudnn_ = false, benchmark_ = false, cudnn_ = true, mkldnn_ = true, tf32_cudnn_ = true;
  Float32MatmulPrecision precision_ = Float32MatmulPrecision::HIGHEST;
};

inline Context& globalContext() {
  static Context context;
  return context;
}
inline void init() {}
inline bool hasCUDA() { return Context::hasCUDA(); }
inline bool hasHIP() { return Context::hasHIP(); }
inline bool hasMPS() { return Context::hasMPS(); }
inline bool hasXPU() { return Context::hasXPU(); }
inline bool hasMAGMA() { return Context::hasMAGMA(); }
inline bool hasMKL() { return Context::hasMKL(); }
inline bool hasMKLDNN() { return Context::hasMKLDNN(); }
inline bool hasLAPACK() { return Context::hasLAPACK(); }
inline bool hasOpenMP() { return Context::hasOpenMP(); }
inline size_t getNumGPUs() { return 0; }

}  // namespace at
