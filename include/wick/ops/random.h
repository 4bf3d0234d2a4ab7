// Random tensors and sampling.
#pragma once

#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// Uniform numbers in [0, 1).
Tensor rand(IntArrayRef size, TensorOptions options = {});
Tensor rand(IntArrayRef size, std::optional<Generator> generator, TensorOptions options = {});
Tensor& rand_out(Tensor& out, IntArrayRef size);
Tensor& rand_out(Tensor& out, IntArrayRef size, std::optional<Generator> generator);

/// Uniform numbers like self.
Tensor rand_like(const Tensor& self, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor rand_like(const Tensor& self, std::optional<Generator> generator, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& rand_like_out(Tensor& out, const Tensor& self, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& rand_like_out(Tensor& out, const Tensor& self, std::optional<Generator> generator, std::optional<MemoryFormat> memory_format = std::nullopt);

/// Integers in [low, high), int64 unless a dtype is given.
Tensor randint(int64_t high, IntArrayRef size, TensorOptions options = kLong);
Tensor randint(int64_t high, IntArrayRef size, std::optional<Generator> generator, TensorOptions options = kLong);
Tensor randint(int64_t low, int64_t high, IntArrayRef size, TensorOptions options = kLong);
Tensor randint(int64_t low, int64_t high, IntArrayRef size, std::optional<Generator> generator, TensorOptions options = kLong);
Tensor& randint_out(Tensor& out, int64_t high, IntArrayRef size);
Tensor& randint_out(Tensor& out, int64_t high, IntArrayRef size, std::optional<Generator> generator);
Tensor& randint_out(Tensor& out, int64_t low, int64_t high, IntArrayRef size);
Tensor& randint_out(Tensor& out, int64_t low, int64_t high, IntArrayRef size, std::optional<Generator> generator);

/// Integers like self.
Tensor randint_like(const Tensor& self, int64_t high, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor randint_like(const Tensor& self, int64_t high, std::optional<Generator> generator, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor randint_like(const Tensor& self, const Tensor& high, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor randint_like(const Tensor& self, const Tensor& high, std::optional<Generator> generator, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor randint_like(const Tensor& self, int64_t low, int64_t high, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor randint_like(const Tensor& self, int64_t low, int64_t high, std::optional<Generator> generator, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& randint_like_out(Tensor& out, const Tensor& self, int64_t high, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& randint_like_out(Tensor& out, const Tensor& self, int64_t high, std::optional<Generator> generator, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& randint_like_out(Tensor& out, const Tensor& self, const Tensor& high, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& randint_like_out(Tensor& out, const Tensor& self, const Tensor& high, std::optional<Generator> generator, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& randint_like_out(Tensor& out, const Tensor& self, int64_t low, int64_t high, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& randint_like_out(Tensor& out, const Tensor& self, int64_t low, int64_t high, std::optional<Generator> generator, std::optional<MemoryFormat> memory_format = std::nullopt);

/// Standard normal numbers.
Tensor randn(IntArrayRef size, TensorOptions options = {});
Tensor randn(IntArrayRef size, std::optional<Generator> generator, TensorOptions options = {});
Tensor& randn_out(Tensor& out, IntArrayRef size);
Tensor& randn_out(Tensor& out, IntArrayRef size, std::optional<Generator> generator);

/// Standard normal numbers like self.
Tensor randn_like(const Tensor& self, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor randn_like(const Tensor& self, std::optional<Generator> generator, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& randn_like_out(Tensor& out, const Tensor& self, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& randn_like_out(Tensor& out, const Tensor& self, std::optional<Generator> generator, std::optional<MemoryFormat> memory_format = std::nullopt);

/// A random order of 0 to n - 1.
Tensor randperm(int64_t n, TensorOptions options = kLong);
Tensor randperm(int64_t n, std::optional<Generator> generator, TensorOptions options = kLong);
Tensor& randperm_out(Tensor& out, int64_t n);
Tensor& randperm_out(Tensor& out, int64_t n, std::optional<Generator> generator);

/// 1 with the probability given by each element (or p), else 0.
Tensor bernoulli(const Tensor& self, std::optional<Generator> generator = std::nullopt);
Tensor& bernoulli_out(Tensor& out, const Tensor& self, std::optional<Generator> generator = std::nullopt);
Tensor bernoulli(const Tensor& self, double p, std::optional<Generator> generator = std::nullopt);
Tensor& bernoulli_out(Tensor& out, const Tensor& self, const Tensor& p, std::optional<Generator> generator = std::nullopt);
Tensor bernoulli(const Tensor& self, const Tensor& p, std::optional<Generator> generator = std::nullopt);
Tensor& bernoulli_out(Tensor& out, const Tensor& self, double p = 0.5, std::optional<Generator> generator = std::nullopt);

/// Normal numbers with the means and deviations given.
Tensor normal_functional(const Tensor& self, double mean = 0, double std = 1, std::optional<Generator> generator = std::nullopt);
Tensor& normal_out(Tensor& out, const Tensor& mean, double std = 1, std::optional<Generator> generator = std::nullopt);
Tensor normal(const Tensor& mean, double std = 1, std::optional<Generator> generator = std::nullopt);
Tensor& normal_out(Tensor& out, double mean, const Tensor& std, std::optional<Generator> generator = std::nullopt);
Tensor normal(double mean, const Tensor& std, std::optional<Generator> generator = std::nullopt);
Tensor& normal_out(Tensor& out, const Tensor& mean, const Tensor& std, std::optional<Generator> generator = std::nullopt);
Tensor normal(const Tensor& mean, const Tensor& std, std::optional<Generator> generator = std::nullopt);
Tensor normal(double mean, double std, IntArrayRef size, std::optional<Generator> generator = std::nullopt, TensorOptions options = {});
Tensor& normal_out(Tensor& out, double mean, double std, IntArrayRef size, std::optional<Generator> generator = std::nullopt);
Tensor& normal_out(Tensor& out, const Tensor& self, double mean = 0, double std = 1, std::optional<Generator> generator = std::nullopt);

/// Indices drawn by the weights of each row.
Tensor& multinomial_out(Tensor& out, const Tensor& self, int64_t num_samples, bool replacement = false, std::optional<Generator> generator = std::nullopt);
Tensor multinomial(const Tensor& self, int64_t num_samples, bool replacement = false, std::optional<Generator> generator = std::nullopt);

/// Poisson numbers with the rates given.
Tensor poisson(const Tensor& self, std::optional<Generator> generator = std::nullopt);
Tensor& poisson_out(Tensor& out, const Tensor& self, std::optional<Generator> generator = std::nullopt);

/// Binomial numbers with counts and probabilities given.
Tensor binomial(const Tensor& count, const Tensor& prob, std::optional<Generator> generator = std::nullopt);
Tensor& binomial_out(Tensor& out, const Tensor& count, const Tensor& prob, std::optional<Generator> generator = std::nullopt);

/// Samples of the gamma distribution with shape self and rate 1; of the Dirichlet distribution, one per row.
Tensor _standard_gamma(const Tensor& self, std::optional<Generator> generator = std::nullopt);
Tensor _sample_dirichlet(const Tensor& self, std::optional<Generator> generator = std::nullopt);

/// In training zeroes elements with probability p and scales the rest by 1 / (1 - p).
Tensor dropout(const Tensor& input, double p, bool train);
Tensor& dropout_(Tensor& self, double p, bool train);

/// Dropout that keeps mean and variance of selu outputs.
Tensor alpha_dropout(const Tensor& input, double p, bool train);
Tensor& alpha_dropout_(Tensor& self, double p, bool train);

/// Dropout of whole channels.
Tensor feature_dropout(const Tensor& input, double p, bool train);
Tensor& feature_dropout_(Tensor& self, double p, bool train);

/// alpha_dropout of whole channels.
Tensor feature_alpha_dropout(const Tensor& input, double p, bool train);
Tensor& feature_alpha_dropout_(Tensor& self, double p, bool train);

/// dropout with its mask.
std::tuple<Tensor,Tensor> native_dropout(const Tensor& input, double p, std::optional<bool> train);
std::tuple<Tensor&,Tensor&> native_dropout_out(Tensor& out0, Tensor& out1, const Tensor& input, double p, std::optional<bool> train);

/// Leaky relu with a slope drawn from [lower, upper] in training.
Tensor rrelu(const Tensor& self, const Scalar& lower = 0.125, const Scalar& upper = 0.3333333333333333, bool training = false, std::optional<Generator> generator = std::nullopt);
Tensor& rrelu_(Tensor& self, const Scalar& lower = 0.125, const Scalar& upper = 0.3333333333333333, bool training = false, std::optional<Generator> generator = std::nullopt);

}  // namespace v1
}  // namespace wick
