// Points and triangles in space: turned by dragging, drawn here into a picture with the depth of each pixel, so that no graphics card is needed.
import { colors, el, getColumns, numberText } from '/util.js';
import { inTurn } from '/series.js';
import { taggedPage } from '/tagged.js';

const PART = /_(VERTEX|FACE|COLOR)$/;

// Everything of one step: places [n, 3], colours (or null), triangles (or null), scaled to lie within a ball of radius 1.
async function read(card, point) {
  const ask = async (part) => {
    const tag = card.tag.tag.replace(PART, `_${part}`);
    if (!card.page.parts.has(`${card.run.id} ${tag}`)) return null;
    const [head, column] = await inTurn(() => getColumns('tensor', { kind: 'mesh', run: card.run.id, tag, point }));
    const each = head.shape[1] * 3;
    return { values: column(head.kept), batch: head.shape[0], each, whole: head.kept === head.shape.reduce((a, b) => a * b, 1) };
  };
  const [vertices, faces, paint] = await Promise.all(['VERTEX', 'FACE', 'COLOR'].map(ask));
  if (!vertices || !vertices.whole) throw new Error('More points than are shown here.');
  return { vertices, faces: faces?.whole ? faces : null, paint: paint?.whole ? paint : null };
}
function scene({ vertices, faces, paint }, batch) {
  const part = (p) => p && p.values.subarray(batch * p.each, (batch + 1) * p.each);
  const v = part(vertices), n = v.length / 3, low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < v.length; i++) if (Number.isFinite(v[i])) low[i % 3] = Math.min(low[i % 3], v[i]), high[i % 3] = Math.max(high[i % 3], v[i]);
  const middle = low.map((a, k) => (a + high[k]) / 2);
  let most = 1e-300;
  for (let i = 0; i < n; i++) most = Math.max(most, Math.hypot(v[3 * i] - middle[0], v[3 * i + 1] - middle[1], v[3 * i + 2] - middle[2]) || 0);
  return { n, p: Float32Array.from(v, (x, i) => (x - middle[i % 3]) / most), faces: part(faces), paint: part(paint), low, high };
}

function render(canvas, s, view) {
  const ratio = devicePixelRatio || 1, w = Math.round(canvas.clientWidth * ratio), h = Math.round(canvas.clientHeight * ratio);
  if (!w || !h) return;
  if (canvas.width !== w || canvas.height !== h) canvas.width = w, canvas.height = h;
  const g = canvas.getContext('2d'), image = g.createImageData(w, h), pixels = new Uint32Array(image.data.buffer), depth = new Float32Array(w * h).fill(Infinity);
  const cy = Math.cos(view.yaw), sy = Math.sin(view.yaw), cp = Math.cos(view.pitch), sp = Math.sin(view.pitch), size = Math.min(w, h) / 2 * 0.9 * view.zoom, n = s.n;
  const X = new Float32Array(n), Y = new Float32Array(n), Z = new Float32Array(n), C = new Uint32Array(n), plain = colors().dark ? 0xffe8a86b : 0xffc47a2c;
  for (let i = 0; i < n; i++) {
    const x = s.p[3 * i], y = s.p[3 * i + 1], z = s.p[3 * i + 2], a = x * cy + z * sy, b = z * cy - x * sy, c = y * cp - b * sp, d = b * cp + y * sp, near = 3 / (3 + d);
    X[i] = w / 2 + a * size * near;
    Y[i] = h / 2 - c * size * near;
    Z[i] = d;
    C[i] = s.paint ? 0xff000000 | (s.paint[3 * i + 2] & 255) << 16 | (s.paint[3 * i + 1] & 255) << 8 | s.paint[3 * i] & 255 : plain;
  }
  const shaded = (c, f) => 0xff000000 | ((c >> 16 & 255) * f) << 16 | ((c >> 8 & 255) * f) << 8 | (c & 255) * f;
  if (s.faces) {
    const f = s.faces;
    for (let k = 0; k + 2 < f.length; k += 3) {
      const a = f[k], b = f[k + 1], c = f[k + 2];
      if (!(a >= 0 && b >= 0 && c >= 0 && a < n && b < n && c < n)) continue;
      triangle(a, b, c);
    }
  } else {
    const r = Math.max(1, Math.min(5 * ratio, 90 * ratio / Math.sqrt(n)) * Math.sqrt(view.zoom)) / 2;
    for (let i = 0; i < n; i++) {
      const c = shaded(C[i], 0.72 - 0.28 * Math.max(-1, Math.min(1, Z[i])));
      for (let y = Math.max(0, Math.ceil(Y[i] - r)); y <= Math.min(h - 1, Y[i] + r); y++)
        for (let x = Math.max(0, Math.ceil(X[i] - r)); x <= Math.min(w - 1, X[i] + r); x++)
          if (Z[i] < depth[y * w + x] && (x - X[i]) ** 2 + (y - Y[i]) ** 2 <= r * r + 0.3) depth[y * w + x] = Z[i], pixels[y * w + x] = c;
    }
  }
  g.putImageData(image, 0, 0);

  function triangle(a, b, c) {
    const area = (X[b] - X[a]) * (Y[c] - Y[a]) - (X[c] - X[a]) * (Y[b] - Y[a]);
    if (!area || !Number.isFinite(area)) return;
    // Light from the eye: how much the surface turns away from it.
    const ux = s.p[3 * b] - s.p[3 * a], uy = s.p[3 * b + 1] - s.p[3 * a + 1], uz = s.p[3 * b + 2] - s.p[3 * a + 2], vx = s.p[3 * c] - s.p[3 * a], vy = s.p[3 * c + 1] - s.p[3 * a + 1], vz = s.p[3 * c + 2] - s.p[3 * a + 2];
    const nx = uy * vz - uz * vy, ny = uz * vx - ux * vz, nz = ux * vy - uy * vx, long = Math.hypot(nx, ny, nz) || 1, light = 0.35 + 0.65 * Math.abs(((nz * cy - nx * sy) * cp + ny * sp) / long);
    const x0 = Math.max(0, Math.ceil(Math.min(X[a], X[b], X[c]))), x1 = Math.min(w - 1, Math.floor(Math.max(X[a], X[b], X[c])));
    const y0 = Math.max(0, Math.ceil(Math.min(Y[a], Y[b], Y[c]))), y1 = Math.min(h - 1, Math.floor(Math.max(Y[a], Y[b], Y[c])));
    const mix = (shift, p, q, r) => (C[a] >> shift & 255) * p + (C[b] >> shift & 255) * q + (C[c] >> shift & 255) * r;
    for (let y = y0; y <= y1; y++) {
      for (let x = x0; x <= x1; x++) {
        const p = ((X[b] - x) * (Y[c] - y) - (X[c] - x) * (Y[b] - y)) / area, q = ((X[c] - x) * (Y[a] - y) - (X[a] - x) * (Y[c] - y)) / area, r = 1 - p - q;
        if (p < 0 || q < 0 || r < 0) continue;
        const z = p * Z[a] + q * Z[b] + r * Z[c], at = y * w + x;
        if (z >= depth[at]) continue;
        depth[at] = z;
        pixels[at] = 0xff000000 | mix(16, p, q, r) * light << 16 | mix(8, p, q, r) * light << 8 | mix(0, p, q, r) * light;
      }
    }
  }
}

