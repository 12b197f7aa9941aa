"""The Python package: definitions, history, errors, threads."""
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import threading

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import FSTORE
from package_support import ROUTES, at, fill, fstore, history, history_table, make_project, make_store, rows_of


@pytest.fixture
def store(tmp_path):
    return make_store(tmp_path / "fleet")


def test_the_package_has_the_version_of_the_tool():
    said = subprocess.run([FSTORE, "--version"], capture_output=True, text=True, check=True).stdout.split()
    assert said == ["fstore", fstore.__version__]


def test_apply_tells_the_changes_and_sees_files_made_since(tmp_path):
    root = make_project(tmp_path / "fleet")
    store = fstore.open(root / "features")
    assert (store.root, store.project) == (str(root), "fleet")
    planned = store.apply(dry_run=True)
    assert "+ entity driver" in planned.lines
    with pytest.raises(fstore.Error, match=r"no definitions are applied yet; run store.apply\(\) first"):
        store.list()
    assert store.apply() == planned
    assert store.apply().summary == "no changes"
    (root / "features" / "more.yaml").write_text("entities: {shop: {join_keys: {shop_id: string}}}\n")
    assert store.apply().lines == ["+ entity shop"]
    (root / "features" / "more.yaml").write_text("entities: {shop: {join_keys: {shop_id: strin}}}\n")
    with pytest.raises(fstore.Error, match=r"features/more.yaml:1:\d+: .*did you mean 'string'"):
        store.apply()


def test_apply_lets_go_of_data_only_when_told(store):
    fill(store)
    views = pathlib.Path(store.root, "features", "views.yaml")
    views.write_text("entities: {driver: {join_keys: {driver_id: int64}}}\n")
    with pytest.raises(fstore.Error, match="let go of it with allow_removal=True"):
        store.apply()
    assert store.apply(allow_removal=True).summary == "8 removed"
    assert store.list()["views"] == []


def test_list_and_describe_tell_what_there_is(store):
    fill(store)
    assert [view["name"] for view in store.list()["views"]] == ["driver_stats", "route_stats"]
    view = store.describe("driver_stats")
    assert view["kind"] == "feature view"
    assert view["history"]["rows"] == 4
    assert {"name": "embedding", "type": "float32[3]"}.items() <= next(
        feature for feature in view["features"] if feature["name"] == "embedding").items()
    assert store.describe("eta_v1")["kind"] == "feature service"
    assert store.describe("route")["join_keys"] == [
        {"name": "city", "type": "string"}, {"name": "line", "type": "int32"}]
    with pytest.raises(fstore.Error, match=r"there is no view, service or entity 'eta_v2' \(did you mean 'eta_v1'\?\)"):
        store.describe("eta_v2")


def duckdb_relation(table):
    return duckdb.connect().from_arrow(table)


@pytest.mark.parametrize("form", [
    pytest.param(lambda table: table, id="pyarrow"),
    pytest.param(lambda table: pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=1)), id="reader"),
    pytest.param(lambda table: table.to_pandas(), id="pandas"),
    pytest.param(lambda table: table.to_pandas().set_index("driver_id"), id="pandas, key in the index"),
    pytest.param(lambda table: table.to_pandas().iloc[::-1], id="pandas, index of no order"),
    pytest.param(pl.from_arrow, id="polars"),
    pytest.param(duckdb_relation, id="duckdb"),
])
def test_rows_come_in_any_form_and_are_the_same(tmp_path, form):
    store = make_store(tmp_path / "fleet")
    summary = store.ingest("driver_stats", form(history_table()))
    assert (summary.view, summary.rows, summary.files) == ("driver_stats", 4, 0)
    reference = make_store(tmp_path / "reference")
    reference.ingest("driver_stats", history_table())
    segments = [pq.read_table(next(pathlib.Path(s.root, ".fstore/offline/driver_stats").glob("*.parquet")))
                for s in (store, reference)]
    assert segments[0].equals(segments[1])


def test_rows_come_from_the_source_a_path_or_paths(store):
    data = pathlib.Path(store.root, "data")
    data.mkdir()
    pq.write_table(history_table(), data / "a.parquet")
    assert store.ingest("driver_stats").files == 1
    assert store.ingest("driver_stats").files_unchanged == 1
    assert store.ingest("driver_stats", data / "a.parquet").rows == 4
    assert store.ingest("driver_stats", [str(data / "a.parquet")] * 2).rows == 8
    assert store.ingest("driver_stats", []).rows == 0
    assert rows_of(store, "driver_stats") == 16


@pytest.mark.parametrize("vectors", [
    [[1, 2, 3], [4, 5, 6]], np.array([[1, 2, 3], [4, 5, 6]], dtype=np.float32), [np.array([1.0, 2, 3]), (4, 5, 6)],
    [[1, 2, 3], None], [None, [4.5, float("nan"), 6]]], ids=["lists", "array", "arrays", "a null", "nan"])
