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


def resizing():
    filters = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS, "box": Image.BOX, "hamming": Image.HAMMING, "nearest": Image.NEAREST}
    arrays = {}
    for c, (h, w) in ((1, (17, 29)), (3, (40, 53)), (4, (23, 31))):
        a = picture(h, w, c, seed=c)
        arrays[f"in{c}"] = a.transpose(2, 0, 1)
        image = Image.fromarray(a[..., 0] if c == 1 else a)
        if c == 4:
            image = Image.merge("CMYK", image.split())  # Pillow multiplies RGBA by its opacity first
        for name, f in filters.items():
            for oh, ow in ((9, 13), (40, 21), (h, 60), (51, w), (1, 1)):
                r = np.asarray(image.resize((ow, oh), f))
                arrays[f"{name} {c} {oh} {ow}"] = r[None] if c == 1 else r.transpose(2, 0, 1)
    floats = (picture(21, 25, 1, seed=9)[..., 0] / 255).astype(np.float32)
    arrays["floats"] = floats[None]
    for name in ("bilinear", "bicubic", "lanczos"):
        for oh, ow in ((10, 11), (30, 50)):
            arrays[f"{name} floats {oh} {ow}"] = np.asarray(Image.fromarray(floats).resize((ow, oh), filters[name]))[None]
    crop = Image.fromarray(picture(40, 53, 3, seed=3)).crop((5, 7, 5 + 33, 7 + 29))
    arrays["cropped"] = np.asarray(crop.resize((24, 24), Image.BILINEAR)).transpose(2, 0, 1)
    save("resizing", arrays)


