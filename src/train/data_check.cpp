#include <wick/train/data_check.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <unordered_map>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "train/near.h"

namespace wick::train::inline v1 {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
uint64_t hash_of(std::string_view content) { return std::hash<std::string_view>()(content); }

// Rows as one run of bytes each.
struct Bytes {
  explicit Bytes(const Tensor& t) : own(t.detach().contiguous()), size(own.numel() / std::max<int64_t>(1, own.size(0)) * static_cast<int64_t>(own.element_size())) {}
  std::string_view row(int64_t i) const { return {static_cast<const char*>(own.data_ptr()) + i * size, static_cast<size_t>(size)}; }
  Tensor own;
  int64_t size;
};
bool are_pictures(const Tensor& x) {
  return x.dim() == 4 && (x.size(1) == 1 || x.size(1) == 3 || x.size(1) == 4) && x.size(2) >= kTones && x.size(3) >= kTones && x.scalar_type() != kBool;
}

}  // namespace

struct DataCheck::Impl {
  DataCheckOptions options;
  double began = now();
  std::vector<std::string> names;
  std::vector<int64_t> begins;
  std::vector<uint64_t> hashes;
  std::vector<int64_t> labels;
  std::vector<Tensor> signatures;                 // of batches of pictures
  std::vector<int64_t> pictures, texts;           // which examples they are
  std::vector<std::string> plain;                 // of texts
  mutable bool gave_up = false;

  bool late() const {
    if (options.seconds() > 0 && now() - began > options.seconds()) gave_up = true;
    return gave_up;
  }
  int64_t size() const { return static_cast<int64_t>(hashes.size()); }
  void add(std::string_view content, int64_t label) {
    if (names.empty()) names.push_back("data"), begins.push_back(0);
    hashes.push_back(hash_of(content));
    labels.push_back(label);
  }
  size_t part_of(int64_t i) const { return static_cast<size_t>(std::upper_bound(begins.begin(), begins.end(), i) - begins.begin()) - 1; }

  // The closest earlier example in its own part, and in an earlier one.
  struct Slots {
    std::unordered_map<int64_t, std::pair<int64_t, double>> own, before;
  };
  void note(Slots& slots, int64_t i, int64_t j, double alike) const {
    auto& slot = part_of(i) == part_of(j) ? slots.own : slots.before;
    const auto [at, fresh] = slot.try_emplace(j, i, alike);
    if (!fresh && (alike > at->second.second || (alike == at->second.second && i < at->second.first))) at->second = {i, alike};
  }
  void take(const Slots& slots, bool exact, std::vector<DataPair>& pairs) const {
    const size_t from = pairs.size();
    for (const auto* slot : {&slots.before, &slots.own})
      for (const auto& [j, found] : *slot) {
        const auto [i, alike] = found;
        const size_t a = part_of(i), b = part_of(j);
        pairs.push_back({a, b, i - begins[a], j - begins[b], alike, exact, labels[static_cast<size_t>(i)] == labels[static_cast<size_t>(j)]});
      }
    std::sort(pairs.begin() + static_cast<std::ptrdiff_t>(from), pairs.end(), [](const DataPair& p, const DataPair& q) {
      return std::tuple(-p.alike, p.part_b, p.b, p.part_a) < std::tuple(-q.alike, q.part_b, q.b, q.part_a);
    });
  }
  // Returns which examples are the first of their content in their part: of these near ones are looked for.
  std::vector<bool> exact(std::vector<DataPair>& pairs) const {
    std::vector<std::pair<uint64_t, int64_t>> order;
    for (int64_t i = 0; i < size(); ++i) order.emplace_back(hashes[static_cast<size_t>(i)], i);
    std::sort(order.begin(), order.end());
    std::vector<bool> first(hashes.size(), true);
    Slots slots;
    for (size_t k = 1, begin = 0, own = 0; k < order.size(); ++k) {
      if (order[k].first != order[begin].first) begin = own = k;
      if (k == begin) continue;
      const int64_t j = order[k].second;
      if (part_of(order[own].second) == part_of(j)) note(slots, order[own].second, j, 1), first[static_cast<size_t>(j)] = false;
      else own = k;
      if (begin != own) note(slots, order[begin].second, j, 1);
    }
    take(slots, true, pairs);
    return first;
  }
  void near(DataReport& r, const std::vector<bool>& first) const {
    Slots slots;
    const auto among = [&](const std::vector<int64_t>& who, const auto& look) {
      std::vector<int64_t> rows;
      for (size_t k = 0; k < who.size(); ++k)
        if (first[static_cast<size_t>(who[k])]) rows.push_back(static_cast<int64_t>(k));
      if (rows.size() > 1) look(rows, [&](int64_t a, int64_t b, double alike) {
        const int64_t i = who[static_cast<size_t>(rows[static_cast<size_t>(a)])], j = who[static_cast<size_t>(rows[static_cast<size_t>(b)])];
        if (hashes[static_cast<size_t>(i)] != hashes[static_cast<size_t>(j)]) note(slots, i, j, alike);
      });
    };
    const auto stop = [this] { return late(); };
    among(pictures, [&](std::vector<int64_t>& rows, const auto& found) {
      const Tensor all = cat(signatures), kept = all.index_select(0, from_blob(rows.data(), {static_cast<int64_t>(rows.size())}, kLong));
      r.alike = near_pictures(kept, options.alike(), options.mirrored(), stop, found);
    });
    among(texts, [&](std::vector<int64_t>& rows, const auto& found) {
      std::vector<std::string> some;
      for (const int64_t k : rows) some.push_back(plain[static_cast<size_t>(k)]);
      near_texts(some, options.alike_texts(), stop, found);
    });
    take(slots, false, r.pairs);
  }
};

