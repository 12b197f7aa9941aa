"""The example's windows (features/windows): a better model, and online the same as in a training set."""
import csv
import os
import shutil
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from conftest import REPOSITORY

FLIGHTS = "features/data/flights.parquet"


@pytest.fixture
def example(project):
    shutil.rmtree(project.root / "features")
    shutil.copytree(REPOSITORY / "features", project.root / "features")
    shutil.copy(project.root / "features/windows/delays.yaml", project.root / "features/windows.yaml")
    project.run("apply")
    project.run("ingest", "--all")
    return project


def test_windows_make_a_better_model(example):
    for version in ("v1", "v2"):
        example.run("training-set", f"departure_delay_{version}", "--entities", FLIGHTS, "--out", f"{version}.parquet")
    told = subprocess.run(
        [sys.executable, REPOSITORY / "docs/windows.py", "v1.parquet", "v2.parquet"], cwd=example.root, check=True,
        capture_output=True, text=True, env=os.environ).stdout.split("\n")
    areas, losses = zip(*((float(line.split("AUC ")[1][:5]), float(line.split("log-loss ")[1])) for line in told[:2]))
    assert areas[1] > areas[0] + 0.01 and losses[1] < losses[0] - 0.005, told


def test_windows_online_are_those_of_a_training_set(example):
    now = "2013-04-11T00:32:00Z"
    example.run("materialize", "--to", now)
    rows = pq.read_table(example.root / FLIGHTS).to_pylist()[::500]
    with open(example.root / "asked.csv", "w", newline="") as file:
        out = csv.writer(file)
        names = ["origin", "carrier", "tailnum", "dest"]
        out.writerow(names)
        out.writerows([[row[name] for name in names] for row in rows])
    report = example.json("verify", "departure_delay_v2", "--at", now, "--keys", "asked.csv")
    assert report["isSound"] and report["different"] == 0
    equal = {feature["feature"]: feature["equal"] for feature in report["features"]}
    assert equal["airport_hours:airport_dep_delay_mean_3h"] > 100
    assert equal["flight_asked_for:aircraft_over_airport"] > 100
    values = example.json(
        "get", "departure_delay_v2", "origin=JFK", "carrier=B6", "tailnum=N591JB", "dest=LAX", "--at", now)["features"]
    assert values["airport_dep_delay_count_3h"]["value"] > 0 and values["hour"]["value"] == 20
