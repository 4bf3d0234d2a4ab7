// The frame: pages, runs at the left, keys, light and dark.
import { ageText, bytesText, debounce, el, forgetColors, icon, iconButton, idList, isPattern, getJson, toast } from '/util.js';
import { colorOf, flipRun, follow, isShown, keep, kept, listen, listed, readAddress, runs, server, set, setColor, showAll, showOnly, shown, state, tell, writeAddress } from '/state.js';
import { scalarsPage } from '/scalars.js';
import { audioPage, imagesPage, tensorPage, textPage } from '/media.js';
import { customPage } from '/custom.js';
import { meshPage } from '/mesh.js';
import { histogramsPage } from '/histograms.js';
import { tablePage } from '/table.js';
import { graphPage } from '/graph.js';
import { projectorPage } from '/projector.js';
import { curvesPage } from '/curves.js';
import { profilePage } from '/profile.js';
import { alertsPage, systemPage } from '/system.js';

const PAGES = [
  ['scalars', 'Scalars', scalarsPage, (h) => h.scalars || !h.any], ['custom', 'Custom', customPage, (h) => h.custom_scalars], ['table', 'Table', tablePage, (h) => h.any], ['histograms', 'Histograms', histogramsPage, (h) => h.histograms],
  ['images', 'Images', imagesPage, (h) => h.images], ['audio', 'Audio', audioPage, (h) => h.audio], ['text', 'Text', textPage, (h) => h.text], ['graph', 'Graph', graphPage, (h) => h.any],
  ['projector', 'Projector', projectorPage, (h) => h.embeddings], ['curves', 'PR curves', curvesPage, (h) => h.pr_curves], ['mesh', 'Meshes', meshPage, (h) => h.mesh], ['tensors', 'Tensors', tensorPage, (h) => h.tensor], ['profile', 'Profile', profilePage, (h) => h.traces],
  ['system', 'System', systemPage, () => true], ['alerts', 'Alerts', alertsPage, (h) => h.any],
];

const $ = (id) => document.getElementById(id);
export const index = { tags: [], byKind: {}, waiting: [] };   // of the runs shown: {tag, kind, runs}
let page = null, pageName = '', alerts = 0;
const has = { any: false };

// The tags of the runs shown; asked again when these are others, or when some are still being read.
let asking = false, again = false, lastTags = '';
export async function loadTags() {
  if (asking) return void (again = true);
  asking = true;
  try {
    const list = shown();
    const t = list.length ? await getJson('tags', { runs: idList(list.map((r) => r.id)), wait: 0.3 }) : { tags: [], sets: [], runs: {}, waiting: [] };
    const text = JSON.stringify([t.tags.length, t.runs, t.sets.map((s) => s.length)]);
    index.waiting = t.waiting;
    if (text !== lastTags) {
      lastTags = text;
      const members = t.sets.map(() => []);
      for (const [id, s] of Object.entries(t.runs)) members[s].push(+id);
      index.tags = t.tags.map(([tag, kind, display, description]) => ({ tag, kind, display, description, runs: [] }));
      t.sets.forEach((s, k) => s.forEach((i) => index.tags[i].runs.push(...members[k])));
      index.byKind = {};
      for (const g of index.tags) (index.byKind[g.kind] ||= []).push(g);
      for (const k of Object.keys(has)) delete has[k];
      has.any = runs.size > 0;
      for (const k of Object.keys(index.byKind)) has[k] = true;
      tell('tags');
      lookBeside(list);
    } else tell('waiting');
    if (t.waiting.length) setTimeout(loadTags, 150);
  } catch (e) {
    if (server.ok) toast(e.message);
  }
  asking = false;
  if (again) {
    again = false;
    loadTags();
  }
}
// Files beside the event files, and the number of alerts.
const lookBeside = debounce(async (list) => {
  const ids = idList(list.map((r) => r.id));
  if (!ids) return;
  try {
    const [e, t, a] = await Promise.all([getJson('embeddings', { runs: ids }), getJson('traces', { runs: ids }), getJson('alerts', { runs: ids, wait: 0 })]);
    has.embeddings = e.embeddings.length > 0;
    has.traces = t.traces.length > 0;
    alerts = a.alerts.length + a.doctor.length;
    nav();
  } catch { /* the next look tells */ }
}, 400);

function nav() {
  const box = $('pages');
  const visible = PAGES.filter(([id, , , there]) => there(has) || id === state.page);
  box.replaceChildren(
    el('div', { class: 'tabs' }, visible.map(([id, name]) => el('a', { href: `#page=${id}`, class: 'tab', 'aria-current': id === state.page ? 'page' : undefined,
      onclick: (e) => { e.preventDefault(); set('page', id); } }, name, id === 'alerts' && alerts ? el('span', { class: 'badge', text: String(alerts) }) : ''))),
    el('select', { class: 'page-select', 'aria-label': 'Page', onchange: (e) => set('page', e.target.value) },
      visible.map(([id, name]) => el('option', { value: id, text: id === 'alerts' && alerts ? `${name} (${alerts})` : name, selected: id === state.page }))));
  fitTabs();
}

