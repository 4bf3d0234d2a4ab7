#include "train/near.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numbers>
#include <string_view>
#include <unordered_map>

#include <wick/core/generator.h>
#include <wick/core/grad_mode.h>
#include <wick/ops.h>

namespace wick::train {
namespace {

constexpr int64_t kMostInBucket = 256;  // that an example is compared with
constexpr int64_t kTables = 16;
constexpr double kCertain = 0.9985;  // pictures that are so alike are the same, whatever is around them

// cos(pi u (2 y + 1) / 2 n) / n for the lowest u.
Tensor cosines(int64_t n) {
  const Tensor t = empty({kTones, n}, kFloat);
  for (int64_t u = 0; u < kTones; ++u)
    for (int64_t y = 0; y < n; ++y) t.data_ptr<float>()[u * n + y] = static_cast<float>(std::cos(std::numbers::pi * static_cast<double>(u * (2 * y + 1)) / static_cast<double>(2 * n)) / static_cast<double>(n));
  return t;
}

// Pairs of members of a bucket; `keys` [members] of one table.
template <class F>
void each_in_bucket(const std::vector<uint64_t>& keys, const std::function<bool()>& late, const F& compare) {
  std::vector<std::pair<uint64_t, int64_t>> order;
  order.reserve(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) order.emplace_back(keys[i], static_cast<int64_t>(i));
  std::sort(order.begin(), order.end());
  size_t begin = 0;
  for (size_t k = 0; k < order.size(); ++k) {
    if (order[k].first != order[begin].first) begin = k;
    if (k % 4096 == 0 && late()) return;
    for (size_t m = k > begin + kMostInBucket ? k - kMostInBucket : begin; m < k; ++m) compare(order[m].second, order[k].second);
  }
}

float dot(const float* a, const float* b) {
  float s[8] = {};
  for (int64_t k = 0; k < kSignature; k += 8)
    for (int64_t l = 0; l < 8; ++l) s[l] += a[k + l] * b[k + l];
  return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

// How close a picture usually is to the closest of the others.
double usual(const Tensor& unit) {
  const int64_t n = unit.size(0), some = std::min<int64_t>(n, 256);
  const Tensor among = unit.slice(0, 0, n, std::max<int64_t>(1, n / 16384)), asked = unit.slice(0, 0, n, std::max<int64_t>(1, n / some)).contiguous();
  const Tensor alike = asked.matmul(among.t());
  return std::get<0>(alike.topk(std::min<int64_t>(2, among.size(0)), 1)).select(1, -1).median().item<double>();  // the first is itself, where it is among them
}

// How alike a picture must be to one of another: an eighth as far as the eighth of those around it. Among thin strokes, say, all are close, and none is another's copy.
class Crowds {
 public:
  Crowds(const Tensor& unit, double certain) : unit_(unit.data_ptr<float>()), n_(unit.size(0)), step_(std::max<int64_t>(1, n_ / 4096)), certain_(certain) {}
  bool stand_out(int64_t i, int64_t j, double alike) { return alike >= certain_ || alike >= std::max(limit(i), limit(j)); }

 private:
  double limit(int64_t i) {
    const auto [at, fresh] = limits_.try_emplace(i, 0.0);
    if (!fresh) return at->second;
    std::vector<float> around;
    for (int64_t k = 0; k < n_; k += step_)
      if (k != i) around.push_back(dot(unit_ + i * kSignature, unit_ + k * kSignature));
    const size_t eighth = std::min<size_t>(7, around.size() - 1);
    std::nth_element(around.begin(), around.begin() + static_cast<std::ptrdiff_t>(eighth), around.end(), std::greater<>());
    return at->second = 1 - (1 - static_cast<double>(around[eighth])) / 8;
  }
  const float* unit_;
  int64_t n_, step_;
  double certain_;
  std::unordered_map<int64_t, double> limits_;
};

}  // namespace

Tensor picture_signatures(const Tensor& pictures) {
  const NoGradGuard off;
  const int64_t h = pictures.size(2), w = pictures.size(3), n = pictures.size(0);
  const Tensor colours = pictures.narrow(1, 0, pictures.size(1) == 4 ? 3 : pictures.size(1)), grey = colours.to(kFloat).mean(1);
  const Tensor s = cosines(h).matmul(grey.matmul(cosines(w).t())).reshape({n, kSignature});
  // A picture of one colour has no form: what is left is rounding.
  const Tensor mean = s.select(1, 0).abs();
  s.select(1, 0).zero_();
  return s.masked_fill(s.abs().amax({1}).le(mean * 1e-3 + 1e-6).unsqueeze(1), NAN);
}

double near_pictures(const Tensor& signatures, double limit, bool mirrored, const std::function<bool()>& late, const FoundNear& found) {
  const NoGradGuard off;
  const int64_t n = signatures.size(0);
  if (n < 2) return limit;
  // Of few pictures the deviations are not known; those of usual pictures fall with the frequency.
  Tensor scale = empty({kSignature}, kFloat);
  for (int64_t k = 0; k < kSignature; ++k) scale.data_ptr<float>()[k] = 1 / std::hypot(static_cast<float>(k / kTones), static_cast<float>(k % kTones) + (k == 0));
  if (n >= 64) scale = signatures.std(0, false).clamp_min(1e-3 * signatures.std(0, false).max().item<double>() + 1e-12);
  Tensor unit = signatures / scale;
  unit = unit.div(unit.norm(2, {1}, true).clamp_min(1e-12)).contiguous();
  const bool chosen = limit > 0;
  if (!chosen) limit = std::clamp(1 - (1 - usual(unit)) / 8, 0.94, 0.99);
  const int64_t bits = std::clamp<int64_t>(static_cast<int64_t>(std::log2(static_cast<double>(n))), 4, 20);
  const Tensor directions = randn({kSignature, kTables * bits}, make_generator(7), kFloat);
  Tensor mirror;
  if (mirrored) {
    mirror = unit.clone();
    for (int64_t u = 1; u < kTones; u += 2) mirror.slice(1, u, kSignature, kTones).neg_();
  }
  // Keys of one table; a mirrored picture has those of its mirror image behind all others.
  const auto keys = [&](const Tensor& of, int64_t table) {
    const Tensor side = of.matmul(directions.narrow(1, table * bits, bits)).contiguous();
    std::vector<uint64_t> r(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i)
      for (int64_t b = 0; b < bits; ++b) r[static_cast<size_t>(i)] = r[static_cast<size_t>(i)] << 1 | (side.data_ptr<float>()[i * bits + b] > 0);
    return r;
  };
  Crowds crowds(unit, chosen ? limit : kCertain);
  const float *own = unit.data_ptr<float>(), *other = mirrored ? mirror.data_ptr<float>() : nullptr;
  for (int64_t t = 0; t < kTables && !late(); ++t) {
    std::vector<uint64_t> all = keys(unit, t);
    if (mirrored) {
      const auto more = keys(mirror, t);
      all.insert(all.end(), more.begin(), more.end());
    }
    each_in_bucket(all, late, [&](int64_t i, int64_t j) {
      if (i % n == j % n || i >= n) return;
      const float alike = dot(own + i * kSignature, j < n ? own + j * kSignature : other + (j - n) * kSignature);
      if (alike >= limit && crowds.stand_out(i, j % n, alike)) found(std::min(i, j % n), std::max(i, j % n), std::min(1.0f, alike));
    });
  }
  return limit;
}

std::string plain_words(const std::string& text) {
  std::string r;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 128 || std::isalnum(u)) r += static_cast<char>(u < 128 ? std::tolower(u) : u);
    else if (!r.empty() && r.back() != ' ') r += ' ';
  }
  if (!r.empty() && r.back() == ' ') r.pop_back();
  return r;
}

