// Saving when the system fails: every call that writes a file is made to fail in turn. The functions below stand in for
// those of the C library in this program, the library under test included.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include <wick/io/safetensors.h>
#include <wick/io/serialize.h>
#include <wick/train/checkpoint.h>

#include "support.h"
#include "temp.h"

namespace {

int fail_at = -1, fail_with = 0, calls = 0;  // -1: nothing fails
std::string failed;
bool short_writes = false;
bool fails(const char* what) {
  if (fail_at < 0 || calls++ != fail_at) return false;
  failed = what;
  errno = fail_with;
  return true;
}

}  // namespace

extern "C" {
ssize_t write(int fd, const void* p, size_t n) {
  if (fails("write")) return -1;
  return syscall(SYS_write, fd, p, short_writes && n > 7 ? 7 : n);
}
int fsync(int fd) {
  struct stat s;
  const bool folder = fstat(fd, &s) == 0 && S_ISDIR(s.st_mode);
  return fails(folder ? "fsync of the folder" : "fsync") ? -1 : static_cast<int>(syscall(SYS_fsync, fd));
}
int close(int fd) {
  const int r = static_cast<int>(syscall(SYS_close, fd));
  return fails("close") ? -1 : r;
}
int rename(const char* from, const char* to) noexcept { return fails("rename") ? -1 : ::renameat(AT_FDCWD, from, AT_FDCWD, to); }
}

namespace wick::test {
namespace {

// Makes the n-th call fail, for all n, until one attempt has nothing that fails.
template <class Save>
std::vector<std::string> fail_each(const std::string& path, const TempDir& dir, int error, const Save& save) {
  std::vector<std::string> seen;
  const std::string old = read_file(path);
  for (int n = 0;; ++n) {
    failed.clear();
    calls = 0;
    fail_with = error;
    fail_at = n;
    const std::string text = error_of(save);
    fail_at = -1;
    if (failed.empty()) {
      EXPECT_EQ(text, "(no error)");
      EXPECT_NE(read_file(path), old);
      return seen;
    }
    seen.push_back(failed);
    EXPECT_EQ(dir.files(), 1u) << "after a failed " << failed;
    if (failed == "close" && text == "(no error)") continue;  // that of the folder, when all is done
    EXPECT_TRUE(contains(text, path)) << failed;
    EXPECT_TRUE(contains(text, std::strerror(error))) << failed;
    if (failed == "fsync of the folder") {
      EXPECT_TRUE(contains(text, "the new file is there"));
      EXPECT_NE(read_file(path), old);
      write_file(path, old);
    } else {
      EXPECT_TRUE(contains(text, "unchanged")) << failed;
      EXPECT_EQ(read_file(path), old) << failed;
    }
  }
}

TEST(AtomicFile, EachFailingCallLeavesTheOldFile) {
  const TempDir dir;
  const std::string path = dir / "m.safetensors";
  for (int error : {EIO, ENOSPC}) {
    io::save_safetensors(path, {{"a", ones({3})}});
    const std::vector<std::string> seen = fail_each(path, dir, error, [&] { io::save_safetensors(path, {{"a", zeros({5})}, {"b", ones({2})}}); });
    EXPECT_EQ(seen, (std::vector<std::string>{"write", "write", "write", "write", "fsync", "close", "rename", "fsync of the folder", "close"}));
  }
  const std::string archive = dir / "m.safetensors";
  fail_each(archive, dir, EIO, [&] { save(ones({4}), archive); });
}

TEST(AtomicFile, ZipArchivesToo) {
  const TempDir dir;
  const std::string path = dir / "m.pt";
  save(ones({3}), path);
  const std::vector<std::string> seen = fail_each(path, dir, EIO, [&] { save(zeros({5}), path); });
  EXPECT_GT(seen.size(), 9u);
}

TEST(AtomicFile, ShortAndInterruptedWritesGoOn) {
  const TempDir dir;
  const Tensor t = arange(100, kFloat);
  short_writes = true;
  save(t, dir / "m.safetensors");
  short_writes = false;
  fail_with = EINTR;
  calls = fail_at = 0;
  save(t, dir / "n.safetensors");
  fail_at = -1;
  EXPECT_EQ(read_file(dir / "m.safetensors"), read_file(dir / "n.safetensors"));
  Tensor back;
  load(back, dir / "m.safetensors");
  EXPECT_TRUE(equal(back, t));
}

// Checkpoints go past the page cache. A file system that takes no such write, and short ones that end between pages, change nothing.
TEST(AtomicFile, CheckpointsPastTheCache) {
  const TempDir dir;
  int64_t step = 0;
  for (int64_t size : {1, 1000, 1 << 18, 3 * (1 << 18) + 1025}) {
    Tensor t = arange(size, kFloat);
    train::State state;
    state.add("t", t);
    const auto save_and_load = [&] {
      train::Checkpointer checkpoints(dir / "c", state, train::CheckpointerOptions().keep_last(1));
      checkpoints.save(++step);
      checkpoints.flush();
      t.zero_();
      ASSERT_TRUE(checkpoints.resume());
      EXPECT_TRUE(equal(t, arange(size, kFloat)));
    };
    save_and_load();
    for (int at : {0, 1}) {
      fail_with = EINVAL;
      calls = 0;
      fail_at = size > 1000 ? at : -1;
      save_and_load();
      fail_at = -1;
    }
    short_writes = size <= 1000;
    save_and_load();
    short_writes = false;
  }
}

// The real thing: a limit on the size of files stands for a full disk.
TEST(AtomicFile, AFullDisk) {
  const TempDir dir;
  const std::string path = dir / "m.safetensors";
  io::save_safetensors(path, {{"a", ones({3})}});
  const std::string old = read_file(path);
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 100'000;
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string text = error_of([&] { io::save_safetensors(path, {{"a", ones({100'000})}}); });
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_TRUE(contains(text, "cannot write " + path + ": File too large"));
  EXPECT_EQ(read_file(path), old);
  EXPECT_EQ(dir.files(), 1u);
}

TEST(AtomicFile, NoFolder) {
  EXPECT_TRUE(contains(error_of([] { save(ones({1}), "/no/such/folder/m.safetensors"); }), "cannot create /no/such/folder/m.safetensors"));
}

}  // namespace
}  // namespace wick::test
