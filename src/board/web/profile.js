// Traces of profilers: spans over time, one lane for each thread, and where the time goes by name.
import { PALETTE, bytesText, colors, debounce, durationText, el, empty, getJson, icon, iconButton, idList, numberText, pattern } from '/util.js';
import { listen, runs, shown } from '/state.js';

const ROW = 20, LANE_HEAD = 22;
const us = (t) => durationText(t / 1e6);

// Spans with their depth, by thread. Begin and end events are joined.
export function parseTrace(json) {
  const events = Array.isArray(json) ? json : json.traceEvents || [], lanes = new Map(), names = new Map(), open = new Map();
  const lane = (e) => {
    const key = `${e.pid} ${e.tid}`;
    if (!lanes.has(key)) lanes.set(key, { key, pid: e.pid, tid: e.tid, spans: [] });
    return lanes.get(key);
  };
  for (const e of events) {
    if (!e || typeof e !== 'object') continue;
    if (e.ph === 'X' && Number.isFinite(e.ts)) lane(e).spans.push({ name: String(e.name), start: e.ts, end: e.ts + Math.max(0, +e.dur || 0), args: e.args, cat: e.cat });
    else if (e.ph === 'B') {
      const key = `${e.pid} ${e.tid}`;
      if (!open.has(key)) open.set(key, []);
      open.get(key).push(e);
    } else if (e.ph === 'E') {
      const b = open.get(`${e.pid} ${e.tid}`)?.pop();
      if (b) lane(e).spans.push({ name: String(b.name), start: b.ts, end: Math.max(b.ts, e.ts), args: b.args, cat: b.cat });
    } else if (e.ph === 'M' && e.name === 'thread_name') names.set(`${e.pid} ${e.tid}`, String(e.args?.name ?? ''));
    else if (e.ph === 'M' && e.name === 'process_name') names.set(`p${e.pid}`, String(e.args?.name ?? ''));
  }
  const all = [...lanes.values()].filter((l) => l.spans.length);
  let start = Infinity, end = -Infinity;
  const totals = new Map();
  for (const l of all) {
    l.spans.sort((a, b) => a.start - b.start || b.end - a.end);
    const stack = [];
    l.depth = 0;
    for (const s of l.spans) {
      while (stack.length && stack[stack.length - 1].end <= s.start + 1e-9) stack.pop();
      s.depth = stack.length;
      s.self = s.end - s.start;
      if (stack.length) stack[stack.length - 1].self -= Math.min(s.end, stack[stack.length - 1].end) - s.start;
      stack.push(s);
      l.depth = Math.max(l.depth, s.depth + 1);
      start = Math.min(start, s.start);
      end = Math.max(end, s.end);
    }
    for (const s of l.spans) {
      const t = totals.get(s.name) || { name: s.name, count: 0, total: 0, self: 0, longest: 0 };
      t.count++;
      t.total += s.end - s.start;
      t.self += Math.max(0, s.self);
      t.longest = Math.max(t.longest, s.end - s.start);
      totals.set(s.name, t);
    }
    const process = names.get(`p${l.pid}`);
    l.name = [process, names.get(l.key) || `thread ${l.tid}`].filter(Boolean).join(' · ');
  }
  all.sort((a, b) => String(a.pid).localeCompare(String(b.pid), 'en', { numeric: true }) || String(a.tid).localeCompare(String(b.tid), 'en', { numeric: true }));
  return { lanes: all, start, end, totals: [...totals.values()] };
}

