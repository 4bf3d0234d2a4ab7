// Printing as PyTorch's C++ frontend prints: one format for the whole tensor, chosen by its extremes.
#include <charconv>
#include <cmath>
#include <cstdio>
#include <iostream>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "core/tensor_impl.h"

namespace wick::inline v1 {
namespace {

// The shortest text that reads back as v: plain up to 16 digits before the point, with an exponent beyond.
std::string shortest(double v) {
  if (std::isnan(v)) return std::signbit(v) ? "-nan" : "nan";
  if (std::isinf(v)) return v < 0 ? "-inf" : "inf";
  char buf[64];
  char* end = std::to_chars(buf, buf + sizeof buf, v, std::chars_format::scientific).ptr;
  const std::string text(buf, end);
  const int exponent = std::atoi(text.c_str() + text.find('e') + 1);
  if (exponent < -4 || exponent >= 16) return text;
  end = std::to_chars(buf, buf + sizeof buf, v, std::chars_format::fixed).ptr;
  return std::string(buf, end);
}

struct Format {
  const char* spec = "%*.6g";
  int width = 0;
  double scale = 1;
};

double digits(double magnitude) { return magnitude != 0 ? std::floor(std::log10(magnitude)) + 1 : 1; }

Format choose_format(const double* x, int64_t n) {
  Format f;
  bool whole = true, any = false;
  double least = 0, most = 0;
  for (int64_t i = 0; i < n; ++i) {
    if (!std::isfinite(x[i])) continue;
    whole = whole && x[i] == std::ceil(x[i]);
    const double m = std::fabs(x[i]);
    least = any ? std::min(least, m) : m;
    most = any ? std::max(most, m) : m;
    any = true;
  }
  const double low = any ? digits(least) : 1, high = any ? digits(most) : 1;
  if (whole) {
    f.width = high > 9 ? 11 : static_cast<int>(high) + 1;
    if (high > 9) f.spec = "%*.4e";
  } else if (high - low > 4) {
    f.width = std::fabs(high) > 99 || std::fabs(low) > 99 ? 12 : 11;
    f.spec = "%*.4e";
  } else {
    f.spec = "%*.4f";
    if (high > 5 || high < 0) {
      f.width = 7;
      f.scale = std::pow(10, high - 1);
    } else {
      f.width = high == 0 ? 7 : static_cast<int>(high) + 6;
    }
  }
  return f;
}

void put(std::ostream& out, const Format& f, double v) {
  char buf[400];
  std::snprintf(buf, sizeof buf, f.spec, f.width, v / f.scale);
  out << buf;
}

void print_matrix(std::ostream& out, const double* x, int64_t rows, int64_t columns, int64_t linesize, int indent) {
  const Format f = choose_format(x, rows * columns);
  const int64_t per_line = std::max<int64_t>(1, (linesize - indent) / (f.width + 1));
  for (int64_t first = 0; first < columns; first += per_line) {
    const int64_t last = std::min(first + per_line, columns) - 1;
    if (per_line < columns) {
      if (first != 0) out << '\n';
      out << "Columns " << first + 1 << " to " << last + 1 << std::string(static_cast<size_t>(indent), ' ');
    }
    if (f.scale != 1) out << shortest(f.scale) << " *\n";
    for (int64_t r = 0; r < rows; ++r) {
      if (r > 0) out << std::string(static_cast<size_t>(indent + (f.scale != 1 ? 1 : 0)), ' ');
      for (int64_t c = first; c <= last; ++c) {
        put(out, f, x[r * columns + c]);
        out << (c == last ? '\n' : ' ');
      }
    }
  }
}

// Matrices of the last two dimensions, the first index running fastest.
void print_slices(std::ostream& out, const double* x, IntArrayRef sizes, int64_t linesize) {
  const size_t lead = sizes.size() - 2;
  const int64_t rows = sizes[lead], columns = sizes[lead + 1];
  std::vector<int64_t> at(lead, 0);
  for (bool start = true;; start = false) {
    if (!start) out << '\n';
    int64_t offset = 0;
    out << '(';
    for (size_t i = 0; i < lead; ++i) {
      out << at[i] + 1 << ',';
      offset = offset * sizes[i] + at[i];
    }
    out << ".,.) = \n";
    print_matrix(out, x + offset * rows * columns, rows, columns, linesize, 1);
    size_t d = 0;
    while (d < lead && ++at[d] == sizes[d]) at[d++] = 0;
    if (d == lead) return;
  }
}

Tensor as_doubles(const Tensor& t) {
  NoGradGuard off;
  const Tensor real_part = t.is_complex() ? view_as_real(t.detach()).select(-1, 0) : t.detach();
  return real_part.to(kDouble).contiguous();
}

}  // namespace

std::ostream& print(std::ostream& out, const Tensor& t, int64_t linesize) {
  if (!t.defined()) return out << "[ Tensor (undefined) ]";
  if (t.is_sparse()) {
    out << "[ " << t.toString() << "{}\nindices:\n";
    print(out, t._indices(), linesize) << "\nvalues:\n";
    print(out, t._values(), linesize) << "\nsize:\n" << t.sizes() << "\n]";
    return out;
  }
  const Tensor values = as_doubles(t);
  const double* x = values.data_ptr<double>();
  const IntArrayRef sizes = t.sizes();
  if (t.dim() == 0) {
    out << shortest(x[0]) << '\n';
  } else if (t.numel() > 0 && t.dim() == 1) {
    const Format f = choose_format(x, t.numel());
    if (f.scale != 1) out << shortest(f.scale) << " *\n";
    for (int64_t i = 0; i < t.numel(); ++i) {
      put(out, f, x[i]);
      out << '\n';
    }
  } else if (t.numel() > 0 && t.dim() == 2) {
    print_matrix(out, x, sizes[0], sizes[1], linesize, 0);
  } else if (t.numel() > 0) {
    print_slices(out, x, sizes, linesize);
  }
  out << "[ " << t.toString() << "{";
  for (size_t i = 0; i < sizes.size(); ++i) out << (i ? "," : "") << sizes[i];
  return out << "} ]";
}
std::ostream& operator<<(std::ostream& out, const Tensor& t) { return print(out, t, 80); }
void print(const Tensor& t, int64_t linesize) { print(std::cout, t, linesize); }
void Tensor::print() const {
  if (defined()) std::cerr << "[" << toString() << " " << sizes() << "]\n";
  else std::cerr << "[UndefinedTensor]\n";
}
}  // namespace wick::inline v1
