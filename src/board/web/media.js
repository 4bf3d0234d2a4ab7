// Pictures, sounds and texts.
import { address, el, getJson, iconButton, segmented } from '/util.js';
import { server } from '/state.js';
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

export function textPage(box, ctx) {
  return taggedPage(box, ctx, {
    kind: 'text', what: 'texts', least: 420,
    async draw(card, point) {
      const t = await getJson('text', { run: card.run.id, tag: card.tag.tag, point });
      card.body.className = 'media-body text';
      card.body.replaceChildren(...t.texts.map((x) => el('pre', { text: x })));
    },
  });
}
