// Precision and recall: a chart for each tag, a line for each run, a slider over steps.
import { debounce, el, empty, getColumns, getJson, numberText, pattern, icon, unwatch, whenVisible } from '/util.js';
import { Plot } from '/plot.js';
import { inTurn } from '/series.js';
import { colorOf, listen, runs, set, shown, state } from '/state.js';

class CurveCard {
  constructor(tag) {
    this.tag = tag;
    this.steps = [];
    this.share = 1;
    this.box = el('div', { class: 'card-plot' });
    this.slider = el('input', { type: 'range', min: '0', max: '0', value: 0, 'aria-label': `Step of ${tag.tag}` });
    this.where = el('output', { class: 'where' });
    this.element = el('article', { class: 'card', tabindex: '0', 'data-tag': tag.tag, 'aria-label': `Curves of ${tag.tag}` }, el('header', {}, el('h3', { text: tag.display || tag.tag, title: tag.tag })), this.box, el('div', { class: 'steps' }, this.slider, this.where));
    this.slider.addEventListener('input', () => {
      this.chosen = +this.slider.value === this.steps.length - 1 ? null : this.steps[+this.slider.value];
      this.load();
    });
    whenVisible(this.element, (v) => { this.seen = v; if (v) this.load(); });
    this.cache = new Map();
  }
  async load() {
    if (!this.seen) return;
    this.plot ||= new Plot(this.box, { label: `Curves of ${this.tag.tag}`, xDomain: [0, 1], yDomain: [0, 1.02], tipHead: (s, i) => `recall ${numberText(s.x[i], 3)}  ·  threshold ${numberText(s.at[i], 3)}  ·  step ${numberText(s.from)}` });
    const list = shown().filter((r) => this.tag.runs.includes(r.id));
    try {
      const points = await Promise.all(list.map((r) => inTurn(() => getJson('points', { run: r.id, tag: this.tag.tag, kind: 'pr_curves' }))));
      this.steps = [...new Set(points.flatMap((p) => p.steps))].sort((a, b) => a - b);
      this.slider.max = String(Math.max(0, this.steps.length - 1));
      const step = this.chosen ?? this.steps[this.steps.length - 1];
      this.slider.value = this.steps.indexOf(step);
      this.slider.disabled = this.steps.length < 2;
      this.where.textContent = this.steps.length ? `step ${numberText(step)}` : '';
      const lines = await Promise.all(list.map(async (r, i) => {
        let k = -1;
        points[i].steps.forEach((s, j) => { if (s <= step) k = j; });
        if (k < 0) return null;
        const key = `${r.id} ${k} ${points[i].times[k]}`;
        if (!this.cache.has(key)) {
          const [head, column] = await inTurn(() => getColumns('pr_curves', { run: r.id, tag: this.tag.tag, point: k }));
          const all = Array.from({ length: 6 }, () => column(head.thresholds)), order = d3.range(head.thresholds).sort((a, b) => all[5][a] - all[5][b] || all[4][b] - all[4][a]);
          this.cache.set(key, { x: Float64Array.from(order, (o) => all[5][o]), y: Float64Array.from(order, (o) => all[4][o]), at: order.map((o) => o / Math.max(1, head.thresholds - 1)) });
        }
        return { key: r.id, name: r.name, color: colorOf(r), from: points[i].steps[k], ...this.cache.get(key) };
      }));
      this.plot.set(lines.filter(Boolean), {});
    } catch (e) {
      this.where.textContent = 'not loaded';
      this.where.title = e.message;
    }
  }
  close() {
    unwatch(this.element);
    this.plot?.close();
  }
}

export function curvesPage(box, ctx) {
  const cards = new Map(), grid = el('div', { class: 'grid size-m' });
  const search = el('input', { type: 'search', id: 'tag-filter', value: state.tag, placeholder: 'Search tags', 'aria-label': 'Search tags by a regular expression', spellcheck: 'false' });
  search.addEventListener('input', debounce(() => set('tag', search.value), 150));
  box.append(el('div', { class: 'toolbar' }, el('label', { class: 'field wide' }, icon('search'), search), el('span', { class: 'hint', text: 'Precision (upwards) over recall.' })), grid);
  function build() {
    const p = pattern(state.tag), tags = (ctx.index.byKind.pr_curves || []).filter((t) => !p || p.test(t.tag)).sort((a, b) => (a.tag < b.tag ? -1 : 1)).slice(0, 200), used = new Set(tags.map((t) => t.tag));
    for (const [k, c] of [...cards]) if (!used.has(k)) c.close(), cards.delete(k);
    const parts = tags.map((t) => {
      if (!cards.has(t.tag)) cards.set(t.tag, new CurveCard(t));
      cards.get(t.tag).tag = t;
      return cards.get(t.tag).element;
    });
    grid.replaceChildren(...(parts.length ? parts : [empty('No curves', runs.size ? 'None of the runs shown has precision-recall curves.' : 'There are no runs yet.')]));
  }
  const update = () => { for (const c of cards.values()) c.load(); };
  const stop = listen((what) => {
    if (['tags', 'tag'].includes(what)) build();
    if (['tags', 'runs', 'filter', 'group', 'data', 'theme'].includes(what)) update();
  });
  build();
  return { close() { stop(); for (const c of cards.values()) c.close(); } };
}
