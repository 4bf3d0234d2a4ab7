#include "train/study_file.h"

#include <chrono>
#include <cstring>
#include <fstream>

#include <signal.h>
#include <unistd.h>

#include <wick/core/str.h>

#ifdef WICK_WITH_SQLITE
#include <sqlite3.h>
#endif

namespace wick::train {
namespace {

class InMemory : public StudyStore {
 public:
  std::map<std::string, std::string> settle(const std::map<std::string, std::string>& settings) override { return settings; }
  std::optional<TrialRecord> claim(int64_t most, const std::function<TrialRecord(int64_t, const std::vector<TrialRecord>&)>& make) override {
    const auto n = static_cast<int64_t>(trials_.size());
    if (n >= most) return std::nullopt;
    trials_.push_back(make(n, trials_));
    return trials_.back();
  }
  void report(int64_t number, int64_t step, double value) override { trials_[static_cast<size_t>(number)].reports.emplace_back(step, value); }
  void finish(const TrialRecord& r) override { trials_[static_cast<size_t>(r.number)] = r; }
  std::vector<TrialRecord> all() override { return trials_; }

 private:
  std::vector<TrialRecord> trials_;
};

#ifdef WICK_WITH_SQLITE

// This process among those of this machine, for as long as it lives: its number and when it began.
std::string process_name(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(in)), {});
  if (text.empty()) return {};
  text.erase(0, text.rfind(')') + 1);
  size_t at = 0;
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = text.find(' ', at + (field > 2));
  return at == std::string::npos ? std::string() : text.substr(at, text.find(' ', at + 1) - at);
}
std::string host() {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  return name;
}

class File : public StudyStore {
 public:
  explicit File(const std::string& path) : path_(path) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    db_.reset(opened);  // there after a failure, too
    if (code != SQLITE_OK) throw Error(str("tune: cannot open ", path, ": ", db_ ? sqlite3_errmsg(opened) : "out of memory"));
    sqlite3_busy_timeout(opened, 60000);
    run("CREATE TABLE IF NOT EXISTS settings(key TEXT PRIMARY KEY, value TEXT)");
    run("CREATE TABLE IF NOT EXISTS trials(number INTEGER PRIMARY KEY, state INTEGER, value REAL, seconds REAL, error TEXT, host TEXT, pid INTEGER, process TEXT)");
    run("CREATE TABLE IF NOT EXISTS params(trial INTEGER, place INTEGER, name TEXT, value, PRIMARY KEY(trial, place))");
    run("CREATE TABLE IF NOT EXISTS reports(trial INTEGER, step INTEGER, value REAL, PRIMARY KEY(trial, step))");
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::map<std::string, std::string> settle(const std::map<std::string, std::string>& settings) override {
    const Transaction t(*this);
    std::map<std::string, std::string> kept;
    Statement read(*this, "SELECT key, value FROM settings");
    while (read.next()) kept[read.text(0)] = read.text(1);
    if (kept.empty())
      for (const auto& [key, value] : kept = settings) Statement(*this, "INSERT INTO settings VALUES(?, ?)").bind(key).bind(value).next();
    t.commit();
    return kept;
  }
  std::optional<TrialRecord> claim(int64_t most, const std::function<TrialRecord(int64_t, const std::vector<TrialRecord>&)>& make) override {
    const Transaction t(*this);
    const std::vector<TrialRecord> trials = all();
    std::optional<TrialRecord> mine;
    for (const TrialRecord& r : trials)
      if (!mine && r.state == TrialState::running && left(r.number)) mine = r;
    if (mine) {
      mine->reports.clear();
      Statement(*this, "DELETE FROM reports WHERE trial = ?").bind(mine->number).next();
    } else {
      if (static_cast<int64_t>(trials.size()) >= most) return std::nullopt;
      mine = make(static_cast<int64_t>(trials.size()), trials);
      for (size_t i = 0; i < mine->params.size(); ++i)
        Statement(*this, "INSERT INTO params VALUES(?, ?, ?, ?)").bind(mine->number).bind(static_cast<int64_t>(i)).bind(mine->params[i].first).bind(mine->params[i].second).next();
    }
    Statement(*this, "INSERT OR REPLACE INTO trials VALUES(?, ?, NULL, NULL, NULL, ?, ?, ?)").bind(mine->number).bind(static_cast<int64_t>(TrialState::running)).bind(host())
        .bind(static_cast<int64_t>(getpid())).bind(process_name(getpid())).next();
    t.commit();
    return mine;
  }
  void report(int64_t number, int64_t step, double value) override { Statement(*this, "INSERT OR REPLACE INTO reports VALUES(?, ?, ?)").bind(number).bind(step).bind(value).next(); }
  void finish(const TrialRecord& r) override {
    Statement(*this, "UPDATE trials SET state = ?, value = ?, seconds = ?, error = ? WHERE number = ?").bind(static_cast<int64_t>(r.state)).bind(r.value).bind(r.seconds).bind(r.error)
        .bind(r.number).next();
  }
  std::vector<TrialRecord> all() override {
    std::vector<TrialRecord> trials;
    Statement read(*this, "SELECT number, state, value, seconds, error FROM trials ORDER BY number");
    while (read.next()) {
      TrialRecord r;
      r.number = read.whole(0);
      check(r.number == static_cast<int64_t>(trials.size()) && read.whole(1) >= 0 && read.whole(1) <= 3);
      r.state = static_cast<TrialState>(read.whole(1));
      r.value = read.number(2);
      r.seconds = read.number(3);
      r.error = read.text(4);
      trials.push_back(std::move(r));
    }
    Statement params(*this, "SELECT trial, name, value FROM params ORDER BY trial, place");
    while (params.next())
      if (TrialRecord* r = find(trials, params.whole(0))) r->params.emplace_back(params.text(1), params.value(2));
    Statement reports(*this, "SELECT trial, step, value FROM reports ORDER BY trial, step");
    while (reports.next())
      if (TrialRecord* r = find(trials, reports.whole(0))) r->reports.emplace_back(reports.whole(1), reports.number(2));
    return trials;
  }

