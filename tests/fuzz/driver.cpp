// Runs a fuzz target where there is no libFuzzer: changes seeds at random for WICK_FUZZ_SECONDS (3), and keeps as further seeds those that
// end in a way not seen before. An input that breaks the target is written to crash-<target>.bin.
//   target                  fuzz      (WICK_FUZZ_SEED=N repeats a run)
//   target FILE...          run these inputs
//   target --seeds DIR      write the seeds there, as a corpus for libFuzzer
#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <random>
#include <unordered_set>

#include "fuzz.h"

extern "C" void __sanitizer_set_death_callback(void (*)()) __attribute__((weak));

namespace {

std::string current, crash_file;

void save_crash() {
  const int fd = open(crash_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (fd < 0) return;
  (void)!write(fd, current.data(), current.size());
  close(fd);
  const char text[] = "fuzz: the input is in ";
  (void)!write(2, text, sizeof text - 1);
  (void)!write(2, crash_file.data(), crash_file.size());
  (void)!write(2, "\n", 1);
}
void on_signal(int signal) {
  save_crash();
  std::signal(signal, SIG_DFL);
  raise(signal);
}

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {}
  size_t below(size_t n) { return n ? random_() % n : 0; }
  std::string change(std::string s, const std::vector<std::string>& corpus) {
    for (size_t k = 1 + below(4); k > 0; --k) once(s, corpus[below(corpus.size())]);
    if (s.size() > (1 << 16)) s.resize(1 << 16);
    return s;
  }

 private:
  void once(std::string& s, const std::string& other) {
    const size_t at = below(s.size()), length = std::min(s.size() - at, 1 + below(16));
    switch (below(10)) {
      case 0: if (!s.empty()) s[at] = static_cast<char>(s[at] ^ (1 << below(8))); break;
      case 1: if (!s.empty()) s[at] = static_cast<char>(random_()); break;
      case 2: s.resize(at); break;
      case 3: s.erase(at, length); break;
      case 4: s.insert(at, s.substr(at, length)); break;
      case 5: s.insert(at, std::string(length, static_cast<char>(random_()))); break;
      case 6: {  // the beginning of one and the end of another
        const size_t cut = below(other.size());
        s = s.substr(0, at) + other.substr(cut);
        break;
      }
      case 7: {  // a piece of another in between
        const size_t cut = below(other.size());
        s.insert(at, other.substr(cut, 1 + below(64)));
        break;
      }
      case 8: number(s, at); break;
      default: digits(s); break;
    }
  }
  uint64_t interesting(size_t size) {
    const uint64_t values[] = {0, 1, 2, 7, 8, 127, 128, 255, 256, 65535, 65536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, ~uint64_t{0}, size, size - 1, size + 1, size / 2, random_()};
    return values[below(std::size(values))];
  }
  // A length in either order of bytes.
  void number(std::string& s, size_t at) {
    const size_t bytes = size_t{1} << below(4);
    if (s.size() < bytes) return;
    at = std::min(at, s.size() - bytes);
    const uint64_t v = interesting(s.size());
    const bool big = below(2);
    for (size_t i = 0; i < bytes; ++i) s[at + i] = static_cast<char>(v >> (8 * (big ? bytes - 1 - i : i)));
  }
  // A number in text.
  void digits(std::string& s) {
    const size_t from = s.find_first_of("0123456789", below(s.size()));
    if (from == std::string::npos) return;
    size_t to = s.find_first_not_of("0123456789", from);
    if (to == std::string::npos) to = s.size();
    s.replace(from, to - from, below(4) ? std::to_string(interesting(s.size())) : std::string(1 + below(30), '9'));
  }
  std::mt19937_64 random_;
};

// The first words of an error, before what it quotes of the input and after that.
std::string words(const std::string& text, int n) {
  std::string r;
  for (const char c : text) {
    if (c >= 'a' && c <= 'z') r += c;
    else if (!r.empty() && r.back() != ' ' && n-- > 0) r += ' ';
    if (n <= 0) break;
  }
  return r;
}
std::string kind_of(const std::string& text) {
  const size_t first = text.find('"'), last = text.rfind('"');
  return words(text.substr(0, first), 6) + (first == std::string::npos ? "" : words(text.substr(last), 4));
}
std::string run(const std::string& input) {
  current = input;
  alarm(20);  // nothing may take that long
  return fuzz_one(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}
uint64_t number_from(const char* name, uint64_t otherwise) {
  const char* v = std::getenv(name);
  return v && *v ? std::strtoull(v, nullptr, 10) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string program = argv[0];
  crash_file = "crash-" + program.substr(program.rfind('/') + 1) + ".bin";
  for (const int s : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGALRM}) std::signal(s, on_signal);
  if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(save_crash);
  else {
    const rlimit limit{rlim_t{4} << 30, rlim_t{4} << 30};
    setrlimit(RLIMIT_AS, &limit);
  }
  std::vector<std::string> corpus = fuzz_seeds();
  if (argc == 3 && std::string(argv[1]) == "--seeds") {
    for (size_t i = 0; i < corpus.size(); ++i) {
      std::FILE* f = std::fopen((std::string(argv[2]) + "/seed" + std::to_string(i)).c_str(), "wb");
      if (!f || std::fwrite(corpus[i].data(), 1, corpus[i].size(), f) != corpus[i].size() || std::fclose(f) != 0) return std::perror(argv[2]), 1;
    }
    return 0;
  }
  if (argc > 1) {
    for (int i = 1; i < argc; ++i) {
      const std::string text = run(fuzz::read_file(argv[i]));
      std::printf("%s: %s\n", argv[i], text.empty() ? "read" : text.c_str());
    }
    return 0;
  }
  std::unordered_set<std::string> kinds;
  for (const std::string& s : corpus) {
    const std::string text = run(s);
    if (kinds.insert(kind_of(text)).second && !text.empty()) std::printf("seed: %s\n", text.substr(0, 200).c_str());
  }
  const uint64_t seed = number_from("WICK_FUZZ_SEED", std::random_device()()), seconds = number_from("WICK_FUZZ_SECONDS", 3);
  std::printf("seed %llu, %llu s\n", static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seconds));
  std::fflush(stdout);
  Mutator mutator(seed);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  const size_t seeds = corpus.size();
  size_t runs = 0, read = 0;
  while (std::chrono::steady_clock::now() < end) {
    const std::string input = mutator.change(corpus[mutator.below(mutator.below(3) ? seeds : corpus.size())], corpus);
    const std::string text = run(input);
    ++runs;
    read += text.empty();
    if (kinds.insert(kind_of(text)).second) corpus.push_back(input);
  }
  alarm(0);
  std::printf("%zu inputs, %zu read, the others refused in %zu ways\n", runs, read, kinds.size());
  return runs > 0 && kinds.size() > 1 ? 0 : 1;
}
