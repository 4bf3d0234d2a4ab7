// How many frames a second a chart of 1,000,000 points has in a browser, while it is hovered over, zoomed, moved and followed: wick_board_frames [BROWSER [POINTS]]
// One event before each frame, as a hand would make them; what is told are the times between frames, and what the page's own work takes of them.
#include <wick/board.h>
#include <wick/log.h>

#include <cmath>
#include <cstdio>

#include "../tests/board/devtools.h"
#include "../tests/unit/temp.h"

using wick::test::Browser;
using wick::test::Json;

namespace {

const char* const kMeasure = R"(async (name, frames) => {
  const { Plot } = await import('/plot.js');
  const canvas = document.querySelector('.plot-over'), box = canvas.getBoundingClientRect();
  let work = 0;
  for (const f of ['draw', 'hover', 'set']) {
    const real = Plot.prototype[f].real || Plot.prototype[f];
    Plot.prototype[f] = function (...a) {
      const t = performance.now();
      if (f === 'draw' || f === 'set' || !this.inside) { this.inside = true; real.apply(this, a); this.inside = false; work += performance.now() - t; } else real.apply(this, a);
    };
    Plot.prototype[f].real = real;
  }
  const at = (k) => ({ clientX: box.left + box.width * (0.5 + 0.35 * Math.sin(k / 40)), clientY: box.top + box.height * (0.5 + 0.2 * Math.cos(k / 31)), bubbles: true, cancelable: true, pointerId: 1, buttons: 0, button: 0 });
  const acts = {
    idle() {},
    hover(k) { canvas.dispatchEvent(new PointerEvent('pointermove', at(k))); },
    zoom(k) { canvas.dispatchEvent(new WheelEvent('wheel', { ...at(0), ctrlKey: true, deltaY: k % 120 < 60 ? -40 : 40 })); },
    pan(k) {
      if (k === 0) for (let i = 0; i < 20; i++) canvas.dispatchEvent(new WheelEvent('wheel', { ...at(0), ctrlKey: true, deltaY: -60 }));
      canvas.dispatchEvent(new WheelEvent('wheel', { ...at(0), shiftKey: true, deltaX: k % 120 < 60 ? 25 : -25, deltaY: 0 }));
    },
    smooth(k) { const s = document.getElementById('smooth'); s.value = (k % 90) / 100; s.dispatchEvent(new Event('input')); },
  };
  const gaps = [], works = [];
  let last = await new Promise(requestAnimationFrame);
  for (let k = 0; k < frames; k++) {
    work = 0;
    acts[name](k);
    const t = await new Promise(requestAnimationFrame);
    gaps.push(t - last);
    works.push(work);
    last = t;
  }
  const q = (list, p) => { const s = [...list].sort((a, b) => a - b); return s[Math.min(s.length - 1, Math.floor(s.length * p))]; };
  return { median: q(gaps, 0.5), p95: q(gaps, 0.95), worst: q(gaps, 1), work: q(works, 0.5), work95: q(works, 0.95), late: gaps.filter((g) => g > 17.5).length / gaps.length };
})";

}  // namespace

int main(int argc, char** argv) {
  const std::string program = argc > 1 ? argv[1] : "chromium";
  const int64_t points = argc > 2 ? std::atoll(argv[2]) : 1000000;
  wick::test::TempDir runs, profile;
  {
    wick::logging::SummaryWriter w(runs / "run");
    unsigned noise = 1;
    for (int64_t i = 0; i < points; ++i) {
      noise = noise * 1664525 + 1013904223;
      w.add_scalar("loss", 2 * std::exp(-5.0 * static_cast<double>(i) / static_cast<double>(points)) + 1e-10 * noise, i);
    }
  }
  wick::board::Board board({runs.path()}, wick::board::BoardOptions().port(0));
  board.start();
  Browser b(program, profile.path());
  for (const int width : {1280, 400}) {
    b.window(width, 800, false);
    b.open(board.url() + "#size=l&smooth=" + (std::getenv("SMOOTH") ? std::getenv("SMOOTH") : "0.6"));
    if (!b.becomes("document.querySelector('.card.drawn')", 60)) return std::printf("no chart\n"), 1;
    std::printf("%d pixels wide    frame ms: median    p95  worst   late    own work ms: median    p95\n", width);
    for (const char* act : {"idle", "hover", "zoom", "pan", "smooth"}) {
      const Json r = b.evaluate("(" + std::string(kMeasure) + ")('" + act + "', 300)");
      std::printf("  %-18s %18.1f %6.1f %6.1f %5.1f %% %20.2f %6.2f\n", act, r["median"].get<double>(), r["p95"].get<double>(), r["worst"].get<double>(), 100 * r["late"].get<double>(), r["work"].get<double>(), r["work95"].get<double>());
      b.evaluate("document.querySelector('.plot-over').dispatchEvent(new MouseEvent('dblclick'))");
    }
  }
  for (const std::string& c : b.complaints) std::printf("complaint: %s\n", c.c_str());
}