// Many pages stand closer; the chosen one is in sight in any case.
function fitTabs() {
  const tabs = document.querySelector('.tabs');
  if (!tabs) return;
  tabs.classList.remove('tight');
  tabs.classList.toggle('tight', tabs.scrollWidth > tabs.clientWidth);
  tabs.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

function openPage() {
  if (pageName === state.page && page) return;
  page?.close?.();
  pageName = state.page;
  const found = PAGES.find(([id]) => id === state.page) || PAGES[0];
  const box = $('content');
  box.replaceChildren();
  box.scrollTop = 0;
  document.title = `${found[1]} · Wick board`;
  page = found[2](box, { index, loadTags });
  nav();
}

// The runs at the left.
let rows = null;
function side() {
  const box = $('side');
  const filter = field('search', 'filter', 'Filter runs', 'Filter runs by a regular expression', 'run-filter');
  const group = field('runs', 'group', 'Group by', 'A regular expression: runs with the same match (of its brackets) are one line with a band, e.g. ^[^/]*', 'run-group');
  rows = el('div', { class: 'run-rows', role: 'group', 'aria-label': 'Runs shown' });
  box.replaceChildren(
    el('div', { class: 'side-head' }, el('h2', { text: 'Runs' }), el('span', { class: 'count', id: 'run-count' }),
      el('button', { type: 'button', class: 'link', text: 'all', onclick: () => showAll(true), 'aria-label': 'Show all runs' }),
      el('button', { type: 'button', class: 'link', text: 'none', onclick: () => showAll(false), 'aria-label': 'Show no run' })),
    filter, group, rows, el('div', { class: 'side-foot', id: 'side-foot' }));
  list();
}
function field(iconName, key, placeholder, title, id) {
  const input = el('input', { type: 'search', id, value: state[key], placeholder, title, 'aria-label': title, spellcheck: 'false', autocomplete: 'off' });
  const change = debounce(() => {
    input.classList.toggle('bad', !isPattern(input.value));
    if (isPattern(input.value)) set(key, input.value);
  }, 150);
  input.addEventListener('input', change);
  return el('label', { class: 'field' }, icon(iconName), input);
}
const MOST_ROWS = 600;
function list() {
  if (!rows) return;
  const all = listed(), on = all.filter(isShown).length;
  $('run-count').textContent = all.length === on ? `${all.length}` : `${on} of ${all.length}`;
  const focused = document.activeElement?.dataset?.run;
  rows.replaceChildren(...all.slice(0, MOST_ROWS).map((r) => {
    const box = el('input', { type: 'checkbox', checked: isShown(r), 'data-run': r.id, onchange: () => flipRun(r) });
    const color = el('input', { type: 'color', value: colorOf(r), 'aria-label': `Colour of ${r.name}`, title: 'Colour', tabindex: '-1', onchange: (e) => setColor(r, e.target.value) });
    box.style.accentColor = colorOf(r);
    const live = Date.now() / 1000 - r.changed < 60;
    return el('div', { class: 'run-row' }, color,
      el('label', { title: `${r.name}\n${bytesText(r.bytes)}, written ${ageText(Date.now() / 1000 - r.changed)}${r.damaged ? `\n${r.damaged} damaged places` : ''}` }, box,
        el('span', { class: 'run-name', text: r.name }), live ? el('span', { class: 'live-dot', title: 'being written' }) : '', r.damaged ? el('span', { class: 'warn-mark', text: '!', title: `${r.damaged} damaged places` }) : ''),
      el('button', { type: 'button', class: 'only', text: 'only', 'aria-label': `Show only ${r.name}`, onclick: () => showOnly(r) }));
  }), all.length > MOST_ROWS ? el('p', { class: 'hint', text: `${all.length - MOST_ROWS} more; a filter narrows the list.` }) : '');
  if (focused !== undefined) rows.querySelector(`[data-run="${focused}"]`)?.focus();
  foot();
}
function foot() {
  const f = $('side-foot');
  if (!f) return;
  const n = index.waiting.length;
  f.replaceChildren(n ? el('div', { class: 'loading' }, el('progress', { max: String(shown().length), value: shown().length - n, 'aria-label': 'Runs read' }), `reading ${n} ${n === 1 ? 'run' : 'runs'}`)
    : el('span', { text: server.roots.join('  '), title: 'the folders' }));
}

function drawer(open) {
  document.body.classList.toggle('drawer', open);
  $('shade').hidden = !open;
  $('open-runs').setAttribute('aria-expanded', String(open));
  if (open) $('run-filter').focus();
}

// Light and dark: as the system says, unless chosen.
function applyTheme(t) {
  document.documentElement.style.colorScheme = t || 'light dark';
  document.documentElement.dataset.theme = t || '';
  forgetColors();
  tell('theme');
}
const isDark = () => (kept('theme') ? kept('theme') === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches);
function flipTheme() {
  const t = isDark() ? 'light' : 'dark';
  keep('theme', t);
  applyTheme(t);
  tools();
}
function tools() {
  $('tools').replaceChildren(
    el('span', { class: 'live', id: 'live', role: 'status' }),
    iconButton('link', 'Copy the address of what is shown', async () => {
      writeAddress();
      await new Promise((r) => setTimeout(r, 200));
      try {
        await navigator.clipboard.writeText(location.href);
        toast('Address copied: it shows what you see now.');
      } catch {
        toast('The address bar holds what you see now.');
      }
    }),
    iconButton(isDark() ? 'sun' : 'moon', isDark() ? 'Light' : 'Dark', flipTheme),
    iconButton('help', 'Keys (?)', help));
  live();
}
function live() {
  const l = $('live');
  if (!l) return;
  l.className = server.ok ? 'live' : 'live off';
  l.textContent = server.ok ? 'live' : 'not connected';
  l.title = server.ok ? 'New data is shown as it is written' : 'wick board does not answer; it may have been ended. Trying again.';
}

const KEYS = [['j / k', 'next, previous chart'], ['p', 'pin the chart'], ['x', 'make it large'], ['+ / -', 'zoom in, out'], ['← / →', 'move what is zoomed'], ['z', 'show all of it again'], ['l', 'logarithmic values'], ['s', 'step, relative, time'], ['[ / ]', 'smooth less, more'],
  ['/', 'search tags'], ['r', 'filter runs'], ['g', 'group runs'], ['a', 'show all runs'], ['t', 'light, dark'], ['1 … 9', 'pages'], ['?', 'this list'], ['Esc', 'close']];
function help() {
  const d = $('help');
  d.replaceChildren(el('div', { class: 'dialog-head' }, el('h2', { text: 'Keys' }), iconButton('close', 'Close', () => d.close())),
    el('dl', { class: 'keys' }, KEYS.map(([k, t]) => el('div', {}, el('dt', {}, k.split(' ').map((x) => (/^[/…]$/.test(x) && k !== '/' ? x : el('kbd', { text: x })))), el('dd', { text: t })))),
    el('p', { class: 'hint', text: 'In a chart: drag to zoom, or Ctrl and the wheel; Shift and the wheel moves; double-click shows all of it again. Grouping: ^[^/]* makes one line of all runs in a folder.' }));
  d.showModal();
}

function onKey(e) {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName) && !['checkbox', 'radio', 'range', 'color', 'button'].includes(e.target.type);
  if (e.key === 'Escape') {
    if (typing) e.target.blur();
    drawer(false);
    page?.key?.('Escape');
    return;
  }
  if (typing || $('help').open) return;
  const focus = (id) => {
    const f = $(id);
    if (!f) return;
    if (f.closest('#side') && innerWidth < 900) drawer(true);
    f.focus();
    f.select?.();
  };
  const axes = ['step', 'relative', 'time'];
  const actions = {
    '/': () => focus('tag-filter'), r: () => focus('run-filter'), g: () => focus('run-group'), a: () => showAll(true), t: flipTheme, '?': help,
    s: () => set('axis', axes[(axes.indexOf(state.axis) + 1) % 3]), '[': () => set('smooth', Math.max(0, +(state.smooth - 0.1).toFixed(2))), ']': () => set('smooth', Math.min(0.99, +(state.smooth + 0.1).toFixed(2))),
  };
  if (actions[e.key]) actions[e.key]();
  else if (/^[1-9]$/.test(e.key)) {
    const tabs = PAGES.filter(([id, , , there]) => there(has) || id === state.page);
    if (!tabs[e.key - 1]) return;
    set('page', tabs[e.key - 1][0]);
  } else if (!page?.key?.(e.key)) return;
  e.preventDefault();
}

