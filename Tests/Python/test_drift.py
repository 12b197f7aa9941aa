"""fstore drift and skew: measures are those of numpy and scipy, reports are told in words, JSON and pages."""
import html.parser
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import ks_2samp

DEFINITIONS = """
entities:
  driver: {join_keys: {driver_id: int64}}
sources:
  hourly: {path: "data/*.parquet", timestamp: event_timestamp}
feature_views:
  stats:
    entities: [driver]
    source: hourly
    features: {rate: float32, trips: int64, city: string, active: bool, seen: timestamp, vector: "float32[2]"}
feature_services:
  model: {features: ["stats:*"], log: {}}
"""
START = 1_700_000_000_000_000
DAY = 86_400_000_000


def rows(rng, count, day, shift):
    times = START + day * DAY + rng.integers(0, DAY, count)
    cities = ["Kyoto", "Osaka", "Łódź"] + (["<script>alert(1)</script>"] if shift else [])
    return pa.table({
        "driver_id": np.arange(count) + day * 100_000, "event_timestamp": pa.array(times, pa.timestamp("us", "UTC")),
        "rate": pa.array(np.where(rng.random(count) < 0.02, np.nan, rng.normal(shift, 1, count)).astype("f4")),
        "trips": pa.array(rng.poisson(9 + 4 * shift, count), mask=rng.random(count) < 0.01 + 0.3 * shift),
        "city": rng.choice(cities, count), "active": rng.random(count) < 0.7,
        "seen": pa.array(times, pa.timestamp("us", "UTC")),
        "vector": pa.array(list(rng.normal(size=(count, 2)).astype("f4")), pa.list_(pa.float32(), 2))})


@pytest.fixture
def store(project):
    """Day 0 is what a model was trained on, day 1 is like it, day 2 is not."""
    rng = np.random.default_rng(5)
    project.define(DEFINITIONS)
    (project.root / "data").mkdir()
    project.days = [rows(rng, count, day, shift) for day, (count, shift) in enumerate([(5000, 0), (3000, 0), (2000, 1)])]
    for day, table in enumerate(project.days):
        pq.write_table(table, project.root / "data" / f"{day}.parquet")
    first = project.days[0]
    pq.write_table(
        pa.table({"driver_id": first["driver_id"], "event_timestamp": first["event_timestamp"]}), project.root / "rows.parquet")
    project.run("apply")
    project.run("ingest", "--all")
    project.run("training-set", "model", "--entities", "rows.parquet", "--out", "train.parquet")
    return project


def day(number):
    return f"2023-11-{14 + number}T22:13:20Z"


def drift(project, *arguments, status=0):
    """The report, whatever was found."""
    done = project.command("drift", "model", *arguments, "--json")
    assert done.returncode == status, done.stdout + done.stderr
    report = json.loads(done.stdout)
    return {feature["feature"].split(":")[1]: feature for feature in report["features"]}, report


def values(table, name):
    column = table[name].to_numpy(zero_copy_only=False).astype(float)
    return column[~np.isnan(column)]


def shares(a, b):
    return a / a.sum(), b / b.sum()


def stability(a, b):
    p, q = np.maximum(a, 0.5) / a.sum(), np.maximum(b, 0.5) / b.sum()
    seen = (a > 0) | (b > 0)
    return float(((q - p) * np.log(q / p))[seen].sum())


