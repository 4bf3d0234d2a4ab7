// Series of scalars: asked for, kept, appended to, averaged in groups.
import { getColumns, idList } from '/util.js';
import { colorOf, groupColor, groupOf, server, state } from '/state.js';

// At most six questions at a time; those of what is visible first.
const waiting = [];
let running = 0;
export function inTurn(f) {
  return new Promise((resolve, reject) => {
    waiting.push(async () => {
      try {
        resolve(await f());
      } catch (e) {
        reject(e);
      }
      running--;
      next();
    });
    next();
  });
}
function next() {
  while (running < 6 && waiting.length) {
    running++;
    waiting.shift()();
  }
}

const joined = (a, b) => {
  const r = new Float64Array(a.length + b.length);
  r.set(a);
  r.set(b, a.length);
  return r;
};

// What is known of a tag in runs, for one look (axis, smoothing, zoom).
export class SeriesSet {
  constructor(tag) {
    this.tag = tag;
    this.look = '';
    this.known = new Map();   // by run
    this.whole = new Map();   // the same without zoom: what is drawn beside a part, until it is there
  }
  // Brings what is missing or new, runs that the server reads again part by part; `some` is called when a part is there. Resolves to whether some runs are still being read for the first time.
  async load(ids, buckets, zoom, some) {
    const logx = state.logx && state.axis !== 'time';
    const look = JSON.stringify([server.epoch, state.axis, state.smooth, logx, zoom, buckets]);
    const fresh = look !== this.look;
    if (fresh) {
      for (const [id, d] of [...this.known]) {
        if (ids.includes(id)) d.grow = false;   // drawn until the new one is there, never added to
        else this.known.delete(id);
      }
    }
    const base = JSON.stringify([server.epoch, state.axis, state.smooth, logx]);
    if (base !== this.base) this.whole.clear();
    this.base = base;
    let waiting = [];
    for (let k = 0; k < ids.length; k += 250) waiting.push(...await this.part(ids.slice(k, k + 250), buckets, zoom, fresh));   // addresses have an end
    this.look = look;
    while (waiting.length) {
      some?.();
      const left = await this.part(waiting.slice(0, 250), buckets, zoom, fresh);
      if (left.length >= Math.min(250, waiting.length)) return true;
      waiting = [...left, ...waiting.slice(250)];
    }
    return false;
  }
  async part(ids, buckets, zoom, fresh) {
    const logx = state.logx && state.axis !== 'time';
    const axis = state.axis === 'time' ? 'wall' : state.axis;
    const known = fresh || zoom ? '' : ids.filter((id) => this.known.get(id)?.grow).map((id) => `${id}:${this.known.get(id).total}:${this.known.get(id).last}`).join(',');
    const params = { tag: this.tag, runs: idList(ids), axis, smooth: state.smooth || '', n: buckets, logx: logx ? 1 : '', from: zoom?.[0], to: zoom?.[1], known };
    const [head, column] = await inTurn(() => getColumns('scalars', params));
    for (const r of head.runs) {
      const got = { step: column(r.n), wall: column(r.n), value: column(r.n), smooth: column(r.n) };
      const old = this.known.get(r.id);
      const add = r.append && old && !fresh;
      if (add && !r.n) continue;
      if (add) for (const k of Object.keys(got)) got[k] = joined(old[k], got[k]);
      const d = { ...got, total: r.total, last: r.last, start: r.start, sampled: add ? old.sampled : r.n < r.total, grow: got.step.length < 12 * buckets };
      if (!zoom) this.whole.set(r.id, d);
      this.known.set(r.id, zoom ? within(this.whole.get(r.id), d) : d);
    }
    return head.waiting;
  }
}

function xOf(d) {
  if (d.axis !== state.axis) Object.assign(d, { axis: state.axis, x: state.axis === 'step' ? d.step : state.axis === 'time' ? d.wall : d.wall.map((t) => t - d.start) });
  return d.x;
}
// A part in detail, and before and after it the whole.
function within(whole, part) {
  if (!whole || !part.step.length) return part;
  const x = xOf(whole), p = xOf(part);
  for (const v of [x, p]) for (let i = 1; i < v.length; i++) if (v[i] < v[i - 1]) return part;   // a run that began anew
  const a = d3.bisectLeft(x, p[0]), b = d3.bisectRight(x, p[p.length - 1]);
  const r = { ...part, axis: '', grow: false };
  for (const k of ['step', 'wall', 'value', 'smooth']) r[k] = joined(joined(whole[k].subarray(0, a), part[k]), whole[k].subarray(b));
  return r;
}

// What a chart draws of the runs shown.
export function linesOf(set, runs) {
  const lines = [], groups = new Map();
  for (const r of runs) {
    const d = set.known.get(r.id);
    if (!d || !d.step.length) continue;
    const one = { key: r.id, name: r.name, color: colorOf(r), x: xOf(d), y: d.smooth, raw: state.smooth > 0 ? d.value : null, step: d.step, wall: d.wall, start: d.start, value: d.value };
    const g = groupOf(r.name);
    if (g === null) lines.push(one);
    else if (groups.has(g)) groups.get(g).push(one);
    else groups.set(g, [one]);
  }
  if (lines.length > 40) for (const l of lines) l.raw = null;
  for (const [g, members] of groups) lines.push(members.length > 1 ? average(g, members) : { ...members[0], name: g, color: groupColor(g) });
  return lines;
}

// Mean and band of runs that are one group, at places where one of them has a point, each run drawn out linearly between its own.
function average(name, members) {
  const all = [];
  for (const m of members) for (const v of m.x) all.push(v);
  all.sort((a, b) => a - b);
  const places = [];
  const most = 400;
  const unique = all.filter((v, i) => i === 0 || v !== all[i - 1]);
  const every = Math.max(1, unique.length / most);
  for (let k = 0; k < unique.length; k += every) places.push(unique[Math.floor(k)]);
  if (places[places.length - 1] !== unique[unique.length - 1]) places.push(unique[unique.length - 1]);
  const n = places.length, x = Float64Array.from(places), y = new Float64Array(n).fill(NaN), low = new Float64Array(n).fill(NaN), high = new Float64Array(n).fill(NaN), step = new Float64Array(n), wall = new Float64Array(n);
  const at = members.map(() => 0);
  for (let k = 0; k < n; k++) {
    let count = 0, sum = 0, squares = 0, a = Infinity, b = -Infinity;
    members.forEach((m, i) => {
      if (x[k] < m.x[0] || x[k] > m.x[m.x.length - 1]) return;
      while (at[i] + 1 < m.x.length && m.x[at[i] + 1] <= x[k]) at[i]++;
      const j = at[i], t = j + 1 < m.x.length && m.x[j + 1] > m.x[j] ? (x[k] - m.x[j]) / (m.x[j + 1] - m.x[j]) : 0;
      const v = t > 0 ? m.y[j] * (1 - t) + m.y[j + 1] * t : m.y[j];
      if (!Number.isFinite(v)) return;
      count++;
      sum += v;
      squares += v * v;
      a = Math.min(a, v);
      b = Math.max(b, v);
      step[k] = m.step[j];
      wall[k] = m.wall[j];
    });
    if (!count) continue;
    y[k] = sum / count;
    const deviation = Math.sqrt(Math.max(0, squares / count - y[k] * y[k]));
    low[k] = state.band === 'range' ? a : y[k] - deviation;
    high[k] = state.band === 'range' ? b : y[k] + deviation;
  }
  return { key: `group ${name}`, name: `${name} (${members.length})`, color: groupColor(name), x, y, low, high, step, wall, start: members[0].start, width: 2 };
}
