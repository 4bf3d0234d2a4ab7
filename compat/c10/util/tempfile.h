// Files and folders that go away with their owner.
#pragma once

#include <c10/util/Exception.h>
#include <c10/util/Optional.h>

#include <optional>
#include <stdlib.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace c10 {
namespace detail {
inline std::string temporary_path(std::string_view prefix) {
  std::string folder = "/tmp";
  for (const char* name : {"TMPDIR", "TMP", "TEMP", "TEMPDIR"})
    if (const char* value = std::getenv(name)) { folder = value; break; }
  return folder + "/" + std::string(prefix) + "XXXXXX";
}
}  // namespace detail

/// A file, removed when this goes.
struct TempFile {
  explicit TempFile(std::string_view path, int descriptor = -1) noexcept : fd(descriptor), name(path) {}
  TempFile(const TempFile&) = delete;
  TempFile(TempFile&& o) noexcept : fd(std::exchange(o.fd, -1)), name(std::move(o.name)) { o.name.clear(); }
  TempFile& operator=(TempFile o) noexcept { std::swap(fd, o.fd); std::swap(name, o.name); return *this; }
  ~TempFile() {
    if (!name.empty()) ::unlink(name.c_str());
    if (fd >= 0) ::close(fd);
  }

  int fd;
  std::string name;
};

/// An empty folder, removed when this goes and it is empty again.
struct TempDir {
  explicit TempDir(std::string_view path) noexcept : name(path) {}
  TempDir(const TempDir&) = delete;
  TempDir(TempDir&& o) noexcept : name(std::move(o.name)) { o.name.clear(); }
  TempDir& operator=(TempDir o) noexcept { std::swap(name, o.name); return *this; }
  ~TempDir() { if (!name.empty()) ::rmdir(name.c_str()); }

  std::string name;
};

/// New ones in the folder that TMPDIR, TMP, TEMP or TEMPDIR names, else /tmp; none, or an Error, where that fails.
inline std::optional<TempFile> try_make_tempfile(std::string_view name_prefix = "torch-file-") {
  std::string path = detail::temporary_path(name_prefix);
  const int fd = ::mkstemp(path.data());
  if (fd == -1) return std::nullopt;
  return TempFile(path, fd);
}
inline TempFile make_tempfile(std::string_view name_prefix = "torch-file-") {
  auto file = try_make_tempfile(name_prefix);
  TORCH_CHECK(file.has_value(), "Error generating temporary file in ", detail::temporary_path(name_prefix));
  return std::move(*file);
}
inline std::optional<TempDir> try_make_tempdir(std::string_view name_prefix = "torch-dir-") {
  std::string path = detail::temporary_path(name_prefix);
  if (!::mkdtemp(path.data())) return std::nullopt;
  return TempDir(path);
}
inline TempDir make_tempdir(std::string_view name_prefix = "torch-dir-") {
  auto dir = try_make_tempdir(name_prefix);
  TORCH_CHECK(dir.has_value(), "Error generating temporary directory in ", detail::temporary_path(name_prefix));
  return std::move(*dir);
}

}  // namespace c10
