"""Expressions against Python's own mathematics, times and texts, and pandas' columns."""

import datetime
import math
import pathlib
import random
import zoneinfo

import numpy
import pandas
import pyarrow
import pytest
from package_support import fstore

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def values(expression, **columns):
    return fstore.evaluate(expression, pyarrow.table(columns)).to_arrow().column("value").to_pylist()


@pytest.mark.parametrize("name, function", [
    ("exp", math.exp), ("expm1", math.expm1), ("ln", math.log), ("log2", math.log2), ("log10", math.log10), ("log1p", math.log1p),
    ("sqrt", math.sqrt), ("sin", math.sin), ("cos", math.cos), ("tan", math.tan), ("atan", math.atan), ("tanh", math.tanh),
    ("floor", math.floor), ("ceil", math.ceil), ("trunc", math.trunc), ("abs", abs),
])
def test_mathematics_is_that_of_python(name, function):
    numbers = [random.Random(4).uniform(1e-6, 50) for _ in range(1000)] + [0.5, 1.0, 1e-300]
    for given, got in zip(numbers, values(f"{name}(x)", x=numbers)):
        # Libraries of mathematics may differ in the last bit.
        assert got == pytest.approx(function(given), rel=1e-15, abs=1e-300), given


def test_division_and_remainder_are_those_of_python():
    generator = random.Random(7)
    a = [generator.choice([generator.randint(-50, 50), generator.randint(-(2**63), 2**63 - 1)]) for _ in range(2000)]
    b = [generator.randint(-9, 9) or 1 for _ in range(2000)]
    for x, y, quotient, rest, ratio in zip(a, b, values("a // b", a=a, b=b), values("a % b", a=a, b=b), values("a / b", a=a, b=b)):
        assert rest == x % y
        assert ratio == float(x) / float(y)
        assert quotient == (x // y if -(2**63) <= x // y < 2**63 else None)
    x = [generator.uniform(-9, 9) for _ in range(500)]
    y = [generator.uniform(-3, 3) for _ in range(500)]
    assert values("x % y", x=x, y=y) == [numpy.mod(p, q) for p, q in zip(x, y)]
    assert values("x ** 3", x=x) == pytest.approx([p**3 for p in x], rel=1e-15)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Casablanca", "Pacific/Apia"])
def test_times_are_those_of_the_tz_database(zone):
    generator = random.Random(11)
    # From 1970 on: before, libraries keep more or less of what the zones' cities once had.
    seconds = [generator.randint(0, 2_000_000_000) for _ in range(3000)]
    times = [datetime.datetime.fromtimestamp(second, datetime.timezone.utc) for second in seconds]
    column = pyarrow.array(times, pyarrow.timestamp("us", "UTC"))
    local = [time.astimezone(zoneinfo.ZoneInfo(zone)) for time in times]
    for function, expected in [
        ("year", lambda t: t.year), ("month", lambda t: t.month), ("day", lambda t: t.day), ("hour", lambda t: t.hour),
        ("minute", lambda t: t.minute), ("second", lambda t: t.second), ("weekday", lambda t: t.weekday()),
        ("day_of_year", lambda t: t.timetuple().tm_yday),
    ]:
        assert values(f"{function}(t, '{zone}')", t=column) == [expected(time) for time in local], function


def test_texts_are_those_of_python():
    texts = ["", "Stra\u00dfe", "\u00c4RGER", " x\t", "a,b,,c", "\U0001f600 ok", None, "aaa"]
    assert values("lower(s)", s=texts) == [t if t is None else t.lower() for t in texts]
    assert values("length(s)", s=texts) == [t if t is None else len(t) for t in texts]
    assert values("replace(s, 'a', 'bb')", s=texts) == [t if t is None else t.replace("a", "bb") for t in texts]
    assert values("substring(s, 1, 2)", s=texts) == [t if t is None else t[1:3] for t in texts]
    assert values("contains(s, ',')", s=texts) == [t if t is None else "," in t for t in texts]


def test_columns_agree_with_pandas():
    frame = pandas.DataFrame({
        "fare": numpy.random.default_rng(3).random(200_000) * 50, "km": numpy.random.default_rng(4).random(200_000).astype("float32") * 20})
    got = fstore.evaluate("if(km > 10, fare / max(km, 0.1), ln(fare + 1))", frame).to_arrow().column("value").to_numpy()
    kilometres = frame.km.astype("float64")
    expected = numpy.where(kilometres > 10, frame.fare / numpy.maximum(kilometres, 0.1), numpy.log(frame.fare + 1))
    numpy.testing.assert_allclose(got, expected, rtol=1e-15)


def test_a_mistake_says_where():
    with pytest.raises(fstore.Error, match=r"column 8: 'dist' is not a column \(did you mean 'distance'\?\)"):
        values("1.0 * (dist)", distance=[1.0])
    with pytest.raises(fstore.Error, match="there is no function 'squrt'"):
        values("squrt(x)", x=[1.0])


def test_the_command_line_computes_and_tells_mistakes(project):
    assert project.json("eval", "fare / max(km, 0.1)", "fare=12.5", "km=4") == {"type": "float", "value": 3.125}
    assert "')' is missing" in project.fail("eval", "1 + (2")
    assert "EXPR is missing" in project.fail("eval", status=2)
    listed = project.json("eval", "--functions")
    assert {"sqrt(x)", "a + b", "geo_distance_km(lat1, lon1, lat2, lon2)"} <= {function["usage"] for function in listed}


def test_the_reference_lists_every_function_as_it_is(project):
    text = (REPOSITORY / "docs" / "reference" / "expressions.md").read_text()
    rows = [f"| `{function['usage']}` | {function['summary']} |" for function in project.json("eval", "--functions")]
    assert [row for row in rows if row not in text] == []


def test_conditions_choose_the_rows_of_a_training_set(project):
    project.define("""
        entities: {e: {join_keys: {id: int64}}}
        sources: {s: {path: data/*.csv, timestamp: t, columns: {cents: int64}}}
        feature_views:
          v:
            entities: [e]
            source: s
            features:
              fare: {type: float64, expression: cents / 100}
        """)
    (project.root / "data").mkdir()
    (project.root / "data" / "a.csv").write_text("id,t,cents\n1,2024-01-01,150\n2,2024-01-02,\n3,2024-01-03,999\n")
    project.run("apply")
    project.run("ingest", "v")
    assert "cents / 100" in project.run("describe", "v")
    rows = "id,event_timestamp,label\n" + "".join(f"{i % 4},2024-02-{i % 28 + 1:02},{i}\n" for i in range(100))
    (project.root / "rows.csv").write_text(rows)
    made = project.json(
        "training-set", "--features", "v:fare", "--entities", "rows.csv", "--where", "id in (1, 3) and event_timestamp < '2024-02-10'",
        "--out", "out.csv")
    expected = [i for i in range(100) if i % 4 in (1, 3) and i % 28 + 1 < 10]
    got = pandas.read_csv(project.root / "out.csv")
    assert made["rows"] == len(expected) and list(got.label) == expected
    assert list(got.fare) == [{1: 1.5, 3: 9.99}[i % 4] for i in expected]
    assert project.json("training-set", "--again", str(made["id"]))["isIdentical"] is True
    training = fstore.open(project.root).training_set(
        ["v:fare"], pandas.read_csv(project.root / "rows.csv"), where="id in (1, 3) and event_timestamp < '2024-02-10'")
    assert training.to_pandas().label.to_list() == expected
    assert "where id in (1, 3)" in project.run("training-sets", str(made["id"]))
    sentence = project.fail(
        "training-set", "--features", "v:fare", "--entities", "rows.csv", "--where", "lable > 3", "--out", "x.csv")
    assert "column 1: 'lable' is not a column (did you mean 'label'?)" in sentence
    pushed = project.command("push", "v", "-", input='{"id": 1, "t": "2024-03-01T00:00:00Z", "cents": 275}\n')
    assert pushed.returncode == 0, pushed.stderr
    assert project.json("get", "--features", "v:fare", "id=1")["features"]["fare"]["value"] == 2.75
