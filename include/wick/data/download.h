// Files from the network: checked, and gone on with where a transfer broke off.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wick {
namespace data {
inline namespace v1 {

/// A file as it was published: its name, its size in bytes and its MD5, by which it is recognised.
struct PublishedFile {
  std::string name;
  uint64_t size = 0;
  std::string md5;
};

/// The sets that can be fetched.
enum class KnownSet { MNIST, FashionMNIST, CIFAR10, CIFAR100 };
/// Their published files, and the address they are under.
const std::vector<PublishedFile>& files_of(KnownSet set);
const std::string& address_of(KnownSet set);

/// Fetches `url` into `path`, which appears whole or not at all. What was fetched stays in `path.part` when the transfer breaks off, and the next call goes on
/// there. http and https; never more than the file's size is written. Errors name the address and what to do by hand: no network, no such file, another
/// size or MD5 than that of `file`, a build or machine without libcurl (NotImplementedError).
void download(const std::string& url, const std::string& path, const PublishedFile& file);

/// Fetches a set's files into the folder `root`, where its dataset finds them; those that are there, packed or not, are left as they are. CIFAR's archives
/// are unpacked. `mirror` is another address for the same files; none means the environment's WICK_MIRROR, or the published one.
/// Errors: see above; the text lists all files that are missing, with sizes and checksums.
void download(KnownSet set, const std::string& root, const std::string& mirror = "");

/// The MD5 of bytes, of a file, in hexadecimal digits.
std::string md5(const void* data, size_t size);
std::string md5_of_file(const std::string& path);

/// Whether this build, on this machine, fetches files.
bool has_download();

}  // namespace v1
}  // namespace data
}  // namespace wick
