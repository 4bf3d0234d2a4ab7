// Small things that every page uses. Texts from files become text nodes, never markup.
export function el(tag, props = {}, ...children) {
  const e = tag === 'svg' || SVG.has(tag) ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag);
  for (const [k, v] of Object.entries(props)) {
    if (v === undefined || v === null || v === false) continue;
    if (k.startsWith('on')) e.addEventListener(k.slice(2), v);
    else if (k === 'class') e.setAttribute('class', v);
    else if (k === 'text') e.textContent = v;
    else if (k === 'style') Object.assign(e.style, v);
    else if (k === 'value' || k === 'checked' || k === 'selected' || k === 'disabled' || k === 'open') e[k] = v;
    else e.setAttribute(k, v === true ? '' : v);
  }
  for (const c of children.flat()) if (c !== null && c !== undefined && c !== false) e.append(c);
  return e;
}
const SVG = new Set(['g', 'path', 'rect', 'line', 'circle', 'use', 'polyline', 'defs', 'marker', 'symbol']);

// Icons: 16 x 16, drawn with strokes.
const PATHS = {
  pin: 'M9.5 2.5l4 4-2 .7-2.2 2.3-.3 2.8-1 1-5.3-5.3 1-1 2.8-.3L8.8 4.5zM5.3 10.7L2.5 13.5', expand: 'M9.5 2.5h4v4M6.5 13.5h-4v-4M13.2 2.8L9.5 6.5M2.8 13.2l3.7-3.7', shrink: 'M13.5 6.5h-4v-4M2.5 9.5h4v4M9.7 6.3l3.6-3.6M6.3 9.7l-3.6 3.6',
  save: 'M8 2.5v7.5M4.8 7L8 10.2 11.2 7M2.5 13.5h11', fit: 'M2.5 5.5v-3h3M10.5 2.5h3v3M13.5 10.5v3h-3M5.5 13.5h-3v-3M5.5 8h5M8 5.5v5', log: 'M2.5 2.5v11h11M5 11c.5-5 3-7.5 8-8', close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  sun: 'M8 5a3 3 0 100 6 3 3 0 000-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1.1 1.1M11.9 11.9L13 13M3 13l1.1-1.1M11.9 4.1L13 3', moon: 'M13 9.8A5.8 5.8 0 016.2 3a5.5 5.5 0 106.8 6.8z',
  link: 'M6.5 9.5l3-3M7 4.5l1.3-1.3a3 3 0 014.4 4.4L11.5 9M9 11.5l-1.3 1.3a3 3 0 01-4.4-4.4L4.5 7', help: 'M5.8 6a2.3 2.3 0 113.3 2c-.8.4-1.1.8-1.1 1.7M8 12.3v.2', search: 'M7 2.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM10.3 10.3l3.2 3.2',
  runs: 'M2.5 4h2M7 4h6.5M2.5 8h2M7 8h6.5M2.5 12h2M7 12h6.5', down: 'M4 6l4 4 4-4', play: 'M5 3l7.5 5L5 13z', reset: 'M3 8a5 5 0 105-5 5 5 0 00-3.7 1.7L3 6M3 3v3h3',
};
export function icon(name) {
  return el('svg', { viewBox: '0 0 16 16', class: 'icon', 'aria-hidden': 'true' }, el('path', { d: PATHS[name] }));
}
export function iconButton(name, label, onclick, props = {}) {
  return el('button', { type: 'button', class: 'icon-button', 'aria-label': label, title: label, onclick, ...props }, icon(name));
}

export const debounce = (f, ms) => {
  let t;
  return (...a) => {
    clearTimeout(t);
    t = setTimeout(() => f(...a), ms);
  };
};

// At once, then again after `ms` at the earliest.
export const throttle = (f, ms) => {
  let timer = 0, then = 0, args;
  return (...a) => {
    args = a;
    timer ||= setTimeout(() => {
      timer = 0;
      then = Date.now();
      f(...args);
    }, Math.max(0, then + ms - Date.now()));
  };
};

// A regular expression, or what stands in it if it is none.
export function pattern(text) {
  if (!text) return null;
  try {
    return new RegExp(text, 'i');
  } catch {
    return null;
  }
}
export const isPattern = (text) => !text || pattern(text) !== null;

export function numberText(v, digits = 5) {
  if (v === null || v === undefined) return '–';
  if (Number.isNaN(v)) return 'NaN';
  if (!Number.isFinite(v)) return v > 0 ? '∞' : '−∞';
  if (v === 0) return '0';
  const a = Math.abs(v);
  let s;
  if (a >= 1e7 || a < 1e-4) s = v.toExponential(Math.min(digits - 1, 3)).replace(/\.?0+e/, 'e').replace('e+', 'e');
  else if (Number.isInteger(v)) s = v.toLocaleString('en-US');
  else s = String(Number(v.toPrecision(digits)));
  return s.replace('-', '−');
}
export function bytesText(n) {
  if (!Number.isFinite(n)) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let i = 0;
  while (Math.abs(n) >= 1000 && i < 4) n /= 1000, i++;
  return `${i ? Number(n.toPrecision(3)) : Math.round(n)} ${units[i]}`;
}
export function durationText(s, exact = false) {
  const sign = s < 0 ? '−' : '';
  s = Math.abs(s);
  if (s < 1e-9) return '0';
  if (s < 1) return sign + (s >= 1e-3 ? `${Number((s * 1e3).toPrecision(3))} ms` : `${Number((s * 1e6).toPrecision(3))} µs`);
  if (s < 60) return sign + `${Number(s.toPrecision(3))} s`;
  const m = Math.floor(s / 60), h = Math.floor(m / 60), d = Math.floor(h / 24);
  if (d > 0) return sign + `${d} d ${h % 24} h`;
  if (h > 0) return sign + `${h} h ${String(m % 60).padStart(2, '0')} min`;
  const rest = Math.round(s % 60);
  return sign + (exact || rest ? `${m} min ${rest} s` : `${m} min`);
}
export function ageText(seconds) {
  if (seconds < 5) return 'now';
  if (seconds < 60) return `${Math.round(seconds)} s ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86400)} d ago`;
}
export const timeText = (t) => new Date(t * 1000).toLocaleString('sv-SE');

