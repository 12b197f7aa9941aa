"""Slowly changing sources: rows that hold from a time until a time, offline and online."""
import duckdb
import pytest

VIEWS = """
    entities:
      tariff: {join_keys: {tariff: string}}
    sources:
      tariffs:
        path: data/*.csv
        valid_from: since
        valid_to: until
    feature_views:
      price:
        entities: [tariff]
        source: tariffs
        features: {price: float64}
    feature_services:
      prices: {features: ["price:*"]}
"""
ROWS = """tariff,since,until,price
a,2024-01-01,2024-02-01,1.0
a,2024-02-01,,2.0
b,2024-01-10,2024-01-20,3.0
b,2024-02-10,2024-02-20,4.0
c,2024-01-01,9999-12-31,5.0
"""


@pytest.fixture
def prices(project):
    project.define(VIEWS)
    (project.root / "data").mkdir()
    (project.root / "data" / "a.csv").write_text(ROWS)
    project.run("apply")
    project.run("ingest", "--all")
    days = [f"2024-{month:02}-{day:02}" for month in (1, 2, 3) for day in range(1, 29)]
    (project.root / "rows.csv").write_text(
        "tariff,event_timestamp\n" + "".join(f"{tariff},{day}\n" for day in days for tariff in "abcd"))
    return project


def training(project):
    report = project.json("training-set", "prices", "--entities", "rows.csv", "--out", "set.csv")
    text = (project.root / "set.csv").read_text().splitlines()[1:]
    return {tuple(line.split(",")[:2]): line.split(",")[2] for line in text}, report["coverage"][0]


def test_a_row_holds_from_its_start_until_before_its_end(prices):
    """The same question in SQL, where intervals do not overlap."""
    found, coverage = training(prices)
    expected = duckdb.sql(f"""
        select r.tariff, r.event_timestamp, h.price
        from read_csv('{prices.root}/rows.csv') r left join read_csv('{prices.root}/data/a.csv') h
        on r.tariff = h.tariff and h.since <= r.event_timestamp and (h.until is null or r.event_timestamp < h.until)
    """).fetchall()
    assert len(found) == len(expected)
    for tariff, day, price in expected:
        assert found[tariff, str(day)] == ("" if price is None else str(price)), (tariff, day)
    assert coverage["keyUnknown"] == 84 and coverage["beforeHistory"] == 9
    assert coverage["ended"] == sum(1 for *_, price in expected if price is None) - 84 - 9
    assert "ended" in prices.run("training-set", "prices", "--entities", "rows.csv", "--out", "set.csv")


def test_a_row_given_again_with_its_end_is_closed(prices):
    (prices.root / "data" / "a.csv").write_text(ROWS.replace("a,2024-02-01,,", "a,2024-02-01,2024-02-05,"))
    prices.run("ingest", "--all")
    found, _ = training(prices)
    assert found["a", "2024-02-04"] == "2.0"
    assert found["a", "2024-02-05"] == ""
    prices.run("compact", "--full")
    assert training(prices)[0] == found


def test_online_rows_end_when_they_say(prices):
    prices.run("materialize", "--to", "2024-02-15")

    def get(tariff, at):
        value = prices.json("get", "prices", f"tariff={tariff}", "--at", at)["features"]["price"]
        return value["status"], value["value"]

    assert get("b", "2024-02-19T23:59:59Z") == ("PRESENT", 4.0)
    assert get("b", "2024-02-20") == ("OUTSIDE_MAX_AGE", None)
    assert get("a", "2034-01-01") == ("PRESENT", 2.0)
    (prices.root / "data" / "b.csv").write_text("tariff,since,until,price\na,2024-02-01,2024-02-02,2.0\n")
    prices.run("ingest", "--all")
    prices.run("materialize")
    assert get("a", "2024-02-15") == ("OUTSIDE_MAX_AGE", None)


def test_a_row_that_ends_before_it_begins_is_refused(prices):
    (prices.root / "data" / "b.csv").write_text("tariff,since,until,price\na,2024-03-02,2024-03-01,2.0\n")
    message = prices.fail("ingest", "--all")
    assert "data/b.csv:2:until" in message and "ends before it begins" in message
    assert "valid from since to until" in prices.run("describe", "price")
