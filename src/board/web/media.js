// Pictures, sounds and texts.
import { address, el, getColumns, getJson, iconButton, numberText, segmented, toggle } from '/util.js';
import { server } from '/state.js';
import { markdown } from '/markdown.js';
import { taggedPage } from '/tagged.js';

const where = (card, point) => ({ run: card.run.id, tag: card.tag.tag, point, v: `${server.epoch}-${card.points.times[point]}` });

let pictureSize = 'fit';
export function imagesPage(box, ctx) {
  return taggedPage(box, ctx, {
    kind: 'images', what: 'images', least: 240,
    tools: (page) => segmented('Size of pictures', [['fit', 'Fit'], ['real', 'Actual size']], pictureSize, (v) => {
      pictureSize = v;
      page.redraw();
    }),
    draw(card, point) {
      if (!card.picture) {
        card.picture = el('img', { alt: '', onclick: () => enlarge(card) });
        card.picture.addEventListener('load', () => card.picture.classList.toggle('pixels', card.picture.naturalWidth < 120));
        card.picture.addEventListener('error', () => card.fail(new Error('This picture cannot be shown: it is damaged, or its file has changed.')));
      }
      if (card.body.firstChild !== card.picture) card.body.replaceChildren(card.picture);
      card.body.className = `media-body picture ${pictureSize}`;
      card.picture.alt = `${card.tag.tag}, ${card.run.name}, step ${card.points.steps[point]}`;
      card.picture.src = address('image', where(card, point));
    },
  });
}
function enlarge(card) {
  const d = el('dialog', { class: 'viewer', 'aria-label': card.tag.tag }, el('div', { class: 'dialog-head' }, el('h2', { text: `${card.tag.tag} · ${card.run.name} · ${card.where.textContent}` }),
    el('a', { class: 'link', href: `${card.picture.src}&save=1`, download: '', text: 'save' }), iconButton('close', 'Close', () => d.close())), el('img', { src: card.picture.src, alt: card.picture.alt, class: card.picture.className }));
  d.addEventListener('click', (e) => { if (e.target === d) d.close(); });
  d.addEventListener('close', () => d.remove());
  document.body.append(d);
  d.showModal();
}

export function audioPage(box, ctx) {
  return taggedPage(box, ctx, {
    kind: 'audio', what: 'sounds', least: 300,
    draw(card, point) {
      const src = address('audio', where(card, point));
      if (!card.player) {
        card.player = el('audio', { controls: true, preload: 'metadata' });
        card.player.addEventListener('error', () => card.fail(new Error('This sound cannot be played: it is damaged, or its file has changed.')));
      }
      if (card.body.firstChild !== card.player) card.body.replaceChildren(card.player);
      card.body.className = 'media-body sound';
      card.player.setAttribute('aria-label', `${card.tag.tag}, ${card.run.name}, step ${card.points.steps[point]}`);
      card.player.src = src;
    },
  });
}

let asWritten = false;
export function textPage(box, ctx) {
  return taggedPage(box, ctx, {
    kind: 'text', what: 'texts', least: 420,
    tools: (page) => toggle('as written', asWritten, (v) => {
      asWritten = v;
      page.redraw();
    }, 'Show the characters of the text instead of what Markdown makes of them'),
    async draw(card, point) {
      const t = await getJson('text', { run: card.run.id, tag: card.tag.tag, point });
      const parts = await Promise.all(t.texts.map((x) => (asWritten ? el('pre', { text: x }) : markdown(x))));
      card.body.className = 'media-body text';
      card.body.replaceChildren(...parts);
    },
  });
}

// Tensors: their numbers told, their last two dimensions as a picture.
export function tensorPage(box, ctx) {
  return taggedPage(box, ctx, {
    kind: 'tensor', what: 'tensors', least: 300,
    async draw(card, point) {
      const [head, column] = await getColumns('tensor', { run: card.run.id, tag: card.tag.tag, point, most: 16384 });
      const v = column(head.kept), w = head.shape.length ? Math.max(1, Math.min(v.length, head.shape[head.shape.length - 1])) : 1, h = Math.max(1, Math.min(512, Math.floor(v.length / w)));
      const facts = [['shape', head.shape.length ? head.shape.join(' × ') : 'one number'], ['type', head.type], ['mean', numberText(head.mean)], ['deviation', numberText(head.deviation)], ['lowest', numberText(head.min)], ['highest', numberText(head.max)], ['not finite', numberText(head.odd)]];
      const list = el('dl', { class: 'facts' }, facts.map(([k, t]) => el('div', {}, el('dt', { text: k }), el('dd', { text: t }))));
      card.body.className = 'media-body tensor';
      if (v.length < 2) return card.body.replaceChildren(el('p', { class: 'big-number', text: numberText(v[0] ?? NaN) }), list);
      const canvas = el('canvas', { width: w, height: h, class: 'heat', role: 'img', 'aria-label': `The numbers of ${card.tag.tag}` }), g = canvas.getContext('2d'), image = g.createImageData(w, h);
      const low = head.min ?? 0, scale = head.max > low ? 1 / (head.max - low) : 0, cache = Array.from({ length: 256 }, (_, k) => d3.rgb(d3.interpolateViridis(k / 255)));
      for (let i = 0; i < w * h; i++) {
        const c = Number.isFinite(v[i]) ? cache[Math.round(255 * Math.max(0, Math.min(1, (v[i] - low) * scale)))] : { r: 214, g: 40, b: 57 };
        image.data.set([c.r, c.g, c.b, 255], 4 * i);
      }
      g.putImageData(image, 0, 0);
      canvas.addEventListener('pointermove', (e) => {
        const r = canvas.getBoundingClientRect(), x = Math.min(w - 1, Math.floor((e.clientX - r.left) / r.width * w)), y = Math.min(h - 1, Math.floor((e.clientY - r.top) / r.height * h));
        canvas.title = `[${y}, ${x}]  ${numberText(v[y * w + x])}`;
      });
      card.body.replaceChildren(canvas, list);
    },
  });
}
