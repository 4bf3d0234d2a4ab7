// A chart of lines and bands on a canvas: axes and scales by d3, the rest drawn here from typed arrays.
import { colors, durationText, el, fileName, numberText, save, timeText } from '/util.js';

const FONT = '11px system-ui, sans-serif';

// Draws to SVG with the calls of a canvas that are used below.
class SvgContext {
  constructor(width, height) {
    this.head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11">`;
    this.parts = [];
    this.d = '';
    this.alpha = 1;
    this.depth = 0;
    this.dash = [];
  }
  set globalAlpha(a) { this.alpha = a; }
  beginPath() { this.d = ''; }
  moveTo(x, y) { this.d += `M${x.toFixed(1)} ${y.toFixed(1)}`; }
  lineTo(x, y) { this.d += `L${x.toFixed(1)} ${y.toFixed(1)}`; }
  closePath() { this.d += 'Z'; }
  arc(x, y, r) { this.d += `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`; }
  rect(x, y, w, h) { this.box = [x, y, w, h]; }
  clip() {
    const id = `c${this.parts.length}`;
    const [x, y, w, h] = this.box;
    this.parts.push(`<clipPath id="${id}"><rect x="${x}" y="${y}" width="${w}" height="${h}"/></clipPath><g clip-path="url(#${id})">`);
    this.depth++;
  }
  save() {}
  restore() { while (this.depth > 0) this.parts.push('</g>'), this.depth--; }
  setLineDash(d) { this.dash = d; }
  stroke() { this.parts.push(`<path d="${this.d}" fill="none" stroke="${this.strokeStyle}" stroke-width="${this.lineWidth}" stroke-opacity="${this.alpha}" stroke-linejoin="round"${this.dash.length ? ` stroke-dasharray="${this.dash}"` : ''}/>`); }
  fill() { this.parts.push(`<path d="${this.d}" fill="${this.fillStyle}" fill-opacity="${this.alpha}"/>`); }
  fillRect(x, y, w, h) { this.parts.push(`<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${this.fillStyle}" fill-opacity="${this.alpha}"/>`); }
  fillText(t, x, y) {
    const safe = t.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
    const anchor = { center: 'middle', right: 'end' }[this.textAlign] || 'start';
    this.parts.push(`<text x="${x}" y="${y + (this.textBaseline === 'middle' ? 4 : this.textBaseline === 'top' ? 10 : 0)}" text-anchor="${anchor}" fill="${this.fillStyle}">${safe}</text>`);
  }
  measureText(t) { return { width: t.length * 6 }; }
  text() { return this.head + this.parts.join('') + '</svg>'; }
}

