// Fetching files: from a server in this process, with transfers that break off, and from none.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include <wick/data.h>

#include "support.h"
#include "temp.h"

namespace wick::test {
namespace {

using data::PublishedFile;

// Serves files by HTTP, one request a connection.
class Server {
 public:
  struct File {
    std::string bytes;
    size_t break_after = SIZE_MAX;  // bytes of the first answer, then the connection ends
    bool ranges = true;
    std::string location;           // of a redirection
  };
  // What was asked for: "name first-byte".
  std::vector<std::string> asked() {
    std::lock_guard<std::mutex> lock(mutex_);
    return asked_;
  }
  void serve(const std::string& name, File file) {
    std::lock_guard<std::mutex> lock(mutex_);
    files_[name] = std::move(file);
  }

  Server() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t n = sizeof a;
    if (bind(socket_, reinterpret_cast<sockaddr*>(&a), n) != 0 || listen(socket_, 8) != 0 || getsockname(socket_, reinterpret_cast<sockaddr*>(&a), &n) != 0) std::abort();
    address = "http://127.0.0.1:" + std::to_string(ntohs(a.sin_port)) + "/";
    thread_ = std::thread([this] { run(); });
  }
  ~Server() {
    shutdown(socket_, SHUT_RDWR);
    thread_.join();
    close(socket_);
  }
  std::string address;

