// Hyperparameters and results, a row for each run; sorted by any column.
import { debounce, el, empty, fileName, getJson, icon, idList, numberText, pattern, save, segmented } from '/util.js';
import { colorOf, listen, runs, set, showOnly, shown, state } from '/state.js';

function ranks(values) {
  const order = d3.range(values.length).sort((a, b) => values[a] - values[b]), r = new Array(values.length);
  for (let i = 0, j; i < order.length; i = j) {
    for (j = i; j < order.length && values[order[j]] === values[order[i]]; j++);
    for (let k = i; k < j; k++) r[order[k]] = (i + j - 1) / 2;
  }
  return r;
}
function explained(pairs) {
  if (pairs.length < 4) return NaN;
  const y = ranks(pairs.map((p) => p[1])), mean = d3.mean(y), all = d3.sum(y, (v) => (v - mean) ** 2);
  if (!(all > 0)) return NaN;
  if (pairs.every((p) => typeof p[0] === 'number')) {
    const x = ranks(pairs.map((p) => p[0])), m = d3.mean(x), own = d3.sum(x, (v) => (v - m) ** 2);
    return own > 0 ? d3.sum(x, (v, i) => (v - m) * (y[i] - mean)) ** 2 / (own * all) : NaN;
  }
  const groups = new Map();
  pairs.forEach((p, i) => groups.set(String(p[0]), [...(groups.get(String(p[0])) || []), y[i]]));
  return groups.size === pairs.length ? NaN : d3.sum([...groups.values()], (g) => g.length * (d3.mean(g) - mean) ** 2) / all;
}

