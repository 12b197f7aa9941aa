"""`fstore sql`: the texts are run in the engines, and what they give is compared with the training set row for row."""
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import Project, driver_views
from random_store import RandomStore, differences

# A zone with daylight saving, so that a text that leaned on the session's zone would be found out.
ZONE = "America/New_York"


def in_duckdb(text: str, entities=None) -> pa.Table:
    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = '{ZONE}'")
        if entities is not None:
            connection.execute(f"CREATE TABLE entities AS FROM read_parquet('{entities}')")
        return connection.sql(text).to_arrow_table()


@pytest.mark.parametrize("seed", range(12))
def test_duckdb_gives_the_training_set(project, seed):
    store = RandomStore(project, seed)
    expected = store.training_set()
    assert differences(expected, in_duckdb(store.sql("duckdb"))) == [], f"seed {seed}"
    table = in_duckdb(store.sql("duckdb", with_file=False), store.entity_file)
    assert differences(expected, table) == [], f"seed {seed}, from a table"


@pytest.mark.parametrize("seed", range(20, 26))
def test_spark_gives_the_training_set(project, spark, seed):
    store = RandomStore(project, seed)
    expected = store.training_set()
    assert differences(expected, spark.run(store.sql("spark"))) == [], f"seed {seed}"


def test_spark_gives_the_training_set_of_a_table(project, spark):
    store = RandomStore(project, 27)
    # The training set passes times through as they are; Spark takes only those with a zone for points in time.
    rows = pq.read_table(store.entity_file)
    place = rows.column_names.index("event_timestamp")
    times = rows["event_timestamp"].cast(pa.timestamp("us", "UTC"))
    pq.write_table(rows.set_column(place, "event_timestamp", times), store.entity_file)
    table = spark.run(store.sql("spark", with_file=False), store.entity_file)
    assert differences(store.training_set(), table) == []


@pytest.fixture
def drivers(project) -> Project:
    project.define(driver_views(features={"f0": "float32"}))
    project.run("apply")
    rows = project.root / "rows.csv"
    rows.write_text("driver_id,event_timestamp,created,f0\n1,2024-01-01T00:00:00Z,2024-01-01T00:00:00Z,0.5\n")
    project.run("ingest", "driver_stats", "--from", rows)
    return project


def entity_file(project, name="entities.parquet", **columns):
    columns = columns or {
        "driver_id": pa.array([1], pa.int64()),
        "event_timestamp": pa.array([1704067200000000], pa.timestamp("us", "UTC"))}
    pq.write_table(pa.table(columns), project.root / name)
    return name


def test_a_view_stands_for_all_its_features(drivers):
    file = entity_file(drivers)
    assert drivers.run("sql", "driver_stats", "--entities", file).replace("driver_stats:*", "") == \
        drivers.run("sql", "--features", "driver_stats:f0", "--entities", file).replace("driver_stats:f0", "")


def test_json_has_the_statement_and_its_snapshot(drivers):
    query = drivers.json("sql", "eta_v1")
    assert query["sql"] == drivers.run("sql", "eta_v1")
    assert (query["dialect"], query["snapshot"], query["rowsNotInFiles"]) == ("duckdb", 1, {})


def test_an_earlier_snapshot_can_be_asked_for(drivers):
    more = drivers.root / "more.csv"
    more.write_text("driver_id,event_timestamp,created,f0\n1,2024-01-01T00:00:00Z,2024-01-01T00:00:00Z,7.5\n")
    drivers.run("ingest", "driver_stats", "--from", more)
    file = entity_file(drivers)
    assert in_duckdb(drivers.run("sql", "eta_v1", "--entities", file))["f0"].to_pylist() == [7.5]
    assert in_duckdb(drivers.run("sql", "eta_v1", "--entities", file, "--as-of", "1"))["f0"].to_pylist() == [0.5]
    assert "there is no snapshot 9;" in drivers.fail("sql", "eta_v1", "--as-of", "9")


@pytest.mark.parametrize("folder", ["it's", "a[1]*?", "key=1", "new\nline", "\"`;--", "back\\slash", "{a,b}", "'\u0301"])
def test_paths_are_told_exactly(tmp_path, folder):
    (tmp_path / folder).mkdir()
    project = Project(tmp_path / folder)
    project.define(driver_views(features={"f0": "float32"}))
    project.run("apply")
    (project.root / "rows.csv").write_text("driver_id,event_timestamp,created,f0\n1,2024-01-01,2024-01-01,0.5\n")
    project.run("ingest", "driver_stats", "--from", "rows.csv")
    table = in_duckdb(project.run("sql", "eta_v1", "--entities", entity_file(project)))
    assert table["f0"].to_pylist() == [0.5]
    assert table.column_names == ["driver_id", "event_timestamp", "f0"]


def test_names_of_columns_cannot_break_out(drivers):
    names = ["a\"b", "x\"\u0301, 1 AS y", "--", "__row", "__time", "__key_driver_id", "h", "'"]
    columns = {name: pa.array([number]) for number, name in enumerate(names)}
    file = entity_file(drivers, driver_id=pa.array([1]), event_timestamp=pa.array(
        [1704067200000000], pa.timestamp("us", "UTC")), **columns)
    table = in_duckdb(drivers.run("sql", "eta_v1", "--entities", file))
    assert table.column_names == ["driver_id", "event_timestamp", *names, "f0"]
    assert [table[name].to_pylist() for name in names] == [[number] for number in range(len(names))]


def test_what_an_engine_would_read_otherwise_is_refused(drivers):
    def refusal(*options, dialect="duckdb", **columns):
        base = {"driver_id": pa.array([1]), "event_timestamp": pa.array([0], pa.timestamp("us", "UTC"))}
        file = entity_file(drivers, **(base | columns))
        return drivers.fail("sql", "eta_v1", "--entities", file, "--dialect", dialect, *options)

    assert "'F0' and 'f0' are both columns of the training set" in refusal(F0=pa.array([1]))
    assert "DuckDB keeps the name 'file_row_number'" in refusal(file_row_number=pa.array([1]))
    assert "nanoseconds" in refusal(dialect="spark", event_timestamp=pa.array([0], pa.timestamp("ns", "UTC")))
    assert "needs the times as timestamps" in refusal(event_timestamp=pa.array(["2024-01-01"]))
    assert "does not fit" in refusal(driver_id=pa.array([1.5]))
    assert "the time is null" in refusal(event_timestamp=pa.array([None], pa.timestamp("us", "UTC")))
    (drivers.root / "entities.csv").write_text("driver_id,event_timestamp\n1,2024-01-01\n")
    assert "from Parquet" in drivers.fail("sql", "eta_v1", "--entities", "entities.csv")


def test_wrong_use_is_told(drivers):
    assert "did you mean 'driver_stats'?" in drivers.fail("sql", "driver_stat")
    assert "duckdb" in drivers.fail("sql", "eta_v1", "--dialect", "oracle", status=2)
    assert "SERVICE or --features is missing" in drivers.fail("sql", status=2)


def test_a_clash_with_a_column_of_times_is_an_error(drivers):
    file = entity_file(drivers, driver_id=pa.array([1]), event_timestamp=pa.array(
        [0], pa.timestamp("us", "UTC")), driver_stats__event_timestamp=pa.array([1]))
    for verb in (["sql"], ["training-set", "--out", "set.parquet"]):
        error = drivers.fail(verb[0], "eta_v1", "--entities", file, "--with-times", *verb[1:])
        assert "'driver_stats__event_timestamp' already" in error
