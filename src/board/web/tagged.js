// Pages of one kind of thing: a section for each tag, in it a card for each run, with a slider over its steps.
import { debounce, el, empty, getJson, icon, isPattern, numberText, pattern, timeText, unwatch, whenVisible } from '/util.js';
import { inTurn } from '/series.js';
import { colorOf, flip, listen, runs, set, shown, state } from '/state.js';

export const runLabel = (r) => el('span', { class: 'run-label', title: r.name }, el('i', { style: { background: colorOf(r) } }), el('span', { text: r.name }));

// One tag of one run. `show(point, points)` fills this.body; it is told when there are more points.
export class StepCard {
  constructor(page, tag, run) {
    Object.assign(this, { page, tag, run, points: null, at: null });
    this.slider = el('input', { type: 'range', min: '0', max: '0', step: '1', value: 0, 'aria-label': `Step of ${tag.tag} in ${run.name}` });
    this.where = el('output', { class: 'where' });
    this.body = el('div', { class: 'media-body' });
    this.steps = el('div', { class: 'steps', hidden: true }, this.slider, this.where);
    this.element = el('article', { class: 'card media', tabindex: '0', 'data-tag': `${tag.tag} ${run.name}`, 'aria-label': `${tag.tag} of ${run.name}` }, el('header', {}, runLabel(run)), this.body, this.steps);
    this.slider.addEventListener('input', () => {
      this.at = +this.slider.value === this.points.steps.length - 1 ? null : +this.slider.value;
      this.show();
      if (page.together) page.move(this, this.points.steps[+this.slider.value]);
    });
    whenVisible(this.element, (v) => {
      this.seen = v;
      if (v && !this.points) this.load();
      if (v && this.pending) this.load();
    });
  }
  async load() {
    this.pending = false;
    try {
      this.points = await inTurn(() => getJson('points', { run: this.run.id, tag: this.tag.tag, kind: this.page.kind }));
      const n = this.points.steps.length;
      this.slider.max = String(Math.max(0, n - 1));
      this.steps.hidden = n === 0;
      this.slider.disabled = n < 2;
      if (this.at === null) this.slider.value = n - 1;
      this.show();
    } catch (e) {
      this.fail(e);
    }
  }
  fail(e) { this.body.replaceChildren(el('p', { class: 'failed', text: e.message })); }
  touch() {
    this.pending = true;
    if (this.seen) this.load();
  }
  moveTo(step) {
    if (!this.points) return;
    let best = 0;
    this.points.steps.forEach((s, i) => { if (Math.abs(s - step) < Math.abs(this.points.steps[best] - step)) best = i; });
    this.at = best;
    this.slider.value = best;
    this.show();
  }
  async show() {
    const k = +this.slider.value, p = this.points;
    if (!p.steps.length) return;
    this.where.textContent = `step ${numberText(p.steps[k])}`;
    this.where.title = timeText(p.times[k]);
    if (this.shownPoint === `${k} ${p.steps[k]} ${p.times[k]}`) return;
    this.shownPoint = `${k} ${p.steps[k]} ${p.times[k]}`;
    try {
      await this.page.draw(this, k);
    } catch (e) {
      this.fail(e);
    }
  }
  close() {
    unwatch(this.element);
    this.end?.();
  }
}

// options: kind, draw(card, point), least (width of a card), tools (elements of the toolbar), what (for texts)
export function taggedPage(box, ctx, options) {
  const cards = new Map();
  const search = el('input', { type: 'search', id: 'tag-filter', value: state.tag, placeholder: 'Search tags', 'aria-label': 'Search tags by a regular expression', spellcheck: 'false', autocomplete: 'off' });
  search.addEventListener('input', debounce(() => {
    search.classList.toggle('bad', !isPattern(search.value));
    if (isPattern(search.value)) set('tag', search.value);
  }, 150));
  const page = { kind: options.kind, draw: options.draw, together: false, cards, move(from, step) { for (const c of cards.values()) if (c !== from && c.points) c.moveTo(step); }, redraw() { for (const c of cards.values()) { c.shownPoint = ''; if (c.points) c.show(); } } };
  const together = el('label', { class: 'toggle' }, el('input', { type: 'checkbox', onchange: (e) => { page.together = e.target.checked; } }), el('span', { text: 'same step everywhere' }));
  const list = el('div', { class: 'sections' });
  box.append(el('div', { class: 'toolbar' }, el('label', { class: 'field wide' }, icon('search'), search), options.tools?.(page) || '', together), list);
  const pages = new Map();

  function build() {
    const p = pattern(state.tag), visible = new Map(shown().map((r) => [r.id, r])), used = new Set(), parts = [];
    const tags = (ctx.index.byKind[options.kind] || []).filter((t) => !p || p.test(t.tag)).sort((a, b) => a.tag.localeCompare(b.tag, 'en', { numeric: true }));
    tags.forEach((t, k) => {
      const ids = t.runs.filter((id) => visible.has(id)).map((id) => visible.get(id)).sort((a, b) => (a.name < b.name ? -1 : 1));
      if (!ids.length) return;
      const key = `${options.kind}:${t.tag}`, open = state.closed.has(key) ? false : state.opened.has(key) || k < 12, most = pages.get(key) || 12;
      const inner = el('div', { class: 'grid', style: { gridTemplateColumns: `repeat(auto-fill, minmax(min(100%, ${options.least || 260}px), 1fr))` } });
      if (open) {
        for (const r of ids.slice(0, most)) {
          const c = `${r.id} ${t.tag}`;
          used.add(c);
          if (!cards.has(c)) cards.set(c, new StepCard(page, t, r));
          inner.append(cards.get(c).element);
        }
      }
      parts.push(el('section', { class: 'section' }, el('button', { type: 'button', class: 'section-head', 'aria-expanded': String(open), onclick: () => {
        state.closed.delete(key);
        state.opened.delete(key);
        flip(open ? 'closed' : 'opened', key, true);
      } }, icon('down'), el('span', { text: (t.display || t.tag).replace(/\/text_summary$/, '') }), el('span', { class: 'count', text: `${ids.length} ${ids.length === 1 ? 'run' : 'runs'}` })), open ? inner : '',
      open && ids.length > most ? el('button', { type: 'button', class: 'more', text: `${ids.length - most} more`, onclick: () => { pages.set(key, most + 24); build(); } }) : ''));
    });
    for (const [key, c] of [...cards]) {
      if (used.has(key)) continue;
      c.close();
      cards.delete(key);
    }
    if (!parts.length) parts.push(empty(`No ${options.what}`, runs.size ? `None of the runs shown has ${options.what}${state.tag ? ` that match ${state.tag}` : ''}.` : 'There are no runs yet.'));
    list.replaceChildren(...parts);
  }
  const stop = listen((what, detail) => {
    if (['tags', 'tag', 'closed', 'opened', 'runs', 'filter'].includes(what)) build();
    if (what === 'data') for (const c of cards.values()) if (detail.includes(c.run.id)) c.touch();
    if (what === 'theme' || what === 'group') page.redraw();
  });
  build();
  return {
    close() {
      stop();
      for (const c of cards.values()) c.close();
    },
    key(k) {
      if (k !== 'j' && k !== 'k') return false;
      const all = [...list.querySelectorAll('.card')], at = all.indexOf(document.activeElement?.closest?.('.card'));
      const next = all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + (k === 'j' ? 1 : -1)))];
      next?.focus();
      next?.scrollIntoView({ block: 'nearest' });
      return true;
    },
  };
}
