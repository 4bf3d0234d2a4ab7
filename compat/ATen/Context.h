// The settings that libtorch keeps for the whole process.
#pragma once

#include <c10/util/Exception.h>
#include <wick/core/generator.h>

#include <string>

namespace at {

enum class Float32MatmulPrecision { HIGHEST, HIGH, MEDIUM };

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
  static bool hasMAGMA() { return false; }
  static bool hasMKL() { return false; }
  static bool hasMKLDNN() { return true; }
  static bool hasLAPACK() { return true; }
  static bool hasOpenMP() { return true; }
  static long versionCuDNN() { return 0; }

 private:
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
