// Charts of several tags, as a run asks for them (add_custom_scalars): lines, or one value within its bounds.
import { PALETTE, debounce, el, empty, getJson, iconButton, idList, throttle, unwatch, whenVisible } from '/util.js';
import { Plot, stepHead } from '/plot.js';
import { SeriesSet, linesOf } from '/series.js';
import { listen, runs, shown, state } from '/state.js';

const DASHES = [[], [6, 4], [2, 3], [9, 3, 2, 3], [12, 4]];

class CustomCard {
  constructor(chart, owners, ctx) {
    Object.assign(this, { chart, owners, ctx, sets: new Map(), seen: false });
    this.box = el('div', { class: 'card-plot' });
    this.note = el('span', { class: 'card-note', role: 'status' });
    this.reset = iconButton('reset', 'Show all of it again (z)', () => this.plot?.zoom(null), { hidden: true });
    const title = chart.title || [...chart.tags, ...chart.series.map((s) => s[0])].join(', ');
    this.title = title;
    this.element = el('article', { class: 'card', tabindex: '0', 'data-tag': title, 'aria-label': `Chart of ${title}` }, el('header', {}, el('h3', { text: title, title }), this.note,
      el('div', { class: 'card-tools' }, this.reset, iconButton('save', 'Save as SVG', () => this.plot?.saveSvg(title)))), this.box);
    whenVisible(this.element, (v) => {
      this.seen = v;
      if (v) this.update();
    });
  }
  // Names of tags are taken as they are, else as the beginning of a regular expression, as TensorBoard does.
  tagsOf(name) {
    const all = (this.ctx.index.byKind.scalars || []).map((t) => t.tag);
    if (all.includes(name)) return [name];
    try {
      const p = new RegExp(`^(?:${name})`);
      return all.filter((t) => p.test(t)).slice(0, 50);
    } catch {
      return [];
    }
  }
  async update() {
    if (!this.seen) return;
    if (this.loading) return void (this.again = true);
    this.loading = true;
    this.plot ||= new Plot(this.box, { label: `Chart of ${this.title}`, tipHead: stepHead, onzoom: throttle((z) => { this.range = z || undefined; this.reset.hidden = !z; this.update(); }, 100) });
    const list = shown(), margins = this.chart.series, names = [...new Set([...this.chart.tags.flatMap((t) => this.tagsOf(t)), ...margins.flat()])];
    const width = Math.min(1500, Math.max(200, this.box.clientWidth || 400));
    try {
      for (const tag of names) {
        const there = new Set((this.ctx.index.byKind.scalars || []).find((t) => t.tag === tag)?.runs || []), ids = list.filter((r) => there.has(r.id)).map((r) => r.id);
        if (!this.sets.has(tag)) this.sets.set(tag, new SeriesSet(tag));
        if (ids.length) await this.sets.get(tag).load(ids, width, this.range);
      }
      this.note.textContent = '';
    } catch (e) {
      this.note.textContent = 'not loaded';
      this.note.title = e.message;
    }
    this.loading = false;
    if (this.closed) return;
    this.draw(names);
    if (this.again) {
      this.again = false;
      this.update();
    }
  }
  draw(names) {
    const list = shown(), lines = [], one = list.filter((r) => names.some((t) => this.sets.get(t)?.known.has(r.id))).length < 2;
    const bounds = new Set(this.chart.series.flatMap((s) => s.slice(1)));
    names.filter((t) => !bounds.has(t)).forEach((tag, k) => {
      for (const l of linesOf(this.sets.get(tag), list)) {
        const margin = this.chart.series.find((s) => s[0] === tag), line = { ...l, key: `${l.key} ${tag}`, name: one ? tag : `${l.name} · ${tag}`, color: one ? PALETTE[k % PALETTE.length] : l.color, dash: one ? [] : DASHES[k % DASHES.length] };
        if (margin) Object.assign(line, this.band(margin, l));
        lines.push(line);
      }
    });
    this.plot.set(lines, { logy: state.logy, logx: state.logx && state.axis !== 'time', outliers: state.outliers, xKind: { step: 'number', relative: 'duration', time: 'time' }[state.axis] });
    this.element.classList.toggle('drawn', lines.length > 0);
  }
  // The bounds at the places of the value: linear between theirs.
  band([, lower, upper], l) {
    const find = (tag) => linesOf(this.sets.get(tag) || new SeriesSet(tag), shown()).find((x) => x.key === l.key);
    const a = find(lower), b = find(upper);
    if (!a || !b) return {};
    const at = (s) => Float64Array.from(l.x, (v) => {
      const k = d3.bisectLeft(s.x, v);
      if (k >= s.x.length || (k === 0 && s.x[0] > v)) return NaN;
      if (s.x[k] === v || k === 0) return s.y[k];
      const t = (v - s.x[k - 1]) / (s.x[k] - s.x[k - 1]);
      return s.y[k - 1] * (1 - t) + s.y[k] * t;
    });
    return { low: at(a), high: at(b) };
  }
  close() {
    this.closed = true;
    unwatch(this.element);
    this.plot?.close();
  }
}

export function customPage(box, ctx) {
  const list = el('div', { class: 'sections' });
  let cards = [], last = '';
  box.append(list);
  const load = debounce(async () => {
    const ids = idList(shown().map((r) => r.id));
    let a = { layouts: [], waiting: [] };
    try {
      if (ids) a = await getJson('layouts', { runs: ids });
    } catch (e) {
      return list.replaceChildren(el('p', { class: 'failed', text: e.message }));
    }
    if (a.waiting.length) setTimeout(load, 300);
    const text = JSON.stringify(a.layouts);
    if (text === last) return update();
    last = text;
    for (const c of cards) c.close();
    cards = [];
    const parts = a.layouts.flatMap((l) => [l.failed ? el('p', { class: 'failed', text: l.failed }) : '', ...l.categories.map((c) => {
      const mine = c.charts.map((chart) => new CustomCard(chart, l.runs, ctx));
      cards.push(...mine);
      return el('section', { class: 'section' }, el('div', { class: 'section-head', role: 'heading', 'aria-level': '2' }, el('span', { text: c.title || 'charts' }), el('span', { class: 'count', text: String(mine.length) })), el('div', { class: `grid size-${state.size}` }, mine.map((m) => m.element)));
    })]);
    list.replaceChildren(...(cards.length ? parts : [...parts, empty('No charts of several tags', runs.size ? 'None of the runs shown asks for any. In a program:' : 'There are no runs yet.', el('pre', { text: 'writer.add_custom_scalars_multilinechart({"loss/train", "loss/test"}, "quality", "loss");' }))]));
  }, 60);
  const update = throttle(() => { for (const c of cards) c.update(); }, 100);
  const stop = listen((what) => {
    if (['tags', 'runs', 'filter'].includes(what)) load();
    if (['data', 'group', 'smooth', 'axis', 'logx', 'logy', 'outliers', 'theme', 'band'].includes(what)) update();
  });
  load();
  return {
    close() {
      stop();
      for (const c of cards) c.close();
    },
    key(k) {
      const c = cards.find((x) => x.element.contains(document.activeElement));
      if (k === 'z' && c) return c.plot?.zoom(null), true;
      return false;
    },
  };
}
