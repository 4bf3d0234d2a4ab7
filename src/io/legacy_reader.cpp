// Files of torch.save's from before PyTorch 1.6: a magic number, the protocol, notes on the system and the object as pickles one after
// the other, the keys of the storages as another, and then the elements of each storage after their count.
#include <cstring>
#include <unordered_map>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "io/node.h"
#include "io/zip.h"

namespace wick::io {
namespace {

constexpr std::string_view kMagic("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 13);
constexpr int64_t kProtocol = 1001;

// Room for the storages, which are filled when all pickles have been read. All together cannot be larger than the file.
class LegacyStorages final : public Storages {
 public:
  explicit LegacyStorages(const Source& source) : source_(source) {}
  std::string problem(const std::string&, uint64_t bytes) override {
    left_ = left_ == UINT64_MAX ? source_.size() : left_;
    if (bytes > left_) return str("the file has room for ", left_, " bytes");
    left_ -= bytes;
    return "";
  }
  Tensor make(const std::string& key, ScalarType type, int64_t numel) override { return flats_[key] = empty({numel}, type); }
  bool filled_later() const override { return true; }

  // The elements, from `at` on, in the order of `keys`.
  void fill(uint64_t at, const std::vector<IValue>& keys) {
    for (const IValue& k : keys) {
      WICK_CHECK(k.isString(), source_.name, ": the key of a storage is no text, before byte ", at);
      const auto found = flats_.find(k.toStringRef());
      WICK_CHECK(found != flats_.end(), source_.name, ": storage ", k.toStringRef(), " at byte ", at, " is listed twice or belongs to no tensor");
      const Tensor& t = found->second;
      int64_t numel = 0;
      source_.exact(at, &numel, 8, "the size of a storage");
      WICK_CHECK(numel == t.numel(), source_.name, ": storage ", k.toStringRef(), " at byte ", at, " has ", numel, " elements where the tensors say ", t.numel());
      source_.exact(at + 8, t.data_ptr(), t.nbytes(), "a storage");
      make_valid(t);
      at += 8 + t.nbytes();
      flats_.erase(found);
    }
    WICK_CHECK(flats_.empty(), source_.name, ": the elements of storage ", flats_.begin()->first, " are missing");
  }

 private:
  const Source& source_;
  uint64_t left_ = UINT64_MAX;
  std::unordered_map<std::string, Tensor> flats_;  // not filled yet
};

// How many bytes the first pickle has; 0: it is not the magic number.
uint64_t magic_size(const Source& source) {
  char head[24] = {};
  const std::string_view text(head, source.read(0, head, sizeof head));
  if (text.size() < 15 || head[0] != '\x80') return 0;
  const uint64_t at = head[2] == '\x95' ? 11 : 2;  // protocols from 4 on have a frame
  return text.substr(at, kMagic.size()) == kMagic ? at + kMagic.size() : 0;
}

}  // namespace

bool is_legacy(const Source& source) { return magic_size(source) != 0; }

Pickled read_legacy(const Source& source, const PickleOptions& options) {
  NoGradGuard off;
  const Whole all = whole(source);
  uint64_t at = magic_size(source);
  PickleOptions here = options;
  WICK_CHECK_TYPE(NotImplementedError, !here.device || here.device->is_cpu(), source.name, ": files from before PyTorch 1.6 are read to the CPU");
  here.device.reset();
  LegacyStorages storages(source);
  const auto next = [&](Storages* from) {
    uint64_t used = 0;
    Pickled p = read_pickle_text({all.bytes.substr(at), source.name + ": byte ", at}, from, here, &used);
    WICK_CHECK(!p.node, source.name, ": the pickle at byte ", at, " is a module");
    at += used;
    return p;
  };
  const IValue protocol = next(nullptr).value;
  WICK_CHECK(protocol.isInt() && protocol.toInt() == kProtocol, source.name, ": the protocol is ", protocol, ", ", kProtocol, " is known");
  next(nullptr);  // sizes of C's types; elements are little-endian always
  Pickled object = next(&storages);
  const IValue keys = next(nullptr).value;
  WICK_CHECK(keys.isList(), source.name, ": the list of storages, before byte ", at, ", is none");
  storages.fill(at, keys.toListRef());
  return object;
}

Pickled read_pth(std::unique_ptr<Source> source, const PickleOptions& options) {
  if (is_legacy(*source)) return read_legacy(*source, options);
  char tar[8] = {};
  WICK_CHECK_TYPE(NotImplementedError, source->read(257, tar, 5) != 5 || std::string_view(tar, 5) != "ustar", source->name,
                  ": a tar archive, as the first versions of PyTorch wrote, is not read: load it with Python and save it again");
  return read_pickle(ZipReader(std::move(source)), options);
}

}  // namespace wick::io