 private:
  void run() {
    for (int c; (c = accept(socket_, nullptr, nullptr)) >= 0; close(c)) {
      std::string request;
      char b[2048];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t n = recv(c, b, sizeof b, 0);
        if (n <= 0) break;
        request.append(b, static_cast<size_t>(n));
      }
      answer(c, request);
    }
  }
  static void put(int c, const std::string& s) {
    for (size_t done = 0; done < s.size();) {
      const ssize_t n = ::send(c, s.data() + done, s.size() - done, MSG_NOSIGNAL);
      if (n <= 0) return;
      done += static_cast<size_t>(n);
    }
  }
  void answer(int c, const std::string& request) {
    const size_t from = request.find('/') + 1;
    const std::string name = request.substr(from, request.find(' ', from) - from);
    size_t first = 0;
    if (const size_t at = request.find("Range: bytes="); at != std::string::npos) first = std::stoul(request.substr(at + 13));
    std::lock_guard<std::mutex> lock(mutex_);
    asked_.push_back(name + " " + std::to_string(first));
    const auto f = files_.find(name);
    if (f == files_.end()) return put(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnone");
    File& file = f->second;
    if (!file.location.empty()) return put(c, "HTTP/1.1 302 Found\r\nLocation: " + file.location + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    if (!file.ranges) first = 0;
    const size_t all = file.bytes.size();
    std::string head = first ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " + std::to_string(first) + "-" + std::to_string(all - 1) + "/" + std::to_string(all) + "\r\n" : "HTTP/1.1 200 OK\r\n";
    put(c, head + "Content-Length: " + std::to_string(all - first) + "\r\nConnection: close\r\n\r\n" + file.bytes.substr(first, file.break_after));
    file.break_after = SIZE_MAX;
  }
  int socket_;
  std::mutex mutex_;
  std::map<std::string, File> files_;
  std::vector<std::string> asked_;
  std::thread thread_;
};

PublishedFile published(const std::string& name, const std::string& bytes) { return {name, bytes.size(), data::md5(bytes.data(), bytes.size())}; }
std::string noise(size_t n) {
  std::string s(n, '\0');
  uint32_t x = 1;
  for (char& c : s) c = static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  return s;
}

TEST(Download, Md5) {
  EXPECT_EQ(data::md5("", 0), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(data::md5("abc", 3), "900150983cd24fb0d6963f7d28e17f72");
  const std::string digits = "12345678901234567890123456789012345678901234567890123456789012345678901234567890";
  EXPECT_EQ(data::md5(digits.data(), digits.size()), "57edf4a22be3c955ac49da2e2107b67a");
  const TempDir dir;
  for (const size_t n : {55, 56, 63, 64, 65, 40000}) {
    const std::string s(n, 'a');
    write_file(dir / "a", s);
    EXPECT_EQ(data::md5_of_file(dir / "a"), data::md5(s.data(), n));
  }
  EXPECT_TRUE(contains(error_of([&] { data::md5_of_file(dir / "none"); }), "none"));
}

TEST(Download, WholeBrokenAndGoneOnWith) {
  if (!data::has_download()) GTEST_SKIP() << "no libcurl";
  const TempDir dir;
  Server server;
  const std::string bytes = noise(300000);
  server.serve("a.bin", {bytes, SIZE_MAX, true, ""});
  const auto get = [&](const std::string& name, const PublishedFile& file) { data::download(server.address + name, dir / name, file); };
  get("a.bin", published("a.bin", bytes));
  EXPECT_EQ(read_file(dir / "a.bin"), bytes);
  EXPECT_EQ(dir.files(), 1u);
  // A transfer that breaks off goes on by itself, where it was.
  server.serve("b.bin", {bytes, 100000, true, ""});
  get("b.bin", published("b.bin", bytes));
  EXPECT_EQ(read_file(dir / "b.bin"), bytes);
  EXPECT_EQ(server.asked(), (std::vector<std::string>{"a.bin 0", "b.bin 0", "b.bin 100000"}));
  // So does one of an earlier program.
  write_file(dir / "c.bin.part", bytes.substr(0, 299000));
  server.serve("c.bin", {bytes, SIZE_MAX, true, ""});
  get("c.bin", published("c.bin", bytes));
  EXPECT_EQ(read_file(dir / "c.bin"), bytes);
  EXPECT_EQ(server.asked().back(), "c.bin 299000");
  // A server that cannot: from the beginning.
  write_file(dir / "d.bin.part", bytes.substr(0, 1000));
  server.serve("d.bin", {bytes, SIZE_MAX, false, ""});
  get("d.bin", published("d.bin", bytes));
  EXPECT_EQ(read_file(dir / "d.bin"), bytes);
  // Too much of an earlier program; redirections.
  write_file(dir / "e.bin.part", bytes + "more");
  server.serve("e.bin", {"", SIZE_MAX, true, server.address + "a.bin"});
  get("e.bin", published("e.bin", bytes));
  EXPECT_EQ(read_file(dir / "e.bin"), bytes);
  EXPECT_EQ(dir.files(), 5u);
}

TEST(Download, WhatIsWrongIsSaid) {
  if (!data::has_download()) GTEST_SKIP() << "no libcurl";
  const TempDir dir;
  Server server;
  const std::string bytes = noise(5000);
  server.serve("a.bin", {bytes, SIZE_MAX, true, ""});
  server.serve("short.bin", {bytes.substr(0, 4000), SIZE_MAX, true, ""});
  server.serve("long.bin", {bytes + bytes, SIZE_MAX, true, ""});
  server.serve("other.bin", {noise(4999) + "!", SIZE_MAX, true, ""});
  server.serve("away.bin", {"", SIZE_MAX, true, "file:///etc/passwd"});
  const auto text = [&](const std::string& name) {
    const std::string said = error_of([&] { data::download(server.address + name, dir / name, published(name, bytes)); });
    EXPECT_FALSE(std::filesystem::exists(dir / name));
    for (const std::string& part : {server.address + name, std::string("(5000 bytes, md5 ") + published(name, bytes).md5, "by hand: " + (dir / name)}) EXPECT_TRUE(contains(said, part));
    return said;
  };
  EXPECT_TRUE(contains(text("none.bin"), "404"));
  EXPECT_TRUE(contains(text("long.bin"), "more than 5000 bytes"));
  EXPECT_TRUE(contains(text("other.bin"), "its md5 is"));
  text("away.bin");
  const std::string said = text("short.bin");
  EXPECT_TRUE(contains(said, "bytes"));
  EXPECT_FALSE(std::filesystem::exists(dir / "other.bin.part")) << "nothing to go on with";
}

TEST(Download, WithoutANetworkTheFilesAreNamed) {
  const TempDir dir;
  const std::string nowhere = "http://127.0.0.1:9";  // the port that throws all away: nobody listens
  const std::string said = error_of([&] { data::download(data::KnownSet::MNIST, dir / "mnist", nowhere); });
  for (const char* part : {"http://127.0.0.1:9/train-images-idx3-ubyte.gz", "train-images-idx3-ubyte.gz (9912422 bytes, md5 f68b3c2dcbeaaa9fbdd348bbdeb94873)", "t10k-labels-idx1-ubyte.gz (4542 bytes", "mnist/train-images"})
    EXPECT_TRUE(contains(said, part));
  setenv("WICK_MIRROR", nowhere.c_str(), 1);
  EXPECT_TRUE(contains(error_of([&] { data::datasets::MNIST(dir.path(), data::datasets::MNIST::Mode::kTrain, true); }), nowhere + "/train-images"));
  EXPECT_TRUE(contains(error_of([&] { data::datasets::FashionMNIST(dir.path(), data::datasets::FashionMNIST::Mode::kTest, true); }), "26421880 bytes"));
  EXPECT_TRUE(contains(error_of([&] { data::datasets::CIFAR10(dir.path(), data::datasets::CIFAR10::Mode::kTest, data::datasets::CIFAR10Options().download(true)); }), "cifar-10-binary.tar.gz (170052171 bytes"));
  EXPECT_TRUE(contains(error_of([&] { data::datasets::CIFAR100(dir.path(), data::datasets::CIFAR100::Mode::kTest, kByte, true); }), "cifar-100-binary.tar.gz (168513733 bytes"));
  unsetenv("WICK_MIRROR");
  // What is there needs no network: packed or not.
  for (const char* name : {"train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte"}) write_file(dir / name, "");
  data::download(data::KnownSet::MNIST, dir.path(), nowhere);
}

// A file in a tar archive.
std::string tarred(const std::string& name, const std::string& bytes) {
  std::string head(512, '\0');
  head.replace(0, name.size(), name);
  char size[13];
  std::snprintf(size, sizeof size, "%011zo", bytes.size());
  head.replace(124, 11, size);
  return head + bytes + std::string((512 - bytes.size() % 512) % 512, '\0');
}

TEST(Download, ArchivesThatAreThereAreUnpacked) {
  const TempDir dir;
  const auto picture = [](const std::string& labels) { return labels + std::string(3072, '\7'); };
  const std::string archive = tarred("cifar-100-binary/fine_label_names.txt", "apple\n") + tarred("cifar-100-binary/test.bin", picture("\1\2")) +
                              tarred("../../train.bin", picture("\3\4") + picture("\5\6")) + std::string(1024, '\0');
  write_file(dir / "cifar-100-binary.tar.gz", archive);
  data::datasets::CIFAR100 train(dir.path(), data::datasets::CIFAR100::Mode::kTrain, kByte, true), test(dir.path(), data::datasets::CIFAR100::Mode::kTest);
  EXPECT_TRUE(equal(train.targets(), tensor({4, 6})));
  EXPECT_EQ(test.size(), 1u);
  EXPECT_FALSE(std::filesystem::exists(dir / "cifar-100-binary/fine_label_names.txt"));
  EXPECT_EQ(dir.files(), 2u) << "nothing outside of the folder";
  const TempDir other;
  write_file(other / "cifar-100-binary.tar.gz", archive.substr(0, 5000));
  EXPECT_TRUE(contains(error_of([&] { data::datasets::CIFAR100 x(other.path(), data::datasets::CIFAR100::Mode::kTrain, kByte, true); }), "cifar-100-binary.tar.gz: damaged or cut off"));
  write_file(other / "cifar-100-binary.tar.gz", tarred("test.bin", picture("\1\2")) + std::string(1024, '\0'));
  EXPECT_TRUE(contains(error_of([&] { data::datasets::CIFAR100 x(other.path(), data::datasets::CIFAR100::Mode::kTrain, kByte, true); }), "1 of the 2 files"));
}

TEST(Download, PublishedFilesFromAMirror) {
  const std::string shared = std::string(WICK_GOLDEN) + "/../../../shared/data/fashion-mnist";
  if (!data::has_download() || !std::filesystem::exists(shared)) GTEST_SKIP() << "no libcurl or no real data";
  const TempDir dir;
  Server server;
  for (const auto& f : data::files_of(data::KnownSet::FashionMNIST)) server.serve(f.name, {read_file(shared + "/" + f.name), f.size > 20000000 ? 9000000 : SIZE_MAX, true, ""});
  data::download(data::KnownSet::FashionMNIST, dir / "new/folder", server.address);
  EXPECT_EQ(server.asked().size(), 5u);
  data::datasets::FashionMNIST test(dir / "new/folder", data::datasets::FashionMNIST::Mode::kTest);
  EXPECT_EQ(test.size(), 10000u);
  data::download(data::KnownSet::FashionMNIST, dir / "new/folder", server.address);
  EXPECT_EQ(server.asked().size(), 5u) << "all is there";
}

}  // namespace
}  // namespace wick::test