namespace {

// Hashes of all runs of three words, sorted; of a shorter text that of the whole.
std::vector<uint64_t> runs_of(const std::string& plain) {
  std::vector<size_t> starts{0};
  for (size_t i = 0; i < plain.size(); ++i)
    if (plain[i] == ' ') starts.push_back(i + 1);
  std::vector<uint64_t> r;
  for (size_t k = 0; k == 0 || k + 2 < starts.size(); ++k) {
    const size_t end = k + 3 < starts.size() ? starts[k + 3] - 1 : plain.size();
    r.push_back(std::hash<std::string_view>()(std::string_view(plain).substr(starts[k], end - starts[k])));
  }
  std::sort(r.begin(), r.end());
  r.erase(std::unique(r.begin(), r.end()), r.end());
  return r;
}
double share_in_both(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
  size_t both = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) ++both, ++i, ++j;
    else ++(a[i] < b[j] ? i : j);
  }
  return static_cast<double>(both) / static_cast<double>(a.size() + b.size() - both);
}

}  // namespace

void near_texts(const std::vector<std::string>& plain, double limit, const std::function<bool()>& late, const FoundNear& found) {
  // Texts of which 80 % agree share one of 16 keys of 4 minima with a probability of 0.9998.
  constexpr size_t kEach = 4;
  std::vector<std::vector<uint64_t>> keys(kTables, std::vector<uint64_t>(plain.size()));
  for (size_t i = 0; i < plain.size(); ++i) {
    if (i % 256 == 0 && late()) return;
    const auto runs = runs_of(plain[i]);
    uint64_t factor = 0x9e3779b97f4a7c15u;
    for (auto& table : keys)
      for (size_t e = 0; e < kEach; ++e) {
        factor = factor * 6364136223846793005u + 1442695040888963407u;
        uint64_t least = ~uint64_t{0};
        for (const uint64_t h : runs) {
          const uint64_t mixed = (h ^ factor) * (factor | 1);
          least = std::min(least, mixed ^ mixed >> 32);
        }
        table[i] = table[i] * 0x9e3779b97f4a7c15u + least;
      }
  }
  for (const auto& table : keys)
    each_in_bucket(table, late, [&](int64_t i, int64_t j) {
      const auto &a = plain[static_cast<size_t>(i)], &b = plain[static_cast<size_t>(j)];
      const double alike = a == b ? 1 : share_in_both(runs_of(a), runs_of(b));
      if (alike >= limit) found(std::min(i, j), std::max(i, j), alike);
    });
}

}  // namespace wick::train
