// Histograms over time: as ridges, one behind the other, or as a map of colours.
import { colors, el, getColumns, numberText, segmented } from '/util.js';
import { colorOf, set, state } from '/state.js';
import { inTurn } from '/series.js';
import { taggedPage } from '/tagged.js';

export function histogramsPage(box, ctx) {
  return taggedPage(box, ctx, {
    kind: 'histograms', what: 'histograms', least: 340,
    tools: (page) => segmented('Form', [['ridge', 'Ridges'], ['map', 'Map'], ['one', 'One step']], state.histogram, (v) => {
      set('histogram', v);
      page.redraw();
    }),
    async draw(card, point) {
      if (!card.canvas) {
        card.canvas = el('canvas', { class: 'histogram', role: 'img', 'aria-label': `Histograms of ${card.tag.tag}` });
        card.tell = el('div', { class: 'histogram-note' });
        card.resizer = new ResizeObserver(() => card.paint?.());
        card.canvas.addEventListener('pointermove', (e) => hover(card, e));
        card.canvas.addEventListener('pointerleave', () => { card.tell.textContent = ''; });
        card.end = () => card.resizer.disconnect();
      }
      if (card.body.firstChild !== card.canvas) {
        card.body.className = 'media-body histograms';
        card.body.replaceChildren(card.canvas, card.tell);
        card.resizer.observe(card.body);
      }
      const n = card.points.steps.length;
      if (card.count !== n) {
        const [head, column] = await inTurn(() => getColumns('histogram', { run: card.run.id, tag: card.tag.tag, n: 60, bins: 80 }));
        card.data = { ...head, rows: head.steps.map(() => column(head.bins)) };
        card.count = n;
      }
      card.paint = () => paint(card, card.points.steps[point]);
      card.paint();
    },
  });
}

function paint(card, step) {
  const c = card.canvas, w = card.body.clientWidth, h = 220, ratio = devicePixelRatio || 1, d = card.data, look = colors();
  if (!w || !d) return;
  c.width = w * ratio;
  c.height = h * ratio;
  const g = c.getContext('2d');
  g.scale(ratio, ratio);
  g.font = '11px system-ui, sans-serif';
  const left = 12, right = w - 54, bottom = h - 22, top = 12;
  const x = d3.scaleLinear().domain([d.low, d.high]).range([left, right]);
  g.fillStyle = look.soft;
  g.strokeStyle = look.grid;
  g.textAlign = 'center';
  g.textBaseline = 'top';
  for (const t of x.ticks(Math.max(2, Math.floor((right - left) / 64)))) {
    g.beginPath();
    g.moveTo(x(t), top);
    g.lineTo(x(t), bottom);
    g.stroke();
    g.fillText(numberText(t, 3), Math.max(left + 8, Math.min(right - 8, x(t))), bottom + 6);
  }
  let at = 0;
  d.steps.forEach((s, i) => { if (Math.abs(s - step) < Math.abs(d.steps[at] - step)) at = i; });
  card.geometry = { left, right, top, bottom, at };
  const most = Math.max(1e-12, d3.max(d.rows, (r) => d3.max(r)));
  const share = d.rows.map((r, i) => (d.counts[i] > 0 ? d.counts[i] : d3.sum(r) || 1));
  const peak = Math.max(1e-12, d3.max(d.rows, (r, i) => d3.max(r) / share[i]));
  const color = d3.color(colorOf(card.run));
  if (state.histogram === 'one') {
    const y = d3.scaleLinear().domain([0, Math.max(...d.rows[at]) || 1]).range([bottom, top]);
    const bw = (right - left) / d.bins;
    g.fillStyle = color;
    d.rows[at].forEach((v, k) => g.fillRect(left + k * bw, y(v), Math.max(1, bw - 1), bottom - y(v)));
  } else if (state.histogram === 'map') {
    const rh = (bottom - top) / d.rows.length, bw = (right - left) / d.bins, tint = d3.interpolateRgb(look.card, color), strong = d3.interpolateRgb(color, look.dark ? '#fff' : '#101820');
    d.rows.forEach((r, i) => r.forEach((v, k) => {
      if (!v) return;
      const t = Math.sqrt(v / share[i] / peak);
      g.fillStyle = t < 0.7 ? tint(t / 0.7) : strong((t - 0.7) * 1.4);
      g.fillRect(left + k * bw, top + i * rh, bw + 0.6, rh + 0.6);
    }));
    labels(g, d, (i) => top + (i + 0.5) * rh, right, look, at);
  } else {
    const n = d.rows.length, rise = n > 1 ? 46 : bottom - top, gap = n > 1 ? (bottom - top - rise) / (n - 1) : 0;
    const y0 = (i) => (n > 1 ? top + rise + i * gap : bottom);
    for (let i = 0; i < n; i++) {
      const r = d.rows[i], base = y0(i), fade = n > 1 ? i / (n - 1) : 1;
      g.beginPath();
      g.moveTo(left, base);
      for (let k = 0; k < d.bins; k++) g.lineTo(left + ((k + 0.5) / d.bins) * (right - left), base - (r[k] / share[i] / peak) * rise);
      g.lineTo(right, base);
      g.closePath();
      g.fillStyle = d3.interpolateRgb(look.card, color)(i === at ? 0.75 : 0.14 + 0.3 * fade);
      g.fill();
      g.strokeStyle = i === at ? look.ink : d3.interpolateRgb(look.card, color)(0.45 + 0.55 * fade);
      g.lineWidth = i === at ? 1.4 : 0.8;
      g.stroke();
    }
    labels(g, d, y0, right, look, at);
  }
  void most;
}
function labels(g, d, y, right, look, at) {
  g.textAlign = 'left';
  g.textBaseline = 'middle';
  let last = -Infinity;
  g.fillStyle = look.ink;
  g.fillText(numberText(d.steps[at], 4), right + 6, y(at));
  g.fillStyle = look.soft;
  d.steps.forEach((s, i) => {
    if (y(i) - last < 14 || (Math.abs(y(i) - y(at)) < 14)) return;
    last = y(i);
    g.fillText(numberText(s, 4), right + 6, y(i));
  });
}
function hover(card, e) {
  const q = card.geometry, d = card.data;
  if (!q) return;
  const r = card.canvas.getBoundingClientRect(), k = Math.floor(((e.clientX - r.left - q.left) / (q.right - q.left)) * d.bins);
  if (k < 0 || k >= d.bins) return void (card.tell.textContent = '');
  let i = q.at;
  if (state.histogram === 'map') i = Math.max(0, Math.min(d.rows.length - 1, Math.floor(((e.clientY - r.top - q.top) / (q.bottom - q.top)) * d.rows.length)));
  const w = (d.high - d.low) / d.bins;
  card.tell.textContent = `step ${numberText(d.steps[i])}: ${numberText(d.low + k * w, 3)} to ${numberText(d.low + (k + 1) * w, 3)}: ${numberText(d.rows[i][k], 4)} of ${numberText(d.counts[i], 5)}`;
}
