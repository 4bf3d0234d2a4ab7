// The board's page in a real browser: every page renders at two widths, light and dark, without complaints, and does what keys and the mouse ask. wick_board_browser [BROWSER [FOLDER FOR SCREENSHOTS]]
#include <wick/board.h>
#include <wick/log.h>
#include <wick/nn.h>
#include <wick/ops.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "../unit/temp.h"
#include "devtools.h"

using namespace wick;
using test::Browser;
using test::Json;

namespace {

int failures = 0;
void check(bool good, const std::string& what) {
  if (good) return;
  ++failures;
  std::printf("FAILED: %s\n", what.c_str());
}

const char* const kMarkup = "<img src=x onerror=\"window.hurt=1\">";

// Texts that would run something, lead somewhere or take long, were they taken for more than texts.
std::vector<std::pair<std::string, std::string>> hostile_texts() {
  std::string deep(20000, '>'), lists, quotes;
  for (int i = 0; i < 200; ++i) lists += std::string(static_cast<size_t>(2 * i), ' ') + "- x\n";
  return {{"z/hostile/links", "[a](javascript:window.hurt=1) [b](data:text/html,<script>1</script>) [c](JaVaScRiPt&colon;window.hurt=1) [d](vbscript:x) <javascript:window.hurt=1> [good](https://example.org/a?b=1&c=2) "
                            "[e](\"onmouseover=window.hurt=1) ![p](x\"onerror=\"window.hurt=1) [f]: javascript:window.hurt=1 [f]"},
          {"z/hostile/html", "<iframe src=javascript:window.hurt=1></iframe>\n\n<svg onload=window.hurt=1><a xlink:href=javascript:window.hurt=1>\n\n<math><mtext></p><style><img src=x onerror=window.hurt=1>\n\n<body onload=window.hurt=1>&lt;script&gt;window.hurt=1&lt;/script&gt;"},
          {"z/hostile/code", "```<img src=x onerror=window.hurt=1>\n</code></pre><script>window.hurt=1</script>\n```\n`<b onclick=window.hurt=1>`\n\n| <img src=x onerror=window.hurt=1> |\n|---|\n| <script>window.hurt=1</script> |"},
          {"z/hostile/deep", deep}, {"z/hostile/lists", lists}, {"z/hostile/brackets", std::string(20000, '[')}, {"z/hostile/stars", std::string(20000, '*') + "a"}, {"z/hostile/ticks", [] { std::string s; for (int i = 1; i < 200; ++i) s += std::string(static_cast<size_t>(i), '`') + "a"; return s; }()},
          {"z/hostile/table", "|" + std::string(3000, '|') + "\n|" + std::string(3000, '-') + "|\n"}};
}

void write_runs(const std::string& root) {
  for (int k = 0; k < 4; ++k) {
    logging::SummaryWriter w(root + "/" + (k < 2 ? "adam/seed" : "sgd/seed") + std::to_string(k % 2));
    for (int64_t i = 0; i < 3000; ++i) w.add_scalar("loss/train", 2.5 * std::exp(-static_cast<double>(i) / (400 + 200 * k)) + 0.05 + 0.05 * std::sin(static_cast<double>(i * (k + 3))), i);
    for (int64_t i = 0; i < 60; ++i) {
      w.add_scalar("loss/val", 2.6 * std::exp(-static_cast<double>(i) / 12) + 0.3 + (k == 1 && i > 20 ? 0.02 * static_cast<double>(i - 20) : 0), i * 50);
      w.add_scalar("accuracy", 1 - 0.9 * std::exp(-static_cast<double>(i) / 15), i * 50);
      w.add_scalar("system/memory", 1e9 + 1e6 * static_cast<double>(i), i * 50);
      if (i % 6 == 0) w.add_histogram("weights", randn({2000}) * (0.2 + 0.02 * static_cast<double>(i)), i * 50);
      if (i % 20 == 0) w.add_image("sample", rand({3, 32, 48}), i * 50);
    }
    w.add_text("notes", std::string("# Notes\n\n") + kMarkup + "<script>window.hurt=1</script>\n\n| what | value |\n|---|--:|\n| **rate** | `0.1` |\n", 0);
    for (const auto& [name, text] : hostile_texts()) w.add_text(name, text, 0);
    w.add_hparams({{"lr", 0.1 * (k + 1)}, {"optimizer", k < 2 ? "adam" : "sgd"}}, {{"final", 0.9 + 0.01 * k}}, {}, ".");
    const Tensor truth = (rand({400}) > 0.6).to(kLong), score = (truth.to(kFloat) * 0.4 + rand({400}) * 0.6);
    w.add_pr_curve("classes", truth, score, 0);
    if (k == 1) test::write_file(w.log_dir() + "/doctor.json", R"({"findings":[{"id":"overfitting","what":"<img src=x onerror='window.hurt=1'> worse on what is held out","confidence":"high","evidence":["held out 1.4, training 0.1"],"remedies":["dropout"]}]})");
    w.add_custom_scalars({{"quality", {{"both losses", logging::Chart::multiline, {"loss/(train|val)"}}, {"within bounds", logging::Chart::margin, {"loss/val", "accuracy", "loss/train"}}}}});
    if (k) continue;
    // A ball of triangles in colours, and a cloud of points.
    std::vector<float> places;
    std::vector<int64_t> corners;
    for (int i = 0; i <= 12; ++i)
      for (int j = 0; j < 24; ++j) {
        const double a = 3.14159265 * i / 12, b = 2 * 3.14159265 * j / 24;
        for (const double v : {std::sin(a) * std::cos(b), std::cos(a), std::sin(a) * std::sin(b)}) places.push_back(static_cast<float>(v));
        if (i < 12)
          for (const int64_t c : {i * 24 + j, i * 24 + (j + 1) % 24, (i + 1) * 24 + j, i * 24 + (j + 1) % 24, (i + 1) * 24 + (j + 1) % 24, (i + 1) * 24 + j}) corners.push_back(c);
      }
    const Tensor ball = wick::tensor(places).reshape({1, -1, 3});
    w.add_mesh("ball", ball, ((ball + 1) * 127).to(kInt), wick::tensor(corners).reshape({1, -1, 3}), "{}", 0);
    w.add_mesh("cloud", randn({2, 500, 3}), {}, {}, "{}", 0);
    w.add_tensor("counts", arange(60, kFloat).reshape({6, 10}), 0);
    w.add_audio("tone", (arange(8000, kFloat) * 0.3).sin().unsqueeze(0) * 0.3, 0, 8000);
    w.add_graph(nn::Sequential(nn::Linear(8, 16), nn::ReLU(), nn::Linear(16, 4)), zeros({2, 8}));
    std::vector<std::string> labels;
    for (int i = 0; i < 90; ++i) labels.push_back("kind" + std::to_string(i % 3));
    w.add_embedding(randn({90, 8}) + (arange(90) % 3).to(kFloat).unsqueeze(1) * 4, labels);
    std::string trace = "{\"traceEvents\": [";
    for (int i = 0; i < 50; ++i)
      trace += (i ? "," : "") + std::string("{\"ph\":\"X\",\"name\":\"step\",\"ts\":") + std::to_string(i * 1000) + ",\"dur\":900,\"pid\":1,\"tid\":1},{\"ph\":\"X\",\"name\":\"" + "matmul <b>\",\"ts\":" + std::to_string(i * 1000 + 100) + ",\"dur\":400,\"pid\":1,\"tid\":1}";
    test::write_file(w.log_dir() + "/run.trace.json", trace + "]}");
  }
  logging::SummaryWriter odd(root + "/" + "<b>odd<b>");
  for (int64_t i = 0; i < 50; ++i) odd.add_scalar(kMarkup, i > 30 ? std::numeric_limits<double>::quiet_NaN() : 1.0, i);
}

// What tells that a page is there: an expression, and a text that must be seen.
struct Page { const char *name, *ready, *text; };
const Page kPages[] = {
    {"scalars", "document.querySelectorAll('.card.drawn').length >= 2", "loss/train"}, {"table", "document.querySelectorAll('tbody tr').length === 5 && document.querySelector('.parallel svg')", "optimizer"},
    {"custom", "document.querySelectorAll('.card.drawn').length === 2", "within bounds"}, {"mesh", "document.querySelectorAll('.mesh canvas').length === 2 && [...document.querySelectorAll('.mesh canvas')].every((c) => c.width > 100)", "triangles"},
    {"tensors", "document.querySelector('canvas.heat')?.width === 10", "6 × 10"},
    {"histograms", "document.querySelector('canvas.histogram')?.width > 100", "weights"}, {"images", "[...document.querySelectorAll('.picture img')].some((i) => i.naturalWidth === 48)", "sample"},
    {"audio", "document.querySelector('audio')?.duration > 0.5", "tone"}, {"text", "document.querySelector('.text .markdown td code') && document.querySelectorAll('.text > :first-child').length >= 4", "onerror="}, {"graph", "document.querySelectorAll('.node').length > 2", "2×8"},
    {"projector", "document.querySelectorAll('.legend > span').length === 3", "kind2"}, {"curves", "document.querySelector('.card canvas')?.width > 100", "classes"}, {"profile", "document.querySelectorAll('tbody tr').length === 2", "matmul <b>"},
    {"system", "document.querySelectorAll('.card canvas').length >= 6", "Processors"}, {"alerts", "document.querySelectorAll('.alert').length >= 3 && document.querySelector('.finding')", "NaN from step 31"}};

// Boxes of one kind do not overlap, and nothing sticks out at the right.
const char* const kLayout = R"((() => {
  const bad = [];
  if (document.documentElement.scrollWidth > innerWidth) bad.push(`the page is ${document.documentElement.scrollWidth} wide`);
  const c = document.getElementById('content');
  if (c.scrollWidth > c.clientWidth + 1) bad.push(`the content is ${c.scrollWidth} wide in ${c.clientWidth}`);
  const overlap = (list, what) => {
    const boxes = [...list].map((e) => [e, e.getBoundingClientRect()]).filter(([, r]) => r.width && r.height);
    for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
      const [a, b] = [boxes[i][1], boxes[j][1]];
      if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1) bad.push(`${what} overlap: ${boxes[i][0].textContent.slice(0, 30)} / ${boxes[j][0].textContent.slice(0, 30)}`);
    }
  };
  overlap(document.querySelectorAll('.card'), 'cards');
  overlap(document.querySelector('.toolbar')?.children || [], 'controls');
  overlap(document.querySelectorAll('#top > *'), 'parts of the head');
  overlap(document.querySelectorAll('.node rect'), 'nodes');
  for (const e of document.querySelectorAll('button, input, select, canvas[role], summary')) {
    if (e.type === 'hidden' || e.closest('[hidden]')) continue;
    if (!(e.getAttribute('aria-label') || e.labels?.length || e.textContent.trim() || e.title)) bad.push(`without a name: ${e.outerHTML.slice(0, 80)}`);
  }
  return bad.join('; ');
})())";