def test_vectors_come_in_a_dict_of_columns(store, vectors):
    columns = {name: values[:2] for name, values in history().items()}
    store.ingest("driver_stats", {**columns, "driver_id": [1, 2], "embedding": vectors})
    written = pq.read_table(next(pathlib.Path(store.root, ".fstore/offline/driver_stats").glob("*.parquet")))
    for found, given in zip(written["embedding"].to_pylist(), vectors):
        assert repr(found) == repr(None if given is None else [float(number) for number in given])


def test_a_row_that_does_not_fit_stops_all_or_is_set_aside(store):
    rows = {**ROUTES, "line": [1, None, 2**40]}
    with pytest.raises(fstore.Error, match=r"rows:2:line: a key is null.*or set such rows aside with on_error='quarantine'"):
        store.ingest("route_stats", {**ROUTES, "line": [1, None, 2]})
    assert rows_of(store, "route_stats") == 0
    summary = store.ingest("route_stats", rows, on_error="quarantine")
    assert (summary.rows, summary.rows_rejected) == (1, 2)
    assert "does not fit int32" in pathlib.Path(summary.rejected_file).read_text()


@pytest.mark.parametrize("rows, sentence", [
    ({"city": ["a"], "lines": [1], "length": [1.0]}, r"rows: there is no column 'line' \(did you mean 'lines'\?\)"),
    ({"city": ["a"], "line": [1], "length": ["x"]}, "rows.*length.*float64"),
    ({"city": ["a"], "line": [1, 2], "length": [1.0]}, r"rows: columns differ in length \(city 1, line 2, length 1\)"),
    ({"city": ["a"], "line": [object()], "length": [1.0]}, "line: values of type object"),
    ({"city": [["a"], ["b", "c"]], "line": [1], "length": [1.0]}, "city: vectors are lists of numbers"),
    ({"city": ["a"], "line": [2**70], "length": [1.0]}, "line: "),
    (7, "rows: a int holds no rows; give a path, a DataFrame"),
    ("nowhere.parquet", "nowhere.parquet: "),
    ("/dev/null", "/dev/null.*neither Parquet nor CSV"),
])
def test_what_is_no_history_is_told_in_one_sentence(store, rows, sentence):
    with pytest.raises(fstore.Error, match=sentence) as caught:
        store.ingest("route_stats", rows)
    assert "\n" not in str(caught.value) and "--" not in str(caught.value)
    assert rows_of(store, "route_stats") == 0


def test_a_stream_that_fails_on_its_way_stores_nothing(store):
    batches = history_table().to_batches()

    def failing():
        yield batches[0]
        raise ValueError("the well is dry")

    reader = pa.RecordBatchReader.from_batches(batches[0].schema, failing())
    with pytest.raises(fstore.Error, match="rows: .*the well is dry"):
        store.ingest("driver_stats", reader)
    assert rows_of(store, "driver_stats") == 0


def test_results_show_themselves_as_the_command_line_does(store):
    assert repr(store.apply()) == "Definitions: no changes."
    data = pathlib.Path(store.root, "routes")
    data.mkdir()
    pl.DataFrame(ROUTES).write_csv(data / "a.csv")
    (pathlib.Path(store.root, "data")).mkdir()
    pq.write_table(history_table(), pathlib.Path(store.root, "data", "a.parquet"))
    ingested = store.ingest()
    assert [result.view for result in ingested] == ["driver_stats", "route_stats"]
    assert repr(ingested).splitlines()[1].startswith("route_stats: 3 rows from 1 file, ")
    assert repr(store.ingest("route_stats")) == "route_stats: nothing new in 1 file"
    page = ingested._repr_html_()
    assert "<th>new files</th>" in page and "<tr><td>route_stats</td><td>3</td><td>1</td>" in page
    materialized = store.materialize(to=at(30))
    assert repr(materialized).splitlines()[1].startswith("route_stats: 3 keys written of 3 in 3 new rows, 3 online, ")
    assert repr(store.materialize("route_stats")) == "route_stats: nothing new; 3 keys online"
    assert "<tr><td>route_stats</td><td>route</td><td>1</td><td>3</td><td>–</td><td>–</td><td>3</td></tr>" in (
        store._repr_html_())
    assert repr(store) == f"Store({store.root!r})"
    page = store.describe("route_stats")._repr_html_()
    assert "<b>feature view route_stats</b>" in page and "<tr><td>length</td><td>float64</td><td>–</td></tr>" in page
    assert "<td>route_stats:length</td>" not in page
    assert "city (string), line (int32)" in store.describe("route")._repr_html_()
    assert repr(store.describe("route_stats")) == (
        "feature view route_stats\n  keys: city (string), line (int32)\n  rows: 3\n  keys online: 3\n  length  float64")
    reader = store.online("route_stats:length")
    assert repr(reader) == "OnlineReader: 1 feature by city (string), line (int32): length"
    assert "<tr><td>length</td><td>float64</td></tr>" in reader._repr_html_()


