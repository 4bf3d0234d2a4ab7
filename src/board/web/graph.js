// The graph of a model: layers from top to bottom, scopes that open and close, shapes on the edges.
import { debounce, el, empty, getJson, icon, iconButton, pattern, toast } from '/util.js';
import { listen, runs, set, shown, state } from '/state.js';

const NS = 'http://www.w3.org/2000/svg', PAD = 14, GAP_X = 26, GAP_Y = 40, HEAD = 24, MOST = 1500;
const svgText = (t, x, y, cls, anchor = 'middle') => {
  const e = document.createElementNS(NS, 'text');
  e.textContent = t;
  for (const [k, v] of Object.entries({ x, y, class: cls, 'text-anchor': anchor })) e.setAttribute(k, v);
  return e;
};
export const shapeText = (s) => (s.length ? s.map((d) => (d < 0 ? '?' : d)).join('×') : 'scalar');

// A tree of scopes from the names; its leaves are operations.
function treeOf(nodes) {
  const root = { name: '', path: '', children: new Map(), parent: null, count: 0 };
  const scopes = new Set();
  for (const [name] of nodes) for (let i = name.indexOf('/'); i > 0; i = name.indexOf('/', i + 1)) scopes.add(name.slice(0, i));
  const byName = new Map();
  for (const [name, op, inputs, shapes, attributes] of nodes) {
    let at = root;
    const parts = name.split('/');
    for (let k = 0; k < parts.length - 1; k++) {
      at.count++;
      if (!at.children.has(parts[k])) at.children.set(parts[k], { name: parts[k], path: parts.slice(0, k + 1).join('/'), children: new Map(), parent: at, count: 0 });
      at = at.children.get(parts[k]);
    }
    at.count++;
    // An operation with the name of a scope stands within it.
    let key = parts[parts.length - 1];
    if (scopes.has(name) || at.children.has(key)) key = `(${key})`;
    while (at.children.has(key)) key += '′';
    const leaf = { name: key, path: `${name}\0`, op, inputs, shapes, attributes, full: name, parent: at };
    at.children.set(key, leaf);
    byName.set(name, leaf);
  }
  return { root, byName };
}

const sourceOf = (input) => {
  const control = input[0] === '^', text = control ? input.slice(1) : input, m = /^(.*):(\d+)$/.exec(text);
  return { name: m ? m[1] : text, port: m ? +m[2] : 0, control };
};

// Edges between the children of each open scope, from those between operations.
function edgesOf(tree) {
  const levels = new Map();
  for (const node of tree.byName.values()) {
    for (const input of node.inputs) {
      const s = sourceOf(input), from = tree.byName.get(s.name) || tree.byName.get(input);
      if (!from) continue;
      const path = [];
      for (let p = from; p; p = p.parent) path.push(p);
      let b = node;
      while (b.parent && !path.includes(b.parent)) b = b.parent;
      const common = b.parent, a = path[path.indexOf(common) - 1];
      if (!common || !a || a === b) continue;
      if (!levels.has(common)) levels.set(common, new Map());
      const key = `${a.path}\n${b.path}`, e = levels.get(common).get(key) || { a, b, shapes: new Set(), count: 0, control: true };
      e.count++;
      e.control &&= s.control;
      const shape = from.shapes[s.port] || (from.shapes.length === 1 ? from.shapes[0] : null);
      if (shape) e.shapes.add(shapeText(shape));
      levels.get(common).set(key, e);
    }
  }
  return levels;
}