void every_page(Browser& b, const std::string& url, const std::string& shots) {
  for (const int width : {1280, 400})
    for (const bool dark : {false, true}) {
      b.window(width, width > 600 ? 900 : 800, dark);
      for (const Page& p : kPages) {
        const std::string what = std::string(p.name) + " at " + std::to_string(width) + (dark ? ", dark" : ", light");
        b.complaints.clear();
        b.open(url + "#page=" + p.name);
        check(b.becomes("document.readyState === 'complete'") && b.becomes(p.ready), what + " is drawn");
        check(b.becomes("document.body.textContent.includes(" + Json(p.text).dump() + ")", 5), what + " says " + p.text);
        const std::string layout = b.evaluate(kLayout);
        check(layout.empty(), what + ": " + layout);
        check(b.evaluate("window.hurt === undefined && !document.querySelector('#content img[src=\"x\"], #side img')") == true, what + ": markup is text");
        const std::string page = b.evaluate("getComputedStyle(document.body).backgroundColor");
        check((page == "rgb(16, 18, 22)") == dark, what + " has the background " + page);
        for (const std::string& c : b.complaints) check(false, what + ": " + c);
        if (!shots.empty()) std::ofstream(shots + "/" + p.name + "-" + std::to_string(width) + (dark ? "-dark" : "-light") + ".base64") << b.screenshot();
      }
    }
}

