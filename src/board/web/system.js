// This machine's load, what runs logged of theirs; and what looks wrong in runs.
import { bytesText, debounce, el, empty, getJson, idList, numberText, timeText } from '/util.js';
import { Plot } from '/plot.js';
import { Card } from '/scalars.js';
import { runLabel } from '/tagged.js';
import { flip, listen, runs, server, set, showOnly, shown, state } from '/state.js';

export function systemPage(box, ctx) {
  const plots = [], grid = el('div', { class: 'grid size-m' }), own = el('div', { class: 'grid size-m' });
  const add = (title, lines, yText, yDomain) => {
    const body = el('div', { class: 'card-plot' }), now = el('span', { class: 'now' });
    grid.append(el('article', { class: 'card', 'aria-label': title }, el('header', {}, el('h3', { text: title }), now), body));
    plots.push({ plot: new Plot(body, { label: title, xKind: 'time', yText, yDomain, fromZero: true, tipHead: (s, i) => timeText(s.x[i]) }), lines, now, yText });
  };
  const head = el('h2', { class: 'page-head', text: 'This machine' }), about = el('p', { class: 'hint' });
  box.append(head, about, grid, el('h2', { class: 'page-head', text: 'Logged by runs' }), el('p', { class: 'hint', text: 'Scalars whose names begin with system/.' }), own);
  const rate = (v) => `${bytesText(v)}/s`, share = (v) => `${numberText(v, 3)} %`;
  add('Processors', [['busy', 1, '#3b78e7']], share, [0, 100]);
  add('Memory', [['in use', 2, '#12a37f']], bytesText);
  add('Disks', [['read', 3, '#e8710a'], ['written', 4, '#8660e8']], rate);
  add('Network', [['received', 5, '#0f9fc9'], ['sent', 6, '#b5890f']], rate);
  for (let k = 0; k < server.gpus; k++) {
    add(`GPU ${k}`, [['busy', 7 + 2 * k, '#d6437f']], share, [0, 100]);
    add(`Memory of GPU ${k}`, [['in use', 8 + 2 * k, '#69952a']], bytesText);
  }
  const unitOf = (t) => (/mem|bytes|rss/i.test(t) ? bytesText : /disk|network/.test(t) ? rate : /cpu|utilization/.test(t) ? share : /temperature/.test(t) ? (v) => `${numberText(v, 3)} °C` : /power/.test(t) ? (v) => `${numberText(v, 3)} W` : undefined);
  function draw() {
    const x = Float64Array.from(server.machine, (m) => m[0]);
    about.textContent = `${server.processors} ${server.processors === 1 ? 'processor' : 'processors'}, ${bytesText(server.memory)} of memory. The last hour, while the board runs.`;
    for (const p of plots) {
      p.plot.set(p.lines.map(([name, k, color]) => ({ key: name, name, color, x, y: Float64Array.from(server.machine, (m) => m[k]) })), {});
      const last = server.machine[server.machine.length - 1];
      p.now.textContent = last ? p.lines.map(([, k]) => p.yText(last[k])).join(' · ') : '';
    }
  }
  const cards = new Map();
  function build() {
    const tags = (ctx.index.byKind.scalars || []).filter((t) => t.tag.startsWith('system/')).map((t) => t.tag).sort();
    for (const [k, c] of [...cards]) if (!tags.includes(k)) c.close(), cards.delete(k);
    own.replaceChildren(...(tags.length ? tags.map((t) => {
      if (!cards.has(t)) cards.set(t, new Card(t, ctx, { yText: unitOf(t) }));
      return cards.get(t).element;
    }) : [el('p', { class: 'hint', text: 'None of the runs shown has any.' })]));
  }
  const stop = listen((what, detail) => {
    if (what === 'machine' || what === 'theme') draw();
    if (what === 'tags') build();
    if (what === 'data') for (const c of cards.values()) c.touch(detail);
    if (['tags', 'runs', 'filter', 'group', 'smooth', 'axis', 'theme'].includes(what)) for (const c of cards.values()) c.touch();
  });
  draw();
  build();
  return {
    close() {
      stop();
      for (const p of plots) p.plot.close();
      for (const c of cards.values()) c.close();
    },
  };
}

