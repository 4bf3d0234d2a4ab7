// Wrong labels: found where they were made, few where there are none.
#include <algorithm>
#include <cmath>
#include <set>

#include <wick/data.h>
#include <wick/optim.h>
#include <wick/train.h>

#include "support.h"

namespace wick::test {
namespace {

using train::LabelWatch;
using train::Suspect;
using train::rank_mislabelled;

struct Labelled {
  Tensor x, y, wrong_y;
  std::set<int64_t> wrong;
};
// Every `k`th label of some becomes another.
Labelled spoil(const Tensor& x, const Tensor& y, int64_t classes, double share, uint64_t seed) {
  manual_seed(seed);
  Labelled r{x, y, y.clone(), {}};
  const Tensor order = randperm(y.size(0), kLong).contiguous(), turn = randint(1, classes, {y.size(0)}, kLong).contiguous();
  for (int64_t k = 0; k < static_cast<int64_t>(share * static_cast<double>(y.size(0))); ++k) {
    const int64_t i = order.data_ptr<int64_t>()[k];
    r.wrong.insert(i);
    r.wrong_y.data_ptr<int64_t>()[i] = (y.contiguous().data_ptr<int64_t>()[i] + turn.data_ptr<int64_t>()[i]) % classes;
  }
  return r;
}
// Trains, watched, and returns the watch.
LabelWatch watched(nn::Sequential net, const Tensor& x, const Tensor& y, int64_t classes, int64_t epochs, double lr) {
  optim::Adam optimizer(net->parameters(), optim::AdamOptions(lr));
  LabelWatch watch(x.size(0), classes);
  for (int64_t e = 0; e < epochs; ++e) {
    const Tensor order = randperm(x.size(0), kLong);
    for (int64_t i = 0; i < x.size(0); i += 64) {
      const Tensor index = order.slice(0, i, std::min(i + 64, x.size(0))), target = y.index_select(0, index), out = net->forward(x.index_select(0, index));
      optimizer.zero_grad();
      nn::functional::cross_entropy(out, target).backward();
      optimizer.step();
      watch.update(index, out, target);
    }
  }
  return watch;
}
nn::Sequential convnet() {
  return nn::Sequential(nn::Conv2d(nn::Conv2dOptions(1, 16, 3).padding(1)), nn::ReLU(), nn::MaxPool2d(2), nn::Conv2d(nn::Conv2dOptions(16, 32, 3).padding(1)), nn::ReLU(), nn::Flatten(), nn::Linear(512, 10));
}
double hits(const std::vector<Suspect>& found, const std::set<int64_t>& wrong, size_t top) {
  double r = 0;
  for (size_t k = 0; k < std::min(top, found.size()); ++k) r += static_cast<double>(wrong.count(found[k].index));
  return r;
}
size_t strong(const std::vector<Suspect>& s, double least) {
  return static_cast<size_t>(std::count_if(s.begin(), s.end(), [&](const Suspect& q) { return q.score >= least; }));
}

TEST(Mislabelled, DigitsInTraining) {
  const auto [x, y] = data::datasets::digits(true);
  for (int64_t epochs : {8, 15, 40}) {
    const Labelled d = spoil(x, y, 10, 0.05, 1);
    const LabelWatch w = watched(convnet(), d.x, d.wrong_y, 10, epochs, 2e-3);
    const auto found = w.suspects();
    const size_t k = d.wrong.size();
    std::printf("epochs %d: wrong %zu, suspects %zu (>.3 %zu >.5 %zu >.7 %zu), precision at k %.3f, recall %.3f, recall>.5 %.3f\n", (int)epochs, k, found.size(), strong(found, .3), strong(found, .5), strong(found, .7), hits(found, d.wrong, k) / (double)k, hits(found, d.wrong, found.size()) / (double)k,
    hits(found, d.wrong, strong(found, .5)) / (double)k);
    { const Tensor o = std::get<1>(w.margins().sort(0, false)).contiguous(); double h = 0; for (size_t q = 0; q < k; ++q) h += d.wrong.count(o.data_ptr<int64_t>()[q]); std::printf("   aum precision at k %.3f\n", h / (double)k);
      const Tensor pm = w.probabilities(); const Tensor mm = pm.gather(1, w.labels().unsqueeze(1)).squeeze(1); const Tensor o2 = std::get<1>(mm.sort(0, false)).contiguous(); h = 0; for (size_t q = 0; q < k; ++q) h += d.wrong.count(o2.data_ptr<int64_t>()[q]); std::printf("   p precision at k %.3f\n", h / (double)k); 
       }
    manual_seed(2);
    const auto clean = watched(convnet(), x, y, 10, epochs, 2e-3).suspects();
    std::printf("   clean: %zu (>.3 %zu >.5 %zu >.7 %zu)\n", clean.size(), strong(clean, .3), strong(clean, .5), strong(clean, .7));
  }
}

}  // namespace
}  // namespace wick::test