def test_what_is_shown_in_a_notebook_is_escaped(store):
    evil = "<script>alert(1)</script>"
    views = pathlib.Path(store.root, "features", "views.yaml")
    views.write_text(views.read_text().replace("  route: {", f"  route: {{description: '{evil}', "))
    store.apply()
    for page in (store._repr_html_(), store.describe("route")._repr_html_()):
        assert "<script>" not in page
    assert "&lt;script&gt;" in store.describe("route")._repr_html_()


def test_a_project_without_definitions_shows_what_to_do(tmp_path):
    page = fstore.open(make_project(tmp_path / "fleet"))._repr_html_()
    assert "<b>fleet</b>" in page and "run store.apply() first" in page


def test_wrong_arguments_are_told(store):
    for call, sentence in [
        (lambda: store.ingest("route_stat", ROUTES), r"there is no feature view 'route_stat' \(did you mean 'route_stats'\?\)"),
        (lambda: store.ingest("route_stats", ROUTES, on_error="ignore"), "on_error is 'ignore'; give 'stop' or 'quarantine'"),
        (lambda: store.ingest(3, ROUTES), "view is a int; give a text"),
        (lambda: store.ingest(rows=ROUTES), "rows go into one view; name it"),
        (lambda: store.materialize("route_stat"), "did you mean"),
        (lambda: store.materialize(to="soon"), "'soon' is no time; write it as 2024-01-31T10:00:00Z"),
        (lambda: store.online("eta_v1"), r"no online values yet; run store.materialize\('driver_stats'\) first"),
        (lambda: store.online("driver_stats:"), "is no feature"),
        (lambda: fstore.open("/proc"), "no fstore.yaml in /proc"),
    ]:
        with pytest.raises(fstore.Error, match=sentence):
            call()


def test_a_store_can_be_pickled_and_opened_elsewhere(store):
    fill(store)
    assert rows_of(pickle.loads(pickle.dumps(store)), "driver_stats") == 4


def test_threads_may_share_a_store(store):
    fill(store)
    failures = []

    def work(number):
        try:
            for _ in range(10):
                set_ = store.training_set("eta_v1", {"driver_id": [number % 4], "event_timestamp": [at(6)]})
                assert set_.coverage[0].found == (number % 4 in (1, 2))
                store.materialize(to=at(6))
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_handle_from_before_a_fork_is_refused_and_the_parent_goes_on(store):
    fill(store)
    reader = store.online("route_stats:length") if store.materialize(to=at(30)) else None
    child = os.fork()
    if child == 0:
        status = 1
        try:
            store.list()
        except fstore.Error as error:
            status = 0 if "opened before a fork; open it again" in str(error) else 2
            if rows_of(fstore.open(store.root), "driver_stats") != 4:
                status = 3
        finally:
            del store, reader
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert reader.vectors(city="a", line=1).tolist() == [[1.5]]


CTRL_C = """
import os, signal, sys, threading, time
import pyarrow as pa
import fstore

store = fstore.open(sys.argv[1])
batch = pa.record_batch({"city": ["a"], "line": [1], "length": [1.0]})

def rows(interrupts):
    for _ in range(interrupts):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.3)
    for _ in range(10_000):
        yield batch
        time.sleep(0.001)

def stream(interrupts):
    return pa.RecordBatchReader.from_batches(batch.schema, rows(interrupts))

for interrupts in (1, 2):
    began = time.monotonic()
    try:
        store.ingest("route_stats", stream(interrupts))
    except KeyboardInterrupt:
        print("interrupted", time.monotonic() - began < 5)
print(store.describe("route_stats")["history"]["rows"])
print(store.ingest("route_stats", pa.table(batch.to_pydict())).rows)
threading.main_thread = lambda: None
print(store.ingest("route_stats", pa.table(batch.to_pydict())).rows)
"""


def test_ctrl_c_stops_the_work_and_nothing_of_it_is_stored(store):
    done = subprocess.run(
        [sys.executable, "-c", CTRL_C, store.root], capture_output=True, text=True, timeout=120,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    assert (done.stdout, done.stderr) == ("interrupted True\n" * 2 + "0\n1\n1\n", "")
    assert [path.name for path in pathlib.Path(store.root).rglob("*.partial")] == []


def test_a_project_that_another_process_writes_to_is_busy(store):
    holder = subprocess.Popen(
        ["flock", str(pathlib.Path(store.root, ".fstore", "writer.lock")), "-c", "echo locked; read line"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(fstore.BusyError, match="another fstore process.*is writing to this project; wait"):
            store.ingest("route_stats", ROUTES)
    finally:
        holder.communicate("\n")
    assert store.ingest("route_stats", ROUTES).rows == 3
