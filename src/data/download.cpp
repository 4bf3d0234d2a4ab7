#include <wick/data/download.h>

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include <wick/core/str.h>

#include "io/atomic_file.h"

#if __has_include(<curl/curl.h>) && !defined(WICK_NO_CURL)
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "io/shared_library.h"
#define WICK_WITH_CURL
#endif

namespace wick::data::inline v1 {
namespace {

namespace fs = std::filesystem;

std::string described(const PublishedFile& f) { return str(f.name, " (", f.size, " bytes, md5 ", f.md5, ")"); }

uint64_t size_of(const std::string& path) {
  std::error_code error;
  const auto n = fs::file_size(path, error);
  return error ? 0 : n;
}

#ifdef WICK_WITH_CURL

struct Library {
  decltype(curl_easy_init)* init;
  decltype(curl_easy_setopt)* set;
  decltype(curl_easy_perform)* perform;
  decltype(curl_easy_cleanup)* cleanup;
  decltype(curl_easy_strerror)* text;
  bool loaded = false;
  Library() {
    void* l = io::load_library("libcurl.so.4");
    decltype(curl_global_init)* start;
    using io::find_symbol;
    loaded = l && find_symbol(l, "curl_global_init", start) && find_symbol(l, "curl_easy_init", init) && find_symbol(l, "curl_easy_setopt", set) && find_symbol(l, "curl_easy_perform", perform) &&
             find_symbol(l, "curl_easy_cleanup", cleanup) && find_symbol(l, "curl_easy_strerror", text) && start(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  }
};
const Library& library() {
  static const Library l;
  return l;
}

struct Sink {
  std::FILE* file;
  uint64_t left;  // more than the file has is not taken
};
size_t take(char* data, size_t one, size_t n, void* to) {
  auto* s = static_cast<Sink*>(to);
  n *= one;
  if (n > s->left || std::fwrite(data, 1, n, s->file) != n) return 0;
  s->left -= n;
  return n;
}

// Goes on with the file; "" when it is as long as it should be, or what went wrong.
std::string fetch(const std::string& url, const std::string& part, uint64_t size, bool& again) {
  const Library& l = library();
  const uint64_t there = size_of(part);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(part.c_str(), there > 0 ? "ab" : "wb"), std::fclose);
  if (!file) return str("cannot write ", part, ": ", std::strerror(errno));
  Sink sink{file.get(), size - there};
  const std::unique_ptr<CURL, void (*)(CURL*)> c(l.init(), l.cleanup);
  char text[CURL_ERROR_SIZE] = "";
  l.set(c.get(), CURLOPT_URL, url.c_str());
  l.set(c.get(), CURLOPT_ERRORBUFFER, text);
  l.set(c.get(), CURLOPT_NOSIGNAL, 1L);
  l.set(c.get(), CURLOPT_FAILONERROR, 1L);
  l.set(c.get(), CURLOPT_FOLLOWLOCATION, 1L);
  l.set(c.get(), CURLOPT_MAXREDIRS, 5L);
  l.set(c.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  l.set(c.get(), CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  l.set(c.get(), CURLOPT_CONNECTTIMEOUT, 20L);
  l.set(c.get(), CURLOPT_LOW_SPEED_LIMIT, 1L);
  l.set(c.get(), CURLOPT_LOW_SPEED_TIME, 60L);
  l.set(c.get(), CURLOPT_USERAGENT, "wick");
  l.set(c.get(), CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(there));
  l.set(c.get(), CURLOPT_WRITEFUNCTION, take);
  l.set(c.get(), CURLOPT_WRITEDATA, &sink);
  const CURLcode code = l.perform(c.get());
  const bool written = std::fflush(file.get()) == 0;
  again = code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING || code == CURLE_SEND_ERROR;
  if (code == CURLE_RANGE_ERROR || (code == CURLE_HTTP_RETURNED_ERROR && there > 0)) {  // a server that cannot go on: from the beginning
    std::error_code ignored;
    fs::remove(part, ignored);
    again = true;
  }
  if (code == CURLE_WRITE_ERROR && written) return str("the server sends more than ", size, " bytes");
  if (code != CURLE_OK) return text[0] ? text : l.text(code);
  if (!written) return str("cannot write ", part, ": ", std::strerror(errno));
  return sink.left == 0 ? "" : str("it has ", size - sink.left, " bytes, expected ", size);
}

bool can_fetch() { return library().loaded; }
constexpr char kNoLibrary[] = "there is no libcurl.so.4 on this machine (Debian: libcurl4)";

#else

std::string fetch(const std::string&, const std::string&, uint64_t, bool&) { return ""; }
bool can_fetch() { return false; }
constexpr char kNoLibrary[] = "this build of Wick was made without libcurl (libcurl4-openssl-dev)";

#endif

// ---- CIFAR's archives: files of the names that are wanted, each written whole.

constexpr size_t kBlock = 512;

void read_block(gzFile f, void* to, size_t n, const std::string& archive) {
  WICK_CHECK(gzread(f, to, static_cast<unsigned>(n)) == static_cast<int>(n), archive, ": damaged or cut off");
}
size_t octal(const char* p, size_t n) {
  size_t v = 0;
  for (size_t i = 0; i < n && p[i] >= '0' && p[i] <= '7'; ++i) v = v * 8 + static_cast<size_t>(p[i] - '0');
  return v;
}
void unpack(const std::string& archive, const std::string& folder, const std::vector<std::string>& wanted) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> f(gzopen(archive.c_str(), "rb"), gzclose);
  WICK_CHECK(f, archive, ": cannot open: ", std::strerror(errno));
  fs::create_directories(folder);
  size_t found = 0;
  for (char header[kBlock]; found < wanted.size();) {
    read_block(f.get(), header, kBlock, archive);
    if (header[0] == '\0') break;
    const std::string path(header, strnlen(header, 100)), name = path.substr(path.rfind('/') + 1);
    const size_t size = octal(header + 124, 12), padded = (size + kBlock - 1) / kBlock * kBlock;
    WICK_CHECK(size < (size_t{1} << 28), archive, ": ", name, ": ", size, " bytes");
    std::string bytes(padded, '\0');
    read_block(f.get(), bytes.data(), padded, archive);
    if (std::find(wanted.begin(), wanted.end(), name) == wanted.end()) continue;
    io::write_atomically((fs::path(folder) / name).string(), {{bytes.data(), size}});
    ++found;
  }
  WICK_CHECK(found == wanted.size(), archive, ": ", found, " of the ", wanted.size(), " files that belong there");
}

struct Set {
  std::string address;
  std::vector<PublishedFile> files;
  std::string folder;                // of an archive's contents
  std::vector<std::string> contents;
};
const Set& set_of(KnownSet set) {
  static const Set sets[] = {
      {"https://ossci-datasets.s3.amazonaws.com/mnist/",
       {{"train-images-idx3-ubyte.gz", 9912422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"}, {"train-labels-idx1-ubyte.gz", 28881, "d53e105ee54ea40749a09fcbcd1e9432"},
        {"t10k-images-idx3-ubyte.gz", 1648877, "9fb629c4189551a2d022fa330f9573f3"}, {"t10k-labels-idx1-ubyte.gz", 4542, "ec29112dd5afa0611ce80d1b7f02629c"}}, "", {}},
      {"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
       {{"train-images-idx3-ubyte.gz", 26421880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"}, {"train-labels-idx1-ubyte.gz", 29515, "25c81989df183df01b3e8a0aad5dffbe"},
        {"t10k-images-idx3-ubyte.gz", 4422102, "bef4ecab320f06d8554ea6380940ec79"}, {"t10k-labels-idx1-ubyte.gz", 5148, "bb300cfdad3c16e7a12a480ee83cd310"}}, "", {}},
      {"https://www.cs.toronto.edu/~kriz/", {{"cifar-10-binary.tar.gz", 170052171, "c32a1d4ab5d03f1284b67883e8d87530"}}, "cifar-10-batches-bin",
       {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"}},
      {"https://www.cs.toronto.edu/~kriz/", {{"cifar-100-binary.tar.gz", 168513733, "03b5dce01913d631647c71ecec9e9cb8"}}, "cifar-100-binary", {"train.bin", "test.bin"}}};
  return sets[static_cast<size_t>(set)];
}

}  // namespace

bool has_download() { return can_fetch(); }
const std::vector<PublishedFile>& files_of(KnownSet set) { return set_of(set).files; }
const std::string& address_of(KnownSet set) { return set_of(set).address; }

void download(const std::string& url, const std::string& path, const PublishedFile& file) {
  const std::string by_hand = str("; put ", described(file), " there by hand: ", path);
  WICK_CHECK_TYPE(NotImplementedError, can_fetch(), "download: ", url, ": ", kNoLibrary, by_hand);
  const std::string part = path + ".part";
  std::error_code ignored;
  if (size_of(part) > file.size) fs::remove(part, ignored);
  std::string error;
  for (int tries = 0; size_of(part) < file.size && tries < 4; ++tries) {
    bool again = false;
    error = fetch(url, part, file.size, again);
    if (!error.empty() && !again) break;
  }
  if (size_of(part) == 0 && file.size > 0) fs::remove(part, ignored);
  WICK_CHECK(error.empty(), "download: ", url, ": ", error, by_hand);
  const std::string found = md5_of_file(part);
  if (found != file.md5) fs::remove(part, ignored);
  WICK_CHECK(found == file.md5, "download: ", url, ": its md5 is ", found, ", expected ", file.md5, by_hand);
  fs::rename(part, path);
}

void download(KnownSet known, const std::string& root, const std::string& mirror) {
  const Set& set = set_of(known);
  const auto there = [&](const std::string& name) {
    std::error_code ignored;
    return fs::exists(fs::path(root) / name, ignored) || (!set.folder.empty() && fs::exists(fs::path(root) / set.folder / name, ignored));
  };
  std::vector<const PublishedFile*> missing;
  for (const PublishedFile& f : set.files) {
    const bool unpacked = set.contents.empty() ? there(f.name.substr(0, f.name.size() - 3)) : std::all_of(set.contents.begin(), set.contents.end(), there);
    if (!unpacked && (!there(f.name) || !set.contents.empty())) missing.push_back(&f);
  }
  if (missing.empty()) return;
  const char* variable = std::getenv("WICK_MIRROR");
  std::string address = !mirror.empty() ? mirror : variable && *variable ? variable : set.address;
  if (address.back() != '/') address += '/';
  fs::create_directories(root);
  for (size_t i = 0; i < missing.size(); ++i) {
    const PublishedFile& f = *missing[i];
    const std::string path = (fs::path(root) / f.name).string();
    try {
      if (!there(f.name)) download(address + f.name, path, f);
    } catch (Error& e) {
      std::string rest;
      for (size_t k = i + 1; k < missing.size(); ++k) rest += (rest.empty() ? "" : ", ") + described(*missing[k]);
      if (!rest.empty()) e.add_context("and into the same folder: " + rest);
      throw;
    }
    if (!set.contents.empty()) unpack(path, (fs::path(root) / set.folder).string(), set.contents);
  }
}

}  // namespace wick::data::inline v1