@pytest.mark.parametrize("which", [1, 2])
def test_measures_are_those_of_numpy_and_scipy(store, which):
    period = ["--current", "history", "--from", day(which), "--to", day(which + 1)]
    features, _ = drift(store, "--baseline", "1", *period, status=3 if which == 2 else 0)
    before, now = store.days[0], store.days[which]
    for name in ("rate", "trips"):
        a, b = values(before, name), values(now, name)
        told = features[name]
        assert told["kolmogorovSmirnov"] == pytest.approx(ks_2samp(a, b).statistic, abs=1e-12)
        ordered = np.sort(a)
        edges = np.unique(ordered[[-(-len(a) * i // 10) - 1 for i in range(1, 10)]])
        edges = edges[edges != ordered[-1]]
        counts = [np.bincount(np.searchsorted(edges, side, side="left"), minlength=len(edges) + 1) for side in (a, b)]
        assert told["populationStability"] == pytest.approx(stability(*counts), abs=1e-9)
        assert told["jensenShannon"] == pytest.approx(jensenshannon(*shares(*counts), base=2), abs=1e-9)
        for side, part in (("baseline", a), ("current", b)):
            assert told[side]["mean"] == pytest.approx(part.mean()) and told[side]["standardDeviation"] == pytest.approx(
                part.std(ddof=1))
            assert told[side]["minimum"] == part.min() and told[side]["maximum"] == part.max()
        assert told["baseline"]["missing"] == len(before) - len(a) and told["current"]["missing"] == len(now) - len(b)
    for name in ("city", "active"):
        a, b = before[name].to_pylist(), now[name].to_pylist()
        names = sorted(set(a) | set(b))
        counts = [np.array([side.count(value) for value in names]) for side in (a, b)]
        told = features[name]
        assert told["populationStability"] == pytest.approx(stability(*counts), abs=1e-9)
        assert told["jensenShannon"] == pytest.approx(jensenshannon(*shares(*counts), base=2), abs=1e-9)
        assert told["newCategories"]["count"] == len(set(b) - set(a))
    norms = [np.linalg.norm(np.array(side["vector"].to_pylist()), axis=1) for side in (before, now)]
    assert features["vector"]["kolmogorovSmirnov"] == pytest.approx(ks_2samp(*norms).statistic, abs=1e-9)


def test_what_drifted_is_told(store):
    period = ["--current", "history", "--from", day(2)]
    features, report = drift(store, "--baseline", "train.parquet", *period, status=3)
    assert report["drifted"] == ["stats:rate", "stats:trips", "stats:city"]
    assert features["rate"]["findings"][0].startswith("PSI ")
    assert any("missing" in finding for finding in features["trips"]["findings"])
    assert any("1 new values in" in finding for finding in features["city"]["findings"])
    assert features["city"]["newCategories"]["examples"] == ["<script>alert(1)</script>"]
    assert features["seen"]["findings"] == [] and features["seen"]["kolmogorovSmirnov"] == 1
    done = store.command("drift", "model", "--baseline", "1", *period)
    assert done.returncode == 3 and "3 of 6 features drifted: stats:rate, stats:trips, stats:city" in done.stderr
    assert "compared with training set 1" in done.stdout
    # Thresholds say what counts.
    lenient = ["--psi", "9", "--missing", "0.9", "--new", "0.9"]
    assert drift(store, "--baseline", "1", *period, *lenient)[1]["drifted"] == []
    strict = drift(store, "--baseline", "1", *period, *lenient, "--ks", "0.3", status=3)[1]
    assert strict["drifted"] == ["stats:rate", "stats:trips"]
    assert drift(store, "--baseline", "1", *period, *lenient, "--js", "0.4", status=3)[1]["drifted"]


def test_few_rows_are_no_drift_by_chance(store):
    few = store.days[1].slice(0, 12)
    pq.write_table(few, store.root / "few.parquet")
    features, report = drift(store, "--baseline", "1", "--current", "few.parquet")
    assert features["rate"]["populationStability"] > 0.2 and report["drifted"] == []


def test_online_rows_logs_files_and_sets_are_compared(store):
    store.fail("drift", "model", "--baseline", "1", "--current", "nothing.parquet")
    done = store.command("drift", "model", "--baseline", "1")
    assert "not compared: what is online has no rows of 'stats' yet" in done.stdout
    store.run("materialize")
    features, report = drift(store, "--baseline", "history", "--current", "online")
    assert report["current"] == "what is online" and features["rate"]["current"]["rows"] == 10_000
    assert features["rate"]["populationStability"] == 0 and features["rate"]["kolmogorovSmirnov"] == 0
    for number in range(12):
        store.run("get", "model", f"driver_id={200_000 + number}", "--request-id", f"read-{number}")
    features, report = drift(store, "--baseline", "1", status=3)
    assert report["current"] == "what was served" and features["trips"]["current"]["rows"] == 12
    # A set made in memory is made again to be compared.
    features, _ = drift(store, "--baseline", "train.parquet", "--current", "1")
    assert all(feature.get("populationStability", 0) == 0 for feature in features.values())
    (store.root / "train.parquet").write_bytes(b"PAR1")
    features, _ = drift(store, "--baseline", "1", "--current", "history", "--to", day(1))
    assert features["rate"]["current"]["rows"] == features["rate"]["baseline"]["rows"] == 5000


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


def test_a_page_shows_it(store):
    store.command("drift", "model", "--baseline", "1", "--current", "history", "--from", day(2), "--report", "drift.html")
    page = Page()
    page.feed((store.root / "drift.html").read_text())
    names = [tag for tag, _ in page.tags]
    assert names.count("section") == 6 and names.count("svg") >= 6 and "script" not in names
    assert "3 of 6 features have drifted" in page.text and "<script>alert(1)</script>" in page.text
    assert not any({"src", "href"} & set(a) and not a.get("href", "").startswith("#") for _, a in page.tags)
    assert "name it FILE.html" in store.fail(
        "drift", "model", "--baseline", "1", "--report", "drift.pdf", status=2)


def test_wrong_questions_are_refused(store):
    assert "--baseline ID or FILE is missing" in store.fail("drift", "model", status=2)
    assert "there is no training set 9" in store.fail("drift", "model", "--baseline", "9", "--current", "history")
    assert "there is no feature service 'modle' (did you mean 'model'?)" in store.fail("drift", "modle", "--baseline", "1")
    assert "cannot be chosen by time" in store.fail(
        "drift", "model", "--baseline", "1", "--current", "online", "--from", day(1))
    store.fail("drift", "model", "--baseline", "1", "--psi", "often", status=2)
    assert "remembers no reads" in store.fail("drift", "model", "--baseline", "1", "--current", "log")


def test_skew_finds_what_was_served_wrong(store):
    assert "remembers no reads: declare 'log:'" in store.fail("skew", "model")
    store.run("materialize")
    for number in range(5):
        store.run("get", "model", f"driver_id={number}", "--request-id", f"right-{number}")
    store.run("get", "model", "driver_id=999999", "--request-id", "unknown")
    report = store.json("skew", "model")
    assert report["rows"] == 6 and report["rowsLeftOut"] == 0
    assert all(f["mismatches"] + f["missing"] + f["extra"] == 0 and f["rows"] == 6 for f in report["features"])
    # The history learns of rows that were there at the time of the reads, and had not been materialized.
    late = pa.table({
        "driver_id": [3, 999999], "event_timestamp": pa.array([START + 9 * DAY] * 2, pa.timestamp("us", "UTC")),
        "rate": pa.array([77, 7], pa.float32()), "trips": pa.array([None, 1], pa.int64()), "city": ["Kyoto", "Osaka"],
        "active": [True, False], "seen": pa.array([None, None], pa.timestamp("us", "UTC")),
        "vector": pa.array([[1, 2], [3, 4]], pa.list_(pa.float32(), 2))})
    pq.write_table(late, store.root / "data" / "late.parquet")
    store.run("ingest", "--all")
    done = store.command("skew", "model", "--json")
    assert done.returncode == 3 and "served other values than the history has: stats:rate" in done.stderr
    found = {f["feature"]: f for f in json.loads(done.stdout)["features"]}
    rate, trips, seen = found["stats:rate"], found["stats:trips"], found["stats:seen"]
    assert (rate["mismatches"], rate["missing"], rate["extra"], rate["stale"]) == (1, 1, 0, 2)
    assert trips["missing"] == 1 and trips["mismatches"] == 0
    assert seen["extra"] == 1 and seen["missing"] == 0
    assert rate["examples"][0]["requestId"] == "right-3"
    assert store.command("skew", "model", "--tolerance", "0.5").returncode == 0
    assert store.command("skew", "model", "--from", "2999-01-01").returncode == 1
