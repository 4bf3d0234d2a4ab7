// Charts of scalars: pinned ones, then by the first part of their names.
import { address, debounce, el, empty, icon, iconButton, idList, isPattern, pattern, segmented, throttle, toast, toggle, unwatch, whenVisible } from '/util.js';
import { Plot, stepHead } from '/plot.js';
import { SeriesSet, linesOf } from '/series.js';
import { flip, listen, runs, set, shown, state } from '/state.js';

const PER_SECTION = 12, OPEN_SECTIONS = 5;

export class Card {
  constructor(tag, ctx, options = {}) {
    Object.assign(this, { tag, ctx, options, set: new SeriesSet(tag), seen: false, stale: true, logy: null });
    this.title = el('h3', { text: tag, title: tag });
    this.note = el('span', { class: 'card-note', role: 'status' });
    this.pin = iconButton('pin', 'Pin (p)', () => flip('pins', tag));
    this.log = iconButton('log', 'Logarithmic values (l)', () => this.flipLog());
    this.large = iconButton('expand', 'Large (x)', () => this.enlarge());
    this.reset = iconButton('reset', 'Show all of it again (z)', () => this.plot.zoom(null), { hidden: true });
    this.box = el('div', { class: 'card-plot' });
    this.element = el('article', { class: 'card', tabindex: '0', 'data-tag': tag, 'aria-label': `Chart of ${tag}` },
      el('header', {}, this.title, this.note, el('div', { class: 'card-tools' }, this.reset, options.plain ? '' : this.pin, this.log, this.menu(), this.large)), this.box);
    whenVisible(this.element, (v) => {
      this.seen = v;
      if (v) this.update();
    });
  }
  menu() {
    const item = (text, f) => el('button', { type: 'button', text, onclick: (e) => { e.target.closest('details').open = false; f(); } });
    const d = el('details', { class: 'menu' }, el('summary', { class: 'icon-button', 'aria-label': 'Save', title: 'Save' }, icon('save')), el('div', { class: 'menu-list' },
      item('All points, CSV', () => { el('a', { href: address('scalars.csv', { tag: this.tag, runs: idList(this.runs().map((r) => r.id)) }), download: '' }).click(); }),
      item('Drawing, SVG', () => this.plot?.saveSvg(this.tag)), item('Picture, PNG', () => this.plot?.savePng(this.tag))));
    d.addEventListener('focusout', (e) => { if (!d.contains(e.relatedTarget)) d.open = false; });
    return d;
  }
  runs() {
    const there = new Set((this.ctx.index.tags.find((t) => t.tag === this.tag && t.kind === 'scalars') || { runs: [] }).runs);
    return shown().filter((r) => there.has(r.id));
  }
  flipLog() {
    this.logy = !(this.logy ?? state.logy);
    this.draw();
  }
  enlarge() {
    const on = this.element.classList.toggle('large');
    this.large.replaceChildren(icon(on ? 'shrink' : 'expand'));
    this.element.scrollIntoView({ block: 'nearest' });
    this.stale = true;
    setTimeout(() => this.update(), 50);
  }
  // New points of these runs, or anything.
  touch(ids) {
    if (ids && !ids.some((id) => this.set.known.has(id)) && this.set.known.size) return;
    this.stale = true;
    if (this.seen) this.update();
  }
  async update() {
    this.pin.setAttribute('aria-pressed', String(state.pins.has(this.tag)));
    if (!this.plot) {
      this.plot = new Plot(this.box, { label: `Chart of ${this.tag}`, tipHead: stepHead, onzoom: (z) => this.zoomed(z) });
    }
    const list = this.runs();
    if (!this.stale && list.every((r) => this.set.known.has(r.id))) return this.draw();
    if (this.loading) return void (this.again = true);
    this.stale = false;
    this.loading = true;
    const width = Math.max(200, this.box.clientWidth || 400);
    try {
      const more = list.length ? await this.set.load(list.map((r) => r.id), Math.min(1500, Math.round(width)), this.range, () => this.draw()) : false;
      this.note.textContent = '';
      if (more) setTimeout(() => this.touch(), 400);
    } catch (e) {
      this.note.textContent = 'not loaded';
      this.note.title = e.message;
      this.stale = true;
    }
    this.loading = false;
    if (this.closed) return;
    this.draw();
    if (this.again) {
      this.again = false;
      this.update();
    }
  }
  draw() {
    if (!this.plot) return;
    const logy = this.logy ?? state.logy;
    this.log.setAttribute('aria-pressed', String(logy));
    const lines = linesOf(this.set, this.runs());
    this.plot.set(lines, { logy, logx: state.logx && state.axis !== 'time', outliers: state.outliers, xKind: { step: 'number', relative: 'duration', time: 'time' }[state.axis], yText: this.options.yText });
    this.element.classList.toggle('drawn', lines.length > 0);
  }
  zoomed = throttle((z) => {
    if (this.closed) return;
    this.range = z || undefined;
    this.reset.hidden = !z;
    this.stale = true;
    this.update();
  }, 100);
  close() {
    this.closed = true;
    unwatch(this.element);
    this.plot?.close();
  }
}