export class Plot {
  // options: height, onzoom([from, to] or null), xKind ('number', 'time', 'duration'), label
  constructor(box, options = {}) {
    this.options = options;
    this.series = [];
    this.view = null;
    this.base = el('canvas', { class: 'plot-base', role: 'img', 'aria-label': options.label || 'chart' });
    this.over = el('canvas', { class: 'plot-over' });
    this.tip = el('div', { class: 'tip', hidden: true });
    this.box = el('div', { class: 'plot' }, this.base, this.over);
    box.append(this.box);
    document.body.append(this.tip);
    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(this.box);
    this.over.addEventListener('pointermove', (e) => this.move(e));
    this.over.addEventListener('pointerleave', () => this.leave());
    this.over.addEventListener('pointerdown', (e) => this.down(e));
    this.over.addEventListener('pointerup', (e) => this.up(e));
    this.over.addEventListener('dblclick', () => this.zoom(null));
    this.over.addEventListener('wheel', (e) => this.wheel(e), { passive: false });
  }
  close() {
    this.resizer.disconnect();
    this.tip.remove();
    this.box.remove();
    cancelAnimationFrame(this.frame);
  }
  set(series, look) {
    this.series = series;
    Object.assign(this.options, look);
    this.later();
  }
  later() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }
  resize() {
    const w = this.box.clientWidth, h = this.box.clientHeight, ratio = window.devicePixelRatio || 1;
    if (!w || !h || (w === this.width && h === this.height && ratio === this.ratio)) return;
    Object.assign(this, { width: w, height: h, ratio });
    for (const c of [this.base, this.over]) {
      c.width = Math.round(w * ratio);
      c.height = Math.round(h * ratio);
    }
    this.draw();
  }

  // What is to be seen: all of it, or the part zoomed to.
  domains() {
    const o = this.options;
    let x0 = Infinity, x1 = -Infinity;
    for (const s of this.series) {
      for (let i = 0; i < s.x.length; i++) {
        const v = s.x[i];
        if (o.logx && !(v > 0)) continue;
        if (v < x0) x0 = v;
        if (v > x1) x1 = v;
      }
    }
    if (!(x0 <= x1)) [x0, x1] = o.logx ? [1, 10] : [0, 1];
    if (o.xDomain) [x0, x1] = o.xDomain;
    if (!this.view || !this.full || x0 < this.full[0] || x1 > this.full[1]) this.full = [x0, x1];
    if (this.view) [x0, x1] = this.view.x;
    if (x0 === x1) [x0, x1] = o.logx ? [x0 / 2, x1 * 2] : [x0 - 0.5, x1 + 0.5];
    let y0 = Infinity, y1 = -Infinity;
    const kept = [];
    const take = (v) => {
      if (!Number.isFinite(v) || (o.logy && v <= 0)) return;
      if (v < y0) y0 = v;
      if (v > y1) y1 = v;
      if (o.outliers === false) kept.push(v);
    };
    for (const s of this.series) {
      for (let i = 0; i < s.x.length; i++) {
        if (s.x[i] < x0 || s.x[i] > x1) continue;
        take(s.y[i]);
        if (s.raw && o.outliers !== false) take(s.raw[i]);
        if (s.low) take(s.low[i]), take(s.high[i]);
      }
    }
    if (o.outliers === false && kept.length > 20) {
      kept.sort((a, b) => a - b);
      y0 = kept[Math.floor(kept.length * 0.02)];
      y1 = kept[Math.ceil(kept.length * 0.98) - 1];
    }
    if (!(y0 <= y1)) [y0, y1] = o.logy ? [0.1, 1] : [0, 1];
    if (o.yDomain) [y0, y1] = o.yDomain;
    else if (o.logy) {
      const pad = Math.max(0.02, Math.log(y1 / y0) * 0.05);
      [y0, y1] = [y0 / Math.exp(pad), y1 * Math.exp(pad)];
    } else {
      const pad = (y1 - y0) * 0.06 || Math.abs(y0) * 0.1 || 0.5;
      const zero = y0 >= 0 && y0 - pad < 0;
      [y0, y1] = [zero && o.fromZero ? 0 : y0 - pad, y1 + pad];
    }
    if (this.view && this.view.y) [y0, y1] = this.view.y;
    return [[x0, x1], [y0, y1]];
  }

  layout(ctx, width, height) {
    const o = this.options, [dx, dy] = this.domains();
    const y = (o.logy ? d3.scaleLog() : d3.scaleLinear()).domain(dy).range([height - 24, 8]);
    let ticks = o.logy ? logTicks(y, Math.max(2, height / 40)) : y.ticks(Math.max(2, Math.floor(height / 42)));
    const text = o.yText || ((v) => numberText(v, 4));
    ctx.font = FONT;
    const labels = ticks.map(text);
    const left = Math.ceil(Math.max(24, ...labels.map((l) => ctx.measureText(l).width))) + 12;
    const right = width - 12;
    const kind = o.xKind || 'number';
    const x = (o.logx ? d3.scaleLog() : kind === 'time' ? d3.scaleTime() : d3.scaleLinear()).domain(kind === 'time' && !o.logx ? dx.map((v) => new Date(v * 1000)) : dx).range([left, right]);
    const place = kind === 'time' && !o.logx ? (v) => x(v * 1000) : x;
    const count = Math.max(2, Math.floor((right - left) / 84));
    let xt;
    if (o.logx) xt = logTicks(x, count).map((v) => [x(v), kind === 'duration' ? durationText(v) : numberText(v, 3)]);
    else if (kind === 'time') xt = x.ticks(Math.max(2, Math.floor(count * 0.8))).map((v) => [x(v), d3.timeFormat(dx[1] - dx[0] < 900 ? '%H:%M:%S' : dx[1] - dx[0] < 130000 ? '%H:%M' : '%b %d')(v)]);
    else if (kind === 'duration') xt = durationTicks(dx, count).map((v) => [x(v), durationText(v)]);
    else xt = x.ticks(count).map((v) => [x(v), compact(v)]);
    return { x: place, invert: (p) => (kind === 'time' && !o.logx ? x.invert(p) / 1000 : x.invert(p)), y, left, right, top: 8, bottom: height - 24, ticks, labels, xt, dx, dy };
  }

  draw() {
    if (!this.width) return this.resize();
    const ctx = this.base.getContext('2d');
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    ctx.clearRect(0, 0, this.width, this.height);
    this.place = this.paint(ctx, this.width, this.height);
    if (this.pointer) this.hover();
    else this.clearOver();
  }
  paint(ctx, width, height) {
    const c = colors(), l = this.layout(ctx, width, height);
    ctx.font = FONT;
    ctx.globalAlpha = 1;
    ctx.lineWidth = 1;
    ctx.strokeStyle = c.grid;
    ctx.fillStyle = c.soft;
    ctx.textBaseline = 'middle';
    ctx.textAlign = 'right';
    l.ticks.forEach((t, i) => {
      const y = Math.round(l.y(t)) + 0.5;
      ctx.beginPath();
      ctx.moveTo(l.left, y);
      ctx.lineTo(l.right, y);
      ctx.stroke();
      ctx.fillText(l.labels[i], l.left - 6, y);
    });
    ctx.textBaseline = 'top';
    ctx.textAlign = 'center';
    let free = -Infinity;
    for (const [x, text] of l.xt) {
      const w = ctx.measureText(text).width / 2;
      const at = Math.max(l.left - 8 + w, Math.min(width - 2 - w, x));
      if (at - w < free) continue;
      free = at + w + 8;
      ctx.fillText(text, at, l.bottom + 7);
    }
    ctx.strokeStyle = c.line;
    ctx.beginPath();
    ctx.moveTo(l.left, l.bottom + 0.5);
    ctx.lineTo(l.right, l.bottom + 0.5);
    ctx.stroke();
    ctx.save();
    ctx.beginPath();
    ctx.rect(l.left, 0, l.right - l.left + 4, l.bottom + 1);
    ctx.clip();
    for (const s of this.series) if (s.low) band(ctx, s, l);
    for (const s of this.series) if (s.raw) line(ctx, s.x, s.raw, s.color, 0.22, 1, l);
    for (const s of this.series) if (!s.dim) line(ctx, s.x, s.y, s.color, this.series.length > 60 ? 0.6 : 1, s.width || 1.6, l, s.dash);
    for (const s of this.series) marks(ctx, s, l, c);
    ctx.restore();
    return l;
  }

  // The nearest point of each series, told beside the pointer.
  move(e) {
    const r = this.over.getBoundingClientRect();
    this.pointer = [e.clientX - r.left, e.clientY - r.top, e.clientX, e.clientY];
    if (!this.hovering) {
      this.hovering = requestAnimationFrame(() => {
        this.hovering = 0;
        if (this.pointer) this.hover();
      });
    }
  }
  leave() {
    this.pointer = null;
    this.tip.hidden = true;
    this.clearOver();
  }
  clearOver() {
    const ctx = this.over.getContext('2d');
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    ctx.clearRect(0, 0, this.width, this.height);
    return ctx;
  }
  hover() {
    const ctx = this.clearOver(), l = this.place, c = colors();
    if (!l) return;
    const [px, py] = this.pointer;
    if (this.from) {
      const [ax, ay] = this.from, whole = Math.abs(py - ay) < 24;
      ctx.fillStyle = c.accent;
      ctx.globalAlpha = 0.14;
      ctx.fillRect(Math.min(ax, px), whole ? l.top : Math.min(ay, py), Math.abs(px - ax), whole ? l.bottom - l.top : Math.abs(py - ay));
      ctx.globalAlpha = 1;
      this.tip.hidden = true;
      return;
    }
    if (px < l.left - 4 || px > l.right + 4) return void (this.tip.hidden = true);
    const at = l.invert(px), found = [];
    for (const s of this.series) {
      const i = nearest(s.x, at);
      if (i < 0) continue;
      const x = l.x(s.x[i]);
      if (Math.abs(x - px) > 60 && s.x.length > 1 && (at < s.x[0] || at > s.x[s.x.length - 1])) continue;
      found.push({ s, i, x, y: l.y(s.y[i]), d: Math.abs(l.y(s.y[i]) - py) });
    }
    if (!found.length) return void (this.tip.hidden = true);
    const best = found.reduce((a, b) => (b.d < a.d || Number.isNaN(a.d) ? b : a));
    ctx.strokeStyle = c.faint;
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.moveTo(Math.round(best.x) + 0.5, l.top);
    ctx.lineTo(Math.round(best.x) + 0.5, l.bottom);
    ctx.stroke();
    for (const f of found) {
      if (!Number.isFinite(f.y)) continue;
      ctx.beginPath();
      ctx.arc(f.x, f.y, f === best ? 4 : 2.8, 0, 7);
      ctx.fillStyle = f.s.color;
      ctx.fill();
      ctx.strokeStyle = c.card;
      ctx.lineWidth = 1.5;
      ctx.stroke();
    }
    this.tell(found, best);
  }
  tell(found, best) {
    found.sort((a, b) => b.s.y[b.i] - a.s.y[a.i]);
    let shown = found;
    if (found.length > 12) {
      const k = found.indexOf(best), from = Math.max(0, Math.min(found.length - 12, k - 6));
      shown = found.slice(from, from + 12);
    }
    const head = this.options.tipHead ? this.options.tipHead(best.s, best.i) : numberText(best.s.x[best.i]);
    const text = this.options.yText || ((v) => numberText(v, 5));
    this.tip.replaceChildren(
      el('div', { class: 'tip-head', text: head }),
      el('div', { class: 'tip-rows' }, shown.map((f) => el('div', { class: f === best ? 'tip-row best' : 'tip-row' },
        el('i', { style: { background: f.s.color } }), el('span', { class: 'tip-name', text: f.s.name }), el('b', { text: text(f.s.y[f.i]) }),
        f.s.raw ? el('small', { text: text(f.s.raw[f.i]) }) : f.s.low ? el('small', { text: `${text(f.s.low[f.i])} … ${text(f.s.high[f.i])}` }) : null))),
      shown.length < found.length ? el('div', { class: 'tip-more', text: `${found.length - shown.length} more` }) : '');
    this.tip.hidden = false;
    const r = this.tip.getBoundingClientRect(), [, , cx, cy] = this.pointer;
    const left = cx + 16 + r.width > innerWidth ? Math.max(4, cx - 16 - r.width) : cx + 16;
    this.tip.style.left = `${left}px`;
    this.tip.style.top = `${Math.max(4, Math.min(innerHeight - r.height - 4, cy + 14))}px`;
  }

  down(e) {
    if (e.button !== 0 || !this.place || e.pointerType === 'touch') return;
    this.move(e);
    this.from = this.pointer.slice(0, 2);
    this.over.setPointerCapture(e.pointerId);
  }
  up(e) {
    if (!this.from) return;
    const [ax, ay] = this.from, l = this.place;
    this.from = null;
    this.move(e);
    const [bx, by] = this.pointer;
    if (Math.abs(bx - ax) < 6) return this.hover();
    const clamp = (p) => Math.max(l.left, Math.min(l.right, p));
    const view = { x: [l.invert(clamp(Math.min(ax, bx))), l.invert(clamp(Math.max(ax, bx)))] };
    if (Math.abs(by - ay) >= 24) view.y = [l.y.invert(Math.min(l.bottom, Math.max(ay, by))), l.y.invert(Math.max(l.top, Math.min(ay, by)))];
    this.zoom(view);
  }
  zoom(view) {
    this.view = view;
    this.later();
    this.options.onzoom?.(view && view.x);
  }
  // The wheel with Ctrl (or two fingers on a pad) zooms about the pointer, with Shift it moves; alone it scrolls the page.
  wheel(e) {
    if (!this.place || !(e.ctrlKey || e.metaKey || e.shiftKey)) return;
    e.preventDefault();
    const l = this.place, line = e.deltaMode ? 24 : 1;
    if (e.shiftKey) return this.shift(line * (e.deltaX || e.deltaY));
    this.scale(Math.exp(Math.max(-0.5, Math.min(0.5, 0.004 * line * e.deltaY))), e.clientX - this.over.getBoundingClientRect().left);
  }
  // Shows `factor` times as much, a place staying where it is; and what is `pixels` to the right.
  scale(factor, at) {
    const l = this.place;
    if (!l) return;
    const p = Math.max(l.left, Math.min(l.right, at ?? (l.left + l.right) / 2));
    this.show(l.invert(p - (p - l.left) * factor), l.invert(p + (l.right - p) * factor));
  }
  shift(pixels) {
    const l = this.place;
    if (!l || !this.view || !this.full) return;
    let a = l.invert(l.left + pixels), b = l.invert(l.right + pixels);
    if (a < this.full[0]) [a, b] = [this.full[0], this.view.x[1]];
    if (b > this.full[1]) [a, b] = [this.view.x[0], this.full[1]];
    this.show(a, b);
  }
  show(a, b) {
    const [f, t] = this.full;
    if (!(b - a > 1e-12 * Math.max(Math.abs(a), Math.abs(b), 1e-300))) return;
    if (a <= f && b >= t) return void (this.view && this.zoom(null));
    this.zoom({ ...this.view, x: [Math.max(f, a), Math.min(t, b)] });
  }

  // The chart as a picture, with its title above and the names of its lines below.
  picture(ctx, title, width, height) {
    const c = colors();
    const names = this.series.slice(0, 40);
    ctx.globalAlpha = 1;
    ctx.fillStyle = c.card;
    ctx.fillRect(0, 0, width, height);
    ctx.font = 'bold 13px system-ui, sans-serif';
    ctx.fillStyle = c.ink;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'top';
    ctx.fillText(title, 12, 8);
    ctx.font = FONT;
    names.forEach((s, k) => {
      const x = 12 + (k % 3) * ((width - 24) / 3), y = height - 10 - 16 * (Math.ceil(names.length / 3) - Math.floor(k / 3));
      ctx.fillStyle = s.color;
      ctx.fillRect(x, y + 3, 10, 4);
      ctx.fillStyle = c.soft;
      ctx.fillText(s.name.slice(0, 36), x + 16, y);
    });
  }
  sizeOf() {
    const names = Math.ceil(Math.min(40, this.series.length) / 3) * 16;
    return [Math.max(640, this.width), Math.max(320, this.height) + 30 + names, names];
  }
  saveSvg(title) {
    const [w, h, names] = this.sizeOf();
    const ctx = new SvgContext(w, h);
    this.picture(ctx, title, w, h);
    ctx.parts.push('<g transform="translate(0 28)">');
    this.paint(ctx, w, h - 36 - names);
    ctx.restore();
    ctx.parts.push('</g>');
    save(new Blob([ctx.text()], { type: 'image/svg+xml' }), fileName(title, '.svg'));
  }
  savePng(title) {
    const [w, h, names] = this.sizeOf();
    const canvas = el('canvas', { width: 2 * w, height: 2 * h });
    const ctx = canvas.getContext('2d');
    ctx.scale(2, 2);
    this.picture(ctx, title, w, h);
    ctx.translate(0, 28);
    this.paint(ctx, w, h - 36 - names);
    canvas.toBlob((b) => save(b, fileName(title, '.png')));
  }
}