DataCheck::DataCheck(DataCheckOptions options) : impl_(std::make_unique<Impl>()) {
  for (const double share : {options.alike(), options.alike_texts()}) WICK_CHECK_TYPE(ValueError, share >= 0 && share <= 1, "DataCheck: how alike examples must be is ", share, ", expected 0 to 1");
  impl_->options = std::move(options);
}
DataCheck::DataCheck(DataCheck&&) noexcept = default;
DataCheck::~DataCheck() = default;

DataCheck& DataCheck::part(const std::string& name) {
  impl_->names.push_back(name);
  impl_->begins.push_back(impl_->size());
  return *this;
}
DataCheck& DataCheck::add(std::string_view content, int64_t label) {
  impl_->add(content, label);
  return *this;
}
DataCheck& DataCheck::add_text(const std::string& text, int64_t label) {
  impl_->add(text, label);
  if (!impl_->options.near()) return *this;
  std::string plain = plain_words(text);
  if (plain.empty()) return *this;
  impl_->texts.push_back(impl_->size() - 1);
  impl_->plain.push_back(std::move(plain));
  return *this;
}
DataCheck& DataCheck::add(const Tensor& x, const Tensor& y) {
  WICK_CHECK_TYPE(ValueError, x.defined() && x.dim() > 0, "DataCheck: examples need a first dimension that counts them, got ", x.defined() ? str(x.sizes()) : "an undefined tensor");
  WICK_CHECK_TYPE(ValueError, !y.defined() || (y.dim() > 0 && y.size(0) == x.size(0)), "DataCheck: ", x.size(0), " examples ", x.sizes(), " and labels ", y.defined() ? str(y.sizes()) : "");
  WICK_CHECK_TYPE(TypeError, !x.is_sparse() && !x.is_complex(), "DataCheck: examples are dense and real, got ", x.scalar_type());
  const NoGradGuard off;
  const int64_t n = x.size(0), from = impl_->size();
  if (n == 0) return *this;
  const Bytes rows(x), labels(y.defined() ? y : zeros({n}, kLong));
  const bool numbers = y.defined() && y.dim() == 1 && y.scalar_type() == kLong;
  for (int64_t i = 0; i < n; ++i) {
    if (i % 1024 == 0 && impl_->late()) return *this;
    impl_->add(rows.row(i), !y.defined() ? 0 : numbers ? labels.own.data_ptr<int64_t>()[i] : static_cast<int64_t>(hash_of(labels.row(i))));
  }
  if (!impl_->options.near() || !are_pictures(x)) return *this;
  for (int64_t i = 0; i < n && !impl_->late(); i += 1024) {
    const Tensor s = picture_signatures(x.slice(0, i, std::min(n, i + 1024))), usable = s.isfinite().all(1).contiguous();
    for (int64_t k = 0; k < s.size(0); ++k)
      if (usable.data_ptr<bool>()[k]) impl_->pictures.push_back(from + i + k);
    impl_->signatures.push_back(s.index_select(0, usable.nonzero().flatten()));
  }
  return *this;
}

DataReport DataCheck::report() const {
  const Impl& m = *impl_;
  DataReport r;
  r.parts = m.names;
  for (size_t p = 0; p < m.begins.size(); ++p) r.sizes.push_back((p + 1 < m.begins.size() ? m.begins[p + 1] : m.size()) - m.begins[p]);
  const auto first = m.exact(r.pairs);
  if (m.options.near() && !m.late()) m.near(r, first);
  r.complete = !m.gave_up;
  return r;
}

std::vector<DataPair> DataReport::of(const std::string& kind) const {
  std::vector<DataPair> r;
  for (const DataPair& p : pairs)
    if (kind == "leakage" ? p.part_a != p.part_b : kind == "conflicting_labels" ? !p.same_label : p.part_a == p.part_b && p.same_label) r.push_back(p);
  return r;
}

std::vector<Signals::Fault> DataReport::faults(const std::function<std::string(size_t, int64_t)>& name) const {
  const auto called = [&](size_t part, int64_t i) { return name ? name(part, i) : str(parts[part], " ", i); };
  std::vector<Signals::Fault> r;
  for (const char* kind : {"leakage", "conflicting_labels", "duplicates"}) {
    const auto some = of(kind);
    if (some.empty()) continue;
    Signals::Fault f{kind, static_cast<int64_t>(some.size()), 0, 0, expected, {}};
    for (const DataPair& p : some) f.near += !p.exact;
    for (size_t p = kind == std::string("leakage") ? 1 : 0; p < sizes.size(); ++p) f.of += sizes[p];
    for (size_t k = 0; k < some.size() && k < 5; ++k) f.examples.push_back(called(some[k].part_b, some[k].b) + "  =  " + called(some[k].part_a, some[k].a));
    r.push_back(std::move(f));
  }
  for (const TellingColumn& c : columns) r.push_back({"target_leakage", 1, 1, 0, c.explains, {c.name}});
  return r;
}

}  // namespace wick::train::inline v1