// Numbers as the server takes them: 0-7,12.
export function idList(ids) {
  const sorted = [...ids].sort((a, b) => a - b), parts = [];
  for (let i = 0; i < sorted.length;) {
    let j = i;
    while (j + 1 < sorted.length && sorted[j + 1] <= sorted[j] + 1) j++;
    parts.push(j > i ? `${sorted[i]}-${sorted[j]}` : String(sorted[i]));
    i = j + 1;
  }
  return parts.join(',');
}

// Requests. An error is shown once, and told to who asked.
async function ask(path, params) {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(params || {})) {
    if (Array.isArray(v)) v.forEach((x) => q.append(k, x));
    else if (v !== undefined && v !== null && v !== '') q.set(k, v);
  }
  const text = q.toString();
  const r = await fetch(`/api/${path}${text ? '?' + text : ''}`);
  if (!r.ok) throw new Error((await r.text()).trim() || `${path}: ${r.status}`);
  return r;
}
export const getJson = async (path, params) => (await ask(path, params)).json();
export const address = (path, params) => `/api/${path}?${new URLSearchParams(params)}`;
// A header and a reader of the columns after it.
export async function getColumns(path, params) {
  const b = await (await ask(path, params)).arrayBuffer();
  const n = new DataView(b).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(b, 4, n)));
  let at = 4 + n;
  return [header, (count) => {
    const c = new Float64Array(b, at, count);
    at += 8 * count;
    return c;
  }];
}

export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  el('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
export const fileName = (text, ending) => text.replace(/[^a-zA-Z0-9.-]+/g, '_').slice(0, 80) + ending;

let toastTimer;
export function toast(text) {
  const t = document.getElementById('toast');
  t.textContent = text;
  t.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { t.hidden = true; }, 3500);
}

export const PALETTE = ['#3b78e7', '#e8710a', '#12a37f', '#d6437f', '#8660e8', '#b5890f', '#0f9fc9', '#cf4436', '#69952a', '#a8613a', '#7486a0', '#c94fd8'];

// Colours as the style sheet has them now, for canvases.
let theme = null;
export function colors() {
  if (theme) return theme;
  const probe = el('span', { hidden: true });
  document.body.append(probe);
  theme = {};
  for (const name of ['ink', 'soft', 'faint', 'line', 'grid', 'card', 'page', 'accent', 'bad', 'warn', 'good']) {
    probe.style.color = `var(--${name})`;
    theme[name] = getComputedStyle(probe).color;
  }
  theme.dark = getComputedStyle(document.documentElement).getPropertyValue('color-scheme').trim() === 'dark' ||
    (getComputedStyle(document.documentElement).getPropertyValue('color-scheme').includes('light dark') && matchMedia('(prefers-color-scheme: dark)').matches);
  probe.remove();
  return theme;
}
export const forgetColors = () => { theme = null; };

// Tells when an element comes near the window, and when it leaves.
const watched = new WeakMap();
const observer = new IntersectionObserver((entries) => {
  for (const e of entries) watched.get(e.target)?.(e.isIntersecting);
}, { rootMargin: '300px' });
export function whenVisible(element, f) {
  watched.set(element, f);
  observer.observe(element);
}
export function unwatch(element) {
  observer.unobserve(element);
  watched.delete(element);
}

export function segmented(label, options, value, onchange) {
  const box = el('div', { class: 'segmented', role: 'radiogroup', 'aria-label': label });
  const set = (v) => [...box.children].forEach((b) => b.setAttribute('aria-checked', String(b.dataset.value === v)));
  for (const [v, text] of options) {
    box.append(el('button', { type: 'button', role: 'radio', 'data-value': v, text, onclick: () => { set(v); onchange(v); } }));
  }
  set(value);
  box.set = set;
  return box;
}
export function toggle(label, on, onchange, title) {
  const input = el('input', { type: 'checkbox', checked: on, onchange: () => onchange(input.checked) });
  const t = el('label', { class: 'toggle', title }, input, el('span', { text: label }));
  t.set = (v) => { input.checked = v; };
  return t;
}
export function empty(title, ...lines) {
  return el('div', { class: 'empty' }, el('h2', { text: title }), lines.map((l) => (typeof l === 'string' ? el('p', { text: l }) : l)));
}