const KINDS = { 'not finite': ['bad', 'Not finite'], diverges: ['bad', 'Diverges'], rises: ['warn', 'Rises again'], plateau: ['info', 'Plateau'] };
export function alertsPage(box) {
  const list = el('div', { class: 'alerts' }), doctor = el('div', { class: 'alerts' });
  const about = el('div', { hidden: true }, el('h2', { class: 'page-head', text: 'Doctor' }), el('p', { class: 'hint', text: 'What wick doctor says of these runs: how sure it is, why, and what to try.' }), doctor);
  box.append(el('h2', { class: 'page-head', text: 'Alerts' }), el('p', { class: 'hint', text: 'Values that are not finite; losses that rise after their lowest point, or no longer fall. Looked for in all points of the runs shown.' }), list, about);
  const SURE = { high: ['bad', 'sure'], medium: ['warn', 'likely'], low: ['info', 'perhaps'] };
  function diagnoses(all) {
    const rank = Object.keys(SURE);
    all.sort((a, b) => rank.indexOf(a.confidence) - rank.indexOf(b.confidence));
    about.hidden = !all.length;
    doctor.replaceChildren(...all.slice(0, 300).filter((f) => runs.has(f.run)).map((f) => el('div', { class: 'alert card finding' }, el('span', { class: `kind ${(SURE[f.confidence] || SURE.low)[0]}`, text: (SURE[f.confidence] || SURE.low)[1] }),
      el('div', { class: 'alert-text' }, el('b', { text: f.id }), el('span', { text: f.what }), f.evidence.map((t) => el('small', { text: t })), f.remedies.length ? el('ul', {}, f.remedies.map((t) => el('li', { text: t }))) : '', runLabel(runs.get(f.run))))));
  }
  const load = debounce(async () => {
    const ids = idList(shown().map((r) => r.id));
    if (!ids) return list.replaceChildren(empty(runs.size ? 'No run is shown' : 'No runs yet', ''));
    let a;
    try {
      a = await getJson('alerts', { runs: ids });
    } catch (e) {
      return list.replaceChildren(el('p', { class: 'failed', text: e.message }));
    }
    diagnoses(a.doctor);
    const rank = Object.keys(KINDS);
    a.alerts.sort((x, y) => rank.indexOf(x.kind) - rank.indexOf(y.kind));
    list.replaceChildren(...(a.alerts.length ? a.alerts.slice(0, 500).map((x) => {
      const run = runs.get(x.run);
      if (!run) return '';
      return el('div', { class: 'alert card' }, el('span', { class: `kind ${KINDS[x.kind][0]}`, text: KINDS[x.kind][1] }), el('div', { class: 'alert-text' }, el('b', { text: x.tag }), el('span', { text: x.text }), runLabel(run)),
        el('button', { type: 'button', class: 'button', text: 'Show', 'aria-label': `Show ${x.tag} of ${run.name}`, onclick: () => {
          if (!state.pins.has(x.tag)) flip('pins', x.tag, true);
          showOnly(run);
          set('page', 'scalars');
        } }));
    }) : [a.waiting.length ? el('div', { class: 'empty' }, el('div', { class: 'spinner' }), el('p', { text: 'Reading the runs …' })) : empty('Nothing looks wrong', 'All values of the runs shown are finite, and no loss rises or stands still.')]));
    if (a.waiting.length) setTimeout(load, 300);
  }, 100);
  let last = 0;
  const stop = listen((what) => {
    if (['runs', 'filter', 'tags'].includes(what)) load();
    if (what === 'data' && Date.now() - last > 5000) last = Date.now(), load();
  });
  load();
  return { close: stop };
}
