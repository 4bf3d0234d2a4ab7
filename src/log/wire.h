// Protobuf's wire format, by protozero. Messages are made from the inside out: each is a string that goes into the next.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <protozero/pbf_writer.hpp>

namespace wick::logging {

// A message that is being made. As proto3 has it, numbers that are zero and texts that are empty are not written, unless `always` says so.
class Message {
 public:
  Message& text(uint32_t field, std::string_view s, bool always = false) {
    if (!s.empty() || always) writer_.add_bytes(field, s.data(), s.size());
    return *this;
  }
  Message& message(uint32_t field, const std::string& s) { return text(field, s, true); }
  Message& integer(uint32_t field, int64_t v, bool always = false) {
    if (v != 0 || always) writer_.add_int64(field, v);
    return *this;
  }
  Message& real(uint32_t field, double v, bool always = false) {
    if (bits(v) != 0 || always) writer_.add_double(field, v);
    return *this;
  }
  Message& real32(uint32_t field, float v, bool always = false) {
    if (bits(v) != 0 || always) writer_.add_float(field, v);
    return *this;
  }
  // Repeated fields, packed.
  template <class It> Message& reals(uint32_t field, It begin, It end) { if (begin != end) writer_.add_packed_double(field, begin, end); return *this; }
  template <class It> Message& reals32(uint32_t field, It begin, It end) { if (begin != end) writer_.add_packed_float(field, begin, end); return *this; }
  template <class It> Message& integers(uint32_t field, It begin, It end) { if (begin != end) writer_.add_packed_int64(field, begin, end); return *this; }

  std::string take() { return std::move(data_); }
  operator std::string() { return std::move(data_); }

 private:
  static uint64_t bits(double v) { return __builtin_bit_cast(uint64_t, v); }
  static uint32_t bits(float v) { return __builtin_bit_cast(uint32_t, v); }
  std::string data_;
  protozero::pbf_writer writer_{data_};
};

}  // namespace wick::logging