function begin() {
  applyTheme(kept('theme') || '');
  readAddress();
  $('open-runs').append(icon('runs'));
  $('open-runs').addEventListener('click', () => drawer(!document.body.classList.contains('drawer')));
  $('shade').addEventListener('click', () => drawer(false));
  addEventListener('keydown', onKey);
  addEventListener('popstate', () => {
    readAddress();
    side();
    page?.close?.();
    page = null;
    openPage();
    loadTags();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => applyTheme(kept('theme') || ''));
  side();
  tools();
  addEventListener('resize', debounce(fitTabs, 100));
  const refresh = debounce(() => { list(); loadTags(); }, 20);
  listen((what) => {
    if (what === 'page') openPage();
    if (['runs', 'filter', 'group'].includes(what)) refresh();
    if (what === 'data') debouncedTags();
    if (what === 'tags') nav();
    if (what === 'waiting' || what === 'tags') foot();
    if (what === 'asked' || what === 'offline') live();
  });
  const debouncedTags = debounce(loadTags, 300);
  const turn = async () => {
    if (!document.hidden) await follow();
    setTimeout(turn, server.ok ? 1500 : 3000);
  };
  follow().then(() => {
    has.any = runs.size > 0;
    openPage();
    setTimeout(turn, 500);
  });
  setInterval(list, 30000);
}
document.readyState === 'loading' ? addEventListener('DOMContentLoaded', begin) : begin();