// All of them at once: shown as texts, within seconds; nothing in them is an element, no link leads to a program.
void hostile_texts_run_nothing(Browser& b, const std::string& url) {
  b.window(1280, 6000, false);
  b.complaints.clear();
  b.open(url + "#page=text&tag=hostile&base=none&toggled=adam%2Fseed0");
  check(b.becomes("document.querySelectorAll('.text > *').length >= " + std::to_string(hostile_texts().size()), 40), "all hostile texts are drawn");
  check(b.evaluate("document.querySelectorAll('.text :is(img, script, iframe, svg, style, math, object, embed, form, body)').length") == 0, "nothing in them became an element");
  check(b.evaluate("[...document.querySelectorAll('.text *')].every((e) => [...e.attributes].every((a) => !a.name.startsWith('on')))") == true, "no handlers");
  check(b.evaluate("[...document.querySelectorAll('.text a')].every((a) => ['http:', 'https:', 'mailto:'].includes(a.protocol) && a.rel.includes('noopener'))") == true, "links lead to pages only");
  check(b.evaluate("[...document.querySelectorAll('.text a')].some((a) => a.href === 'https://example.org/a?b=1&c=2')") == true, "and a good one leads there");
  check(b.becomes("document.querySelector('.text').textContent.includes('onmouseover') || [...document.querySelectorAll('.text')].some((t) => t.textContent.includes('<iframe src=javascript'))", 2), "HTML is seen as text");
  check(b.evaluate("window.hurt === undefined") == true, "nothing ran");
  for (const std::string& c : b.complaints) check(false, "hostile texts: " + c);
}

