"""The training set against DuckDB's joins on the benchmark's `small` set, row for row."""
import importlib.util
import os
import subprocess
import sys

import duckdb
import pytest

from conftest import REPOSITORY, driver_views

FEATURES = [f"f{i}" for i in range(10)]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    subprocess.run(
        [sys.executable, REPOSITORY / "Benchmarks" / "make_history.py", folder, "10000", "1000000", "100000"],
        check=True)
    return folder


def expected(data, available):
    created = "AND h.created <= e.event_timestamp" if available == "created" else ""
    delay = "- INTERVAL 15 MINUTE" if available == "15m" else ""
    return duckdb.sql(f"""
        WITH e AS (SELECT *, row_number() OVER () AS row FROM '{data}/entities.parquet'),
        c AS (
          SELECT e.row, max_by(h, (h.event_timestamp, h.created, h.row)) AS h
          FROM e JOIN (SELECT *, row_number() OVER () AS row FROM '{data}/history/part-000.parquet') h
          ON e.driver_id = h.driver_id AND h.event_timestamp <= e.event_timestamp {delay}
          AND h.event_timestamp >= e.event_timestamp - INTERVAL 7 DAY {created} GROUP BY e.row)
        SELECT e.driver_id, e.event_timestamp, e.label, {", ".join(f"c.h.{f} AS {f}" for f in FEATURES)}
        FROM e LEFT JOIN c USING (row) ORDER BY row""").to_arrow_table()


def asof(data):
    choice = ", ".join(
        f"CASE WHEN h.event_timestamp >= e.event_timestamp - INTERVAL 7 DAY THEN h.{f} END AS {f}" for f in FEATURES)
    return duckdb.sql(f"""
        SELECT e.driver_id, e.event_timestamp, e.label, {choice}
        FROM (SELECT *, row_number() OVER () AS row FROM '{data}/entities.parquet') e
        ASOF LEFT JOIN '{data}/history/part-000.parquet' h
        ON e.driver_id = h.driver_id AND e.event_timestamp >= h.event_timestamp ORDER BY e.row""").to_arrow_table()


def compare(ours, theirs):
    assert ours.column_names == theirs.column_names
    assert ours.num_rows == theirs.num_rows
    for name in ours.column_names:
        a = ours[name].combine_chunks()
        b = theirs[name].combine_chunks().cast(a.type)
        assert a.equals(b), f"column {name} differs"


@pytest.mark.parametrize("available", ["event", "created", "15m"])
def test_training_set_equals_duckdbs(project, data, available):
    import pyarrow.parquet as pq

    os.symlink(data / "history", project.root / "data")
    project.define(driver_views(available))
    project.run("apply")
    summary = project.json("ingest", "--all")
    project.run("training-set", "eta_v1", "--entities", str(data / "entities.parquet"), "--out", "set.parquet")
    ours = pq.read_table(project.root / "set.parquet")
    compare(ours, expected(data, available))
    if available == "event":
        compare(ours, asof(data))