def changes():
    """torchvision.transforms.v2.functional of uint8 and float tensors."""
    import torch
    import torchvision.transforms.v2.functional as F
    from torchvision.transforms import InterpolationMode as M

    arrays = {}
    bytes_ = torch.from_numpy(picture(12, 16, 3, seed=5).transpose(2, 0, 1).copy())
    dull = torch.from_numpy((picture(15, 14, 3, seed=6).transpose(2, 0, 1) // 3 + 60).astype(np.uint8))
    inputs = {"bytes": bytes_, "dull": dull, "floats": bytes_.float() / 255, "grey": bytes_[:1].clone()}
    for kind, x in inputs.items():
        arrays[kind] = x.numpy()
        bound = 1.0 if x.is_floating_point() else 255
        made = {
            "brightness 0.4": F.adjust_brightness(x, 0.4), "brightness 1.7": F.adjust_brightness(x, 1.7),
            "contrast 0.3": F.adjust_contrast(x, 0.3), "contrast 1.8": F.adjust_contrast(x, 1.8),
            "saturation 0.2": F.adjust_saturation(x, 0.2), "saturation 2.5": F.adjust_saturation(x, 2.5),
            "hue -0.3": F.adjust_hue(x, -0.3), "hue 0.2": F.adjust_hue(x, 0.2), "hue 0.5": F.adjust_hue(x, 0.5),
            "sharpness 0": F.adjust_sharpness(x, 0), "sharpness 1.9": F.adjust_sharpness(x, 1.9),
            "gamma 0.5": F.adjust_gamma(x, 0.5, 1.2), "grayscale 1": F.rgb_to_grayscale(x, 1), "grayscale 3": F.rgb_to_grayscale(x, 3),
            "invert": F.invert(x), "solarize": F.solarize(x, bound * 0.5), "posterize 3": F.posterize(x, 3), "autocontrast": F.autocontrast(x),
            "equalize": F.equalize(x), "blur": F.gaussian_blur(x, [5, 3], [1.1, 0.6]), "blur 7": F.gaussian_blur(x, [7, 7]),
            "normalize": F.normalize(F.to_dtype(x, torch.float32, True), [0.485, 0.456, 0.406][: x.shape[0]], [0.229, 0.224, 0.225][: x.shape[0]]),
            "to float": F.to_dtype(x, torch.float32, True), "to uint8": F.to_dtype(x, torch.uint8, True),
            "hflip": F.horizontal_flip(x), "vflip": F.vertical_flip(x), "crop": F.crop(x, 3, 5, 8, 9), "crop out": F.crop(x, -2, -3, 12, 40),
            "center": F.center_crop(x, [7, 10]), "center large": F.center_crop(x, [41, 12]),
            "pad": F.pad(x, [1, 2, 3, 4], fill=0.5 if bound == 1 else 7), "pad edge": F.pad(x, [2, 1], padding_mode="edge"),
            "pad reflect": F.pad(x, [3], padding_mode="reflect"), "pad symmetric": F.pad(x, [4, 1, 2, 3], padding_mode="symmetric"),
            "erase": F.erase(x, 2, 3, 5, 6, torch.tensor(9).to(x.dtype)),
            "nearest": F.resize(x, [11, 37], M.NEAREST), "edge": F.resize(x, [9], M.NEAREST), "edge max": F.resize(x, [18], M.NEAREST, max_size=19),
        }
        for name, mode in (("nearest", M.NEAREST), ("bilinear", M.BILINEAR)):
            made |= {
                f"rotate 33 {name}": F.rotate(x, 33.0, mode), f"rotate 90 {name}": F.rotate(x, 90.0, mode), f"rotate 180 {name}": F.rotate(x, 180, mode),
                f"rotate expand {name}": F.rotate(x, -21.0, mode, expand=True, fill=[0.25 * bound]),
                f"rotate center {name}": F.rotate(x, 15.0, mode, center=[3, 4], fill=[0.5 * bound]),
                f"affine {name}": F.affine(x, 12.0, [2, -3], 1.3, [5.0, -7.0], mode, fill=[0.0]),
                f"affine center {name}": F.affine(x, -5.0, [0, 1], 0.7, [15.0, 0.0], mode, center=[2, 9]),
                f"perspective {name}": F.perspective(x, [[0, 0], [15, 0], [15, 11], [0, 11]], [[2, 1], [13, 2], [14, 10], [1, 11]], mode, fill=[0.1 * bound]),
            }
        for name, y in made.items():
            arrays[f"{kind}: {name}"] = y.contiguous().numpy()
    boxes = torch.tensor([[2.0, 3.0, 10.0, 12.0], [0.0, 0.0, 24.0, 19.0], [15.5, 6.25, 16.0, 18.0]])
    fmt, canvas = "XYXY", (19, 24)
    from torchvision.transforms.v2 import functional as G
    from torchvision.tv_tensors import BoundingBoxFormat
    fmt = BoundingBoxFormat.XYXY
    g = __import__("torchvision.transforms.v2.functional._geometry", fromlist=["x"])
    arrays["boxes"] = boxes.numpy()
    arrays["boxes: hflip"] = g.horizontal_flip_bounding_boxes(boxes, fmt, canvas).numpy()
    arrays["boxes: vflip"] = g.vertical_flip_bounding_boxes(boxes, fmt, canvas).numpy()
    arrays["boxes: resize"] = g.resize_bounding_boxes(boxes, canvas_size=canvas, size=[38, 12], format=fmt)[0].numpy()
    arrays["boxes: crop"] = g.crop_bounding_boxes(boxes, fmt, 2, 4, 10, 11, clamping_mode="hard")[0].numpy()
    arrays["boxes: rotate"] = g.rotate_bounding_boxes(boxes, format=fmt, canvas_size=canvas, angle=33.0, clamping_mode="hard")[0].numpy()
    arrays["boxes: rotate expand"] = g.rotate_bounding_boxes(boxes, format=fmt, canvas_size=canvas, angle=-21.0, expand=True, clamping_mode="hard")[0].numpy()
    arrays["boxes: affine"] = g.affine_bounding_boxes(boxes, format=fmt, canvas_size=canvas, angle=12.0, translate=[2, -3], scale=1.3, shear=[5.0, -7.0], clamping_mode="hard").numpy()
    arrays["boxes: perspective"] = g.perspective_bounding_boxes(boxes, format=fmt, canvas_size=canvas, startpoints=[[0, 0], [15, 0], [15, 11], [0, 11]], endpoints=[[2, 1], [13, 2], [14, 10], [1, 11]], clamping_mode="hard").numpy()
    save("changes", arrays)


def drawing():
    """torchvision.transforms.v2 with the seeds 0, 1, ..."""
    import torch
    import torchvision.transforms.v2 as T
    from torchvision import tv_tensors

    x = torch.from_numpy(picture(14, 18, 3, seed=11).transpose(2, 0, 1).copy())
    f = x.float() / 255
    arrays = {"bytes": x.numpy(), "floats": f.numpy()}
    bilinear = T.InterpolationMode.BILINEAR
    made = {
        "RandomCrop": (T.RandomCrop((8, 9)), x, 2), "RandomCrop padded": (T.RandomCrop(16, padding=[1, 2], pad_if_needed=True, fill=9), x, 2),
        "RandomResizedCrop": (T.RandomResizedCrop((10, 12)), x, 3), "RandomResizedCrop narrow": (T.RandomResizedCrop(8, scale=(0.9, 1), ratio=(3, 4)), x, 1),
        "RandomHorizontalFlip": (T.RandomHorizontalFlip(), x, 3), "RandomVerticalFlip": (T.RandomVerticalFlip(0.4), x, 3),
        "RandomRotation": (T.RandomRotation(40, expand=True), x, 2), "RandomAffine": (T.RandomAffine(30, (0.1, 0.2), (0.8, 1.2), (-5, 5, -3, 3), bilinear), f, 3),
        "RandomPerspective": (T.RandomPerspective(0.6, 0.7), f, 3), "ColorJitter": (T.ColorJitter(0.4, 0.4, 0.4, 0.1), f, 4),
        "GaussianBlur": (T.GaussianBlur(3), f, 2), "RandomErasing": (T.RandomErasing(0.8), x, 4), "RandomErasing noise": (T.RandomErasing(1, value="random"), f, 2),
        "RandomGrayscale": (T.RandomGrayscale(0.5), x, 3), "RandomSolarize": (T.RandomSolarize(128), x, 3), "RandomPosterize": (T.RandomPosterize(2), x, 3),
        "RandomEqualize": (T.RandomEqualize(), x, 3), "RandomAutocontrast": (T.RandomAutocontrast(), x, 3), "RandomInvert": (T.RandomInvert(), x, 3),
        "RandomAdjustSharpness": (T.RandomAdjustSharpness(2), x, 3),
        "RandomApply": (T.RandomApply([T.RandomInvert(1), T.RandomCrop(10)], 0.6), x, 3), "RandomChoice": (T.RandomChoice([T.RandomInvert(1), T.RandomCrop(10)], [0.3, 0.7]), x, 3),
        "RandomOrder": (T.RandomOrder([T.RandomSolarize(100, 1), T.RandomCrop(10), T.RandomPosterize(3, 1)]), x, 3),
        "AutoAugment": (T.AutoAugment(), x, 12), "AutoAugment CIFAR10": (T.AutoAugment(T.AutoAugmentPolicy.CIFAR10), x, 12), "AutoAugment SVHN": (T.AutoAugment(T.AutoAugmentPolicy.SVHN), x, 12),
        "RandAugment": (T.RandAugment(3), x, 12), "TrivialAugmentWide": (T.TrivialAugmentWide(), x, 16), "AugMix": (T.AugMix(), x, 6), "AugMix partial": (T.AugMix(5, 2, 2, all_ops=False), f, 3),
    }
    for name, (transform, image, seeds) in made.items():
        for seed in range(seeds):
            torch.manual_seed(seed)
            arrays[f"{name}:{seed}"] = transform(image).contiguous().numpy()
    batch = torch.stack([f, f.flip(1), f.flip(2)])
    labels = torch.tensor([0, 2, 1])
    for name, transform in {"MixUp": T.MixUp(alpha=0.4, num_classes=3), "CutMix": T.CutMix(num_classes=3)}.items():
        for seed in range(3):
            torch.manual_seed(seed)
            a, b = transform(batch, labels)
            arrays[f"{name}:{seed}"], arrays[f"{name} labels:{seed}"] = a.numpy(), b.numpy()
    save("drawing", arrays)


def more():
    """Transforms for detection, parts of pictures, noise; resizing without antialias."""
    import torch
    import torchvision.transforms.v2 as T
    import torchvision.transforms.v2.functional as F
    from torchvision import tv_tensors

    x = torch.from_numpy(picture(24, 30, 3, seed=21).transpose(2, 0, 1).copy())
    f = x.float() / 255
    boxes = torch.tensor([[2.0, 3.0, 10.0, 12.0], [0.0, 0.0, 30.0, 24.0], [15.5, 6.25, 16.0, 18.0], [20.0, 4.0, 29.0, 20.0], [25.0, 20.0, 33.0, 23.0]])
    arrays = {"bytes": x.numpy(), "floats": f.numpy(), "boxes": boxes.numpy()}
    put = lambda name, y: arrays.__setitem__(name, y.contiguous().numpy())
    for name, mode in (("bilinear", T.InterpolationMode.BILINEAR), ("bicubic", T.InterpolationMode.BICUBIC)):
        for size in ((10, 11), (40, 53)):
            for kind, image in (("bytes", x), ("floats", f)):
                put(f"aliased {name} {kind} {size[0]}", F.resize(image, size, mode, antialias=False))
    put("resized crop aliased", F.resized_crop(x, 3, 4, 15, 17, [9, 10], antialias=False))
    put("five", torch.stack(F.five_crop(x, [9, 11]))), put("ten", torch.stack(F.ten_crop(x, [9, 11]))), put("ten vertical", torch.stack(F.ten_crop(x, 8, vertical_flip=True)))
    put("permuted", F.permute_channels(x, [2, 0, 1]))
    m = torch.randn(24 * 30 * 3, 24 * 30 * 3, generator=torch.Generator().manual_seed(0))[:108, :108].contiguous()
    small = f[:, :6, :6].contiguous()
    put("matrix", m), put("small", small), put("whitened", T.LinearTransformation(m, torch.linspace(0, 1, 108))(small))
    formats = {"XYXY": tv_tensors.BoundingBoxFormat.XYXY, "XYWH": tv_tensors.BoundingBoxFormat.XYWH, "CXCYWH": tv_tensors.BoundingBoxFormat.CXCYWH}
    for kind, b in (("float", boxes), ("int", boxes.round().long())):
        put(f"boxes {kind}", b)
        for name, fmt in formats.items():
            there = F.convert_bounding_box_format(b, formats["XYXY"], fmt)
            put(f"boxes {kind} to {name}", there), put(f"boxes {kind} from {name}", F.convert_bounding_box_format(there, fmt, formats["XYXY"]))
    put("sound", F.sanitize_bounding_boxes(boxes, format=formats["XYXY"], canvas_size=(24, 30))[1].to(torch.uint8))
    put("sound large", F.sanitize_bounding_boxes(boxes, format=formats["XYXY"], canvas_size=(24, 30), min_size=2, min_area=100)[1].to(torch.uint8))
    drawn = {
        "ElasticTransform": (T.ElasticTransform(30.0, 1.5), f, 2), "ElasticTransform uint8": (T.ElasticTransform([20.0, 40.0], [1.0, 2.0], fill=7), x, 2), "GaussianNoise": (T.GaussianNoise(0.05, 0.2), f, 2),
        "GaussianNoise uint8": (T.GaussianNoise(), x, 2), "RandomChannelPermutation": (T.RandomChannelPermutation(), x, 3), "RandomPhotometricDistort": (T.RandomPhotometricDistort(), f, 6),
        "RandomZoomOut": (T.RandomZoomOut(9, (1.0, 2.0), 0.8), x, 4), "ScaleJitter": (T.ScaleJitter((20, 26), interpolation=T.InterpolationMode.NEAREST), x, 4),
        "RandomShortestSize": (T.RandomShortestSize([10, 13, 17], 20, T.InterpolationMode.NEAREST), x, 4), "RandomResize": (T.RandomResize(9, 20, T.InterpolationMode.NEAREST), x, 3),
    }
    for name, (transform, image, seeds) in drawn.items():
        for seed in range(seeds):
            torch.manual_seed(seed)
            put(f"{name}:{seed}", transform(image))
    tv = tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=(24, 30), clamping_mode="hard")
    for seed in range(12):
        torch.manual_seed(seed)
        image, b = T.RandomIoUCrop()(tv_tensors.Image(x), tv)
        put(f"iou:{seed}", torch.as_tensor(image)), put(f"iou boxes:{seed}", b.as_subclass(torch.Tensor))
    for seed in range(2):
        torch.manual_seed(seed)
        image, b = T.ElasticTransform(30.0, 1.5)(tv_tensors.Image(f), tv)
        put(f"elastic boxes:{seed}", b.as_subclass(torch.Tensor))
    save("more", arrays)


if __name__ == "__main__":
    os.makedirs(OUT, exist_ok=True)
    decoding()
    resizing()
    changes()
    drawing()
    more()
