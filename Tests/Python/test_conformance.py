"""The conformance cases (Tests/Conformance): the oracle, fstore however its history is stored, and the SQL it prints."""
import sys

import pytest

from conftest import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "Tests" / "Conformance"))

import oracle  # noqa: E402
from cases import Refused, all_cases  # noqa: E402
from comparison import differences  # noqa: E402
from engines.fstore import Store, in_duckdb  # noqa: E402

CASES = all_cases()
GOOD = [case for case in CASES if not case.refused]
BAD = [case for case in CASES if case.refused]
each_good_case = pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)


@each_good_case
def test_expected_values_follow_from_the_rule(case):
    assert differences(case.expected, oracle.training_set(case)) == []


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_what_is_wrong_is_refused(case, tmp_path):
    with pytest.raises(Refused):
        oracle.training_set(case)
    with pytest.raises(Refused) as refusal:
        Store(case, tmp_path / "store").training_set()
    assert case.refused in ("entities", "sources") and "\n" not in str(refusal.value)
    if case.refused == "entities":
        with pytest.raises(Refused):
            Store(case, tmp_path / "again").sql("duckdb")


@each_good_case
def test_fstore_duckdb_and_spark_give_what_is_expected(case, tmp_path, spark):
    store = Store(case, tmp_path / "store")
    results = {
        "fstore": store.training_set(), "fstore from CSV": store.training_set(from_csv=True),
        "DuckDB": in_duckdb(store.sql("duckdb")), "Spark": spark.run(store.sql("spark"))}
    at_once = Store(case, tmp_path / "at-once", at_once=True) if not case.earlier else store
    results["fstore, all files at once"] = at_once.training_set()
    store.compact()
    results["fstore, compacted"] = store.training_set()
    results["DuckDB, compacted"] = in_duckdb(store.sql("duckdb"))
    assert {name: found for name, table in results.items() if (found := differences(case.expected, table))} == {}


def test_a_difference_is_found():
    case = next(case for case in CASES if case.name == "special-floats")
    expected = case.expected
    assert differences(expected, expected) == []
    assert differences(expected, expected.slice(1)) == ["5 rows instead of 6"]
    assert differences(expected, expected.rename_columns(["driver_id", "event_timestamp", "why", "y", "x"])) != []
    zeros = expected.take([0, 1, 2, 4, 3, 5])
    swapped = zeros.set_column(0, "driver_id", expected["driver_id"]).set_column(2, "why", expected["why"])
    assert differences(expected, swapped) == [
        "row 4, x: 0.0 instead of -0.0", "row 5, x: -0.0 instead of 0.0", "row 4, y: 0.0 instead of -0.0",
        "row 5, y: -0.0 instead of 0.0"]
