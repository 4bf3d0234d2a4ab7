#include <wick/data/lmdb.h>

#include <cerrno>
#include <utility>

#include <wick/core/str.h>

#if __has_include(<lmdb.h>) && !defined(WICK_NO_LMDB)
#include <lmdb.h>

#include "io/shared_library.h"

namespace wick::data::inline v1 {
namespace {

struct Library {
  decltype(mdb_env_create)* env_create;
  decltype(mdb_env_set_mapsize)* set_mapsize;
  decltype(mdb_env_open)* env_open;
  decltype(mdb_env_close)* env_close;
  decltype(mdb_txn_begin)* begin;
  decltype(mdb_txn_commit)* commit;
  decltype(mdb_txn_abort)* abort;
  decltype(mdb_dbi_open)* dbi_open;
  decltype(mdb_put)* put;
  decltype(mdb_strerror)* text;
  bool loaded = false;

  Library() {
    void* l = io::load_library("liblmdb.so.0");
    using io::find_symbol;
    loaded = l && find_symbol(l, "mdb_env_create", env_create) && find_symbol(l, "mdb_env_set_mapsize", set_mapsize) && find_symbol(l, "mdb_env_open", env_open) &&
             find_symbol(l, "mdb_env_close", env_close) && find_symbol(l, "mdb_txn_begin", begin) && find_symbol(l, "mdb_txn_commit", commit) && find_symbol(l, "mdb_txn_abort", abort) &&
             find_symbol(l, "mdb_dbi_open", dbi_open) && find_symbol(l, "mdb_put", put) && find_symbol(l, "mdb_strerror", text);
  }
};
const Library& library() {
  static const Library l;
  return l;
}

}  // namespace

bool has_lmdb() { return library().loaded; }

struct LmdbWriter::Impl {
  std::string path;
  MDB_env* env = nullptr;
  MDB_txn* transaction = nullptr;
  MDB_dbi database = 0;

  ~Impl() {
    if (transaction) library().abort(transaction);
    if (env) library().env_close(env);
  }
  void check(int code) const { WICK_CHECK(code == 0, "LmdbWriter: ", path, ": ", library().text(code)); }
  void begin() {
    if (transaction) return;
    check(library().begin(env, nullptr, 0, &transaction));
    check(library().dbi_open(transaction, nullptr, 0, &database));
  }
};

LmdbWriter::LmdbWriter(const std::string& path, uint64_t max_bytes) : impl_(new Impl) {
  WICK_CHECK_TYPE(NotImplementedError, has_lmdb(), "LmdbWriter: ", path, ": there is no liblmdb.so.0 on this machine (Debian: liblmdb0)");
  impl_->path = path;
  // The file is mapped whole: where the process may not have that many addresses, it gets fewer.
  for (uint64_t bytes = max_bytes;; bytes /= 4) {
    impl_->check(library().env_create(&impl_->env));
    impl_->check(library().set_mapsize(impl_->env, bytes));
    const int code = library().env_open(impl_->env, path.c_str(), MDB_NOSUBDIR | MDB_NOLOCK | MDB_NORDAHEAD, 0644);
    if (code != ENOMEM || bytes < (uint64_t{1} << 28)) {
      impl_->check(code);
      break;
    }
    library().env_close(std::exchange(impl_->env, nullptr));
  }
  impl_->begin();
  commit();
}
LmdbWriter::~LmdbWriter() = default;
LmdbWriter::LmdbWriter(LmdbWriter&&) noexcept = default;
LmdbWriter& LmdbWriter::operator=(LmdbWriter&&) noexcept = default;

void LmdbWriter::put(const std::string& key, const void* data, size_t size) {
  WICK_CHECK_TYPE(ValueError, !key.empty() && key.size() <= 511, "LmdbWriter: ", impl_->path, ": keys have 1 to 511 bytes, not ", key.size());
  impl_->begin();
  MDB_val k{key.size(), const_cast<char*>(key.data())}, v{size, const_cast<void*>(data)};
  const int code = library().put(impl_->transaction, impl_->database, &k, &v, MDB_NOOVERWRITE);
  WICK_CHECK_TYPE(ValueError, code != MDB_KEYEXIST, "LmdbWriter: ", impl_->path, ": there is a value for the key \"", key, "\"");
  impl_->check(code);
}
void LmdbWriter::put(const std::string& key, const Tensor& bytes) {
  WICK_CHECK_TYPE(TypeError, bytes.defined() && bytes.scalar_type() == kByte && bytes.is_contiguous(), "LmdbWriter: a value is a contiguous uint8 tensor");
  put(key, bytes.data_ptr(), static_cast<size_t>(bytes.numel()));
}
void LmdbWriter::commit() {
  if (!impl_->transaction) return;
  MDB_txn* const t = std::exchange(impl_->transaction, nullptr);  // it is gone, whatever happens
  impl_->check(library().commit(t));
}

}  // namespace wick::data::inline v1

#else

namespace wick::data::inline v1 {

bool has_lmdb() { return false; }
struct LmdbWriter::Impl {};
LmdbWriter::LmdbWriter(const std::string& path, uint64_t) { throw NotImplementedError(str("LmdbWriter: ", path, ": this build of Wick was made without liblmdb (liblmdb-dev)")); }
LmdbWriter::~LmdbWriter() = default;
LmdbWriter::LmdbWriter(LmdbWriter&&) noexcept = default;
LmdbWriter& LmdbWriter::operator=(LmdbWriter&&) noexcept = default;
void LmdbWriter::put(const std::string&, const void*, size_t) {}
void LmdbWriter::put(const std::string&, const Tensor&) {}
void LmdbWriter::commit() {}

}  // namespace wick::data::inline v1

#endif
