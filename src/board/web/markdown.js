// Markdown as elements. The library takes a text apart; every element is made here, so that nothing in a text becomes markup: its HTML is shown as text, its pictures as links.
import { el } from '/util.js';

const MOST = 200000, DEEPEST = 40;
let lexer;
async function load() {
  if (lexer === undefined) {
    try {
      const m = await import('/marked.esm.js');   // empty where the build had none
      lexer = m.lexer || m.marked?.lexer || null;
    } catch {
      lexer = null;
    }
  }
  return lexer;
}

const plain = (text) => el('pre', { text });
// Characters of entities, without a parser of HTML.
const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: '\u00a0' };
const decoded = (text) => text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, name) => ENTITIES[name]);
function link(href, children) {
  let safe = null;
  try {
    const u = new URL(decoded(href));
    if (['http:', 'https:', 'mailto:'].includes(u.protocol)) safe = u.href;
  } catch { /* no address of its own: there is nothing it could lead to */ }
  return safe ? el('a', { class: 'link', href: safe, rel: 'noopener noreferrer', target: '_blank', title: safe }, children) : el('span', { title: href }, children);
}

function inline(tokens, depth) {
  if (depth > DEEPEST) return [tokens.map((t) => t.raw).join('')];
  return tokens.map((t) => {
    const inner = () => (t.tokens ? inline(t.tokens, depth + 1) : decoded(t.text ?? t.raw));
    switch (t.type) {
      case 'strong': return el('strong', {}, inner());
      case 'em': return el('em', {}, inner());
      case 'del': return el('del', {}, inner());
      case 'codespan': return el('code', { text: decoded(t.text) });
      case 'br': return el('br');
      case 'link': return link(t.href, inner());
      case 'image': return link(t.href, `[${decoded(t.text || t.href)}]`);
      case 'html': return t.raw;
      default: return inner();
    }
  }).flat();
}
function item(i, ordered, depth) {
  const box = i.task ? el('input', { type: 'checkbox', checked: i.checked, disabled: true, 'aria-label': i.checked ? 'done' : 'to do' }) : '';
  return el('li', {}, box, blocks(i.tokens, depth + 1));
}
function blocks(tokens, depth) {
  if (depth > DEEPEST) return [plain(tokens.map((t) => t.raw).join(''))];
  return tokens.map((t) => {
    switch (t.type) {
      case 'space': case 'def': return null;
      case 'heading': return el(`h${Math.min(6, t.depth + 2)}`, {}, inline(t.tokens, depth));
      case 'paragraph': return el('p', {}, inline(t.tokens, depth));
      case 'text': return t.tokens ? el('span', {}, inline(t.tokens, depth)) : decoded(t.text);
      case 'code': return plain(t.text);
      case 'blockquote': return el('blockquote', {}, blocks(t.tokens, depth + 1));
      case 'hr': return el('hr');
      case 'list': return el(t.ordered ? 'ol' : 'ul', { start: t.ordered && t.start !== 1 ? t.start : undefined }, t.items.map((i) => item(i, t.ordered, depth)));
      case 'table': {
        const cells = (row, tag) => row.map((c, k) => el(tag, { class: t.align[k] ? `to-${t.align[k]}` : undefined }, inline(c.tokens, depth)));
        return el('div', { class: 'md-table' }, el('table', {}, el('thead', {}, el('tr', {}, cells(t.header, 'th'))), el('tbody', {}, t.rows.map((r) => el('tr', {}, cells(r, 'td'))))));
      }
      default: return plain(t.raw);   // HTML, and what newer versions know
    }
  });
}

export async function markdown(text) {
  const f = await load();
  if (!f || text.length > MOST) return plain(text);
  try {
    return el('div', { class: 'markdown' }, blocks(f(text, { gfm: true, breaks: false }), 0));
  } catch {
    return plain(text);   // nested too deep
  }
}