// Sizes and places of all that is within a scope: layers by the longest way, order by the middle of the neighbours.
function arrange(scope, open, levels) {
  const items = [...scope.children.values()];
  for (const i of items) {
    if (i.children && open.has(i.path)) arrange(i, open, levels);
    else {
      i.inner = null;
      i.w = Math.max(76, Math.min(220, 7.2 * Math.max(i.name.length + (i.children ? 4 : 0), i.op ? i.op.length * 0.86 : 0) + 24));
      i.h = i.op ? 42 : 34;
    }
  }
  const edges = [...(levels.get(scope)?.values() || [])];
  const out = new Map(items.map((i) => [i, []])), into = new Map(items.map((i) => [i, []]));
  const mark = new Map();
  for (const e of edges) out.get(e.a).push(e);
  const forward = [];
  for (const start of items) {          // what would close a circle is drawn, but does not count
    if (mark.has(start)) continue;
    const stack = [[start, 0]];
    mark.set(start, 1);
    while (stack.length) {
      const top = stack[stack.length - 1], e = out.get(top[0])[top[1]++];
      if (!e) {
        mark.set(top[0], 2);
        stack.pop();
      } else if (mark.get(e.b) !== 1) {
        forward.push(e);
        into.get(e.b).push(e);
        if (!mark.has(e.b)) mark.set(e.b, 1), stack.push([e.b, 0]);
      }
    }
  }
  const layer = new Map(), need = new Map(items.map((i) => [i, into.get(i).length]));
  const ready = items.filter((i) => !need.get(i));
  for (const i of ready) layer.set(i, 0);
  const next = new Map(items.map((i) => [i, forward.filter((e) => e.a === i)]));
  while (ready.length) {
    const i = ready.shift();
    for (const e of next.get(i)) {
      layer.set(e.b, Math.max(layer.get(e.b) || 0, layer.get(i) + 1));
      need.set(e.b, need.get(e.b) - 1);
      if (!need.get(e.b)) ready.push(e.b);
    }
  }
  // Parameters and constants stand just above what uses them.
  for (const i of items) if (!into.get(i).length && next.get(i).length) layer.set(i, Math.max(0, Math.min(...next.get(i).map((e) => layer.get(e.b))) - 1));
  const rows = [];
  for (const i of items) (rows[layer.get(i) || 0] ||= []).push(i);
  for (let k = 0; k < rows.length; k++) rows[k] ||= [];
  // What nothing connects stands in rows of eight.
  const alone = rows[0].filter((i) => !into.get(i).length && !next.get(i).length);
  if (alone.length > 8 && items.length > 8) {
    rows[0] = rows[0].filter((i) => !alone.includes(i));
    const extra = [];
    for (let k = 0; k < alone.length; k += 8) extra.push(alone.slice(k, k + 8));
    rows.unshift(...extra);
  }
  const filled = rows.filter((r) => r.length);
  const middle = () => {
    for (const r of filled) {
      const width = r.reduce((s, i) => s + i.w + GAP_X, -GAP_X);
      let x = -width / 2;
      for (const i of r) i.x = x, x += i.w + GAP_X;
    }
  };
  middle();
  for (let sweep = 0; sweep < 4; sweep++) {
    const order = sweep % 2 ? [...filled].reverse() : filled, lists = sweep % 2 ? next : into, other = sweep % 2 ? 'b' : 'a';
    for (const r of order) {
      const want = new Map(r.map((i) => {
        const n = lists.get(i);
        return [i, n.length ? n.reduce((s, e) => s + e[other].x + e[other].w / 2, 0) / n.length : i.x + i.w / 2];
      }));
      r.sort((a, b) => want.get(a) - want.get(b));
    }
    middle();
  }
  // Towards their neighbours, as far as the row has room.
  for (let sweep = 0; sweep < 3; sweep++) {
    for (const r of filled) {
      for (let k = 0; k < r.length; k++) {
        const i = r[k], near = [...into.get(i).map((e) => e.a), ...next.get(i).map((e) => e.b)];
        if (!near.length) continue;
        const want = near.reduce((s, n) => s + n.x + n.w / 2, 0) / near.length - i.w / 2;
        const low = k ? r[k - 1].x + r[k - 1].w + GAP_X : -Infinity, high = k + 1 < r.length ? r[k + 1].x - GAP_X - i.w : Infinity;
        i.x = Math.max(low, Math.min(high, want));
      }
    }
  }
  let y = HEAD + PAD, x0 = Infinity, x1 = -Infinity;
  for (const r of filled) {
    const h = Math.max(...r.map((i) => i.h));
    for (const i of r) {
      i.y = y + (h - i.h) / 2;
      x0 = Math.min(x0, i.x);
      x1 = Math.max(x1, i.x + i.w);
    }
    y += h + GAP_Y;
  }
  const least = 7.2 * scope.name.length + 60, w = Math.max(x1 - x0, least);
  for (const i of items) i.x += PAD - x0 + (w - (x1 - x0)) / 2;
  scope.inner = { items, edges };
  scope.w = w + 2 * PAD;
  scope.h = y - GAP_Y + PAD;
}