// Where many points share columns of pixels and go up and down: what a line would cover there as bars, and lines between columns apart. Strokes of so many steep pieces take longer
// than a frame where there is no graphics card.
function bars(ctx, xs, ys, color, alpha, width, l) {
  if (!ctx.getTransform || xs.length < 600) return false;
  const ratio = ctx.getTransform().a, first = Math.floor(l.left * ratio) - 1, n = Math.ceil(l.right * ratio) - first + 2;
  const low = new Float32Array(n).fill(NaN), high = new Float32Array(n), gaps = [];
  const positive = l.dy[0] > 0 && l.y.base !== undefined;
  let points = 0, columns = 0, sum = 0, px = NaN, py = NaN, pk = -9, last = -Infinity;
  for (let i = 0; i < xs.length; i++) {
    if (xs[i] < last) return false;   // a run that began anew
    last = xs[i];
    const v = ys[i];
    if (!Number.isFinite(v) || (positive && v <= 0)) {
      pk = -9;
      continue;
    }
    const x = l.x(xs[i]), y = l.y(v), k = Math.max(-1, Math.min(n, Math.floor(x * ratio) - first));
    if (k >= 0 && k < n) {
      points++;
      const from = k - pk <= 1 && k > pk ? py : y;   // the piece from the column before is drawn in this one
      if (Number.isNaN(low[k])) {
        columns++;
        low[k] = Math.min(y, from);
        high[k] = Math.max(y, from);
      } else {
        if (y < low[k]) low[k] = y;
        if (y > high[k]) high[k] = y;
      }
    }
    if (pk > -9 && k - pk > 1) gaps.push(px, py, x, y);
    px = x;
    py = y;
    pk = k;
  }
  for (let k = 0; k < n; k++) if (low[k] <= high[k]) sum += high[k] - low[k];
  if (points < 1.3 * columns || points < 600 || sum < 5 * columns) return false;
  ctx.globalAlpha = alpha;
  ctx.fillStyle = ctx.strokeStyle = color;
  for (let k = 0; k < n; k++) if (low[k] <= high[k]) ctx.fillRect((first + k) / ratio, low[k] - width / 2, 1 / ratio, high[k] - low[k] + width);
  ctx.lineWidth = width;
  ctx.beginPath();
  for (let i = 0; i < gaps.length; i += 4) ctx.moveTo(gaps[i], gaps[i + 1]), ctx.lineTo(gaps[i + 2], gaps[i + 3]);
  ctx.stroke();
  ctx.globalAlpha = 1;
  return true;
}
function line(ctx, xs, ys, color, alpha, width, l, dash) {
  if (!dash && bars(ctx, xs, ys, color, alpha, width, l)) return;
  ctx.globalAlpha = alpha;
  ctx.strokeStyle = color;
  ctx.lineWidth = width;
  ctx.lineJoin = 'bevel';
  ctx.setLineDash(dash || []);
  ctx.beginPath();
  let open = false, single = -1, before = 0;
  const positive = l.dy[0] > 0 && l.y.base !== undefined;
  for (let i = 0; i < xs.length; i++) {
    const v = ys[i];
    if (!Number.isFinite(v) || (positive && v <= 0)) {
      open = false;
      continue;
    }
    const x = l.x(xs[i]), y = l.y(v);
    if (!Number.isFinite(x)) {
      open = false;
      continue;
    }
    const out = x < l.left ? -1 : x > l.right ? 1 : 0;   // of points beside the window only those next to it count
    if (out && out === before && i + 1 < xs.length && (l.x(xs[i + 1]) < l.left ? -1 : l.x(xs[i + 1]) > l.right ? 1 : 0) === out) {
      open = false;
      continue;
    }
    before = out;
    if (open) ctx.lineTo(x, y);
    else ctx.moveTo(x, y), open = true, single = i;
  }
  ctx.stroke();
  ctx.setLineDash([]);
  if (xs.length === 1 && single === 0) {
    ctx.beginPath();
    ctx.arc(l.x(xs[0]), l.y(ys[0]), 3, 0, 7);
    ctx.fillStyle = color;
    ctx.fill();
  }
  ctx.globalAlpha = 1;
}
function band(ctx, s, l) {
  ctx.globalAlpha = 0.16;
  ctx.fillStyle = s.color;
  ctx.beginPath();
  let any = false;
  for (let i = 0; i < s.x.length; i++) {
    if (!Number.isFinite(s.high[i])) continue;
    if (any) ctx.lineTo(l.x(s.x[i]), l.y(s.high[i]));
    else ctx.moveTo(l.x(s.x[i]), l.y(s.high[i])), any = true;
  }
  for (let i = s.x.length - 1; i >= 0; i--) if (Number.isFinite(s.low[i])) ctx.lineTo(l.x(s.x[i]), l.y(Math.max(s.low[i], l.y.base !== undefined ? l.dy[0] : -Infinity)));
  ctx.closePath();
  ctx.fill();
  ctx.globalAlpha = 1;
}
// Where values are not finite: triangles at the lower edge for NaN, at the upper for infinity.
function marks(ctx, s, l, c) {
  const v = s.raw || s.y;
  ctx.fillStyle = c.bad;
  let last = -Infinity;
  for (let i = 0; i < v.length; i++) {
    if (Number.isFinite(v[i])) continue;
    const x = l.x(s.x[i]);
    if (!(x - last > 7)) continue;
    last = x;
    const top = v[i] === Infinity, y = top ? l.top + 1 : l.bottom - 1, d = top ? 6 : -6;
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(x - 3.5, y + d);
    ctx.lineTo(x + 3.5, y + d);
    ctx.closePath();
    ctx.fill();
  }
}
function nearest(xs, at) {
  if (!xs.length) return -1;
  let a = 0, b = xs.length - 1;
  while (a < b) {
    const m = (a + b) >> 1;
    if (xs[m] < at) a = m + 1;
    else b = m;
  }
  return a > 0 && at - xs[a - 1] < xs[a] - at ? a - 1 : a;
}
function logTicks(scale, most) {
  const all = scale.ticks(12), tens = all.filter((v) => Math.abs(Math.log10(v) - Math.round(Math.log10(v))) < 1e-9);
  if (tens.length >= 3) {
    const every = Math.ceil(tens.length / most);
    return tens.filter((_, i) => i % every === 0);
  }
  const few = all.filter((v) => [1, 2, 5].includes(Math.round(v / 10 ** Math.floor(Math.log10(v) + 1e-9))));
  if (few.length >= 2 && few.length <= most + 2) return few;
  return few.length > most + 2 ? tens : d3.ticks(...scale.domain(), most);
}
const STEPS = [1e-6, 1e-5, 1e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000];
function durationTicks([a, b], count) {
  const step = STEPS.find((s) => (b - a) / s <= count) || (b - a) / count, r = [];
  for (let k = Math.ceil(a / step); k * step <= b; k++) r.push(k * step);
  return r;
}
function compact(v) {
  const a = Math.abs(v);
  if (a >= 1e12) return v.toExponential(1);
  if (a >= 1e9) return `${+(v / 1e9).toPrecision(4)}G`;
  if (a >= 1e6) return `${+(v / 1e6).toPrecision(4)}M`;
  if (a >= 1e4) return `${+(v / 1e3).toPrecision(4)}k`;
  return numberText(v, 4);
}
export const stepHead = (s, i) => `step ${numberText(s.step[i])}  ·  ${timeText(s.wall[i])}  ·  ${durationText(s.wall[i] - s.start, true)}`;
