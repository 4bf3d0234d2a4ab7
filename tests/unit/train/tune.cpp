// The search for good settings.
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include <wick/core/error.h>
#include <wick/core/str.h>
#include <wick/train/tune.h>

namespace wick::test {
namespace {

using namespace train;

struct Folder {
  Folder() { path = std::filesystem::temp_directory_path() / wick::str("wick-tune-", getpid(), "-", reinterpret_cast<uintptr_t>(this)); std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const char* name = "study.sqlite") const { return (path / name).string(); }
  std::filesystem::path path;
};
template <class E, class F>
std::string error_of(const F& f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  }
  return "no error";
}
SearchSpace bowl() { return SearchSpace().real("x", -5, 5).real("y", 1e-4, 1, true).integer("n", 1, 16).choice("kind", {std::string("good"), std::string("bad"), std::string("worse")}); }
double value_of(Trial& t) {
  const double x = t.real("x") - 2, y = std::log10(t.real("y")) + 2, n = static_cast<double>(t.integer("n")) - 6;
  return x * x + y * y + 0.05 * n * n + (t.choice("kind") == "good" ? 0 : t.choice("kind") == "bad" ? 1 : 2);
}
std::vector<TrialRecord> run(const TuneOptions& o, const SearchSpace& space = bowl()) {
  Study study(space, o);
  for (Trial t; study.ask(t);) study.tell(t, value_of(t));
  return study.trials();
}
double best_of(const std::vector<TrialRecord>& trials) {
  double best = INFINITY;
  for (const auto& t : trials) best = std::min(best, t.value);
  return best;
}

TEST(SearchSpace, RangesMapBothWays) {
  const SearchSpace s = SearchSpace().real("a", -1, 3).real("b", 1e-5, 1e-1, true).real("c", 0, 1, false, 0.25).integer("d", 3, 7).integer("e", 1, 1024, true).integer("f", 8, 33, false, 8)
                            .choice("g", {int64_t{1}, 2.5, std::string("three")}).integer("h", 5, 5);
  for (const ParamRange& r : s.ranges()) {
    std::set<std::string> seen;
    for (double u = 0; u <= 1; u += 1.0 / 1024) {
      const ParamValue v = r.at(u);
      seen.insert(to_string(v));
      EXPECT_EQ(to_string(r.at(r.place_of(v))), to_string(r.kind == ParamRange::Kind::real && r.step == 0 ? r.at(r.place_of(v)) : v)) << r.name << " " << u;
      EXPECT_GE(r.place_of(v), 0) << r.name;
      EXPECT_LE(r.place_of(v), 1) << r.name;
    }
    if (r.count() > 0 && r.name != "e") {
      EXPECT_EQ(static_cast<int64_t>(seen.size()), r.count()) << r.name;
    }
  }
  const auto at = [&](int i, double u) { return to_string(s.ranges()[static_cast<size_t>(i)].at(u)); };
  EXPECT_EQ(at(0, 0), "-1");
  EXPECT_EQ(at(0, 1), "3");
  EXPECT_EQ(at(1, 0), "1e-05");
  EXPECT_EQ(at(1, 1), "0.1");
  EXPECT_EQ(at(1, 0.5), "0.001");
  EXPECT_EQ(at(2, 0.99), "1");
  EXPECT_EQ(at(5, 1), "32");  // 33 is not reached from 8 in steps of 8
  EXPECT_EQ(at(6, 0.5), "2.5");
  EXPECT_EQ(s.ranges()[5].count(), 4);
  EXPECT_EQ(s.ranges()[0].count(), 0);
}

TEST(SearchSpace, RefusesWhatMakesNoSense) {
  const auto refused = [](const std::function<void()>& f) { return error_of<ValueError>(f); };
  EXPECT_EQ(refused([] { SearchSpace().real("a", 2, 1); }), "SearchSpace: 'a' must go from a smaller to a larger number, got 2 to 1");
  EXPECT_EQ(refused([] { SearchSpace().real("a", 0, 1, true); }), "SearchSpace: 'a' is logarithmic, so it must begin above 0, got 0");
  EXPECT_EQ(refused([] { SearchSpace().integer("a", 1, 2).real("a", 0, 1); }), "SearchSpace: 'a' is there already");
  EXPECT_EQ(refused([] { SearchSpace().choice("a", {}); }), "SearchSpace: 'a' has no choices");
  EXPECT_NE(refused([] { SearchSpace().real("a", NAN, 1); }), "no error");
  EXPECT_NE(refused([] { SearchSpace().integer("a", 1, 9, false, 0); }), "no error");
  EXPECT_NE(refused([] { Study(SearchSpace(), TuneOptions()); }), "no error");
  EXPECT_NE(refused([] { Study(bowl(), TuneOptions().trials(0)); }), "no error");
  EXPECT_NE(refused([] { Study(SearchSpace().integer("a", 0, 1 << 20).integer("b", 0, 1 << 20), TuneOptions().search(Search::grid)); }), "no error");
}

TEST(Tune, GridTriesEachCombinationOnce) {
  const auto trials = run(TuneOptions().search(Search::grid).grid_points(3));
  EXPECT_EQ(trials.size(), 3u * 3 * 16 * 3);
  std::set<std::string> seen;
  for (const auto& t : trials) {
    std::string s;
    for (const auto& [name, v] : t.params) s += to_string(v) + " ";
    seen.insert(s);
  }
  EXPECT_EQ(seen.size(), trials.size());
  for (const char* one : {"-5 0.0001 1 good ", "5 1 16 worse ", "0 0.01 6 good "}) EXPECT_TRUE(seen.count(one)) << one;
}

TEST(Tune, LatinHypercubeHasOneTrialInEachPart) {
  const auto trials = run(TuneOptions().search(Search::latin).trials(20));
  for (size_t i : {size_t{0}, size_t{1}}) {
    std::set<int> parts;
    const SearchSpace space = bowl();
    for (const auto& t : trials) parts.insert(static_cast<int>(space.ranges()[i].place_of(t.params[i].second) * 20));
    EXPECT_EQ(parts.size(), 20u);
  }
}

TEST(Tune, SameSeedSameTrialsAndTpeBeatsChance) {
  double tpe = 0, random = 0;
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    const auto a = run(TuneOptions().seed(seed).trials(60)), b = run(TuneOptions().seed(seed).trials(60));
    for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].params, b[i].params);
    tpe += std::log(best_of(a));
    random += std::log(best_of(run(TuneOptions().seed(seed).trials(60).search(Search::random))));
  }
  EXPECT_LT(tpe, random - 8 * 0.3) << "geometric means " << std::exp(tpe / 8) << " and " << std::exp(random / 8);
}

