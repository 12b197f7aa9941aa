"""The Python package: training sets made in memory are recorded, and made again from their records."""
import datetime
import decimal
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import FSTORE
from package_support import UTC, at, fill, fstore, history, history_table, make_store
from table_digest import column_digest, digest

EVERY = {"every": "90m", "from_": at(0), "to": at(30)}


@pytest.fixture
def store(tmp_path):
    store = make_store(tmp_path / "fleet")
    fill(store)
    return store


def command(store, *arguments, status=0):
    done = subprocess.run([FSTORE, *map(str, arguments)], cwd=store.root, capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def record(store, id):
    return json.loads(command(store, "training-sets", id, "--json").splitlines()[-1])


def entities(rows=6):
    return pa.table({
        "driver_id": [row % 4 for row in range(rows)],
        "event_timestamp": pa.array([at(row) for row in range(rows)], pa.timestamp("us", "UTC")),
        "label": [None if row == 2 else row / 2 for row in range(rows)],
        "note": [f"Nº {row}" for row in range(rows)]})


def add_later_rows(store):
    """What changes every set that is made of the newest state."""
    later = history() | {"trips": [77, 77, 77, 77], "event_timestamp": [at(0.5)] * 4, "created": [at(0.5)] * 4}
    store.ingest("driver_stats", pa.table(later, schema=history_table().schema))


def forms(table):
    """The same rows in what people have them in."""
    chunked = pa.concat_tables([table.slice(0, 2), table.slice(2)])
    encoded = table.set_column(3, "note", table["note"].dictionary_encode())
    return {
        "pyarrow": table, "chunked": chunked, "dictionary": encoded, "pandas": table.to_pandas(),
        "pandas, Arrow types": table.to_pandas(types_mapper=pd.ArrowDtype),
        "pandas, index": table.to_pandas().set_index(pd.Index([9] * table.num_rows)), "Polars": pl.from_arrow(table),
        "Polars, categories": pl.from_arrow(table).with_columns(pl.col("note").cast(pl.Categorical)),
        "Polars from pandas": pl.from_pandas(table.to_pandas(), nan_to_null=False),
        "nanoseconds": table.set_column(1, "event_timestamp", table["event_timestamp"].cast(pa.timestamp("ns", "UTC"))),
        "another zone": table.set_column(1, "event_timestamp", table["event_timestamp"].cast(pa.timestamp("us", "Asia/Tokyo"))),
        "narrow": table.set_column(0, "driver_id", table["driver_id"].cast(pa.int8())),
        "large": table.set_column(3, "note", table["note"].cast(pa.large_string())),
        "a dict": table.to_pydict(),
    }


@pytest.mark.parametrize("form", forms(entities()))
def test_the_same_rows_have_one_digest_in_every_form(store, form):
    rows = forms(entities())[form]
    made = store.training_set("eta_v1", rows)
    given = record(store, made.id)["given"]
    assert given["rows"] == 6 and [column["name"] for column in given["columns"]] == entities().column_names
    assert f"digest {digest(entities().to_pydict())}" in command(store, "training-sets", made.id)
    # Any form is good to make it again.
    assert store.training_set(again=made.id, entities=entities()).id == made.id
    again = store.training_set(again=store.training_set("eta_v1", entities()).id, entities=rows)
    assert again.to_arrow().drop_columns(entities().column_names) == made.to_arrow().drop_columns(entities().column_names)
    if isinstance(rows, pd.DataFrame):
        assert again.to_pandas().index.equals(rows.index)


def test_digests_are_those_of_the_description(store):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    floats = [0.0, -0.0, 1.5, -2.0, float("nan"), float("inf"), float("-inf"), 1e300, 2.0**63, 2.0**64, -2.0**63, 5e-324]
    choices = {
        "whole": (pa.int64(), [0, 1, -1, 2**63 - 1, -2**63]), "large": (pa.uint64(), [0, 2**63, 2**64 - 1]),
        "float": (pa.float64(), floats), "single": (pa.float32(), [float(np.float32(0.1)), 3.0, float("nan")]),
        "text": (pa.string(), ["", "é😀", "x" * 100]), "bytes": (pa.binary(), [b"", b"\0", b"\xff" * 40]),
        "flag": (pa.bool_(), [True, False]),
        "time": (pa.timestamp("us", "UTC"), [at(0), datetime.datetime(1900, 1, 1, 0, 0, 0, 7, UTC)]),
        "decimal": (pa.decimal128(38, 4), [decimal.Decimal("1.5000"), decimal.Decimal("-7"), decimal.Decimal(10) ** 30]),
        "list": (pa.list_(pa.float64()), [[], [1.0, None], [0.5] * 9])}
    count = 500
    columns = {"driver_id": [1] * count, "event_timestamp": [at(0)] * count}
    schema = [("driver_id", pa.int64()), ("event_timestamp", pa.timestamp("us", "UTC"))]
    for name, (kind, values) in choices.items():
        columns[name] = [chance.choice([*values, None]) for _ in range(count)]
        schema.append((name, kind))
    made = store.training_set("eta_v1", pa.table(columns, schema=pa.schema(schema)))
    for told in record(store, made.id)["given"]["columns"]:
        assert told["values"] == column_digest(columns[told["name"]]), told["name"]
    assert digest(columns) in command(store, "training-sets", made.id)
    result = record(store, made.id)["result"]
    assert result == digest(made.to_arrow().to_pydict())


def test_sets_by_rule_are_made_again_from_their_record_alone(store):
    asked = [
        store.training_set("eta_v1", **EVERY),
        store.training_set("eta_v1", every="6h", from_=at(0), to=at(30), sample="60%", split="time:0.75", gap="2h", seed=3),
        store.training_set(["driver_stats:trips"], every="6h", from_=at(0), to=at(30), where="driver_id > 1", full_names=True)]
    add_later_rows(store)
    assert store.training_set("eta_v1", **EVERY).to_arrow() != asked[0].to_arrow()
    for made in asked:
        again = store.training_set(again=made.id)
        assert again.id == made.id and again.to_arrow() == made.to_arrow()
        assert (again.split, again.coverage, again.features) == (made.split, made.coverage, made.features)
        out = "again.parquet"
        said = command(store, "training-set", "--again", made.id, "--out", out)
        assert f"(training set {made.id} again, the same values)" in said
        names = ["again-train.parquet", "again-test.parquet"] if made.split else [out]
        written = pa.concat_tables(pq.read_table(f"{store.root}/{name}") for name in names)
        assert written == made.to_arrow().cast(written.schema)
    with pytest.raises(fstore.Error, match=f"training set {asked[0].id} was made of .*, not of rows in memory: give none"):
        store.training_set(again=asked[0].id, entities=entities())
    assert "was made in memory; say where to write it with --out FILE" in command(
        store, "training-set", "--again", asked[0].id, status=1)


def test_sets_of_given_rows_are_made_again_of_the_same_rows(store):
    made = store.training_set("eta_v1", entities(), full_names=True, with_times=True)
    add_later_rows(store)
    assert store.training_set(again=made.id, entities=entities().to_pandas()).to_arrow().drop_columns(
        entities().column_names) == made.to_arrow().drop_columns(entities().column_names)
    refused = f"training set {made.id} was made of rows given in memory, entities \\(6 rows\\), which are not kept: give the same"
    with pytest.raises(fstore.Error, match=refused):
        store.training_set(again=made.id)
    assert "--entities FILE" in command(store, "training-set", "--again", made.id, "--out", "x.parquet", status=1)
    wrong = {
        "5 rows and not 6": entities().slice(1), "the column 'note' is missing": entities().drop_columns("note"),
        "the values of 'label' differ": entities().set_column(2, "label", pa.array([0.0] * 6)),
        "the values, or their order, differ in every column": entities().take([5, 4, 3, 2, 1, 0])}
    for reason, rows in wrong.items():
        with pytest.raises(fstore.Error, match=f"not those that training set {made.id} was made of: {reason}"):
            store.training_set(again=made.id, entities=rows)
    # A file with the same rows is as good as the frame.
    pq.write_table(entities(), f"{store.root}/rows.parquet")
    said = command(store, "training-set", "--again", made.id, "--entities", "rows.parquet", "--out", "a.parquet")
    assert "again, the same values" in said
    pq.write_table(entities().slice(1), f"{store.root}/rows.parquet")
    assert "5 rows and not 6" in command(
        store, "training-set", "--again", made.id, "--entities", "rows.parquet", "--out", "b.parquet", status=1)
    assert not pathlib.Path(store.root, "b.parquet").exists()


def test_given_keys_are_the_rows_of_a_spine(store):
    keys = {"driver_id": [3, 1], "note": ["three", "one"]}
    made = store.training_set("eta_v1", keys=pd.DataFrame(keys), **EVERY)
    assert store.training_set(again=made.id, keys=keys).to_arrow() == made.to_arrow()
    assert store.training_set(again=made.id, entities=pl.DataFrame(keys)).to_arrow() == made.to_arrow()
    with pytest.raises(fstore.Error, match="the values, or their order, differ in every column"):
        store.training_set(again=made.id, keys={"driver_id": [1, 3], "note": ["one", "three"]})
    with pytest.raises(fstore.Error, match="made of rows given in memory, keys \\(2 rows\\)"):
        store.training_set(again=made.id)


def test_rows_that_were_sampled_and_split(store):
    made = store.training_set("eta_v1", entities(40), where="label > 1", sample="80%", split="key:0.5", seed=2)
    again = store.training_set(again=made.id, entities=entities(40))
    assert again.split == made.split and again.to_arrow() == made.to_arrow()


def test_files_are_recorded_as_the_command_line_does(store):
    path = f"{store.root}/rows.parquet"
    pq.write_table(entities(), path)
    made = store.training_set("eta_v1", path)
    assert record(store, made.id)["inputs"][0]["path"] == path and "given" not in record(store, made.id)
    assert store.training_set(again=made.id).to_arrow() == made.to_arrow()
    pq.write_table(entities(5), path)
    with pytest.raises(fstore.Error, match="its content changed"):
        store.training_set(again=made.id)


def test_the_command_lines_sets_are_made_again_in_memory(store):
    pq.write_table(entities(), f"{store.root}/rows.parquet")
    command(store, "training-set", "eta_v1", "--entities", "rows.parquet", "--out", "set.parquet")
    [id] = [made["id"] for made in json.loads(
        command(store, "training-sets", "--json").splitlines()[-1])["trainingSets"]]
    written = pq.read_table(f"{store.root}/set.parquet")
    assert store.training_set(again=id).to_arrow().cast(written.schema) == written


def test_records_are_listed(store):
    made = store.training_set("eta_v1", entities())
    ruled = store.training_set("eta_v1", **EVERY)
    assert repr(made).startswith(f"TrainingSet {made.id}: 6 rows") and f"Training set {made.id}" in made._repr_html_()
    _, second, first = command(store, "training-sets").splitlines()
    assert second.split()[0] == str(ruled.id) and second.endswith("in memory  yes")
    assert first.split()[0] == str(made.id) and first.endswith("in memory  with its rows")
    told = record(store, made.id)
    assert told["rows"] == 6 and told["definitionsVersion"] == 1 and told["snapshot"] == 2 and told["seconds"] > 0
    assert told["entities"] == "entities given in memory" and told["service"] == "eta_v1" and told["outputs"] == []
    assert f"store.training_set(again={made.id}, entities=…)" in command(store, "training-sets", made.id)


def test_a_set_that_is_only_looked_at_is_not_recorded(store):
    for made in (
            store.training_set("eta_v1", entities(), record=False), store.training_set("eta_v1", record=False, **EVERY)):
        assert made.id is None and len(made) > 0 and repr(made).startswith("TrainingSet: ")
    assert "No training sets yet" in command(store, "training-sets")
    frame = entities().to_pandas().set_index(pd.Index(range(6, 12)))
    assert store.training_set("eta_v1", frame, record=False).to_pandas().index.equals(frame.index)


def test_other_values_are_told_of(store):
    made = store.training_set("eta_v1", **EVERY)
    import sqlite3
    with sqlite3.connect(f"{store.root}/.fstore/catalog.sqlite") as catalog:
        catalog.execute("UPDATE training_sets SET json = json_set(json, '$.result', 't1-0', '$.version', '0.0.9')")
    with pytest.raises(fstore.Error, match=f"set {made.id} came out with other values .* made by fstore 0.0.9"):
        store.training_set(again=made.id)
    command(store, "training-set", "--again", made.id, "--out", "x.parquet", status=1)
    assert not list(pathlib.Path(store.root).glob("*x.parquet"))


def test_what_makes_no_sense_is_refused(store):
    made = store.training_set("eta_v1", entities())
    for options in ({"features": "eta_v1"}, {"seed": 3}, {"keys": entities(), "entities": entities()}, {"record": False}):
        with pytest.raises(fstore.Error, match="again makes what was recorded"):
            store.training_set(again=made.id, **options)
    with pytest.raises(fstore.Error, match="again is a str"):
        store.training_set(again="1")
    with pytest.raises(fstore.Error, match="there is no training set 99"):
        store.training_set(again=99)
    with pytest.raises(fstore.Error, match="again takes the rows that were given as a frame"):
        store.training_set(again=made.id, entities="rows.parquet")
    with pytest.raises(fstore.Error, match="give features"):
        store.training_set(entities=entities())


def test_who_may_only_read_makes_sets_without_a_record():
    folder = pathlib.Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o755)
        store = make_store(folder / "fleet")
        fill(store)
        kept = store.training_set("eta_v1", **EVERY)
        if os.getuid() != 0:
            for path in (folder / "fleet").rglob("*"):
                path.chmod(0o555 if path.is_dir() else 0o444)
        # Becomes another user when it has read what only this one may: its own packages.
        code = (
            "import fstore, os\n"
            "if os.getuid() == 0:\n"
            "    os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
            f"store = fstore.open({str(folder / 'fleet')!r})\n"
            "made = store.training_set('eta_v1', {'driver_id': [1], 'event_timestamp': ['2024-03-01T01:00:00Z']})\n"
            f"print(made.id, len(made), len(store.training_set(again={kept.id})))")
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd="/",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
        assert done.stdout.split() == ["None", "1", "60"], done.stderr
    finally:
        for path in folder.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        shutil.rmtree(folder)
