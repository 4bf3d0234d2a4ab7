// The board's server: who is answered, and what with.
#include <wick/board.h>
#include <wick/log.h>
#include <wick/ops.h>

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "board/http_client.h"
#include "temp.h"

namespace {

using namespace wick;
using test::Answer;
using test::Connection;
using test::get;
using Json = nlohmann::json;

struct Served {
  test::TempDir dir;
  std::unique_ptr<board::Board> board;
  explicit Served(board::BoardOptions options = {}, bool write = true) {
    if (write) {
      logging::SummaryWriter w(dir / "a");
      for (int64_t i = 0; i < 100; ++i) w.add_scalar("loss", 1.0 / static_cast<double>(i + 1), i);
      w.add_text("<img src=x onerror=alert(1)>", "<script>alert(1)</script>", 3);
      w.close();
    }
    board = std::make_unique<board::Board>(std::vector<std::string>{dir.path()}, options.port(0).interval(0.05));
    board->start();
  }
  int port() const { return board->port(); }
  Json json(const std::string& target) const {
    const Answer a = get(port(), target);
    EXPECT_EQ(a.status, 200) << target << ": " << a.body;
    return Json::parse(a.body, nullptr, false);
  }
};

// The header of an answer with columns, and its numbers.
std::pair<Json, std::vector<double>> columns(const Answer& a) {
  EXPECT_EQ(a.status, 200) << a.body;
  if (a.body.size() < 4) return {};
  uint32_t size;
  std::memcpy(&size, a.body.data(), 4);
  EXPECT_EQ((size + 4) % 8, 0u);
  std::vector<double> numbers((a.body.size() - 4 - size) / 8);
  if (!numbers.empty()) std::memcpy(numbers.data(), a.body.data() + 4 + size, numbers.size() * 8);
  return {Json::parse(a.body.substr(4, size)), numbers};
}

TEST(Board, ServesItsPageWithAStrictPolicyAndNothingElse) {
  const Served s;
  const Answer page = get(s.port(), "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("<title>Wick board</title>"), std::string::npos);
  EXPECT_EQ(page.header("Content-Security-Policy").find("default-src 'none'; script-src 'self'; style-src 'self'"), 0u);
  EXPECT_EQ(page.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(page.header("Cross-Origin-Resource-Policy"), "same-origin");
  EXPECT_EQ(page.body.find("http://"), std::string::npos) << "nothing comes from elsewhere";
  EXPECT_EQ(page.body.find("https://"), std::string::npos);
  EXPECT_EQ(page.body.find("style="), std::string::npos);
  // Compressed for those who take it, and the same.
  const Answer packed = get(s.port(), "/style.css", "Accept-Encoding: gzip\r\n"), plain = get(s.port(), "/style.css");
  EXPECT_EQ(packed.header("Content-Encoding"), "gzip");
  EXPECT_LT(packed.body.size() * 2, plain.body.size());
  EXPECT_EQ(plain.header("Content-Encoding"), "");
  const std::string tag = plain.header("ETag");
  EXPECT_EQ(get(s.port(), "/style.css", "If-None-Match: " + tag + "\r\n").status, 304);
  EXPECT_EQ(get(s.port(), "/d3.min.js").status, 200);
  EXPECT_EQ(get(s.port(), "/nothing").status, 404);
  EXPECT_EQ(get(s.port(), "/api/nothing").status, 404);
  EXPECT_EQ(get(s.port(), "/", "", "HEAD").body, "");
}

TEST(Board, NamesOfOthersAreRefused) {
  const Served s;
  const std::string p = ":" + std::to_string(s.port());
  EXPECT_EQ(get(s.port(), "/api/state", "", "GET", "localhost" + p).status, 200);
  EXPECT_EQ(get(s.port(), "/api/state", "", "GET", "LOCALHOST" + p).status, 200);
  EXPECT_EQ(get(s.port(), "/api/state", "", "GET", "[::1]" + p).status, 200);
  for (const std::string& host : std::vector<std::string>{"evil.example" + p, std::string("localhost"), "localhost:1", "localhost.evil.example" + p, "127.0.0.1.evil.example" + p, "10.0.0.1" + p, "localhost:" + p, "@localhost" + p, "localhost" + p + "9999"})
    EXPECT_EQ(get(s.port(), "/api/state", "", "GET", host).status, 403) << host;
  Connection none(s.port());
  none.send("GET /api/state HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(test::parse_answer(none.rest()).status, 400);
  EXPECT_EQ(get(s.port(), "/api/state", "Host: evil.example\r\n").status, 400) << "two of them";
}

TEST(Board, PagesOfOtherOriginsAreRefused) {
  const Served s;
  const std::string own = "http://127.0.0.1:" + std::to_string(s.port());
  EXPECT_EQ(get(s.port(), "/api/state", "Origin: " + own + "\r\nSec-Fetch-Site: same-origin\r\n").status, 200);
  for (const std::string& origin : std::vector<std::string>{std::string("http://evil.example"), std::string("null"), "https" + own.substr(4), own + ".evil.example", std::string("http://127.0.0.1:1"), "http://localhost:" + std::to_string(s.port())})
    EXPECT_EQ(get(s.port(), "/api/state", "Origin: " + origin + "\r\n").status, 403) << origin;
  EXPECT_EQ(get(s.port(), "/api/state", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n").status, 403);
  EXPECT_EQ(get(s.port(), "/api/state", "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\n").status, 403) << "another port of this machine";
  EXPECT_EQ(get(s.port(), "/", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n").status, 200) << "a link";
  EXPECT_EQ(get(s.port(), "/api/state").header("Access-Control-Allow-Origin"), "");
}

TEST(Board, ATokenIsAskedForWhereOthersCanReachIt) {
  const Served s(board::BoardOptions().host("0.0.0.0"));
  const std::string url = s.board->url();
  const size_t at = url.find("/?token=");
  ASSERT_NE(at, std::string::npos) << url;
  const std::string token = url.substr(at + 8);
  EXPECT_GE(token.size(), 32u);
  EXPECT_EQ(get(s.port(), "/").status, 401);
  EXPECT_EQ(get(s.port(), "/api/state").status, 401);
  EXPECT_EQ(get(s.port(), "/api/state?token=" + token.substr(1)).status, 401);
  EXPECT_EQ(get(s.port(), "/api/state?token=").status, 401);
  const Answer first = get(s.port(), "/?token=" + token);
  EXPECT_EQ(first.status, 303) << "the token leaves the address bar";
  EXPECT_EQ(first.header("Location"), "/");
  const std::string cookie = first.header("Set-Cookie");
  EXPECT_NE(cookie.find("HttpOnly; SameSite=Strict"), std::string::npos) << cookie;
  const std::string value = cookie.substr(0, cookie.find(';'));
  EXPECT_EQ(get(s.port(), "/", "Cookie: other=1; " + value + "\r\n").status, 200);
  EXPECT_EQ(get(s.port(), "/api/state", "Cookie: " + value + "x\r\n").status, 401);
  EXPECT_EQ(get(s.port(), "/api/state?token=" + token).status, 200);
  EXPECT_EQ(get(s.port(), "/api/state?token=" + token, "", "GET", "evil.example:" + std::to_string(s.port())).status, 403);
  const Served other(board::BoardOptions().host("0.0.0.0"), false);
  EXPECT_NE(other.board->url().substr(other.board->url().find("token=")), "token=" + token);
  EXPECT_THROW(board::Board({s.dir.path()}, board::BoardOptions().port(0).token("a b")), ValueError);
}

TEST(Board, OnlyReads) {
  const Served s;
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) EXPECT_EQ(get(s.port(), "/api/state", "Content-Length: 0\r\n", method).status, 405) << method;
  EXPECT_EQ(get(s.port(), "/api/state", "Content-Length: 5\r\n").status, 413);
  EXPECT_EQ(get(s.port(), "/api/state", "Transfer-Encoding: chunked\r\n").status, 413);
  // What follows a refused request is no request.
  Connection c(s.port());
  const std::string host = "Host: 127.0.0.1:" + std::to_string(s.port()) + "\r\n";
  c.send("GET /api/state HTTP/1.1\r\n" + host + "Content-Length: 60\r\n\r\nGET /style.css HTTP/1.1\r\n" + host + "\r\n");
  const std::string all = c.rest();
  EXPECT_EQ(all.find("HTTP/1.1", 8), std::string::npos) << all;
}

TEST(Board, MalformedAndHugeRequestsEndTheirConnectionOnly) {
  const Served s;
  const std::string host = "Host: 127.0.0.1:" + std::to_string(s.port()) + "\r\n";
  const auto status = [&](const std::string& bytes) {
    Connection c(s.port());
    c.send(bytes);
    return test::parse_answer(c.rest()).status;
  };
  EXPECT_EQ(status("GET / HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n"), 200);
  for (const std::string& bad : std::vector<std::string>{std::string("\r\n\r\n"), std::string("GET\r\n\r\n"), std::string("GET /\r\n\r\n"), std::string("GET / HTTP/9.9\r\n\r\n"), std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15)}) {
    const int code = status(bad + host + "\r\n");
    EXPECT_TRUE(code == 0 || (code >= 400 && code < 500)) << code << ": " << bad;
  }
  EXPECT_EQ(status("GET /" + std::string(10000, 'a') + " HTTP/1.1\r\n" + host + "\r\n"), 414);
  EXPECT_NE(status("GET / HTTP/1.1\r\n" + host + "X: " + std::string(10000, 'a') + "\r\n\r\n"), 200);
  std::string many = "GET / HTTP/1.1\r\n" + host;
  for (int i = 0; i < 20000; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  EXPECT_NE(status(many + "\r\n"), 200);
  {
    Connection endless(s.port());  // no end of headers in sight: the server ends it
    endless.send("GET / HTTP/1.1\r\n");
    bool open = true;
    for (int i = 0; i < 100000 && open; ++i) open = endless.send("X-Filler: " + std::string(1000, 'a') + "\r\n");
    EXPECT_FALSE(open);
  }
  EXPECT_EQ(get(s.port(), "/api/state", "Range: bytes=0-1,2-3,4-5\r\n").status, 400);
  EXPECT_EQ(get(s.port(), "/api/state").status, 200) << "still there";
}

TEST(Board, ParametersOutOfRangeAreRefused) {
  const Served s;
  for (const char* target : {"/api/scalars?runs=0&tag=loss&n=100000000", "/api/scalars?runs=0&tag=loss&smooth=2", "/api/scalars?runs=x&tag=loss", "/api/scalars?runs=-1&tag=loss", "/api/scalars?runs=0&tag=loss&from=abc",
                             "/api/scalars?runs=0&tag=loss&smooth=nan", "/api/points?run=0&tag=loss&kind=none"})
    EXPECT_EQ(get(s.port(), target).status, 400) << target;
  for (const char* target : {"/api/points?run=7&tag=loss&kind=scalars", "/api/points?run=0&tag=none&kind=scalars", "/api/text?run=0&tag=loss", "/api/trace?run=0&file=x", "/api/embedding?run=0&number=0"})
    EXPECT_EQ(get(s.port(), target).status, 404) << target;
  EXPECT_EQ(columns(get(s.port(), "/api/scalars?runs=0,9999&tag=loss")).first["runs"].size(), 1u);
  EXPECT_EQ(columns(get(s.port(), "/api/scalars?runs=0-99999&tag=loss")).first["runs"].size(), 1u);
  for (const char* ids : {"5-1", "0-999999999", "1-", "-1", "1--2", "1,,2", "0-100000,0-100000"}) EXPECT_EQ(get(s.port(), std::string("/api/scalars?tag=loss&runs=") + ids).status, 400) << ids;
}

TEST(Board, NoPathLeavesTheFolder) {
  Served s;
  test::write_file(s.dir / "secret.txt", "secret");
  test::write_file(s.dir / "a/trace.json", "{\"traceEvents\": []}");
  test::TempDir outside;
  test::write_file(outside / "other.trace.json", "secret");
  test::write_file(outside / "events.out.tfevents.1", "");
  test::write_file(outside / "tensors.tsv", "1\t2\n3\t4\n");
  std::filesystem::create_symlink(outside / "other.trace.json", s.dir / "a/linked.trace.json");
  std::filesystem::create_symlink(outside.path(), s.dir / "linked");
  const Json traces = s.json("/api/traces?runs=0");
  ASSERT_EQ(traces["traces"].size(), 1u) << traces.dump();
  EXPECT_EQ(get(s.port(), "/api/trace?run=0&file=trace.json").body, "{\"traceEvents\": []}");
  for (const char* file : {"../secret.txt", "..%2Fsecret.txt", "%2Fetc%2Fpasswd", "linked.trace.json", "./trace.json", "trace.json%00", "events.out"})
    EXPECT_EQ(get(s.port(), std::string("/api/trace?run=0&file=") + file).status, 404) << file;
  for (const char* path : {"/../secret.txt", "/..%2f..%2fetc/passwd", "//etc/passwd", "/index.html/../../secret.txt", "/%2e%2e/secret.txt"}) EXPECT_EQ(get(s.port(), path).status, 404) << path;
  for (const std::string& path : std::vector<std::string>{std::string("../../secret.txt"), outside / "tensors.tsv", std::string("../linked/tensors.tsv")}) {
    test::write_file(s.dir / "a/projector_config.pbtxt", "embeddings {\n  tensor_name: \"x\"\n  tensor_path: \"" + path + "\"\n}\n");
    EXPECT_EQ(s.json("/api/embeddings?runs=0")["embeddings"].size(), 1u);
    EXPECT_EQ(get(s.port(), "/api/embedding?run=0&number=0").status, 404) << path;
  }
  const Json state = s.json("/api/state");
  for (const auto& r : state["runs"]) EXPECT_NE(r["name"], "linked") << "a link that leaves the folder";
}

TEST(Board, AnswersWithAllPointsAndThenOnlyWithNewOnes) {
  Served s;
  const Json state = s.json("/api/state");
  ASSERT_EQ(state["runs"].size(), 1u);
  EXPECT_EQ(state["runs"][0]["name"], "a");
  const Json tags = s.json("/api/tags?runs=0&wait=5");
  EXPECT_EQ(tags["tags"][0][0], "loss");
  EXPECT_EQ(tags["tags"][1][0], "<img src=x onerror=alert(1)>/text_summary");
  const std::string etag = get(s.port(), "/api/tags?runs=0").header("ETag");
  EXPECT_EQ(get(s.port(), "/api/tags?runs=0", "If-None-Match: " + etag + "\r\n").status, 304);
  EXPECT_EQ(get(s.port(), "/api/tags?runs=0-5", "If-None-Match: \"other\"\r\n").status, 200);
  auto [head, numbers] = columns(get(s.port(), "/api/scalars?runs=0&tag=loss"));
  ASSERT_EQ(head["runs"].size(), 1u);
  EXPECT_EQ(head["runs"][0]["n"], 100);
  EXPECT_EQ(head["runs"][0]["append"], false);
  ASSERT_EQ(numbers.size(), 400u);
  EXPECT_EQ(numbers[99], 99);
  EXPECT_FLOAT_EQ(static_cast<float>(numbers[200]), 1);
  // More is written while it runs.
  logging::SummaryWriter more(s.dir / "a");
  for (int64_t i = 100; i < 110; ++i) more.add_scalar("loss", 0.5, i);
  more.flush();
  Json now;
  for (int k = 0; k < 200; ++k) {
    std::tie(now, numbers) = columns(get(s.port(), "/api/scalars?runs=0&tag=loss&known=0:100:99"));
    if (now["runs"][0]["total"] == 110) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(now["runs"][0]["total"], 110);
  EXPECT_EQ(now["runs"][0]["append"], true);
  EXPECT_EQ(now["runs"][0]["n"], 10) << "only what is new";
  EXPECT_EQ(numbers[0], 100);
  // A place that does not fit, or a damaged one: all of it.
  for (const char* known : {"0:100:98", "0:99999:99", "0:0:0", "0:100", "x", "0:100:99:7,,", "5:1:1"}) {
    const Json all = columns(get(s.port(), std::string("/api/scalars?runs=0&tag=loss&known=") + known)).first;
    if (std::string(known).find("0:100:99") != 0) { EXPECT_EQ(all["runs"][0]["append"], false) << known; }
  }
  const std::string since = s.json("/api/state")["version"].dump(), epoch = s.json("/api/state")["epoch"];
  EXPECT_EQ(s.json("/api/state?since=" + since + "&epoch=" + epoch)["runs"].size(), 0u);
  EXPECT_EQ(s.json("/api/state?since=" + since + "&epoch=other")["runs"].size(), 1u) << "numbers of another server";
}

// What 400 pixels show of a million points: the one that is highest, the one that is lowest, the one that is none; and the same when it is asked again, and zoomed to.
TEST(Board, ExtremesOfAMillionPointsAreSent) {
  const Served s({}, false);
  constexpr int64_t n = 1000000, up = 612345, down = 77777, none = 900001;
  {
    logging::SummaryWriter w(s.dir / "long");
    for (int64_t i = 0; i < n; ++i) w.add_scalar("loss", i == up ? 1e6 : i == down ? -1e6 : i == none ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(i * 7919 % 1000), i);
  }
  for (int k = 0; k < 200 && s.json("/api/state")["runs"].empty(); ++k) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  s.json("/api/tags?runs=0&wait=10");
  for (const char* how : {"", "", "&smooth=0.9", "&axis=relative", "&smooth=0.9"}) {
    const auto [head, numbers] = columns(get(s.port(), std::string("/api/scalars?runs=0&tag=loss&n=400") + how));
    ASSERT_EQ(head["runs"].size(), 1u);
    const size_t kept = head["runs"][0]["n"];
    EXPECT_EQ(head["runs"][0]["total"], n);
    EXPECT_LE(kept, 5u * 400 + 1);
    ASSERT_EQ(numbers.size(), 4 * kept);
    bool high = false, low = false, odd = false;
    for (size_t i = 0; i < kept; ++i) {
      const double step = numbers[i], value = numbers[2 * kept + i];
      high = high || (step == up && value == 1e6);
      low = low || (step == down && value == -1e6);
      odd = odd || (step == none && std::isnan(value));
    }
    EXPECT_TRUE(high && low && odd) << how << " " << high << low << odd;
  }
  const auto [head, numbers] = columns(get(s.port(), "/api/scalars?runs=0&tag=loss&n=400&smooth=0.9&from=612300&to=612400"));
  ASSERT_EQ(head["runs"][0]["n"], 103) << "all points of the part, and one on either side";
  EXPECT_EQ(numbers[0], 612299);
  EXPECT_EQ(numbers[2 * 103 + 46], 1e6);
}

TEST(Board, RunsComeAndGo) {
  Served s;
  s.json("/api/tags?runs=0&wait=5");
  std::filesystem::create_directories(s.dir / "late");
  { logging::SummaryWriter w(s.dir / "late/b"); w.add_scalar("x", 1, 1); }
  const auto names = [&] {
    std::string all;
    const Json state = s.json("/api/state");
    for (const auto& r : state["runs"])
      if (!r.contains("gone")) all += r["name"].get<std::string>() + " ";
    return all;
  };
  const auto wait_for = [&](const std::string& what) {
    for (int k = 0; k < 200 && names() != what; ++k) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(names(), what);
  };
  wait_for("a late/b ");
  EXPECT_EQ(columns(get(s.port(), "/api/scalars?runs=1&tag=x")).first["runs"][0]["n"], 1);
  std::filesystem::remove_all(s.dir / "a");
  wait_for("late/b ");
  EXPECT_EQ(get(s.port(), "/api/text?run=0&tag=x").status, 404);
  EXPECT_EQ(columns(get(s.port(), "/api/scalars?runs=0,1&tag=x")).first["runs"].size(), 1u);
  // A file that is gone while its run stays: what is in memory can be seen, a picture cannot.
  { logging::SummaryWriter w(s.dir / "late/b"); w.add_image("p", zeros({1, 4, 4}), 0); }
  for (int k = 0; k < 200 && get(s.port(), "/api/image?run=1&tag=p").status != 200; ++k) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(get(s.port(), "/api/image?run=1&tag=p").header("Content-Type"), "image/png");
  for (const auto& f : std::filesystem::directory_iterator(s.dir / "late/b")) std::filesystem::resize_file(f.path(), 30);
  const Answer lost = get(s.port(), "/api/image?run=1&tag=p");
  EXPECT_EQ(lost.status, 500);
  EXPECT_NE(lost.body.find("became shorter"), std::string::npos) << lost.body;
  std::filesystem::remove_all(s.dir.path());
  wait_for("");
  EXPECT_EQ(get(s.port(), "/").status, 200);
}

TEST(Board, TextsAndTablesComeAsTheyAre) {
  Served s;
  { logging::SummaryWriter w(s.dir / "=a,\"b\""); w.add_scalar("loss", std::numeric_limits<double>::quiet_NaN(), 1); w.add_scalar("loss", 2.5, 2); }
  for (int k = 0; k < 200 && s.json("/api/state")["runs"].size() < 2; ++k) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(s.json("/api/text?run=0&tag=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%2Ftext_summary")["texts"][0], "<script>alert(1)</script>");
  const Answer csv = get(s.port(), "/api/scalars.csv?runs=1&tag=loss");
  EXPECT_EQ(csv.header("Content-Disposition"), "attachment; filename=\"loss.csv\"");
  EXPECT_EQ(csv.body.find("run,step,wall_time,value\n\"'=a,\"\"b\"\"\",1,"), 0u) << csv.body;
  EXPECT_NE(csv.body.find(",2.5\n"), std::string::npos);
  const Json table = s.json("/api/table?runs=0,1&tag=loss");
  EXPECT_EQ(table["rows"][0]["metrics"]["loss"][3], 99);
  EXPECT_FLOAT_EQ(table["rows"][0]["metrics"]["loss"][1].get<float>(), 0.01f);
  EXPECT_EQ(table["rows"][1]["metrics"]["loss"][0], 2.5);
  const Json alerts = s.json("/api/alerts?runs=0,1&wait=5");
  ASSERT_EQ(alerts["alerts"].size(), 1u) << alerts.dump();
  EXPECT_EQ(alerts["alerts"][0]["kind"], "not finite");
}

TEST(Board, HyperparametersHistogramsCurvesGraphsAndVectors) {
  Served s({}, false);
  {
    logging::SummaryWriter w(s.dir / "all");
    w.add_hparams({{"lr", 0.1}, {"name", "x"}, {"on", true}}, {{"score", 0.9}}, {}, ".");
    for (int64_t i = 0; i < 100; ++i) w.add_histogram("h", arange(1000, kFloat) * static_cast<double>(i), i);
    w.add_pr_curve("pr", tensor({0, 1, 1, 0}), tensor({0.1, 0.9, 0.6, 0.4}), 0);
    w.add_embedding(cat({zeros({5, 3}), ones({5, 3})}), std::vector<std::string>{"a", "a", "a", "a", "a", "b", "b", "b", "b", "<b>"});
    w.add_audio("tone", zeros({1, 100}), 0, 8000);
  }
  for (int k = 0; k < 200 && s.json("/api/state")["runs"].empty(); ++k) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const Json table = s.json("/api/table?runs=0&wait=5");
  EXPECT_EQ(table["hparams"], Json({"lr", "name", "on"})) << table.dump();
  EXPECT_EQ(table["rows"][0]["hparams"], Json({{"lr", 0.1}, {"name", "x"}, {"on", 1.0}})) << "as Python's writer";
  EXPECT_FLOAT_EQ(table["rows"][0]["metrics"]["score"][0].get<float>(), 0.9f);
  const auto [head, counts] = columns(get(s.port(), "/api/histogram?run=0&tag=h&n=10&bins=20"));
  EXPECT_EQ(head["steps"].size(), 10u);
  EXPECT_EQ(head["steps"][9], 99);
  EXPECT_EQ(head["low"], 0);
  EXPECT_EQ(head["high"], 98901);
  for (size_t row = 0; row < 10; ++row) {
    double sum = 0;
    for (size_t k = 0; k < 20; ++k) sum += counts[row * 20 + k];
    EXPECT_NEAR(sum, 1000, 1e-6) << "no value is lost, row " << row;
  }
  const auto [curve, pr] = columns(get(s.port(), "/api/pr_curves?run=0&tag=pr"));
  EXPECT_EQ(curve["thresholds"], 127);
  EXPECT_EQ(pr.size(), 6u * 127);
  const auto [vectors, places] = columns(get(s.port(), "/api/embedding?run=0&number=0"));
  EXPECT_EQ(vectors["n"], 10);
  EXPECT_EQ(vectors["labels"][9][0], "<b>");
  EXPECT_NEAR(vectors["shares"][0].get<double>(), 1, 1e-9) << "all lie on one line";
  EXPECT_NEAR(std::abs(places[0] - places[9 * 3]), std::sqrt(3.0), 1e-9);
  EXPECT_EQ(get(s.port(), "/api/audio?run=0&tag=tone").header("Content-Type"), "audio/wav");
  const Answer part = get(s.port(), "/api/audio?run=0&tag=tone", "Range: bytes=0-3\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "RIFF");
  EXPECT_EQ(s.json("/api/graph?run=0")["nodes"].size(), 0u);
}

TEST(Board, ChartsOfSeveralTagsMeshesAndTensors) {
  const Served s({}, false);
  {
    logging::SummaryWriter w(s.dir / "a"), other(s.dir / "b");
    for (auto* one : {&w, &other}) one->add_custom_scalars({{"<b>", {{"both", logging::Chart::multiline, {"loss/train", "loss/.*"}}, {"band", logging::Chart::margin, {"v", "low", "high"}}}}});
    w.add_mesh("m", wick::tensor({0.f, 0.f, 0.f, 1.f, 0.f, 0.f, 0.f, 1.f, 0.f}).reshape({1, 3, 3}), {}, wick::tensor({0, 1, 2}).reshape({1, 1, 3}), "{}", 7);
    w.add_tensor("t", wick::tensor({1.0, 2.0, std::numeric_limits<double>::quiet_NaN(), 5.0}).reshape({2, 2}), 1);
    test::write_file(s.dir / "a/events.out.tfevents.9", test::read_file(w.path()).substr(0, 30));
  }
  for (int k = 0; k < 200 && s.json("/api/state")["runs"].size() < 2; ++k) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  s.json("/api/tags?runs=0-1&wait=10");
  const Json layouts = s.json("/api/layouts?runs=0-1")["layouts"];
  ASSERT_EQ(layouts.size(), 1u) << "equal ones once: " << layouts.dump();
  EXPECT_EQ(layouts[0]["runs"], Json({0, 1}));
  EXPECT_EQ(layouts[0]["categories"], Json({{{"title", "<b>"}, {"charts", {{{"title", "both"}, {"tags", {"loss/train", "loss/.*"}}, {"series", Json::array()}}, {{"title", "band"}, {"tags", Json::array()}, {"series", {{"v", "low", "high"}}}}}}}}));
  const auto [mesh, corners] = columns(get(s.port(), "/api/tensor?run=0&tag=m_VERTEX&kind=mesh"));
  EXPECT_EQ(mesh["shape"], Json({1, 3, 3}));
  EXPECT_EQ(corners, (std::vector<double>{0, 0, 0, 1, 0, 0, 0, 1, 0}));
  EXPECT_EQ(columns(get(s.port(), "/api/tensor?run=0&tag=m_FACE&kind=mesh")).second, (std::vector<double>{0, 1, 2}));
  const auto [t, numbers] = columns(get(s.port(), "/api/tensor?run=0&tag=t&most=3"));
  EXPECT_EQ(t["kept"], 3);
  EXPECT_EQ(t["odd"], 1);
  EXPECT_EQ(t["min"], 1);
  EXPECT_EQ(t["max"], 5);
  EXPECT_NEAR(t["mean"].get<double>(), 8.0 / 3, 1e-6);
  EXPECT_EQ(get(s.port(), "/api/tensor?run=0&tag=t&kind=text").status, 400);
  EXPECT_EQ(get(s.port(), "/api/tensor?run=0&tag=t&kind=mesh").status, 404);
}

// Of each run: values that are not finite, losses that stand still, rise or diverge, and what the doctor wrote beside; a damaged file of his is as good as none.
TEST(Board, AlertsAndFindings) {
  const Served s({}, false);
  {
    logging::SummaryWriter w(s.dir / "a");
    for (int64_t i = 0; i < 400; ++i) {
      const double x = static_cast<double>(i);
      w.add_scalar("loss/stands", std::exp(-x / 20) + 0.5, i);
      w.add_scalar("loss/falls", 400 - x, i);
      w.add_scalar("loss/rises", std::abs(x - 100) + 100, i);
      w.add_scalar("accuracy", i < 390 ? 1 - std::exp(-x / 20) : std::numeric_limits<double>::quiet_NaN(), i);
    }
    logging::SummaryWriter b(s.dir / "b"), c(s.dir / "c");
    for (auto* one : {&b, &c}) one->add_scalar("x", 1, 0);
  }
  test::write_file(s.dir / "a/doctor.json", R"({"wick_doctor":1,"curves":{},"findings":[{"id":"overfitting","what":"<b>worse</b> on what is held out","confidence":"high","number":2,"evidence":["one","two"],"remedies":["dropout"]},{"id":7,"what":null}]})");
  test::write_file(s.dir / "b/doctor.json", "{\"findings\": [{\"id\"");
  test::TempDir outside;
  test::write_file(outside / "doctor.json", R"({"findings":[{"id":"secret","what":"secret"}]})");
  std::filesystem::create_symlink(outside / "doctor.json", s.dir / "c/doctor.json");
  for (int k = 0; k < 200 && s.json("/api/state")["runs"].size() < 3; ++k) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  s.json("/api/tags?runs=0-2&wait=10");
  const Json a = s.json("/api/alerts?runs=0-2");
  std::map<std::string, std::string> kinds;
  for (const auto& one : a["alerts"]) kinds[one["tag"]] += one["kind"].get<std::string>();
  EXPECT_EQ(kinds, (std::map<std::string, std::string>{{"loss/stands", "plateau"}, {"loss/rises", "diverges"}, {"accuracy", "not finite"}}));
  ASSERT_EQ(a["doctor"].size(), 2u) << a["doctor"].dump();
  EXPECT_EQ(a["doctor"][0], Json({{"run", 0}, {"id", "overfitting"}, {"what", "<b>worse</b> on what is held out"}, {"confidence", "high"}, {"evidence", {"one", "two"}}, {"remedies", {"dropout"}}}));
  EXPECT_EQ(a["doctor"][1]["id"], "") << "what is no text is none";
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  test::write_file(s.dir / "a/doctor.json", R"({"findings":[]})");
  EXPECT_EQ(s.json("/api/alerts?runs=0-2")["doctor"].size(), 0u) << "the file is read anew";
}

// Folders and files that cannot be read, files that vanish, shrink, are replaced and are cut off while they are shown: the others are answered for, and what comes back is seen.
TEST(Board, WhatCannotBeReadOrVanishesHurtsNobodyElse) {
  Served s;
  const auto wait_for = [&](const char* what, const std::function<bool()>& good) {
    for (int k = 0; k < 200 && !good(); ++k) std::this_thread::sleep_for(std::chrono::milliseconds(25));
    EXPECT_TRUE(good()) << what;
  };
  const auto total = [&](int run, const std::string& tag) {
    const Answer a = get(s.port(), "/api/scalars?n=100&runs=" + std::to_string(run) + "&tag=" + tag);
    uint32_t size = 0;
    std::memcpy(&size, a.body.data(), 4);
    const Json head = Json::parse(a.body.substr(4, size));
    return head["runs"].empty() ? -1 : head["runs"][0]["total"].get<int>();
  };
  { logging::SummaryWriter w(s.dir / "b"); for (int i = 0; i < 50; ++i) w.add_scalar("x", i, i); w.add_text("t", "words", 1); }
  { logging::SummaryWriter w(s.dir / "locked"); w.add_scalar("x", 1, 1); }
  std::filesystem::create_directories(s.dir / "c");
  const auto runs = [&] {
    std::set<std::string> r;
    const Json state = s.json("/api/state");
    for (const auto& one : state["runs"])
      if (one.contains("name")) r.insert(one["name"].get<std::string>());
    return r;
  };
  wait_for("all runs", [&] { return runs().size() == 3; });
  s.json("/api/tags?runs=0-2&wait=5");
  EXPECT_EQ(total(1, "x"), 50);
  // Without rights (root has them all: then nothing is refused).
  namespace fs = std::filesystem;
  fs::permissions(s.dir / "locked", fs::perms::none);
  if (geteuid() != 0) wait_for("a folder without rights is left out", [&] { return runs().count("locked") == 0; });
  EXPECT_EQ(total(0, "loss"), 100);
  fs::permissions(s.dir / "locked", fs::perms::owner_all);
  wait_for("and comes back", [&] { return runs().count("locked") == 1; });
  // The file of b: cut off, then gone, then there again as another one.
  std::string file;
  for (const auto& e : fs::directory_iterator(s.dir / "b")) file = e.path().string();
  const std::string bytes = test::read_file(file);
  fs::resize_file(file, bytes.size() / 2);
  EXPECT_NE(get(s.port(), "/api/text?run=1&tag=t/text_summary").status, 200) << "its place is not in the file any more";
  EXPECT_EQ(total(0, "loss"), 100);
  EXPECT_EQ(total(1, "x"), 50) << "what was read stays";
  fs::remove(file);
  wait_for("a run without files is gone", [&] { return runs().count("b") == 0; });
  EXPECT_EQ(get(s.port(), "/api/text?run=1&tag=t/text_summary").status, 404);
  test::write_file(file, bytes.substr(0, bytes.size() / 3));
  wait_for("it comes back, in part", [&] { const int n = total(1, "x"); return n > 5 && n < 50; });
  test::write_file(file, bytes);
  wait_for("and grows", [&] { return total(1, "x") == 50; });
  EXPECT_EQ(s.json("/api/text?run=1&tag=t/text_summary")["texts"][0], "words");
  // Neither a folder nor a pipe of that name is waited for.
  fs::create_directories(s.dir / "d/events.out.tfevents.1");
  ASSERT_EQ(mkfifo((s.dir / "c/events.out.tfevents.2").c_str(), 0600), 0);
  { logging::SummaryWriter w(s.dir / "e"); w.add_scalar("x", 1, 1); }
  wait_for("the next run", [&] { return runs().count("e") == 1; });
  EXPECT_EQ(runs().count("d") + runs().count("c"), 0u);
}

TEST(Board, SaysWhichPortIsTakenAndWhichIsFree) {
  const Served s;
  try {
    board::Board other({s.dir.path()}, board::BoardOptions().port(s.port()));
    FAIL() << "two at one port";
  } catch (const Error& e) {
    const std::string text = e.what();
    EXPECT_NE(text.find("port " + std::to_string(s.port()) + " of 127.0.0.1 is in use"), std::string::npos) << text;
    EXPECT_NE(text.find("is free: --port "), std::string::npos) << text;
  }
  EXPECT_THROW(board::Board({s.dir.path()}, board::BoardOptions().host("no such host.invalid")), Error);
  EXPECT_THROW(board::Board({s.dir / "none"}, board::BoardOptions().port(0)), Error);
  EXPECT_THROW(board::Board({}, {}), ValueError);
  EXPECT_THROW(board::Board({s.dir.path()}, board::BoardOptions().port(70000)), ValueError);
}

TEST(Board, EndsSoonAlsoWhenConnectionsAreOpen) {
  auto s = std::make_unique<Served>();
  Connection idle(s->port()), half(s->port());
  half.send("GET / HTTP/1.1\r\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const auto before = std::chrono::steady_clock::now();
  s->board->stop();
  s->board->stop();
  s->board = nullptr;
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count(), 5);
  EXPECT_EQ(idle.rest(), "");
}

TEST(Board, ManyAtOnce) {
  const Served s;
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 40; ++t)
    threads.emplace_back([&] {
      for (int k = 0; k < 10; ++k) good += get(s.port(), k % 2 ? "/api/scalars?runs=0&tag=loss" : "/style.css").status == 200;
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(good, 400);
}

}  // namespace
