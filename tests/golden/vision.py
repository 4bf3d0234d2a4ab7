#!/usr/bin/env python3
"""Small pictures and what Pillow and torchvision make of them, into tests/golden/vision.

    pip install torch==2.13.* torchvision==0.28.* pillow numpy
    python tests/golden/vision.py
"""
import io, json, os, struct, zlib

import numpy as np
from PIL import Image

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vision")
NAMES = {"uint8": "U8", "int32": "I32", "int64": "I64", "float32": "F32", "float64": "F64"}


def save(name, arrays):
    """safetensors"""
    header, data = {}, b""
    for key, a in arrays.items():
        a = np.ascontiguousarray(a)
        header[key] = {"dtype": NAMES[str(a.dtype)], "shape": list(a.shape), "data_offsets": [len(data), len(data) + a.nbytes]}
        data += a.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(OUT, name + ".safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def picture(h, w, channels=3, seed=0):
    """Smooth colours, an edge and some noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:h, 0:w]
    planes = []
    for c in range(channels):
        p = 128 + 90 * np.sin(x / (3.0 + c) + c) * np.cos(y / (4.0 - c / 2) - c) + 40 * ((x + 2 * y) % (9 + c) < 4) - 20
        planes.append(p + rng.normal(0, 6, (h, w)))
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def png_bytes(pixels, depth, color_type, interlace=False, chunks=()):
    """A PNG by hand, for what Pillow does not write. `pixels` [h, w, c]; no filters."""
    h, w, c = pixels.shape

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    def rows(p):
        return b"".join(b"\0" + r.astype(">u2" if depth == 16 else np.uint8).tobytes() for r in p)

    if interlace:
        passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
        data = b"".join(rows(pixels[y::dy, x::dx]) for y, x, dy, dx in passes if pixels[y::dy, x::dx].size)
    else:
        data = rows(pixels)
    out = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, color_type, 0, 0, int(interlace)))
    for kind, body in chunks:
        out += chunk(kind, body)
    return out + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")


def exif(orientation):
    return b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)


def files():
    """name -> bytes, and name -> array expected where Pillow does not give it."""
    made, expected = {}, {}

    def pil(name, image, **kw):
        f = io.BytesIO()
        image.save(f, **kw)
        made[name] = f.getvalue()

    rgb = Image.fromarray(picture(37, 43))
    pil("rgb.jpg", rgb, format="JPEG", quality=90)
    pil("444.jpg", rgb, format="JPEG", quality=80, subsampling=0)
    pil("progressive.jpg", rgb, format="JPEG", quality=70, progressive=True)
    pil("grey.jpg", rgb.convert("L"), format="JPEG", quality=85)
    cmyk = Image.fromarray(picture(24, 31, 4, 1), mode="CMYK")
    pil("cmyk.jpg", cmyk, format="JPEG", quality=90)
    at = made["cmyk.jpg"].index(b"Adobe")
    assert made["cmyk.jpg"][at + 11] == 0
    made["ycck.jpg"] = made["cmyk.jpg"][: at + 11] + b"\2" + made["cmyk.jpg"][at + 12 :]
    small = Image.fromarray(picture(16, 24, 3, 2))
    for k in range(1, 9):
        pil(f"exif{k}.jpg", small, format="JPEG", quality=90, exif=b"Exif\0\0" + exif(k))
    pil("large.jpg", Image.fromarray(picture(120, 161, 3, 3)), format="JPEG", quality=75)

    pil("rgb.png", Image.fromarray(picture(19, 23)), format="PNG")
    pil("rgba.png", Image.fromarray(picture(11, 13, 4)), format="PNG")
    pil("grey.png", Image.fromarray(picture(11, 13, 1)[..., 0]), format="PNG")
    pil("grey_alpha.png", Image.fromarray(picture(11, 13, 2), mode="LA"), format="PNG")
    palette = Image.fromarray(picture(17, 15)).quantize(13)
    pil("palette.png", palette, format="PNG")
    pil("palette_transparent.png", palette, format="PNG", transparency=bytes([0, 99, 200] + [255] * 10))
    pil("bits1.png", Image.fromarray(picture(9, 21, 1)[..., 0] > 120), format="PNG")
    wide = (picture(10, 12, 3).astype(np.int64) * 256 + picture(10, 12, 3, 7)).astype(np.uint16)
    made["grey16.png"] = png_bytes(wide[..., :1], 16, 0)
    made["rgb16.png"] = png_bytes(wide, 16, 2)
    made["interlaced.png"] = png_bytes(picture(21, 18), 8, 2, interlace=True)
    made["exif5.png"] = png_bytes(picture(8, 14), 8, 2, chunks=[(b"eXIf", exif(5))])
    for name, c in [("grey16.png", 1), ("rgb16.png", 3)]:
        expected[name] = wide[..., :c].astype(np.int32)
    return made, expected


def decoding():
    made, expected = files()
    for name, data in made.items():
        with open(os.path.join(OUT, name), "wb") as f:
            f.write(data)
    arrays = {}
    for name, data in made.items():
        if name in expected:
            wide = expected[name]
            arrays[name + ":sixteen"] = wide.transpose(2, 0, 1)
            arrays[name + ":unchanged"] = ((wide * 255 + 32895) >> 16).astype(np.uint8).transpose(2, 0, 1)  # libpng's scaling
            continue
        image = Image.open(io.BytesIO(data))
        transparent = "transparency" in image.info
        turned = image.getexif().get(0x0112, 1)
        if image.mode in ("P", "CMYK"):
            image = image.convert("RGBA" if transparent else "RGB")
        if image.mode == "1":
            image = image.convert("L")
        modes = {"unchanged": image, "grey": image.convert("L"), "rgb": image.convert("RGB"), "rgba": image.convert("RGBA")}
        if name.endswith(".jpg") and image.mode == "RGB" and "cmyk" not in name and "ycck" not in name:
            grey = Image.open(io.BytesIO(data))
            grey.draft("L", grey.size)  # the luminance of the file
            modes["grey"] = grey.convert("L")
        if name.startswith("exif"):
            from PIL import ImageOps
            modes = {"unchanged": image, "turned": ImageOps.exif_transpose(image)}
            assert turned == int(name[4])
        for mode, i in modes.items():
            a = np.asarray(i)
            arrays[f"{name}:{mode}"] = (a[None] if a.ndim == 2 else a.transpose(2, 0, 1)).astype(np.uint8)
    for k in (2, 4, 8):
        image = Image.open(io.BytesIO(made["large.jpg"]))
        image.draft("RGB", (161 // k, 120 // k))
        arrays[f"large.jpg:1/{k}"] = np.asarray(image).transpose(2, 0, 1)
    del arrays["large.jpg:rgba"], arrays["large.jpg:rgb"], arrays["large.jpg:grey"]
    save("decoding", arrays)


if __name__ == "__main__":
    os.makedirs(OUT, exist_ok=True)
    decoding()