 private:
  // A prepared statement with its values; `next` is true while there are rows.
  class Statement {
   public:
    Statement(File& file, const char* sql) : file_(file) {
      if (sqlite3_prepare_v2(file.db_.get(), sql, -1, &s_, nullptr) != SQLITE_OK) file.fail();
    }
    ~Statement() { sqlite3_finalize(s_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    Statement& bind(int64_t v) { sqlite3_bind_int64(s_, ++at_, v); return *this; }
    Statement& bind(double v) { sqlite3_bind_double(s_, ++at_, v); return *this; }
    Statement& bind(const std::string& v) { sqlite3_bind_text(s_, ++at_, v.data(), static_cast<int>(v.size()), SQLITE_TRANSIENT); return *this; }
    Statement& bind(const ParamValue& v) { return std::visit([&](const auto& x) -> Statement& { return bind(x); }, v); }
    bool next() {
      const int code = sqlite3_step(s_);
      if (code != SQLITE_ROW && code != SQLITE_DONE) file_.fail();
      return code == SQLITE_ROW;
    }
    int64_t whole(int i) const { return sqlite3_column_int64(s_, i); }
    double number(int i) const { return sqlite3_column_double(s_, i); }
    std::string text(int i) const {
      const auto* p = reinterpret_cast<const char*>(sqlite3_column_text(s_, i));
      return p ? std::string(p, static_cast<size_t>(sqlite3_column_bytes(s_, i))) : std::string();
    }
    ParamValue value(int i) const {
      switch (sqlite3_column_type(s_, i)) {
        case SQLITE_INTEGER: return whole(i);
        case SQLITE_FLOAT: return number(i);
        default: return text(i);
      }
    }

   private:
    File& file_;
    sqlite3_stmt* s_ = nullptr;
    int at_ = 0;
  };
  struct Transaction {
    explicit Transaction(File& f) : file(f) { file.run("BEGIN IMMEDIATE"); }
    ~Transaction() { if (!done) sqlite3_exec(file.db_.get(), "ROLLBACK", nullptr, nullptr, nullptr); }
    void commit() const { file.run("COMMIT"); done = true; }
    File& file;
    mutable bool done = false;
  };
  void run(const char* sql) { if (sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(); }
  [[noreturn]] void fail() const { throw Error(str("tune: ", path_, ": ", sqlite3_errmsg(db_.get()))); }
  void check(bool good) const { WICK_CHECK(good, "tune: ", path_, " is not a whole study; begin with a new file"); }
  static TrialRecord* find(std::vector<TrialRecord>& trials, int64_t number) {
    return number >= 0 && number < static_cast<int64_t>(trials.size()) ? &trials[static_cast<size_t>(number)] : nullptr;
  }
  // Whether the process that had it has ended; those of other machines are never taken for ended.
  bool left(int64_t number) {
    Statement s(*this, "SELECT host, pid, process FROM trials WHERE number = ?");
    return s.bind(number).next() && s.text(0) == host() && s.text(2) != process_name(static_cast<pid_t>(s.whole(1)));
  }
  std::string path_;
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
  };
  std::unique_ptr<sqlite3, Close> db_;
};

#endif

}  // namespace

std::unique_ptr<StudyStore> study_in_memory() { return std::make_unique<InMemory>(); }
std::unique_ptr<StudyStore> study_file(const std::string& path) {
#ifdef WICK_WITH_SQLITE
  return std::make_unique<File>(path);
#else
  throw Error(str("tune: ", path, " cannot be used: this Wick was built without SQLite; install libsqlite3-dev and build it again, or leave `file` empty"));
#endif
}

}  // namespace wick::train