export function scalarsPage(box, ctx) {
  const cards = new Map();       // by where they stand and what they show
  const pages = new Map();       // how many of a section
  let drawnRuns = false;

  const smooth = el('input', { type: 'range', min: '0', max: '0.99', step: '0.01', value: state.smooth, 'aria-label': 'Smoothing', id: 'smooth' });
  const smoothText = el('output', { text: state.smooth.toFixed(2), for: 'smooth' });
  smooth.addEventListener('input', () => set('smooth', +smooth.value));
  const search = el('input', { type: 'search', id: 'tag-filter', value: state.tag, placeholder: 'Search tags', 'aria-label': 'Search tags by a regular expression', spellcheck: 'false', autocomplete: 'off' });
  search.addEventListener('input', debounce(() => {
    search.classList.toggle('bad', !isPattern(search.value));
    if (isPattern(search.value)) set('tag', search.value);
  }, 150));
  const axis = segmented('Horizontal axis', [['step', 'Step'], ['relative', 'Relative'], ['time', 'Time']], state.axis, (v) => set('axis', v));
  const logx = toggle('log x', state.logx, (v) => set('logx', v)), logy = toggle('log y', state.logy, (v) => set('logy', v));
  const outliers = toggle('outliers', state.outliers, (v) => set('outliers', v), 'Whether the axis reaches to single points far from the others');
  const band = segmented('Band of groups', [['range', 'min–max'], ['deviation', '± deviation']], state.band, (v) => set('band', v));
  const size = segmented('Size of charts', [['s', 'S'], ['m', 'M'], ['l', 'L']], state.size, (v) => set('size', v));
  const list = el('div', { class: 'sections' });
  box.append(el('div', { class: 'toolbar' }, el('label', { class: 'field wide' }, icon('search'), search), el('label', { class: 'slider' }, el('span', { text: 'Smoothing' }), smooth, smoothText), axis, el('div', { class: 'toggles' }, logx, logy, outliers), band, size), list);

  function card(key, tag) {
    if (!cards.has(key)) cards.set(key, new Card(tag, ctx));
    return cards.get(key);
  }
  function build() {
    const p = pattern(state.tag);
    const tags = (ctx.index.byKind.scalars || []).filter((t) => (!p || p.test(t.tag)));
    const sections = new Map();
    for (const t of tags) {
      const name = t.tag.includes('/') ? t.tag.slice(0, t.tag.indexOf('/')) : '';
      if (name === 'system' && !state.tag) continue;    // has a page of its own
      if (!sections.has(name)) sections.set(name, []);
      sections.get(name).push(t.tag);
    }
    const used = new Set(), parts = [];
    const add = (name, title, members, open, pinned) => {
      const most = pages.get(name) || PER_SECTION;
      const inner = el('div', { class: `grid size-${state.size}` });
      if (open) {
        for (const tag of members.slice(0, most)) {
          const key = `${pinned ? 'pin' : 'tag'} ${tag}`;
          used.add(key);
          inner.append(card(key, tag).element);
        }
      }
      parts.push(el('section', { class: 'section' },
        el('button', { type: 'button', class: 'section-head', 'aria-expanded': String(open), onclick: () => {
          if (pinned) return;
          state.closed.delete(name);
          state.opened.delete(name);
          flip(open ? 'closed' : 'opened', name, true);
        } }, pinned ? icon('pin') : icon('down'), el('span', { text: title }), el('span', { class: 'count', text: String(members.length) })),
        open ? inner : '',
        open && members.length > most ? el('button', { type: 'button', class: 'more', text: `${Math.min(PER_SECTION * 2, members.length - most)} more of ${members.length - most}`, onclick: () => {
          pages.set(name, most + PER_SECTION * 2);
          build();
        } }) : ''));
    };
    const all = new Set((ctx.index.byKind.scalars || []).map((t) => t.tag));
    const pins = [...state.pins].filter((t) => all.has(t));
    if (pins.length) add('\0pins', 'Pinned', pins, true, true);
    let k = 0;
    // Those that stand alone share a section. What tells how well it goes comes first.
    const single = [...sections].filter(([name, members]) => members.length === 1 || name === '').flatMap(([name, members]) => (sections.delete(name), members));
    const first = (name) => (/loss|acc|val|eval|test|train|metric/i.test(name) ? 0 : 1);
    const ordered = [...sections].sort((a, b) => first(a[0]) - first(b[0]) || a[0].localeCompare(b[0], 'en', { numeric: true }));
    if (single.length) ordered.push(['', single]);
    for (const [name, members] of ordered) {
      members.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
      const open = state.closed.has(name) ? false : state.opened.has(name) || k < OPEN_SECTIONS || !!state.tag;
      k++;
      add(name, name || (sections.size ? 'others' : 'charts'), members, open, false);
    }
    for (const [key, c] of [...cards]) {
      if (used.has(key)) continue;
      c.close();
      cards.delete(key);
    }
    band.hidden = !state.group;
    if (!parts.length) parts.push(nothing(tags.length));
    keepFocus(() => list.replaceChildren(...parts));
  }
  function nothing() {
    if (!runs.size) {
      return empty('No runs yet', 'The board shows every folder below that holds event files, as soon as they are there. In a program:',
        el('pre', { text: '#include <wick/log.h>\n\nwick::logging::SummaryWriter writer("runs/first");\nwriter.add_scalar("loss", loss.item<float>(), step);' }));
    }
    if (!shown().length) return empty('No run is shown', 'Choose some at the left.');
    if (ctx.index.waiting.length) return el('div', { class: 'empty' }, el('div', { class: 'spinner' }), el('p', { text: 'Reading the runs …' }));
    if (state.tag) return empty('No such tag', `None of the runs shown has a scalar that matches ${state.tag}.`);
    return empty('No scalars', 'The runs shown hold none.');
  }
  function keepFocus(f) {
    const a = document.activeElement, tag = a?.dataset?.tag;
    f();
    if (tag !== undefined && document.activeElement !== a) [...list.querySelectorAll('.card')].find((c) => c.dataset.tag === tag)?.focus({ preventScroll: true });
  }
  const update = (f) => { for (const c of cards.values()) f(c); };
  const reload = throttle(() => update((c) => c.touch()), 100);
  const stop = listen((what, detail) => {
    if (['tags', 'tag', 'pins', 'closed', 'opened', 'size'].includes(what)) build();
    if (what === 'tags') update((c) => c.touch());
    if (what === 'waiting' && !cards.size) build();
    if (['pins', 'group', 'band', 'logy', 'outliers', 'theme', 'runs', 'filter'].includes(what)) {
      if (what === 'runs' && !shown().length !== drawnRuns) drawnRuns = !shown().length, build();
      update((c) => { if (c.seen) c.update(); });
      logy.set(state.logy);
      outliers.set(state.outliers);
      band.hidden = !state.group;
    }
    if (['smooth', 'axis', 'logx'].includes(what)) {
      smooth.value = state.smooth;
      smoothText.textContent = state.smooth.toFixed(2);
      axis.set(state.axis);
      if (what === 'axis') update((c) => { if (c.plot) c.plot.view = null; c.range = undefined; c.reset.hidden = true; });
      reload();
    }
    if (what === 'data') update((c) => c.touch(detail));
  });
  build();

  const focused = () => [...cards.values()].find((c) => c.element.contains(document.activeElement));
  return {
    close() {
      stop();
      update((c) => c.close());
    },
    key(k) {
      if (k === 'j' || k === 'k') {
        const all = [...list.querySelectorAll('.card')], at = all.indexOf(document.activeElement?.closest?.('.card'));
        const next = all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + (k === 'j' ? 1 : -1)))];
        next?.focus({ preventScroll: true });
        next?.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
        return true;
      }
      const c = focused();
      if (!c) return 'pxlz+-'.includes(k) ? (toast('j goes to a chart first.'), true) : false;
      if (k === 'p') flip('pins', c.tag);
      else if (k === 'x') c.enlarge();
      else if (k === 'l') c.flipLog();
      else if (k === 'z') c.plot?.zoom(null);
      else if (k === '+' || k === '=') c.plot?.scale(0.7);
      else if (k === '-') c.plot?.scale(1 / 0.7);
      else if (k === 'ArrowLeft' || k === 'ArrowRight') c.plot?.shift(k === 'ArrowLeft' ? -60 : 60);
      else return false;
      return true;
    },
  };
}