TEST(Tune, FindsTheBestOfBothGoals) {
  const auto best = tune([](Trial& t) { return -value_of(t); }, bowl(), TuneOptions().maximize(true).trials(80));
  EXPECT_EQ(best.state, TrialState::done);
  EXPECT_GT(best.value, -0.6);
  EXPECT_EQ(to_string(best.params[3].second), "good");
}

// A trial's curve goes from 1 to its end value in 27 steps.
int64_t steps_taken(Pruning pruning, double* best, int64_t* pruned) {
  int64_t steps = 0;
  *pruned = 0;
  Study study(SearchSpace().real("x", 0, 1), TuneOptions().search(Search::random).trials(60).pruning(pruning).max_steps(27));
  for (Trial t; study.ask(t);) {
    double v = 1;
    for (int64_t s = 1; s <= 27; ++s) {
      v = 1 - (1 - t.real("x")) * (1 - std::exp(-static_cast<double>(s) / 5));
      ++steps;
      if (!t.report(s, v)) break;
    }
    study.tell(t, v);
    *pruned += t.record().state == TrialState::pruned;
    EXPECT_TRUE(t.record().state == TrialState::pruned || t.record().reports.size() == 27) << t.number();
  }
  *best = study.best()->value;
  return steps;
}
TEST(Tune, PruningSpendsLessAndKeepsTheBest) {
  double all = 0, halving = 0, hyperband = 0;
  int64_t n = 0;
  const int64_t whole = steps_taken(Pruning::none, &all, &n);
  EXPECT_EQ(whole, 60 * 27);
  EXPECT_EQ(n, 0);
  EXPECT_LT(steps_taken(Pruning::halving, &halving, &n), whole / 3);
  EXPECT_GT(n, 30);
  EXPECT_EQ(halving, all);
  EXPECT_LT(steps_taken(Pruning::hyperband, &hyperband, &n), whole * 3 / 4);
  EXPECT_EQ(hyperband, all);
}

TEST(Tune, ImportanceNamesWhatMatters) {
  Study study(SearchSpace().real("big", 0, 1).real("small", 0, 1).choice("none", {std::string("a"), std::string("b")}), TuneOptions().search(Search::latin).trials(100));
  for (Trial t; study.ask(t);) study.tell(t, std::pow(t.real("big") - 0.3, 2) + 0.1 * t.real("small"));
  const auto share = study.importance();
  EXPECT_GT(share[0], 0.6);
  EXPECT_LT(share[1], 0.3);
  EXPECT_LT(share[2], 0.1);
}

TEST(Tune, FailuresAreKeptAndTheSearchGoesOn) {
  int n = 0;
  Study study(bowl(), TuneOptions().trials(6));
  for (Trial t; study.ask(t);) ++n == 3 ? study.tell(t, NAN, "out of memory") : study.tell(t, n == 5 ? NAN : n);
  const auto trials = study.trials();
  EXPECT_EQ(trials[2].state, TrialState::failed);
  EXPECT_EQ(trials[2].error, "out of memory");
  EXPECT_EQ(trials[4].error, "the value is not a number");
  EXPECT_EQ(study.best()->number, 0);
  EXPECT_EQ(error_of<ValueError>([] { tune([](Trial&) -> double { throw ValueError("no such file"); }, bowl()); }), "no such file");
  EXPECT_EQ(tune([](Trial& t) -> double { if (t.number() % 2) throw Error("odd"); return 1; }, bowl(), TuneOptions().trials(30)).value, 1);
  Trial lone;
  EXPECT_NE(error_of<Error>([&] { lone.report(1, 2); }), "no error");
}

