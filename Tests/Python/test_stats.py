"""What `fstore stats` tells against numpy, math.fsum and statistics on the same values."""
import datetime
import math
import statistics
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import driver_views

ROWS = 20_000
TYPES = {"wide": "float64", "narrow": "float32", "near": "float64", "trips": "int64", "small": "int32",
         "active": "bool", "city": "string", "token": "bytes", "seen": "timestamp", "embedding": "'float32[4]'"}


def columns(rng, rows):
    def some(values, share=0.05):
        return pa.array(values, mask=rng.random(rows) < share)

    wide = rng.lognormal(0, 4, rows) * rng.choice([-1, 1], rows)
    wide[:6] = [np.inf, -np.inf, np.nan, 0.0, -0.0, 5e-324]
    start = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
    times = pa.array([start + datetime.timedelta(seconds=int(s)) for s in rng.integers(0, 30 * 86_400, rows)],
                     pa.timestamp("us", "UTC"))
    vectors = rng.normal(size=(rows, 4)).astype(np.float32)
    return pa.table({
        "driver_id": rng.integers(0, 500, rows),
        "event_timestamp": times, "created": times,
        "wide": some(wide), "narrow": some(rng.normal(size=rows).astype(np.float32)),
        "near": some(1e15 + rng.integers(0, 1000, rows) / 8),
        "trips": some(rng.integers(-2**62, 2**62, rows)), "small": some(rng.poisson(3, rows).astype(np.int32)),
        "active": some(rng.random(rows) < 0.25),
        "city": some(rng.choice(["Kyoto 京都", "Łódź", "", "Lima"], rows, p=[0.5, 0.3, 0.15, 0.05])),
        "token": some([bytes(rng.integers(0, 256, 4, dtype=np.uint8)) for _ in range(rows)]),
        "seen": times,
        "embedding": pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), 4),
    })


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A view of three ingested files, and all their rows."""
    from conftest import Project

    project = Project(tmp_path_factory.mktemp("stats"))
    project.define(driver_views(features=TYPES))
    (project.root / "data").mkdir()
    project.run("apply")
    rng = np.random.default_rng(11)
    parts = []
    for i, rows in enumerate([ROWS, 300, ROWS // 2]):
        parts.append(columns(rng, rows))
        pq.write_table(parts[-1], project.root / "data" / f"part-{i}.parquet")
        project.run("ingest", "--all")
    return project, pa.concat_tables(parts)


def of(project, feature):
    [found] = project.json("stats", "driver_stats", "--features", feature)["features"]
    return found


def numbers(table, feature):
    return [value for value in table[feature].to_pylist() if value is not None]


@pytest.mark.parametrize("feature", ["wide", "narrow", "near", "trips", "small"])
def test_moments_are_correctly_rounded(stored, feature):
    project, table = stored
    found = of(project, feature)
    values = [value for value in numbers(table, feature) if math.isfinite(value)]
    assert found["rows"] == table.num_rows and found["nulls"] == table[feature].null_count
    exact = [Fraction(value) for value in values]
    mean = sum(exact) / len(exact)
    assert found["mean"] == float(mean)
    if feature != "trips":
        assert found["mean"] == pytest.approx(math.fsum(values) / len(values), rel=1e-15)
    variance = sum((value - mean) ** 2 for value in exact) / (len(exact) - 1)
    assert found["standardDeviation"] == pytest.approx(math.sqrt(variance), rel=4e-16)
    assert found["standardDeviation"] == pytest.approx(statistics.stdev(values), rel=1e-12)


@pytest.mark.parametrize("feature", ["wide", "narrow", "near", "trips", "small"])
def test_quantiles_lie_within_the_stated_error(stored, feature):
    project, table = stored
    found = of(project, feature)
    values = np.array([value for value in numbers(table, feature) if math.isfinite(value)])
    assert found["quantileError"]["relative"] < 0.0078
    for quantile in found["quantiles"]:
        exact = np.quantile(values, quantile["q"], method="lower")
        assert abs(quantile["value"] - exact) <= abs(exact) * found["quantileError"]["relative"] * (1 + 1e-12)
    counts = found["distribution"]["counts"]
    between = (values >= found["distribution"]["from"]) & (values <= found["distribution"]["to"])
    assert sum(counts) == pytest.approx(between.sum(), rel=0.02)


def test_few_different_values_are_told_exactly(stored):
    project, table = stored
    found = of(project, "small")
    values = np.array(numbers(table, "small"))
    assert found["quantileError"]["relative"] == 0
    for quantile in found["quantiles"]:
        assert quantile["value"] == np.quantile(values, quantile["q"], method="lower")
    low, high, counts = (found["distribution"][name] for name in ("from", "to", "counts"))
    # Few whole numbers: a part each.
    assert len(counts) == high - low + 1
    assert counts == [int((values == number).sum()) for number in range(int(low), int(high) + 1)]


def test_ends_infinities_and_nans(stored):
    project, table = stored
    found = of(project, "wide")
    assert found["minimum"] == "-Infinity" and found["maximum"] == "Infinity"
    values = numbers(table, "wide")
    assert found["infinities"] == sum(map(math.isinf, values))
    assert found["notNumbers"] == sum(map(math.isnan, values))
    found = of(project, "trips")
    values = numbers(table, "trips")
    assert found["minimum"] == min(values) and found["maximum"] == max(values)
    assert "infinities" not in found and "notNumbers" not in found


@pytest.mark.parametrize("feature", ["wide", "trips", "token", "seen", "small", "city"])
def test_distinct_counts_are_exact_or_near(stored, feature):
    project, table = stored
    distinct = of(project, feature)["distinct"]
    values = numbers(table, feature)
    exact = len(set(value + 0 if feature == "wide" else value for value in values if value == value))
    assert distinct["isExact"] == (exact <= 2048)
    assert distinct["count"] == exact if distinct["isExact"] else abs(distinct["count"] / exact - 1) < 0.06


def test_frequent_values_are_counted(stored):
    project, table = stored
    for feature in ["city", "small"]:
        values = numbers(table, feature)
        for frequent in of(project, feature)["top"]:
            assert frequent["count"] == values.count(frequent["value"]) and frequent["error"] == 0


def test_texts_times_booleans_and_vectors(stored):
    project, table = stored
    city, seen = of(project, "city"), of(project, "seen")
    lengths = [len(value) for value in numbers(table, "city")]
    assert city["minimum"] == 0 and city["maximum"] == max(lengths) and city["empty"] == lengths.count(0)
    assert city["mean"] == pytest.approx(sum(lengths) / len(lengths), rel=1e-15)

    times = np.array([value.timestamp() for value in numbers(table, "seen")])
    for quantile in seen["quantiles"]:
        exact = np.quantile(times, quantile["q"], method="lower")
        told = datetime.datetime.fromisoformat(quantile["value"]).timestamp()
        assert abs(told - exact) <= seen["quantileError"]["seconds"]
    assert seen["quantileError"]["seconds"] < (times.max() - times.min()) / 500

    assert of(project, "active")["trues"] == sum(numbers(table, "active"))

    vectors = np.array(numbers(table, "embedding"), dtype=np.float64)
    embedding = of(project, "embedding")
    norms = np.sqrt((vectors ** 2).sum(axis=1))
    assert embedding["mean"] == pytest.approx(norms.mean(), rel=1e-12)
    for i, dimension in enumerate(embedding["dimensions"]):
        assert np.float32(dimension["minimum"]) == vectors[:, i].min()
        assert np.float32(dimension["maximum"]) == vectors[:, i].max()
        assert dimension["mean"] == pytest.approx(math.fsum(vectors[:, i]) / len(vectors), rel=1e-15)


def test_compaction_changes_no_statistics(stored):
    project, _ = stored
    before = project.json("stats", "driver_stats")
    project.run("compact", "driver_stats", "--full")
    after = project.json("stats", "driver_stats")
    for old, new in zip(before["features"], after["features"]):
        # Counts of frequent values may differ within their errors where there are many different ones.
        old.pop("top", None), new.pop("top", None)
        assert old == new


def test_segments_without_statistics_are_looked_at(stored):
    import sqlite3

    project, table = stored
    before = project.json("stats", "driver_stats")
    with sqlite3.connect(project.root / ".fstore" / "catalog.sqlite") as catalog:
        catalog.execute("DELETE FROM feature_summaries")
    after = project.json("stats", "driver_stats")
    assert before["rowsUncollected"] == 0 and after["rowsUncollected"] == table.num_rows
    for old, new in zip(before["features"], after["features"]):
        old.pop("top", None), new.pop("top", None)
        assert old == new
    assert "fstore compact driver_stats" in project.run("stats", "driver_stats")


def test_pushed_rows_count_before_and_after_they_are_stored(project):
    project.define(driver_views(features={"f0": "float64", "city": "string"}))
    (project.root / "data").mkdir()
    project.run("apply")
    times = pa.array([datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)] * 3, pa.timestamp("us", "UTC"))
    pq.write_table(pa.table({
        "driver_id": [1, 2, 3], "event_timestamp": times, "created": times, "f0": [1.0, 2.0, None],
        "city": ["Lima", "Lima", "Oslo"]}), project.root / "data" / "a.parquet")
    project.run("ingest", "--all")
    (project.root / "more.csv").write_text(
        "driver_id,event_timestamp,created,f0,city\n1,2024-01-02,2024-01-02,0.1,Kyiv\n2,2024-01-02,2024-01-02,-7,Lima\n")
    project.run("push", "driver_stats", "more.csv")
    pushed = project.json("stats", "driver_stats")
    assert pushed["rows"] == 5 and pushed["rowsUncollected"] == 2
    [f0, city] = pushed["features"]
    values = [1.0, 2.0, 0.1, -7.0]
    assert (f0["nulls"], f0["minimum"], f0["maximum"]) == (1, -7, 2) and f0["mean"] == math.fsum(values) / 4
    assert f0["standardDeviation"] == pytest.approx(statistics.stdev(values), rel=4e-16)
    assert city["top"][0] == {"value": "Lima", "count": 3, "error": 0}
    project.run("compact")
    assert project.json("stats", "driver_stats") == pushed | {"rowsUncollected": 0}


def test_a_deleted_person_is_in_no_statistics(project):
    project.define(driver_views(features={"f0": "float64", "name": "string"}))
    (project.root / "data").mkdir()
    project.run("apply")
    start = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
    for part in range(2):
        rows = 5_000
        times = pa.array([start + datetime.timedelta(seconds=i) for i in range(rows)], pa.timestamp("us", "UTC"))
        pq.write_table(pa.table({
            "driver_id": [i % 100 for i in range(rows)], "event_timestamp": times, "created": times,
            "f0": [(i % 100) + part / 10 for i in range(rows)],
            "name": [f"driver {i % 100}" for i in range(rows)]}), project.root / "data" / f"{part}.parquet")
        project.run("ingest", "--all")
    project.run("delete", "driver_stats", "driver_id=99")
    statistics = project.json("stats", "driver_stats")
    assert statistics["rows"] == 9_900 and statistics["rowsUncollected"] == 0
    [f0, name] = statistics["features"]
    values = [(i % 100) + part / 10 for part in range(2) for i in range(5_000) if i % 100 != 99]
    assert f0["maximum"] == 98.1 and f0["mean"] == math.fsum(values) / len(values) and f0["distinct"]["count"] == 198
    assert name["distinct"] == {"count": 99, "isExact": True, "standardError": 0}
    for file in (project.root / ".fstore").glob("catalog.sqlite*"):
        assert b"driver 99" not in file.read_bytes(), file
    project.run("compact")
    assert project.json("stats", "driver_stats") == statistics
    assert project.json("history", "driver_stats", "driver_id=99")["rows"] == []


def test_a_feature_that_came_later_is_null_before(project):
    project.define(driver_views(features={"f0": "float32"}))
    (project.root / "data").mkdir()
    times = pa.array([datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)] * 3, pa.timestamp("us", "UTC"))
    rows = pa.table({"driver_id": [1, 2, 3], "event_timestamp": times, "created": times,
                     "f0": pa.array([1, 2, 3], pa.float32())})
    pq.write_table(rows, project.root / "data" / "a.parquet")
    project.run("apply")
    project.run("ingest", "--all")
    project.define(driver_views(features={"f0": "float32", "f1": "int64"}))
    pq.write_table(rows.append_column("f1", pa.array([7, None, 9])), project.root / "data" / "b.parquet")
    project.run("apply")
    project.run("ingest", "--all")
    [f0, f1] = project.json("stats", "driver_stats")["features"]
    assert (f0["rows"], f0["nulls"]) == (6, 0) and (f1["rows"], f1["nulls"], f1["mean"]) == (6, 4, 8.0)


def test_an_empty_view_has_statistics_of_nothing(project):
    project.define(driver_views(features=TYPES))
    project.run("apply")
    statistics = project.json("stats", "driver_stats")
    assert statistics["rows"] == 0 and all(feature["rows"] == 0 for feature in statistics["features"])
    assert "0 rows" in project.run("stats", "driver_stats")
    project.run("stats", "driver_stats", "--features", ",".join(TYPES))


def test_unknown_names_are_told(project):
    project.define(driver_views())
    project.run("apply")
    assert "did you mean 'driver_stats'" in project.fail("stats", "driver_stat")
    assert "did you mean 'f1'" in project.fail("stats", "driver_stats", "--features", "ff1")