export function meshPage(box, ctx) {
  const only = { ...ctx, get index() {   // one card for the parts of a mesh
    const all = ctx.index.byKind.mesh || [];
    page.parts = new Set(all.flatMap((t) => t.runs.map((r) => `${r} ${t.tag}`)));
    return { ...ctx.index, byKind: { ...ctx.index.byKind, mesh: all.filter((t) => t.tag.endsWith('_VERTEX')).map((t) => ({ ...t, display: t.tag.replace(PART, '') })) } };
  } };
  const page = { parts: new Set() };
  const options = {
    kind: 'mesh', what: 'meshes', least: 320,
    async draw(card, point) {
      card.page.parts = page.parts;
      const all = await read(card, point);
      const batches = all.vertices.batch;
      card.batch = Math.min(card.batch || 0, batches - 1);
      card.scene = scene(all, card.batch);
      card.view ||= { yaw: 0.6, pitch: 0.4, zoom: 1 };
      if (!card.canvas) setUp(card);
      const s = card.scene, pick = batches > 1 ? el('select', { class: 'select', 'aria-label': 'Which of the batch', onchange: (e) => { card.batch = +e.target.value; card.scene = scene(all, card.batch); card.paint(); } },
        d3.range(batches).map((k) => el('option', { value: String(k), text: `${k + 1} of ${batches}`, selected: k === card.batch }))) : '';
      card.body.className = 'media-body mesh';
      card.body.replaceChildren(card.canvas, el('div', { class: 'hint' }, `${numberText(s.n)} points${s.faces ? `, ${numberText(s.faces.length / 3)} triangles` : ''}; ${s.low.map((v, k) => `${'xyz'[k]} ${numberText(v, 3)} … ${numberText(s.high[k], 3)}`).join(', ')} `, pick));
      card.paint();
    },
  };
  return taggedPage(box, only, options);
}
function setUp(card) {
  const canvas = (card.canvas = el('canvas', { class: 'cloud', role: 'img', tabindex: '0', 'aria-label': `${card.tag.display} of ${card.run.name}; arrow keys turn it` }));
  let frame = 0, from = null;
  card.paint = () => { frame ||= requestAnimationFrame(() => { frame = 0; if (canvas.isConnected) render(canvas, card.scene, card.view); }); };
  const turn = (dx, dy) => {
    card.view.yaw += dx;
    card.view.pitch = Math.max(-1.57, Math.min(1.57, card.view.pitch + dy));
    card.paint();
  };
  canvas.addEventListener('pointerdown', (e) => { from = [e.clientX, e.clientY]; canvas.setPointerCapture(e.pointerId); });
  canvas.addEventListener('pointermove', (e) => {
    if (!from) return;
    turn((e.clientX - from[0]) * 0.01, (e.clientY - from[1]) * 0.01);
    from = [e.clientX, e.clientY];
  });
  canvas.addEventListener('pointerup', () => { from = null; });
  canvas.addEventListener('wheel', (e) => {
    if (!e.ctrlKey && !e.metaKey) return;   // alone it scrolls the page
    e.preventDefault();
    card.view.zoom = Math.max(0.2, Math.min(20, card.view.zoom * Math.exp(-0.002 * e.deltaY)));
    card.paint();
  }, { passive: false });
  canvas.addEventListener('dblclick', () => { Object.assign(card.view, { yaw: 0.6, pitch: 0.4, zoom: 1 }); card.paint(); });
  canvas.addEventListener('keydown', (e) => {
    const d = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] }[e.key];
    if (d) turn(...d), e.preventDefault();
    if (e.key === '+' || e.key === '-') card.view.zoom = Math.max(0.2, Math.min(20, card.view.zoom * (e.key === '+' ? 1.2 : 1 / 1.2))), card.paint();
  });
  const size = new ResizeObserver(() => card.paint());
  size.observe(canvas);
  card.end = () => size.disconnect();
}