export function profilePage(box) {
  let trace = null, view = null, list = [], key = '', hit = null, sort = 'self', found = null;
  const choose = el('select', { class: 'select', 'aria-label': 'Trace', onchange: () => load() });
  const search = el('input', { type: 'search', id: 'tag-filter', placeholder: 'Find spans', 'aria-label': 'Find spans by a regular expression', spellcheck: 'false' });
  const canvas = el('canvas', { class: 'flame', role: 'img', 'aria-label': 'Spans over time', tabindex: '0' }), tip = el('div', { class: 'tip', hidden: true });
  const stage = el('div', { class: 'flame-box card' }), table = el('div', { class: 'table-box' });
  document.body.append(tip);
  box.append(el('div', { class: 'toolbar' }, choose, el('label', { class: 'field wide' }, icon('search'), search), iconButton('fit', 'All of it (z)', () => all()), el('span', { class: 'hint', text: 'Drag moves, wheel zooms, a click on a span fills the window with it.' })), stage, table);
  search.addEventListener('input', debounce(() => {
    found = search.value ? pattern(search.value) : null;
    paint();
    totals();
  }, 120));

  async function find() {
    const ids = idList(shown().map((r) => r.id));
    if (!ids) return message(runs.size ? 'No run is shown' : 'No runs yet', '');
    try {
      list = (await getJson('traces', { runs: ids })).traces;
    } catch (e) {
      return message('Not loaded', e.message);
    }
    if (!list.length) return message('No traces', 'A trace is a file in a run\'s folder whose name ends in trace.json or trace.json.gz, in the format of Chrome\'s tracing.');
    const was = choose.value;
    choose.replaceChildren(...list.map((t) => el('option', { value: `${t.run} ${t.file}`, text: `${runs.get(t.run)?.name || t.run} · ${t.file} (${bytesText(t.bytes)})` })));
    if ([...choose.options].some((o) => o.value === was)) choose.value = was;
    load();
  }
  function message(...parts) {
    trace = null;
    table.replaceChildren();
    stage.replaceChildren(empty(...parts));
  }
  async function load() {
    if (key === choose.value && trace) return;
    key = choose.value;
    const space = key.indexOf(' ');
    stage.replaceChildren(el('div', { class: 'empty' }, el('div', { class: 'spinner' })));
    try {
      trace = parseTrace(await getJson('trace', { run: key.slice(0, space), file: key.slice(space + 1) }));
    } catch (e) {
      return message('Not loaded', e.message);
    }
    if (!trace.lanes.length) return message('An empty trace', 'It holds no spans.');
    stage.replaceChildren(canvas);
    canvas.style.height = `${26 + trace.lanes.reduce((s, l) => s + LANE_HEAD + Math.min(40, l.depth) * ROW + 6, 0)}px`;
    all();
    totals();
  }
  function all() {
    if (!trace) return;
    const pad = (trace.end - trace.start) * 0.01 || 1;
    view = [trace.start - pad, trace.end + pad];
    paint();
  }
  let frame = 0;
  function paint() {
    if (!frame) frame = requestAnimationFrame(() => { frame = 0; draw(); });
  }
  const tints = new Map();
  const tint = (name) => {
    if (!tints.has(name)) {
      let h = 0;
      for (const c of name.replace(/\d+/g, '')) h = (h * 31 + c.charCodeAt(0)) >>> 0;
      tints.set(name, PALETTE[h % PALETTE.length]);
    }
    return tints.get(name);
  };
  function draw() {
    if (!trace || !view) return;
    const w = canvas.clientWidth, h = canvas.clientHeight, ratio = devicePixelRatio || 1, g = canvas.getContext('2d'), look = colors();
    if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) canvas.width = Math.round(w * ratio), canvas.height = Math.round(h * ratio);
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, w, h);
    const x = d3.scaleLinear().domain(view).range([0, w]);
    g.font = '11px system-ui, sans-serif';
    g.textBaseline = 'middle';
    g.textAlign = 'left';
    for (const t of d3.ticks(view[0] - trace.start, view[1] - trace.start, Math.max(2, w / 120))) {
      const px = Math.round(x(t + trace.start)) + 0.5;
      g.strokeStyle = look.grid;
      g.beginPath();
      g.moveTo(px, 20);
      g.lineTo(px, h);
      g.stroke();
      g.fillStyle = look.soft;
      if (px + 50 < w) g.fillText(us(t), px + 4, 11);
    }
    let y = 26;
    for (const l of trace.lanes) {
      g.fillStyle = look.soft;
      g.fillText(l.name, 8, y + LANE_HEAD / 2);
      y += LANE_HEAD;
      l.top = y;
      const last = new Float64Array(41).fill(-1);
      for (const s of l.spans) {
        if (s.end < view[0] || s.start > view[1] || s.depth >= 40) continue;
        const a = Math.max(0, x(s.start)), b = Math.min(w, x(s.end));
        if (b < last[s.depth]) continue;      // many short ones share a pixel
        const width = Math.max(1, b - a - 0.6), top = y + s.depth * ROW;
        last[s.depth] = a + width - 0.4;
        const on = !found || found.test(s.name);
        g.globalAlpha = on ? (s === hit ? 1 : 0.82) : 0.14;
        g.fillStyle = tint(s.name);
        g.fillRect(a, top, width, ROW - 2);
        if (width > 26) {
          g.fillStyle = '#fff';
          const fits = Math.floor((width - 8) / 6);
          g.fillText(s.name.length > fits ? `${s.name.slice(0, Math.max(1, fits - 1))}…` : s.name, a + 4, top + ROW / 2 - 1);
        }
      }
      g.globalAlpha = 1;
      y += Math.min(40, l.depth) * ROW + 6;
    }
  }
  function spanAt(e) {
    if (!trace) return null;
    const r = canvas.getBoundingClientRect(), px = e.clientX - r.left, py = e.clientY - r.top, t = view[0] + (px / r.width) * (view[1] - view[0]), slack = (1.5 / r.width) * (view[1] - view[0]);
    for (const l of trace.lanes) {
      const d = Math.floor((py - l.top) / ROW);
      if (d < 0 || d >= l.depth) continue;
      return l.spans.find((s) => s.depth === d && s.start - slack <= t && s.end + slack >= t) || null;
    }
    return null;
  }
  let moved = 0;
  canvas.addEventListener('pointerdown', (e) => { moved = 0; canvas.setPointerCapture(e.pointerId); });
  canvas.addEventListener('pointermove', (e) => {
    if (e.buttons & 1) {
      moved += Math.abs(e.movementX);
      const d = (e.movementX / canvas.clientWidth) * (view[1] - view[0]);
      view = [view[0] - d, view[1] - d];
      tip.hidden = true;
      return paint();
    }
    hit = spanAt(e);
    paint();
    if (!hit) return void (tip.hidden = true);
    tip.replaceChildren(el('div', { class: 'tip-row best' }, el('i', { style: { background: tint(hit.name) } }), el('span', { class: 'tip-name', text: hit.name })),
      el('div', { class: 'tip-head', text: `${us(hit.end - hit.start)}, by itself ${us(Math.max(0, hit.self))}, from ${us(hit.start - trace.start)} on` }),
      hit.args ? el('div', { class: 'tip-head wrap', text: JSON.stringify(hit.args).slice(0, 300) }) : '');
    tip.hidden = false;
    const r = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(innerWidth - r.width - 6, e.clientX + 14))}px`;
    tip.style.top = `${Math.max(4, Math.min(innerHeight - r.height - 6, e.clientY + 16))}px`;
  });
  canvas.addEventListener('pointerleave', () => { tip.hidden = true; hit = null; paint(); });
  canvas.addEventListener('click', (e) => {
    const s = moved < 4 && spanAt(e);
    if (!s) return;
    const pad = (s.end - s.start) * 0.05 || 1;
    view = [s.start - pad, s.end + pad];
    paint();
  });
  canvas.addEventListener('wheel', (e) => {
    e.preventDefault();
    const r = canvas.getBoundingClientRect(), t = view[0] + ((e.clientX - r.left) / r.width) * (view[1] - view[0]), k = Math.exp(e.deltaY * 0.0018);
    if ((view[1] - view[0]) * k < 0.01) return;
    view = [t - (t - view[0]) * k, t + (view[1] - t) * k];
    paint();
  }, { passive: false });
  canvas.addEventListener('keydown', (e) => {
    const width = view[1] - view[0], mid = (view[0] + view[1]) / 2;
    if (e.key === 'ArrowLeft' || e.key === 'ArrowRight') view = view.map((v) => v + (e.key === 'ArrowLeft' ? -0.2 : 0.2) * width);
    else if (e.key === '+' || e.key === '-') view = [mid - (width / 2) * (e.key === '+' ? 0.7 : 1.4), mid + (width / 2) * (e.key === '+' ? 0.7 : 1.4)];
    else return;
    e.preventDefault();
    paint();
  });

  function totals() {
    if (!trace) return;
    const rows = trace.totals.filter((t) => !found || found.test(t.name)).sort((a, b) => (sort === 'name' ? a.name.localeCompare(b.name) : b[sort] - a[sort])).slice(0, 300), whole = d3.sum(trace.totals, (t) => t.self) || 1;
    const head = (k, text) => el('th', { scope: 'col', class: k === 'name' ? '' : 'm', 'aria-sort': sort === k ? (k === 'name' ? 'ascending' : 'descending') : undefined }, el('button', { type: 'button', onclick: () => { sort = k; totals(); } }, el('span', { text }), sort === k ? el('span', { class: 'way', text: k === 'name' ? '▲' : '▼' }) : ''));
    table.replaceChildren(el('table', {}, el('thead', {}, el('tr', {}, head('name', 'Name'), head('self', 'By itself'), head('total', 'With what it calls'), head('count', 'Times'), head('longest', 'Longest'))),
      el('tbody', {}, rows.map((t) => el('tr', {}, el('th', { scope: 'row' }, el('span', { class: 'run-label' }, el('i', { style: { background: tint(t.name) } }), el('span', { text: t.name }))),
        el('td', { class: 'number' }, `${us(t.self)}  `, el('small', { text: `${(100 * t.self / whole).toFixed(1)} %` })), el('td', { class: 'number', text: us(t.total) }), el('td', { class: 'number', text: numberText(t.count) }), el('td', { class: 'number', text: us(t.longest) }))))));
  }
  const resizer = new ResizeObserver(paint);
  resizer.observe(canvas);
  const stop = listen((what) => {
    if (['runs', 'filter'].includes(what)) find();
    if (what === 'theme') paint();
  });
  find();
  return { close() { stop(); resizer.disconnect(); tip.remove(); }, key(k) { if (k === 'z') return all(), true; return false; } };
}
