"""Has the newest TensorBoard read a folder of event files: by its loaders, then over HTTP, plugin by plugin. Prints what it said; fails when a kind is missing.

    pip install tensorboard pillow
    build/release/examples/example_logging_every_kind /tmp/kinds/run && python tests/golden/log_check.py /tmp/kinds
"""
import io
import json
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

from PIL import Image
from tensorboard import version
from tensorboard.backend.event_processing import event_accumulator, plugin_event_multiplexer
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader

FOLDER = sys.argv[1]
RUN = sys.argv[2] if len(sys.argv) > 2 else "run"
bad = []


def check(name, good, said=""):
    print(("ok    " if good else "BAD   ") + f"{name:24} {said}")
    if not good:
        bad.append(name)


def loaders():
    a = event_accumulator.EventAccumulator(f"{FOLDER}/{RUN}", size_guidance={"scalars": 0, "images": 0})
    a.Reload()
    tags = a.Tags()
    print("EventAccumulator:", {k: len(v) if isinstance(v, list) else v for k, v in tags.items()})
    for kind in ["scalars", "images", "audio", "histograms", "distributions", "tensors", "run_metadata"]:
        check("loader " + kind, len(tags[kind]) > 0, ", ".join(tags[kind][:4]))
    check("loader graph", tags["graph"] and len(a.Graph().node) > 5, f"{len(a.Graph().node)} nodes")
    m = plugin_event_multiplexer.EventMultiplexer()
    m.AddRunsFromDirectory(FOLDER)
    m.Reload()
    check("runs", len(m.Runs()) >= 4, ", ".join(sorted(m.Runs())))