export function graphPage(box, ctx) {
  let tree = null, levels = null, open = new Set(), zoom = null, current = null;
  const choose = el('select', { class: 'select', 'aria-label': 'Run', onchange: () => set('run', choose.value) });
  const search = el('input', { type: 'search', id: 'tag-filter', placeholder: 'Find a node', 'aria-label': 'Find a node by a regular expression', spellcheck: 'false' });
  const stage = el('div', { class: 'stage card' });
  const details = el('aside', { class: 'details card', hidden: true, 'aria-label': 'Node' });
  box.classList.add('fill');
  box.append(el('div', { class: 'toolbar' }, choose, el('label', { class: 'field wide' }, icon('search'), search), el('button', { type: 'button', class: 'button', text: 'Open all', onclick: () => openAll() }),
    el('button', { type: 'button', class: 'button', text: 'Close all', onclick: () => { open = new Set(); draw(true); } }), iconButton('fit', 'Fit', () => fit())), el('div', { class: 'graph-row' }, stage, details));
  search.addEventListener('input', debounce(() => find(), 200));

  function fill() {
    const list = shown();
    if (!list.some((r) => r.name === state.run)) state.run = list[0]?.name || '';
    choose.replaceChildren(...list.map((r) => el('option', { value: r.name, text: r.name, selected: r.name === state.run })));
    choose.hidden = !list.length;
  }
  let tried = new Map();
  async function load() {
    fill();
    let run = shown().find((r) => r.name === state.run);
    if (!run) return message(runs.size ? 'No run is shown' : 'No runs yet', 'Choose a run at the left.');
    if (current === run.id) return;
    current = run.id;
    try {
      const g = await getJson('graph', { run: run.id });
      tried.set(run.id, g.nodes.length);
      if (!g.nodes.length) {
        const other = shown().find((r) => !tried.has(r.id));   // the first run that has one
        if (other && tried.size <= 20 && !state.at) {
          state.run = other.name;
          return load();
        }
        tree = null;
        return message('No graph', 'This run holds none. In a program:', el('pre', { text: 'writer.add_graph(model, input);' }));
      }
      tree = treeOf(g.nodes);
      levels = edgesOf(tree);
      open = new Set();
      // Opened from above, as long as all fits into a window.
      let visible = tree.root.children.size;
      for (let level = [tree.root]; level.length;) {
        const inner = level.flatMap((s) => [...s.children.values()]).filter((c) => c.children).sort((a, b) => b.count - a.count), opened = [];
        for (const c of inner) {
          if (visible + c.children.size > (innerWidth < 700 ? 10 : 26)) continue;
          visible += c.children.size;
          open.add(c.path);
          opened.push(c);
        }
        level = opened;
      }
      if (g.total > g.nodes.length) toast(`${g.nodes.length} of ${g.total} nodes are shown.`);
      draw(true);
    } catch (e) {
      current = null;
      message('No graph', e.message);
    }
  }
  function message(...parts) {
    details.hidden = true;
    stage.replaceChildren(empty(...parts));
  }
  function openAll() {
    if (!tree) return;
    const all = new Set();
    const go = (s) => { for (const c of s.children.values()) if (c.children) all.add(c.path), go(c); };
    go(tree.root);
    if (tree.byName.size > MOST) return toast(`${tree.byName.size} nodes are too many to draw at once; open the scopes of interest.`);
    open = all;
    draw(true);
  }

  let layer, size;
  function draw(refit) {
    if (!tree) return;
    arrange(tree.root, open, levels);
    const svg = document.createElementNS(NS, 'svg');
    svg.setAttribute('class', 'graph');
    svg.setAttribute('role', 'group');
    svg.setAttribute('aria-label', 'Graph of the model');
    const defs = el('defs', {}, el('marker', { id: 'arrow', viewBox: '0 0 8 8', refX: '7', refY: '4', markerWidth: '7', markerHeight: '7', orient: 'auto' }, el('path', { d: 'M0 0L8 4L0 8z', class: 'arrow' })));
    const before = layer?.getAttribute('transform');
    layer = el('g', {});
    svg.append(defs, layer);
    scope(layer, tree.root, 0, 0, true);
    stage.replaceChildren(svg);
    zoom = d3.zoom().scaleExtent([0.05, 3]).on('zoom', () => layer.setAttribute('transform', d3.event.transform));
    d3.select(svg).call(zoom).on('dblclick.zoom', null);
    size = [tree.root.w, tree.root.h];
    if (refit || !before) fit();
    else {
      const m = /translate\(([-\d.e]+),([-\d.e]+)\) scale\(([-\d.e]+)\)/.exec(before);
      if (m) d3.select(svg).call(zoom.transform, d3.zoomIdentity.translate(+m[1], +m[2]).scale(+m[3]));
    }
  }
  function fit() {
    const svg = stage.querySelector('svg');
    if (!svg || !tree) return;
    const w = stage.clientWidth, h = stage.clientHeight, k = Math.min(1.1, Math.max(0.3, Math.min((w - 20) / size[0], (h - 20) / size[1])));
    d3.select(svg).call(zoom.transform, d3.zoomIdentity.translate((w - k * size[0]) / 2, Math.max(8, (h - k * size[1]) / 2)).scale(k));
  }
  function scope(to, s, x, y, isRoot) {
    const g = el('g', { transform: `translate(${x} ${y})` });
    to.append(g);
    if (!isRoot) {
      g.append(el('rect', { width: s.w, height: s.h, rx: 10, class: 'scope' }));
      const head = el('g', { class: 'scope-head', tabindex: '0', role: 'button', 'aria-expanded': 'true', 'aria-label': `Close ${s.path}` }, el('rect', { width: s.w, height: HEAD, rx: 10, class: 'hit' }), svgText(`▾ ${s.name}`, 12, 17, 'scope-name', 'start'));
      const close = () => { open.delete(s.path); draw(); };
      head.addEventListener('click', close);
      head.addEventListener('keydown', (e) => { if (e.key === 'Enter' || e.key === ' ') e.preventDefault(), close(); });
      g.append(head);
    }
    const lines = el('g', {}), labels = el('g', {});
    g.append(lines);
    for (const i of s.inner.items) {
      if (i.inner) scope(g, i, i.x, i.y, false);
      else node(g, i);
    }
    const used = [];
    for (const e of s.inner.edges) {
      const ax = e.a.x + e.a.w / 2, ay = e.a.y + e.a.h, bx = e.b.x + e.b.w / 2, by = e.b.y;
      const up = by < ay, far = by - ay > 120, bend = far ? Math.min(60, Math.abs(by - ay) * 0.4) : (by - ay) * 0.5;
      // A long edge goes around what stands between.
      const between = far ? s.inner.items.filter((i) => i !== e.a && i !== e.b && i.y + i.h > ay + 4 && i.y < by - 4 && i.x < Math.max(ax, bx) + 8 && i.x + i.w > Math.min(ax, bx) - 8) : [];
      let d;
      if (up) d = `M${ax} ${e.a.y}C${ax + 80} ${e.a.y - 30} ${bx + 80} ${by + e.b.h + 30} ${bx} ${by + e.b.h}`;
      else if (between.length) {
        const right = Math.max(...between.map((i) => i.x + i.w)) + 12, left = Math.min(...between.map((i) => i.x)) - 12, mid = Math.abs(right - (ax + bx) / 2) < Math.abs(left - (ax + bx) / 2) ? right : left;
        d = `M${ax} ${ay}C${ax} ${ay + 34} ${mid} ${ay + 8} ${mid} ${ay + 52}L${mid} ${by - 52}C${mid} ${by - 8} ${bx} ${by - 34} ${bx} ${by - 2}`;
      } else d = `M${ax} ${ay}C${ax} ${ay + bend} ${bx} ${by - bend} ${bx} ${by - 2}`;
      lines.append(el('path', { d, class: e.control ? 'edge control' : 'edge', 'marker-end': 'url(#arrow)' }));
      const text = e.shapes.size === 1 ? [...e.shapes][0] : e.count > 1 ? `${e.count} tensors` : '';
      if (text && !up && !between.length) {
        const lx = (ax + bx) / 2 + 6, ly = (ay + by) / 2 + 3, w = text.length * 5.8;
        if (used.some(([ux, uy, uw]) => Math.abs(uy - ly) < 11 && lx < ux + uw && ux < lx + w)) continue;
        used.push([lx, ly, w]);
        labels.append(svgText(text, lx, ly, 'shape', 'start'));
      }
    }
    g.append(labels);
  }
  function node(to, i) {
    const isScope = !!i.children;
    const g = el('g', { class: isScope ? 'node closed-scope' : `node ${kindOf(i.op)}`, transform: `translate(${i.x} ${i.y})`, tabindex: '0', role: 'button', 'data-path': i.path,
      'aria-label': isScope ? `Open ${i.path}, ${i.count} operations` : `${i.full}, ${i.op}` }, el('rect', { width: i.w, height: i.h, rx: isScope ? 8 : i.h / 2.6 }));
    const fitText = (t, n) => (t.length > n ? `${t.slice(0, n - 1)}…` : t), room = Math.floor((i.w - 18) / 7);
    if (isScope) {
      g.append(svgText(fitText(`▸ ${i.name}`, room), i.w / 2, 21, 'name'));
      if (i.w > 110) g.append(svgText(String(i.count), i.w - 8, 13, 'tick', 'end'));
    } else if (i.op === i.name) g.append(svgText(fitText(i.name, room), i.w / 2, 26, 'name'));
    else g.append(svgText(fitText(i.name, room), i.w / 2, 18, 'name'), svgText(fitText(i.op, Math.floor((i.w - 18) / 6)), i.w / 2, 33, 'op'));
    const act = () => {
      if (isScope) {
        open.add(i.path);
        draw();
      } else tell(i);
    };
    g.addEventListener('click', act);
    g.addEventListener('keydown', (e) => { if (e.key === 'Enter' || e.key === ' ') e.preventDefault(), act(); });
    to.append(g);
  }
  function kindOf(op) {
    if (/placeholder|input|param$|IO Node|^Const|output/i.test(op)) return 'input';
    if (/param|variable|getattr|weight/i.test(op)) return 'weight';
    return 'op';
  }
  function tell(i) {
    const row = (k, v) => (v ? el('div', {}, el('dt', { text: k }), el('dd', { text: v })) : '');
    const users = [...tree.byName.values()].filter((n) => n.inputs.some((x) => sourceOf(x).name === i.full || x === i.full));
    details.replaceChildren(el('div', { class: 'dialog-head' }, el('h2', { text: i.name }), iconButton('close', 'Close', () => { details.hidden = true; })),
      el('dl', {}, row('name', i.full), row('operation', i.op), row('shapes', i.shapes.map(shapeText).join('   ')), row('inputs', i.inputs.join('\n')), row('used by', users.slice(0, 40).map((u) => u.full).join('\n')), row('attributes', i.attributes)));
    details.hidden = false;
    for (const n of stage.querySelectorAll('.node')) n.classList.toggle('chosen', n.dataset.path === i.path);
  }
  function find() {
    const p = pattern(search.value);
    if (!tree || !p || !search.value) return;
    const hits = [...tree.byName.values()].filter((n) => p.test(n.full) || p.test(n.op));
    if (!hits.length) return toast('No node matches.');
    for (const h of hits.slice(0, 40)) for (let s = h.parent; s && s.path; s = s.parent) open.add(s.path);
    draw();
    tell(hits[0]);
    for (const n of stage.querySelectorAll('.node')) n.classList.toggle('found', hits.some((h) => h.path === n.dataset.path));
    const n = [...stage.querySelectorAll('.node')].find((x) => x.dataset.path === hits[0].path);
    if (!n) return;
    const r = n.getBoundingClientRect(), b = stage.getBoundingClientRect(), svg = stage.querySelector('svg'), t = d3.zoomTransform(svg);
    d3.select(svg).call(zoom.translateBy, (b.left + b.width / 2 - r.left - r.width / 2) / t.k, (b.top + b.height / 2 - r.top - r.height / 2) / t.k);
    if (hits.length > 1) toast(`${hits.length} nodes match.`);
  }
  const stop = listen((what) => {
    if (['runs', 'filter', 'tags'].includes(what)) load();
    if (what === 'run') {
      state.at = '';
      tried = new Map([...tried, [-1, 0]]);
      current = null;
      load();
    }
  });
  load();
  return { close() { stop(); box.classList.remove('fill'); }, key(k) { if (k === 'Escape') details.hidden = true; if (k === 'z') return fit(), true; return false; } };
}