// Files that the buttons save really arrive, and hold what they say.
void downloads(Browser& b, const std::string& url) {
  const test::TempDir folder;
  b.window(1280, 900, false);
  b.call("Browser.setDownloadBehavior", {{"behavior", "allow"}, {"downloadPath", folder.path()}});
  const auto arrives = [&](const std::string& ending) {
    for (int k = 0; k < 200; ++k) {
      for (const auto& e : std::filesystem::directory_iterator(folder.path()))
        if (e.path().extension() == ending) {
          const std::string bytes = test::read_file(e.path().string());
          std::filesystem::remove(e.path());
          return bytes;
        }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return std::string();
  };
  b.complaints.clear();
  b.open(url + "#tag=loss%2Fval&logy=0");
  check(b.becomes("document.querySelectorAll('.card.drawn').length === 1"), "a chart to save");
  const auto press = [&](const char* what) { b.evaluate(std::string("[...document.querySelectorAll('.card .menu-list button')].find((x) => x.textContent.includes('") + what + "')).click()"); };
  press("CSV");
  const std::string csv = arrives(".csv");
  check(csv.rfind("run,step,wall_time,value\n", 0) == 0 && std::count(csv.begin(), csv.end(), '\n') == 1 + 4 * 60, "all points as CSV: " + csv.substr(0, 100));
  check(csv.find("\"adam/seed0\",0,") != std::string::npos && csv.find("\"sgd/seed1\",2950,") != std::string::npos, "of each run");
  press("SVG");
  const std::string svg = arrives(".svg");
  check(svg.rfind("<svg xmlns=", 0) == 0 && svg.find("loss/val") != std::string::npos && svg.find("sgd/seed1") != std::string::npos, "a drawing as SVG: " + svg.substr(0, 100));
  check(b.evaluate("(() => { const d = new DOMParser().parseFromString(" + Json(svg).dump() + ", 'image/svg+xml'); return d.querySelector('parsererror') ? d.querySelector('parsererror').textContent : [...d.querySelectorAll('path')].filter((p) => p.getAttribute('d').split('L').length > 30).length; })()") == 8, "which parses, with two lines a run");
  press("PNG");
  const std::string png = arrives(".png");
  const auto number = [&](size_t at) { return png.size() < at + 4 ? 0u : static_cast<unsigned>(static_cast<uint8_t>(png[at + 2]) << 8 | static_cast<uint8_t>(png[at + 3])); };
  check(png.compare(0, 8, "\x89PNG\r\n\x1a\n", 8) == 0 && number(16) >= 1280 && number(20) >= 640 && png.find("IEND") != std::string::npos, "a picture as PNG");
  // The table, with a run whose name a spreadsheet would take for markup.
  b.open(url + "#page=table");
  check(b.becomes("document.querySelectorAll('tbody tr').length === 5"), "a table to save");
  b.evaluate("[...document.querySelectorAll('.toolbar button')].find((x) => x.textContent.includes('CSV')).click()");
  const std::string table = arrives(".csv");
  check(table.rfind("run,", 0) == 0 && table.find("optimizer") < table.find('\n') && std::count(table.begin(), table.end(), '\n') == 6 && table.find("adam/seed1") != std::string::npos, "the table as CSV: " + table.substr(0, 200));
  check(b.becomes("document.querySelector('.importance-row') && document.querySelector('.importance').textContent.includes('lr')", 5), "what goes with the metric is told");
  check(b.evaluate("document.querySelectorAll('.parallel path.run').length") == 4, "and each run is a line through its settings");
  // A column that was clicked sorts; a run's name leads to its charts.
  b.evaluate("[...document.querySelectorAll('thead button')].find((x) => x.title === 'lr').click()");
  check(b.becomes("document.querySelector('th[aria-sort=ascending]')?.textContent.includes('lr') && document.querySelector('tbody .run-link').textContent === 'adam/seed0'", 3), "a column sorts");
  b.evaluate("document.querySelector('tbody .run-link').click()");
  check(b.becomes("location.hash.includes('toggled=adam') && document.querySelectorAll('.run-row input:checked').length === 1 && document.querySelectorAll('.card.drawn').length >= 2", 5), "a run's name leads to its charts");
  for (const std::string& c : b.complaints) check(false, "downloads: " + c);
}

void keys_and_mouse(Browser& b, const std::string& url, const std::string& root) {
  b.window(1280, 900, false);
  b.complaints.clear();
  b.open(url);
  check(b.becomes("document.querySelectorAll('.card.drawn').length >= 2"), "charts");
  b.key("j");
  check(b.becomes("document.activeElement.classList.contains('card')", 3), "j goes to a chart");
  const std::string first = b.evaluate("document.activeElement.dataset.tag");
  b.key("p");
  check(b.becomes("[...document.querySelectorAll('.section-head')][0].textContent.startsWith('Pinned')", 3), "p pins");
  check(b.becomes("new URLSearchParams(location.hash.slice(1)).get('pins') === " + Json(first).dump(), 3), "the address holds it");
  b.key("/");
  check(b.evaluate("document.activeElement.id") == "tag-filter", "/ goes to the search");
  b.call("Input.insertText", {{"text", "accuracy"}});
  check(b.becomes("document.querySelectorAll('.section:not(:first-child) .card').length === 1 && document.querySelector('.section:last-child .card').dataset.tag === 'accuracy'", 3), "and it narrows");
  b.key("Escape");
  b.key("?");
  check(b.becomes("document.getElementById('help').open", 3), "? helps");
  b.evaluate("document.getElementById('help').close()");
  b.key("t");
  check(b.becomes("getComputedStyle(document.body).backgroundColor === 'rgb(16, 18, 22)'", 3), "t turns it dark");
  b.key("t");

  // A shared address shows the same.
  b.open(url + "#group=%5E%5B%5E%2F%5D*&smooth=0.9&tag=loss%2Ftrain&logy=1&base=none&toggled=adam%2Fseed0&toggled=adam%2Fseed1");
  check(b.becomes("document.querySelectorAll('.card.drawn').length === 1 && document.querySelectorAll('.run-row input:checked').length === 2 && document.getElementById('smooth').value === '0.9'"), "an address shows what it says");
  // Hover tells values; a drag zooms, which asks for more points.
  const Json r = b.evaluate("(() => { const r = document.querySelector('.plot-over').getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; })()");
  const double x = r[0], y = r[1], w = r[2], h = r[3];
  b.mouse("mouseMoved", x + w / 2, y + h / 2);
  check(b.becomes("[...document.querySelectorAll('.tip')].some((t) => !t.hidden && t.textContent.includes('adam (2)') && t.textContent.includes('step'))", 3), "hovering tells the values of the group");
  b.mouse("mousePressed", x + w / 2, y + h / 2, 1);
  b.mouse("mouseMoved", x + w * 0.7, y + h / 2, 1);
  b.mouse("mouseReleased", x + w * 0.7, y + h / 2, 0);
  check(b.becomes("!document.querySelector('.card-tools [aria-label^=\"Show all of it\"]').hidden", 3), "a drag zooms");

  // Keys and the wheel zoom and move, until all of it is shown again.
  b.evaluate("document.querySelector('.card').focus()");
  b.key("z");
  check(b.becomes("document.querySelector('.card-tools [aria-label^=\"Show all of it\"]').hidden", 3), "z shows all of it");
  for (const char* k : {"+", "+", "ArrowRight"}) b.key(k);
  check(b.becomes("!document.querySelector('.card-tools [aria-label^=\"Show all of it\"]').hidden", 3), "+ zooms");
  for (const char* k : {"-", "-", "-", "-"}) b.key(k);
  check(b.becomes("document.querySelector('.card-tools [aria-label^=\"Show all of it\"]').hidden", 3), "- comes back to all");
  b.evaluate("document.querySelector('.plot-over').dispatchEvent(new WheelEvent('wheel', { clientX: " + std::to_string(x + w / 2) + ", deltaY: -100, ctrlKey: true, bubbles: true, cancelable: true }))");
  check(b.becomes("!document.querySelector('.card-tools [aria-label^=\"Show all of it\"]').hidden", 3), "Ctrl and the wheel zoom");
  check(b.evaluate("document.querySelector('.plot-over').dispatchEvent(new WheelEvent('wheel', { deltaY: -100, bubbles: true, cancelable: true }))") == true, "the wheel alone scrolls the page");

  // What is written now comes by itself.
  b.open(url + "#tag=late");
  check(b.becomes("document.querySelector('.empty')"), "nothing yet");
  logging::SummaryWriter w2(root + "/adam/new");
  for (int64_t i = 0; i < 20; ++i) w2.add_scalar("late", static_cast<double>(i), i);
  w2.flush();
  check(b.becomes("document.querySelectorAll('.card.drawn').length === 1 && [...document.querySelectorAll('.run-name')].some((n) => n.textContent === 'adam/new')"), "a new run comes by itself");
  w2.add_scalar("late", 1000, 20);
  w2.flush();
  b.mouse("mouseMoved", 5, 5);
  check(b.becomes(R"((() => { const p = document.querySelector('.plot-over').getBoundingClientRect();
    document.querySelector('.plot-over').dispatchEvent(new PointerEvent('pointermove', { clientX: p.right - 14, clientY: p.top + 20, bubbles: true }));
    return new Promise((f) => setTimeout(() => f([...document.querySelectorAll('.tip')].some((t) => t.textContent.includes('1,000') || /\b[5-9]\d\d/.test(t.textContent))), 60)); })().then((v) => { window.seen = v; }) && window.seen)"), "and its new points");
  for (const std::string& c : b.complaints) check(false, c);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string program = argc > 1 ? argv[1] : "chromium", shots = argc > 2 ? argv[2] : "";
  if (std::system(("command -v " + program + " >/dev/null").c_str()) != 0) {
    std::printf("skipped: no %s\n", program.c_str());
    return 77;
  }
  test::TempDir runs, profile;
  manual_seed(1);
  write_runs(runs.path());
  board::Board board({runs.path()}, board::BoardOptions().port(0).interval(0.2));
  board.start();
  try {
    Browser b(program, profile.path());
    every_page(b, board.url(), shots);
    hostile_texts_run_nothing(b, board.url());
    downloads(b, board.url());
    keys_and_mouse(b, board.url(), runs.path());
  } catch (const std::exception& e) {
    check(false, e.what());
  }
  if (failures == 0) std::printf("all pages are as they should be\n");
  return failures ? 1 : 0;
}
