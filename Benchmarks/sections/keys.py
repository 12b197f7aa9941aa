"""Training sets by text keys and by keys of two, against the same by int64 keys."""
from harness import FEATURES, SETS, timed

# The join keys of each kind, and how they are made of the set's own.
KINDS = {
    "int64": {"driver_id": ("int64", "driver_id")},
    "string": {"driver_id": ("string", "format('driver-{:08d}', driver_id)")},
    "int64 and int64": {"city": ("int64", "driver_id % 100"), "driver_id": ("int64", "driver_id // 100")},
    "string and int64": {"city": ("string", "'city-' || driver_id % 100"), "driver_id": ("int64", "driver_id // 100")},
}
VIEWS = """
entities:
  driver: {join_keys: {KEYS}}
sources:
  hourly: {path: data/*.parquet, timestamp: event_timestamp, created: created}
feature_views:
  stats: {entities: [driver], source: hourly, ttl: 7d, features: {FEATURES}}
feature_services:
  model: {features: ["stats:*"]}
"""


def run(bench):
    data = bench.data(bench.set, *SETS[bench.set])
    works = {name: training_set(bench, data, name, keys) for name, keys in KINDS.items()}
    ours = works.pop("int64")
    bench.compare("Training set by keys of other types (ratios to int64 keys)", ours, works)


def training_set(bench, data, name, keys):
    root = bench.folder / ("project-keys-" + name.replace(" ", "-"))
    made = bench.folder / f"{bench.set}-keys-{name.replace(' ', '-')}"
    if not (made / "entities.parquet").exists():
        (made / "history").mkdir(parents=True, exist_ok=True)
        columns = ", ".join(f"{expression} AS {key}" for key, (_, expression) in keys.items())
        for source, target in ("history/*.parquet", "history/part-000.parquet"), ("entities.parquet", "entities.parquet"):
            bench.sql(
                f"COPY (SELECT {columns}, * EXCLUDE (driver_id) FROM '{data}/{source}') TO '{made}/{target}' (FORMAT parquet)")
    bench.make_project(root, made, VIEWS.replace("{KEYS}", "{" + ", ".join(
        f"{key}: {kind}" for key, (kind, _) in keys.items()) + "}").replace("{FEATURES}", "{" + FEATURES + "}"))
    seconds, peak, _ = timed([bench.fstore, "ingest", "--all"], root)
    print(f"\n{name}: ingested in {seconds:.2f} s, peak {peak:.0f} MB")
    command = [bench.fstore, "training-set", "model", "--entities", str(made / "entities.parquet"), "--out",
               str(root / "out.parquet")]
    return lambda: timed(command, root)[:2]