export function tablePage(box, ctx) {
  let data = null, which = 'last', differing = false;
  const body = el('div', { class: 'table-box', tabindex: '0', role: 'region', 'aria-label': 'Table of runs' });
  const parallel = el('div', { class: 'parallel card', hidden: true });
  const weights = el('div', { class: 'importance card', hidden: true });
  const value = segmented('Value of a metric', [['last', 'Last'], ['low', 'Lowest'], ['high', 'Highest']], which, (v) => {
    which = v;
    draw();
  });
  const pick = el('details', { class: 'menu pick' }, el('summary', { class: 'button', text: 'Columns' }), el('div', { class: 'menu-list wide' }));
  const diff = el('label', { class: 'toggle' }, el('input', { type: 'checkbox', onchange: (e) => { differing = e.target.checked; draw(); } }), el('span', { text: 'only what differs' }));
  box.append(el('div', { class: 'toolbar' }, value, diff, pick, el('button', { type: 'button', class: 'button', text: 'Save as CSV', onclick: saveCsv })), body, parallel, weights);

  const chosen = () => (state.columns ? JSON.parse(state.columns) : []);
  const load = debounce(async () => {
    const list = shown();
    if (!list.length) {
      data = null;
      return draw();
    }
    try {
      data = await getJson('table', { runs: idList(list.map((r) => r.id)), tag: chosen() });
      if (data.waiting.length) load();
    } catch (e) {
      body.replaceChildren(el('p', { class: 'failed', text: e.message }));
      return;
    }
    draw();
    columns();
  }, 60);

  function columns() {
    const inner = pick.querySelector('.menu-list');
    const search = el('input', { type: 'search', placeholder: 'Search metrics', 'aria-label': 'Search metrics' });
    const list = el('div', { class: 'pick-list' });
    const fill = () => {
      const p = pattern(search.value), now = new Set(data.metrics);
      list.replaceChildren(...data.tags.filter((t) => !p || p.test(t)).slice(0, 200).map((t) => el('label', { class: 'toggle' }, el('input', { type: 'checkbox', checked: now.has(t), onchange: (e) => {
        const next = new Set(data.metrics);
        if (e.target.checked) next.add(t);
        else next.delete(t);
        set('columns', JSON.stringify([...next]));
      } }), el('span', { text: t }))));
    };
    search.addEventListener('input', fill);
    if (pick.open) return;
    inner.replaceChildren(el('label', { class: 'field' }, icon('search'), search), list);
    fill();
  }

  function cells() {
    const byId = new Map(data.rows.map((r) => [r.id, r])), list = shown().filter((r) => byId.has(r.id));
    let cols = [...data.hparams.map((name) => ({ name, kind: 'h', get: (r) => byId.get(r.id).hparams[name] })),
      ...data.metrics.map((name) => ({ name, kind: 'm', get: (r) => byId.get(r.id).metrics[name]?.[{ last: 0, low: 1, high: 2 }[which]] }))];
    if (differing) cols = cols.filter((c) => new Set(list.map((r) => JSON.stringify(c.get(r)))).size > 1);
    const [key, way] = state.sort ? [state.sort.slice(1), state.sort[0] === '-' ? -1 : 1] : ['', 1];
    const by = cols.find((c) => c.kind + c.name === key);
    if (by) {
      list.sort((a, b) => {
        const x = by.get(a), y = by.get(b), none = (v) => v === undefined || v === null;
        if (none(x) || none(y)) return none(x) - none(y);
        return way * (typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y), 'en', { numeric: true }));
      });
    } else if (key === 'run') list.sort((a, b) => way * (a.name < b.name ? -1 : 1));
    return { list, cols, key, way };
  }

  function draw() {
    if (!data || !shown().length) {
      body.replaceChildren(runs.size ? empty('No run is shown', 'Choose some at the left.') : empty('No runs yet'));
      parallel.hidden = weights.hidden = true;
      return;
    }
    const { list, cols, key, way } = cells();
    const head = (id, name, kind) => el('th', { scope: 'col', class: kind, 'aria-sort': key === id ? (way > 0 ? 'ascending' : 'descending') : undefined },
      el('button', { type: 'button', title: name, onclick: () => set('sort', (key === id && way > 0 ? '-' : '+') + id) }, el('span', { text: name }), key === id ? el('span', { class: 'way', text: way > 0 ? '▲' : '▼' }) : ''));
    const best = new Map();
    for (const c of cols.filter((x) => x.kind === 'm')) {
      const v = list.map((r) => c.get(r)).filter((x) => typeof x === 'number');
      if (new Set(v).size > 1) best.set(c.name, /loss|error|perplexity|mae|mse/i.test(c.name) ? Math.min(...v) : /acc|score|f1|auc|precision|recall|r2/i.test(c.name) ? Math.max(...v) : null);
    }
    body.replaceChildren(el('table', {},
      el('thead', {}, el('tr', { class: 'kinds' }, el('td', {}), data.hparams.length && cols.some((c) => c.kind === 'h') ? el('td', { colspan: String(cols.filter((c) => c.kind === 'h').length), text: 'Hyperparameters' }) : '',
        cols.some((c) => c.kind === 'm') ? el('td', { colspan: String(cols.filter((c) => c.kind === 'm').length), text: `Metrics, ${{ last: 'last', low: 'lowest', high: 'highest' }[which]} values` }) : ''),
      el('tr', {}, head('run', 'Run', 'run'), cols.map((c) => head(c.kind + c.name, c.name, c.kind)))),
      el('tbody', {}, list.map((r) => el('tr', {},
        el('th', { scope: 'row' }, el('button', { type: 'button', class: 'run-link', title: `Show the charts of ${r.name} alone`, onclick: () => { showOnly(r); set('page', 'scalars'); } }, el('i', { style: { background: colorOf(r) } }), el('span', { text: r.name }))),
        cols.map((c) => {
          const v = c.get(r);
          return el('td', { class: typeof v === 'number' ? (best.get(c.name) === v ? 'number best' : 'number') : '', text: v === undefined ? '' : typeof v === 'number' ? numberText(v) : v === null ? 'NaN' : String(v), title: typeof v === 'string' ? v : undefined });
        }))))));
    lines(list, cols);
    importance(list, cols, key);
  }

  // How much of the order of runs by a metric each hyperparameter tells alone: of numbers the square of the ranks' correlation, of texts the share of the ranks' variance between them.
  // The metric is the one by which the table is sorted, else the first whose values differ.
  function importance(list, cols, key) {
    const varies = (c) => new Set(list.map((r) => c.get(r)).filter((v) => v !== undefined && v !== null)).size > 1;
    const metrics = cols.filter((c) => c.kind === 'm' && varies(c)), metric = metrics.find((c) => c.kind + c.name === key) || metrics[0];
    const settings = cols.filter((c) => c.kind === 'h' && varies(c));
    weights.hidden = !metric || !settings.length || list.length < 4;
    if (weights.hidden) return;
    const rows = settings.map((c) => ({ name: c.name, share: explained(list.map((r) => [c.get(r), metric.get(r)]).filter(([a, b]) => a !== undefined && a !== null && typeof b === 'number')) })).filter((x) => Number.isFinite(x.share)).sort((a, b) => b.share - a.share);
    weights.hidden = !rows.length;
    weights.replaceChildren(el('h3', { text: `What goes with ${metric.name}` }), ...rows.slice(0, 20).map((x) => el('div', { class: 'importance-row' }, el('span', { text: x.name, title: x.name }),
      el('svg', { viewBox: '0 0 100 12', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, el('rect', { width: '100', height: '12', fill: 'var(--grid)' }), el('rect', { width: String(100 * x.share), height: '12', fill: 'var(--accent)' })),
      el('span', { text: `${Math.round(100 * x.share)} %` }))), el('p', { class: 'hint', text: `Share of the order of the runs that one setting alone tells; of few runs it tells much by chance.` }));
  }

  // Parallel coordinates: one line a run through all columns that vary.
  function lines(list, cols) {
    const use = cols.filter((c) => new Set(list.map((r) => JSON.stringify(c.get(r))).filter((x) => x !== undefined)).size > 1).slice(0, Math.max(3, Math.floor(((parallel.clientWidth || body.clientWidth) - 20) / 92)));
    parallel.hidden = use.length < 2 || list.length < 2;
    if (parallel.hidden) return;
    const w = Math.max(320, parallel.clientWidth || body.clientWidth), h = 250, top = 44, bottom = h - 18;
    const x = d3.scalePoint().domain(use.map((_, i) => i)).range([50, w - 50]);
    const scales = use.map((c) => {
      const values = list.map((r) => c.get(r)).filter((v) => v !== undefined && v !== null);
      if (values.every((v) => typeof v === 'number')) {
        const e = d3.extent(values), log = e[0] > 0 && e[1] / e[0] > 50;
        return Object.assign((log ? d3.scaleLog() : d3.scaleLinear()).domain(e).range([bottom, top]), { ends: e.map((v) => numberText(v, 3)) });
      }
      const names = [...new Set(values.map(String))].sort(), s = d3.scalePoint().domain(names).range([bottom, top]);
      return Object.assign((v) => s(String(v)), { names, at: s });
    });
    const svg = el('svg', { viewBox: `0 0 ${w} ${h}`, width: String(w), height: String(h), role: 'img', 'aria-label': 'Runs as lines through their hyperparameters and metrics' });
    const text = (t, px, py, anchor, cls) => {
      const e = document.createElementNS('http://www.w3.org/2000/svg', 'text');
      e.textContent = t;
      for (const [k, v] of Object.entries({ x: px, y: py, 'text-anchor': anchor, class: cls })) e.setAttribute(k, v);
      return e;
    };
    const room = Math.max(5, Math.floor(((w - 100) / Math.max(1, use.length - 1) - 10) / 6.6));
    use.forEach((c, i) => {
      const anchor = i === 0 ? 'start' : i === use.length - 1 ? 'end' : 'middle', at = x(i) + (i === 0 ? -46 : i === use.length - 1 ? 46 : 0);
      svg.append(el('line', { x1: x(i), x2: x(i), y1: top, y2: bottom, class: 'axis' }), text(c.name.length > room ? `…${c.name.slice(1 - room)}` : c.name, at, 16, anchor, 'name'));
      if (scales[i].ends) svg.append(text(scales[i].ends[1], x(i), top - 7, 'middle', 'tick'), text(scales[i].ends[0], x(i), bottom + 14, 'middle', 'tick'));
      else for (const n of scales[i].names.slice(0, 8)) svg.append(text(n.slice(0, 14), x(i) + 5, scales[i].at(n) + 4, 'start', 'tick'));
    });
    for (const r of list) {
      const points = use.map((c, i) => [x(i), c.get(r)]).map(([px, v], i) => (v === undefined || v === null ? null : [px, scales[i](v)])).filter((p) => p && Number.isFinite(p[1]));
      if (points.length > 1) {
        const p = el('path', { d: d3.line().curve(d3.curveMonotoneX)(points), stroke: colorOf(r), class: 'run' });
        const title = document.createElementNS('http://www.w3.org/2000/svg', 'title');
        title.textContent = r.name;
        p.append(title);
        svg.append(p);
      }
    }
    parallel.replaceChildren(svg);
  }
  function saveCsv() {
    if (!data) return;
    const { list, cols } = cells();
    const cell = (v) => {
      let t = v === undefined || v === null ? '' : String(v);
      if (/^[=+@\t\r]/.test(t) || (/^-/.test(t) && !Number.isFinite(+t))) t = `'${t}`;
      return /[",\n]/.test(t) ? `"${t.replace(/"/g, '""')}"` : t;
    };
    save(new Blob([[['run', ...cols.map((c) => c.name)], ...list.map((r) => [r.name, ...cols.map((c) => c.get(r))])].map((row) => row.map(cell).join(',')).join('\n') + '\n'], { type: 'text/csv' }), fileName('runs', '.csv'));
  }
  const stop = listen((what) => {
    if (['runs', 'filter', 'data', 'columns', 'tags'].includes(what)) load();
    if (['sort', 'theme', 'group'].includes(what)) draw();
  });
  const resized = debounce(() => data && draw(), 100);
  addEventListener('resize', resized);
  body.append(el('div', { class: 'empty' }, el('div', { class: 'spinner' })));
  load();
  return { close() { stop(); removeEventListener('resize', resized); } };
}