TEST(Tune, TrialsAnswerByNameAndKind) {
  Study study(bowl());
  Trial t;
  ASSERT_TRUE(study.ask(t));
  EXPECT_EQ(error_of<IndexError>([&] { t.real("z"); }), "Trial: there is no setting 'z' in the search space");
  EXPECT_NE(error_of<TypeError>([&] { t.integer("x"); }), "no error");
  EXPECT_NE(error_of<TypeError>([&] { t.real("kind"); }), "no error");
  EXPECT_EQ(t.real("n"), static_cast<double>(t.integer("n")));
  t.report(3, 1);
  EXPECT_NE(error_of<ValueError>([&] { t.report(3, 1); }), "no error");
}

bool no_sqlite() {
  const Folder f;
  return error_of<Error>([&] { Study(bowl(), TuneOptions().file(f.file())); }).find("without SQLite") != std::string::npos;
}

TEST(TuneFile, GoesOnToTheSameTrials) {
  if (no_sqlite()) GTEST_SKIP() << "built without SQLite";
  const Folder f;
  const auto whole = run(TuneOptions().trials(30));
  for (const int64_t n : {7, 20, 30, 30}) run(TuneOptions().trials(n).file(f.file()));
  Study study(bowl(), TuneOptions().trials(30).file(f.file()));
  const auto kept = study.trials();
  ASSERT_EQ(kept.size(), whole.size());
  for (size_t i = 0; i < kept.size(); ++i) {
    EXPECT_EQ(kept[i].params, whole[i].params) << i;
    EXPECT_EQ(kept[i].value, whole[i].value);
    EXPECT_EQ(kept[i].state, TrialState::done);
  }
  EXPECT_EQ(error_of<ValueError>([&] { Study(SearchSpace().real("x", 0, 1), TuneOptions().file(f.file())); }).find("tune: " + f.file() + " is of a search with another space"), 0u);
  EXPECT_EQ(error_of<ValueError>([&] { Study(bowl(), TuneOptions().file(f.file()).seed(2)); }).find("tune: " + f.file() + " is of a search with another seed"), 0u);
}

TEST(TuneFile, ATrialLeftBehindIsDoneAgain) {
  if (no_sqlite()) GTEST_SKIP() << "built without SQLite";
  const Folder f;
  const pid_t pid = fork();
  if (pid == 0) {
    Study study(bowl(), TuneOptions().trials(3).file(f.file()));
    Trial t;
    study.ask(t);
    study.tell(t, 1);
    study.ask(t);
    t.report(1, 5);
    _exit(0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  Study study(bowl(), TuneOptions().trials(3).file(f.file()));
  const auto before = study.trials();
  ASSERT_EQ(before.size(), 2u);
  EXPECT_EQ(before[1].state, TrialState::running);
  EXPECT_EQ(before[1].reports.size(), 1u);
  Trial t;
  ASSERT_TRUE(study.ask(t));
  EXPECT_EQ(t.number(), 1);
  EXPECT_EQ(t.record().params, before[1].params);
  EXPECT_TRUE(t.record().reports.empty());
  study.tell(t, 2);
  ASSERT_TRUE(study.ask(t));
  EXPECT_EQ(t.number(), 2);
  Trial none;
  EXPECT_FALSE(study.ask(none));  // this process's own is not taken for left
}

TEST(TuneFile, ProcessesShareTheTrials) {
  if (no_sqlite()) GTEST_SKIP() << "built without SQLite";
  const Folder f;
  std::vector<pid_t> children;
  for (int k = 0; k < 3; ++k)
    if (const pid_t pid = fork(); pid != 0) children.push_back(pid);
    else {
      Study study(bowl(), TuneOptions().trials(24).file(f.file()));
      for (Trial t; study.ask(t);) {
        t.report(1, 1);
        study.tell(t, value_of(t));
      }
      _exit(0);
    }
  for (const pid_t pid : children) {
    int status = 1;
    waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0);
  }
  const auto trials = Study(bowl(), TuneOptions().trials(24).file(f.file())).trials();
  EXPECT_EQ(trials.size(), 24u);
  for (const auto& t : trials) EXPECT_EQ(t.state, TrialState::done);
}

TEST(TuneFile, StrangeFilesAreRefused) {
  if (no_sqlite()) GTEST_SKIP() << "built without SQLite";
  const Folder f;
  std::FILE* out = std::fopen(f.file("text").c_str(), "w");
  std::fputs("this is a text and not a database, but long enough for a header of one of a hundred bytes, which is what SQLite looks at first", out);
  std::fclose(out);
  EXPECT_NE(error_of<Error>([&] { Study(bowl(), TuneOptions().file(f.file("text"))); }).find("not a database"), std::string::npos);
  EXPECT_NE(error_of<Error>([&] { Study(bowl(), TuneOptions().file(f.file("no/such/folder"))); }).find("tune: cannot open"), std::string::npos);
}

}  // namespace
}  // namespace wick::test
