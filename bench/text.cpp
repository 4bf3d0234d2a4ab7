// Seconds that a tokenizer takes for the lines of a file: whole encodings, and ids alone. Driven by bench/text.py.
#include <chrono>
#include <cstdio>
#include <fstream>

#include <wick/core/parallel.h>
#include <wick/text.h>

int main(int argc, char** argv) {
  if (argc < 3) return std::puts("usage: bench_text FOLDER FILE"), 2;
  wick::set_num_threads(1);
  const auto tokenizer = wick::text::Tokenizer::from_folder(argv[1]);
  std::ifstream file(argv[2]);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  const auto seconds = [&](auto f) {
    const auto start = std::chrono::steady_clock::now();
    size_t n = 0;
    for (const auto& line : lines) n += f(line);
    return n ? std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() : 0;
  };
  const double whole = seconds([&](const std::string& s) { return tokenizer.encode(s).size(); });
  std::printf("%.6f %.6f\n", whole, seconds([&](const std::string& s) { return tokenizer.ids(s).size(); }));
}
