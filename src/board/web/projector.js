// Vectors as points: their principal components, in two or three dimensions.
import { PALETTE, colors, debounce, el, empty, getColumns, getJson, icon, idList, numberText, pattern, segmented } from '/util.js';
import { listen, runs, set, shown, state } from '/state.js';

export function projectorPage(box) {
  let list = [], data = null, view = { yaw: 0.6, pitch: 0.35, zoom: 1, x: 0, y: 0 }, hits = null, pointer = null, key = '';
  const choose = el('select', { class: 'select', 'aria-label': 'Vectors', onchange: () => load() });
  const dims = segmented('Dimensions', [['2', '2-D'], ['3', '3-D']], state.dims, (v) => set('dims', v));
  const by = el('select', { class: 'select', 'aria-label': 'Colour by', onchange: () => { set('color', by.value); paint(); } });
  const axes = [0, 1, 2].map((k) => el('select', { class: 'select', 'aria-label': `Component on axis ${'xyz'[k]}`, onchange: () => { normalise(); paint(); } }));
  const search = el('input', { type: 'search', id: 'tag-filter', placeholder: 'Find labels', 'aria-label': 'Find labels by a regular expression', spellcheck: 'false' });
  const canvas = el('canvas', { class: 'cloud', role: 'img', 'aria-label': 'Points', tabindex: '0' });
  const note = el('div', { class: 'cloud-note' }), legend = el('div', { class: 'legend' });
  const stage = el('div', { class: 'stage card' }, canvas, note, legend);
  box.classList.add('fill');
  box.append(el('div', { class: 'toolbar' }, choose, dims, axes, by, el('label', { class: 'field wide' }, icon('search'), search)), stage);
  search.addEventListener('input', debounce(() => {
    const p = pattern(search.value);
    hits = p && data ? new Set(data.labels.map((l, i) => (l.some((t) => p.test(t)) ? i : -1)).filter((i) => i >= 0)) : null;
    paint();
  }, 120));

  async function find() {
    const ids = idList(shown().map((r) => r.id));
    if (!ids) return message(runs.size ? 'No run is shown' : 'No runs yet');
    try {
      list = (await getJson('embeddings', { runs: ids })).embeddings;
    } catch (e) {
      return message('Not loaded', e.message);
    }
    if (!list.length) return message('No vectors', 'None of the runs shown has vectors. In a program:', el('pre', { text: 'writer.add_embedding(vectors, labels);' }));
    const was = choose.value;
    choose.replaceChildren(...list.map((e) => el('option', { value: `${e.run}:${e.number}`, text: `${runs.get(e.run)?.name || e.run} · ${e.name}` })));
    if ([...choose.options].some((o) => o.value === was)) choose.value = was;
    load();
  }
  function message(...parts) {
    stage.replaceChildren(empty(...parts));
    data = null;
  }
  async function load() {
    if (key === choose.value && data) return;
    key = choose.value;
    const [run, number] = choose.value.split(':');
    stage.replaceChildren(canvas, note, legend);
    note.textContent = 'Computing principal components …';
    try {
      const [head, column] = await getColumns('embedding', { run, number });
      data = { ...head, places: column(head.n * head.components) };
    } catch (e) {
      return message('Not loaded', e.message);
    }
    axes.forEach((a, k) => {
      a.replaceChildren(...data.shares.map((s, i) => el('option', { value: String(i), text: `${'xyz'[k]}: ${i + 1} (${(100 * s).toFixed(1)} %)` })));
      a.value = String(Math.min(k, data.components - 1));
    });
    const names = data.header.length ? data.header : data.labels.length ? data.labels[0].map((_, i) => (data.labels[0].length === 1 ? 'label' : `field ${i + 1}`)) : [];
    by.replaceChildren(el('option', { value: '', text: 'one colour' }), ...names.map((n, i) => el('option', { value: String(i), text: `colour: ${n}` })));
    by.value = state.color && +state.color < names.length ? state.color : names.length ? '0' : '';
    normalise();
    paint();
  }
  function normalise() {
    if (!data) return;
    const k = axes.map((a) => +a.value), n = data.n, c = data.components;
    data.p = [0, 1, 2].map((j) => Float64Array.from({ length: n }, (_, i) => data.places[i * c + k[j]]));
    const most = Math.max(1e-12, ...data.p.slice(0, state.dims === '2' ? 2 : 3).map((p) => d3.max(p, Math.abs)));
    for (const p of data.p) for (let i = 0; i < n; i++) p[i] /= most;
  }
  function colorsOf() {
    const field = by.value;
    if (field === '') return { of: () => PALETTE[0], names: [] };
    const values = data.labels.map((l) => l[+field] ?? ''), counts = new Map();
    for (const v of values) counts.set(v, (counts.get(v) || 0) + 1);
    const numbers = values.every((v) => v !== '' && Number.isFinite(+v));
    if (counts.size <= 24) {
      const names = [...counts.keys()].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })), at = new Map(names.map((v, i) => [v, PALETTE[i % PALETTE.length]]));
      return { of: (i) => at.get(values[i]) || '#888', names: names.map((v) => [v, at.get(v), counts.get(v)]) };
    }
    if (numbers) {
      const s = d3.scaleSequential(d3.interpolateViridis).domain(d3.extent(values, Number));
      return { of: (i) => s(+values[i]), names: d3.ticks(...s.domain(), 4).map((v) => [numberText(v), s(v), '']) };
    }
    return { of: () => PALETTE[0], names: [] };
  }

  let frame = 0;
  function paint() {
    if (!frame) frame = requestAnimationFrame(() => { frame = 0; draw(); });
  }
  function draw() {
    if (!data || !data.p) return;
    axes[2].hidden = state.dims === '2';
    const w = stage.clientWidth, h = stage.clientHeight, ratio = devicePixelRatio || 1, g = canvas.getContext('2d'), look = colors();
    if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) canvas.width = Math.round(w * ratio), canvas.height = Math.round(h * ratio);
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, w, h);
    const flat = state.dims === '2', yaw = flat ? 0 : view.yaw, pitch = flat ? 0 : view.pitch, size = (Math.min(w, h) / 2 - 30) * (flat ? 0.96 : 0.74) * view.zoom;
    const cy = Math.cos(yaw), sy = Math.sin(yaw), cp = Math.cos(pitch), sp = Math.sin(pitch), n = data.n;
    const X = (data.X ||= new Float64Array(n)), Y = (data.Y ||= new Float64Array(n)), Z = (data.Z ||= new Float64Array(n));
    const project = (x, y, z) => {
      const a = x * cy + z * sy, b = z * cy - x * sy, c = y * cp - b * sp, d = b * cp + y * sp, near = flat ? 1 : 2.6 / (2.6 + d);
      return [w / 2 + view.x + a * size * near, h / 2 + view.y - c * size * near, d];
    };
    g.lineWidth = 1;
    g.strokeStyle = look.line;
    for (const [x, y, z] of flat ? [[1, 0, 0], [0, 1, 0]] : [[1, 0, 0], [0, 1, 0], [0, 0, 1]]) {
      const a = project(-x, -y, -z), b = project(x, y, z);
      g.beginPath();
      g.moveTo(a[0], a[1]);
      g.lineTo(b[0], b[1]);
      g.stroke();
    }
    for (let i = 0; i < n; i++) [X[i], Y[i], Z[i]] = project(data.p[0][i], data.p[1][i], flat ? 0 : data.p[2][i]);
    const order = d3.range(n);
    if (!flat) order.sort((a, b) => Z[b] - Z[a]);
    const color = colorsOf(), r = Math.max(2, Math.min(4.5, 120 / Math.sqrt(n)));
    for (const i of order) {
      const hit = hits && hits.has(i);
      g.globalAlpha = hits && !hit ? 0.08 : flat ? 0.75 : 0.45 + 0.45 * (0.5 - Z[i] / 2.6);
      g.fillStyle = color.of(i);
      g.beginPath();
      g.arc(X[i], Y[i], hit ? r + 1.5 : r, 0, 7);
      g.fill();
    }
    g.globalAlpha = 1;
    g.font = '12px system-ui, sans-serif';
    let best = -1, near = 144;
    if (pointer) for (let i = 0; i < n; i++) {
      const d = (X[i] - pointer[0]) ** 2 + (Y[i] - pointer[1]) ** 2;
      if (d < near) near = d, best = i;
    }
    if (hits && hits.size <= 60) for (const i of hits) label(g, i, X[i], Y[i], look);
    if (best >= 0) {
      g.strokeStyle = look.ink;
      g.lineWidth = 1.5;
      g.beginPath();
      g.arc(X[best], Y[best], r + 3, 0, 7);
      g.stroke();
      label(g, best, X[best], Y[best], look);
    }
    note.textContent = `${numberText(data.n)}${data.total > data.n ? ` of ${numberText(data.total)}` : ''} vectors of ${data.dims} numbers. ${flat ? 'Drag moves' : 'Drag turns'}, wheel zooms.`;
    legend.replaceChildren(...color.names.slice(0, 24).map(([name, c, count]) => el('span', {}, el('i', { style: { background: c } }), el('span', { text: name }), el('small', { text: String(count) }))));
  }
  function label(g, i, x, y, look) {
    const text = (data.labels[i] || [`row ${data.rows[i]}`]).join('  ').slice(0, 60), w = g.measureText(text).width;
    g.fillStyle = look.card;
    g.globalAlpha = 0.85;
    g.fillRect(x + 8, y - 18, w + 8, 18);
    g.globalAlpha = 1;
    g.fillStyle = look.ink;
    g.textAlign = 'left';
    g.textBaseline = 'middle';
    g.fillText(text, x + 12, y - 9);
  }
  canvas.addEventListener('pointermove', (e) => {
    const r = canvas.getBoundingClientRect();
    pointer = [e.clientX - r.left, e.clientY - r.top];
    if (e.buttons & 1) {
      if (state.dims === '2' || e.shiftKey) view.x += e.movementX, view.y += e.movementY;
      else view.yaw -= e.movementX * 0.008, view.pitch = Math.max(-1.57, Math.min(1.57, view.pitch + e.movementY * 0.008));
    }
    paint();
  });
  canvas.addEventListener('pointerdown', (e) => canvas.setPointerCapture(e.pointerId));
  canvas.addEventListener('pointerleave', () => { pointer = null; paint(); });
  canvas.addEventListener('wheel', (e) => {
    e.preventDefault();
    view.zoom = Math.max(0.2, Math.min(40, view.zoom * Math.exp(-e.deltaY * 0.0015)));
    paint();
  }, { passive: false });
  canvas.addEventListener('dblclick', () => { view = { yaw: 0.6, pitch: 0.35, zoom: 1, x: 0, y: 0 }; paint(); });
  canvas.addEventListener('keydown', (e) => {
    const d = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] }[e.key];
    if (d) view.yaw += d[0], view.pitch += d[1], e.preventDefault();
    else if (e.key === '+') view.zoom *= 1.2;
    else if (e.key === '-') view.zoom /= 1.2;
    else return;
    paint();
  });
  const resizer = new ResizeObserver(paint);
  resizer.observe(stage);
  const stop = listen((what) => {
    if (what === 'dims') normalise(), paint();
    if (what === 'theme') paint();
    if (['runs', 'filter'].includes(what)) find();
  });
  find();
  return { close() { stop(); resizer.disconnect(); box.classList.remove('fill'); } };
}
