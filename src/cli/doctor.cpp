// wick doctor DIR: what the signals of a run say.
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>

#include <CLI/CLI.hpp>

#include <wick/core/str.h>
#include <wick/train/doctor.h>

#include "cli/options.h"
#include "cli/report.h"

namespace wick::cli {
namespace {

using train::Signals;

constexpr std::uintmax_t kLargest = 64 << 20;

double real(const Json& j, const char* key) {
  const auto at = j.find(key);
  return at == j.end() || at->is_null() ? std::numeric_limits<double>::quiet_NaN() : at->get<double>();
}
void check_size(const std::string& path) {
  const auto bytes = std::filesystem::file_size(path);
  WICK_CHECK_TYPE(ValueError, bytes <= kLargest, "doctor: ", path, " has ", bytes, " bytes, more than a run leaves (", kLargest, ")");
}

Signals from_json(const Json& j) {
  Signals s;
  for (const auto& [name, values] : j.at("curves").items()) {
    auto& curve = s.curves.emplace_back(name, std::vector<double>()).second;
    for (const Json& v : values) curve.push_back(v.is_null() ? std::numeric_limits<double>::quiet_NaN() : v.get<double>());
  }
  for (const Json& p : j.at("parameters"))
    s.parameters.push_back({p.at("name").get<std::string>(), p.at("values").get<int64_t>(), p.at("dims").get<int64_t>(), p.at("samples").get<int64_t>(), p.at("without_gradient").get<int64_t>(),
                            p.at("trains").get<bool>(), p.at("in_optimizer").get<bool>(), real(p, "weight"), real(p, "gradient"), real(p, "update")});
  for (const Json& l : j.at("layers"))
    s.layers.push_back({l.at("name").get<std::string>(), l.at("kind").get<std::string>(), real(l, "dead"), real(l, "saturated"), l.at("units").get<int64_t>(), l.at("batch").get<int64_t>()});
  for (const Json& n : j.at("labels")) s.labels.push_back(std::max<int64_t>(0, n.get<int64_t>()));
  if (j.contains("steps"))
    for (const Json& v : j["steps"]) s.steps.push_back(v.is_null() ? std::numeric_limits<double>::quiet_NaN() : v.get<double>());
  s.first_loss = real(j, "first_loss");
  s.input_mean = real(j, "input_mean");
  s.input_std = real(j, "input_std");
  s.input_max = real(j, "input_max");
  s.right = real(j, "right");
  s.right_held_out = real(j, "right_held_out");
  s.held_out_examples = j.value("held_out_examples", int64_t{0});
  s.non_finite = j.at("non_finite").get<int64_t>();
  s.broken = j.at("broken").get<std::string>();
  s.normalises_input = j.at("normalises_input").get<bool>();
  s.unused_expected = j.at("unused_expected").get<bool>();
  if (j.contains("faults"))
    for (const Json& f : j["faults"])
      s.faults.push_back({f.at("kind").get<std::string>(), f.at("count").get<int64_t>(), f.at("of").get<int64_t>(), f.at("near").get<int64_t>(), real(f, "number"), f.at("examples").get<std::vector<std::string>>()});
  return s;
}
Signals read_signals(const std::string& path) {
  check_size(path);
  std::ifstream in(path);
  WICK_CHECK_TYPE(ValueError, in, "doctor: cannot open ", path);
  try {
    const Json j = Json::parse(in);
    WICK_CHECK_TYPE(ValueError, j.at("wick_doctor").get<int>() == 1, "doctor: ", path, " is of another version of Wick");
    return from_json(j);
  } catch (const Json::exception& e) {
    throw ValueError(str("doctor: ", path, " is no whole doctor.json: ", e.what(), "; without the file log.csv alone is looked at"));
  }
}

// What was logged, of all epochs, also those before a checkpoint from which the run went on.
void add_log(Signals& s, const std::string& path) {
  check_size(path);
  const Log log = read_log(path);
  WICK_CHECK_TYPE(ValueError, log.find("epoch") && log.find("loss"), "doctor: ", path, " has no columns \"epoch\" and \"loss\": it is not the log of a `wick train`");
  for (size_t i = 0; i < log.names.size(); ++i) {
    if (log.names[i] == "epoch" || log.names[i] == "step" || log.columns[i].empty()) continue;
    auto at = std::find_if(s.curves.begin(), s.curves.end(), [&](const auto& c) { return c.first == log.names[i]; });
    if (at == s.curves.end()) at = s.curves.insert(s.curves.end(), {log.names[i], {}});
    at->second = log.columns[i];
  }
}

struct DoctorOptions {
  std::string dir, again;
  bool json = false, quiet = false;
};

Signals signals_of(const std::string& dir) {
  const std::string log = dir + "/log.csv", own = dir + "/doctor.json";
  const bool has_log = std::filesystem::is_regular_file(log), has_own = std::filesystem::is_regular_file(own);
  WICK_CHECK_TYPE(ValueError, std::filesystem::is_directory(dir), "doctor: there is no folder ", dir);
  WICK_CHECK_TYPE(ValueError, has_log || has_own, "doctor: ", dir, " has neither log.csv nor doctor.json: it is no folder of a run");
  Signals s = has_own ? read_signals(own) : Signals();
  if (has_log) add_log(s, log);
  return s;
}

// A word on what both runs saved.
const char* same_weights(const std::string& one, const std::string& other) {
  const std::string a = one + "/model.safetensors", b = other + "/model.safetensors";
  if (!std::filesystem::is_regular_file(a) || !std::filesystem::is_regular_file(b)) return "";
  if (std::filesystem::file_size(a) != std::filesystem::file_size(b)) return ", but model.safetensors differs";
  std::ifstream x(a, std::ios::binary), y(b, std::ios::binary);
  std::vector<char> p(1 << 20), q(1 << 20);
  while (x.read(p.data(), static_cast<std::streamsize>(p.size())), y.read(q.data(), static_cast<std::streamsize>(q.size())), x.gcount() > 0)
    if (!std::equal(p.begin(), p.begin() + x.gcount(), q.begin())) return ", but model.safetensors differs";
  return ", and model.safetensors byte for byte";
}

int doctor(const DoctorOptions& o) {
  Signals s = signals_of(o.dir);
  std::optional<Signals> other;
  if (!o.again.empty()) s.compare(*(other = signals_of(o.again)));
  const bool has_own = std::filesystem::is_regular_file(o.dir + "/doctor.json");
  const auto found = train::diagnose(s);
  std::string page = o.dir + "/doctor.html", why;
  try {
    write_doctor_page(o.dir, s, found, other ? &*other : nullptr, o.again);
  } catch (const Error& e) {  // a folder that is not ours says as much
    why = e.what();
  }
  if (o.json) {
    static const char* const sure[] = {"low", "medium", "high"};
    Json j{{"run", o.dir}, {"epochs", s.curve("loss").size()}, {"layers_seen", has_own}, {"findings", Json::array()}};
    if (why.empty()) j["page"] = page;
    if (s.again) j["again"] = {{"run", o.again}, {"epochs", s.again->epochs}, {"steps", s.again->steps}, {"first_epoch", s.again->epoch}, {"first_step", s.again->step}};
    for (const auto& f : found)
      j["findings"].push_back({{"id", f.id}, {"what", f.what}, {"confidence", sure[static_cast<int>(f.confidence)]}, {"number", f.number}, {"epoch", f.epoch}, {"evidence", f.evidence}, {"try", f.remedies}});
    std::printf("%s\n", j.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
    return 0;
  }
  if (o.quiet) {
    for (const auto& f : found) std::printf("%s\n", f.id.c_str());
    return 0;
  }
  std::printf("%s   %zu epochs, %zu parameters%s\n", o.dir.c_str(), s.curve("loss").size(), s.parameters.size(), has_own ? "" : " (there is no doctor.json: only what log.csv shows)");
  if (s.again && s.again->step == 0 && s.again->epoch == 0)
    std::printf("\nThe same as %s, number for number: %lld epochs, the losses of %lld steps%s.\n", o.again.c_str(), static_cast<long long>(s.again->epochs), static_cast<long long>(s.again->steps), same_weights(o.dir, o.again));
  if (found.empty()) std::printf("\nNothing stands out: %zu things that go wrong were looked for.\n", train::diagnoses().size());
  for (const auto& f : found) std::printf("\n%s", f.text().c_str());
  std::printf("\n%s\n", why.empty() ? ("with charts: " + page).c_str() : ("without a page: " + why).c_str());
  return 0;
}

}  // namespace

std::optional<Signals> doctor_signals(const std::string& dir) {
  try {
    return signals_of(dir);
  } catch (const Error&) {  // a report is written all the same
    return {};
  }
}

void add_doctor(CLI::App& app, Action& action) {
  const auto o = std::make_shared<DoctorOptions>();
  CLI::App* c = app.add_subcommand("doctor", "Say what is wrong with a run, how sure that is, and what to try\n\n"
                                             "Reads log.csv and doctor.json of a folder that `wick train` or train::Doctor wrote, and leaves doctor.html there: the same with charts.\n\nExample: wick doctor runs/digits-1");
  c->add_option("DIR", o->dir, "the folder of a run, also of one that still goes on")->required();
  c->add_option("--again", o->again, "another run of the same settings and seed: whether it gave the same numbers, and where not")->type_name("DIR");
  c->add_flag("-q,--quiet", o->quiet, "one word for each finding");
  c->add_flag("--json", o->json, "one JSON object");
  c->callback([o, &action] { action = [o] { return doctor(*o); }; });
}

}  // namespace wick::cli
