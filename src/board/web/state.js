// What the page shows, kept in its address, so that a copied address shows the same; and the runs, followed.
import { PALETTE, getJson, pattern } from '/util.js';

const DEFAULTS = {
  page: 'scalars', filter: '', group: '', tag: '', smooth: 0.6, axis: 'step', logx: false, logy: false, outliers: true, band: 'range', base: 'auto', size: 'm', run: '', histogram: 'ridge',
  columns: '', sort: '', color: '', dims: '3', at: '',
};
const LISTS = ['toggled', 'pins', 'closed', 'opened'];

export const state = { ...DEFAULTS };
for (const k of LISTS) state[k] = new Set();
export const runs = new Map();     // by number: {id, name, bytes, changed, version, state, color}
export const server = { epoch: '', version: 0, roots: [], machine: [], memory: 0, processors: 0, gpus: 0, ok: true, seen: 0 };
const listeners = new Set();
const store = (() => {
  try {
    localStorage.setItem('wick-try', '1');
    return localStorage;
  } catch {
    return { getItem: () => null, setItem() {} };
  }
})();
export const kept = (k) => store.getItem(`wick.${k}`);
export const keep = (k, v) => store.setItem(`wick.${k}`, v);

// f(what): 'runs' (their list, or which are shown), 'data' (new points; the ids), or the name of what was set.
export function listen(f) {
  listeners.add(f);
  return () => listeners.delete(f);
}
export function tell(what, detail) {
  for (const f of [...listeners]) f(what, detail);
}

export function readAddress() {
  const q = new URLSearchParams(location.hash.slice(1));
  for (const [k, v] of Object.entries(DEFAULTS)) {
    const t = q.get(k);
    state[k] = t === null ? v : typeof v === 'boolean' ? t === '1' : typeof v === 'number' ? (Number.isFinite(+t) ? +t : v) : t;
  }
  state.smooth = Math.max(0, Math.min(0.999, state.smooth));
  for (const k of LISTS) state[k] = new Set(q.getAll(k));
}
let writing;
export function writeAddress(push) {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(DEFAULTS)) if (state[k] !== v) q.set(k, typeof v === 'boolean' ? (state[k] ? '1' : '0') : state[k]);
  for (const k of LISTS) for (const v of state[k]) q.append(k, v);
  const text = '#' + q;
  clearTimeout(writing);
  if (push) history.pushState(null, '', text);
  else writing = setTimeout(() => history.replaceState(null, '', text), 150);
}
export function set(name, value) {
  if (state[name] === value) return;
  state[name] = value;
  writeAddress(name === 'page');
  tell(name);
}
export function flip(list, value, on = !state[list].has(value)) {
  if (on) state[list].add(value);
  else state[list].delete(value);
  writeAddress();
  tell(list, value);
}

// Which runs are shown: the newest 20 at first; then all, or none, but for those toggled.
const AUTO = 20;
export function listed() {
  const p = pattern(state.filter);
  return [...runs.values()].filter((r) => !p || p.test(r.name)).sort((a, b) => (a.name < b.name ? -1 : 1));
}
function automatic() {
  if (runs.size <= AUTO) return null;
  return new Set([...runs.values()].sort((a, b) => b.changed - a.changed).slice(0, AUTO).map((r) => r.id));
}
let newest = null;
export function isShown(r) {
  const base = state.base === 'all' || (state.base === 'auto' && (!newest || newest.has(r.id)));
  return base !== state.toggled.has(r.name);
}
export const shown = () => listed().filter(isShown);
export function showAll(on) {
  state.base = on ? 'all' : 'none';
  state.toggled.clear();
  writeAddress();
  tell('runs');
}
export function showOnly(run) {
  state.base = 'none';
  state.toggled = new Set([run.name]);
  writeAddress();
  tell('runs');
}
export function flipRun(r) {
  if (state.toggled.has(r.name)) state.toggled.delete(r.name);
  else state.toggled.add(r.name);
  writeAddress();
  tell('runs');
}

export function groupOf(name) {
  const p = pattern(state.group);
  if (!p) return null;
  const m = p.exec(name);
  return m ? m.slice(1).filter((x) => x !== undefined).join(' ') || m[0] : null;
}
export function colorOf(r) {
  const g = groupOf(r.name);
  return g === null ? r.color : groupColor(g);
}
export function groupColor(g) {
  const all = [...new Set(listed().map((r) => groupOf(r.name)).filter((x) => x !== null))];
  return PALETTE[Math.max(0, all.indexOf(g)) % PALETTE.length];
}
export function setColor(r, color) {
  r.color = color;
  keep(`color.${r.name}`, color);
  tell('runs');
}

// Asks what is new; twice a second after a change, else every two seconds, and not while nobody looks.
export async function follow() {
  try {
    const since = server.machine.length ? server.machine[server.machine.length - 1][0] : 0;
    const s = await getJson('state', { epoch: server.epoch, since: server.version, machine: since });
    const restarted = server.epoch && s.epoch !== server.epoch;
    if (restarted) runs.clear();
    server.epoch = s.epoch;
    server.version = s.version;
    server.roots = s.roots;
    server.memory = s.memory;
    server.processors = s.processors;
    server.gpus = s.gpus;
    server.machine.push(...s.machine);
    if (server.machine.length > 1800) server.machine.splice(0, server.machine.length - 1800);
    server.seen = Date.now();
    const again = !server.ok;
    server.ok = true;
    let list = restarted || again, changed = [];
    for (const r of s.runs) {
      const known = runs.get(r.id);
      if (r.gone) list = runs.delete(r.id) || list;
      else if (known) {
        if (known.state !== r.state) list = true;
        Object.assign(known, r);
        changed.push(r.id);
      } else {
        runs.set(r.id, { ...r, color: kept(`color.${r.name}`) || PALETTE[r.id % PALETTE.length] });
        list = true;
      }
    }
    newest = automatic();
    if (list) tell('runs');
    if (changed.length || restarted) tell('data', changed);
    if (s.machine.length) tell('machine');
  } catch (e) {
    const was = server.ok;
    server.ok = false;
    if (was) tell('offline', e);
  }
  tell('asked');
}