def server():
    p = subprocess.Popen([sys.executable, "-m", "tensorboard.main", "--logdir", FOLDER, "--port", "0", "--host", "127.0.0.1", "--reload_interval", "5"] + sys.argv[3:],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in p.stdout:
        if "http://" in line:
            threading.Thread(target=lambda: [None for _ in p.stdout], daemon=True).start()
            return p, line[line.index("http://"):].split()[0].rstrip("/")
    raise SystemExit("TensorBoard did not start")


def get(url, raw=False):
    for attempt in range(30):
        try:
            with urllib.request.urlopen(url, timeout=60) as r:
                data = r.read()
            return data if raw else json.loads(data)
        except urllib.error.HTTPError as e:
            if attempt == 29:
                return {"error": f"{e.code} {e.read()[:200]}"}
            time.sleep(1)


def post(url, body):
    r = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(r, timeout=60) as f:
            return json.loads(f.read())
    except urllib.error.HTTPError as e:
        return {"error": f"{e.code} {e.read()[:200]}"}


def http(base):
    q = urllib.parse.quote
    data = base + "/data/plugin/"
    for _ in range(60):  # until everything is loaded
        if RUN in get(base + "/data/runs") and get(data + "scalars/tags").get(RUN):
            break
        time.sleep(1)
    time.sleep(6)
    check("runs", True, str(get(base + "/data/runs")))
    tags = get(data + "scalars/tags")[RUN]
    tag = "loss/training" if "loss/training" in tags else "step/loss"
    points = get(data + f"scalars/scalars?run={RUN}&tag={q(tag)}")
    check("scalars", len(points) > 3, f"{len(tags)} tags; {tag}: {len(points)} points, last {points[-1]}")
    tags = get(data + "images/tags").get(RUN, {})
    for tag in tags:
        meta = get(data + f"images/images?run={RUN}&tag={q(tag)}&sample=0")
        picture = get(f"{data}images/individualImage?{meta[-1]['query']}", raw=True)
        image = Image.open(io.BytesIO(picture))
        image.load()
        check("images " + tag, image.width > 0, f"{image.format} {image.width}x{image.height}, {getattr(image, 'n_frames', 1)} frames, {len(meta)} points")
    tags = get(data + "histograms/tags").get(RUN, {})
    h = get(data + f"histograms/histograms?run={RUN}&tag={q(next(iter(tags)))}")
    check("histograms", len(h) > 1 and len(h[-1][2]) > 1, f"{len(tags)} tags; {len(h)} points, {len(h[-1][2])} buckets")
    d = get(data + f"distributions/distributions?run={RUN}&tag={q(next(iter(tags)))}")
    check("distributions", len(d) > 1, str(d[-1])[:100])
    info = get(data + "graphs/info").get(RUN, {})
    graph = get(data + f"graphs/graph?run={RUN}&conceptual=false", raw=True)
    check("graphs", b"node {" in graph, f"{graph.count(b'node {')} nodes; {json.dumps(info)[:120]}")
    for optional, f in {"audio": audio, "text": text, "pr_curves": pr_curves, "custom_scalars": custom_scalars, "mesh": mesh, "projector": projector, "hparams": hparams}.items():
        f(data, q)
    get(base + "/data/plugins_listing")  # asked once, the projector finds out in the background that it has something
    time.sleep(3)
    listing = get(base + "/data/plugins_listing")
    active = sorted(k for k, v in listing.items() if v["enabled"])
    check("plugins", all(k in active for k in ["scalars", "images", "histograms", "distributions", "graphs", "projector", "hparams", "pr_curves", "custom_scalars", "mesh", "audio", "text"]), " ".join(active))


def audio(data, q):
    tags = get(data + "audio/tags").get(RUN, {})
    meta = get(data + f"audio/audio?run={RUN}&tag={q(next(iter(tags)))}&sample=0")
    wav = get(f"{data}audio/individualAudio?{meta[0]['query']}", raw=True)
    check("audio", wav[:4] == b"RIFF", f"{meta[0]['contentType']}, {len(wav)} bytes")


def text(data, q):
    tags = get(data + "text/tags").get(RUN, [])
    t = get(data + f"text/text?run={RUN}&tag={q(tags[0])}")
    check("text", len(t) > 0, t[0]["text"][:80])


def pr_curves(data, q):
    tags = get(data + "pr_curves/tags").get(RUN, {})
    c = get(data + f"pr_curves/pr_curves?run={RUN}&tag={q(next(iter(tags)))}")[RUN]
    check("pr_curves", len(c) > 1 and len(c[-1]["precision"]) > 50, f"{len(c)} points, precision {c[-1]['precision'][60]:.3f}, recall {c[-1]['recall'][60]:.3f}")


def custom_scalars(data, q):
    c = get(data + "custom_scalars/layout")
    s = get(data + f"custom_scalars/scalars?run={RUN}&tag={q('loss/training')}")
    check("custom_scalars", c["category"][0]["chart"][0]["multiline"]["tag"] == ["loss/training", "loss/test"] and s["tag_to_events"]["loss/training"], json.dumps(c)[:100])


def mesh(data, q):
    tags = get(data + "mesh/tags").get(RUN, {})
    meta = get(data + f"mesh/meshes?run={RUN}&tag={q(next(iter(tags)))}&sample=0")
    points = get(data + f"mesh/data?content_type=VERTEX&run={RUN}&tag={q(next(iter(tags)))}&sample=0&step={meta[0]['step']}&timestamp={meta[0]['wall_time']}", raw=True)
    check("mesh", len(points) == 500 * 3 * 4, f"{list(tags)}, {meta[0]['data_shape']}, {len(points)} bytes")


def projector(data, q):
    runs = get(data + "projector/runs")
    c = get(data + f"projector/info?run={q(runs[0])}")
    name = c["embeddings"][0]["tensorName"]
    tensor = get(data + f"projector/tensor?run={q(runs[0])}&name={q(name)}", raw=True)
    meta = get(data + f"projector/metadata?run={q(runs[0])}&name={q(name)}", raw=True)
    sprite = Image.open(io.BytesIO(get(data + f"projector/sprite_image?run={q(runs[0])}&name={q(name)}", raw=True)))
    check("projector", len(tensor) == 200 * 32 * 4 and len(meta.splitlines()) == 200, f"{name}: {len(tensor)} bytes, {len(meta.splitlines())} labels, sprite {sprite.size}")


def hparams(data, q):
    e = post(data + "hparams/experiment", {"experimentName": ""})
    names = [h["name"] for h in e.get("hparamInfos", [])]
    groups = post(data + "hparams/session_groups", {"experimentName": "", "allowedStatuses": ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"], "colParams": [{"metric": m["name"]} for m in e.get("metricInfos", [])], "startIndex": 0, "sliceSize": 10})
    g = groups.get("sessionGroups", [])
    check("hparams", len(names) > 0 and len(g) > 0 and len(g[0].get("metricValues", [])) > 0, f"{names}; {json.dumps(g)[:200]}")


print("TensorBoard", version.VERSION)
loaders()
process, address = server()
try:
    http(address)
finally:
    process.terminate()
    process.wait()
print("failed: " + ", ".join(bad) if bad else "everything was opened")
sys.exit(bool(bad))
