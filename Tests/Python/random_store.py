"""Random projects: views of all kinds with histories full of ties, edges and late rows, and entity rows that ask for them."""
import random

import pyarrow as pa
import pyarrow.parquet as pq

FEATURES = {
    "whole": ("int32", pa.int32()), "big": ("int64", pa.int64()), "small": ("float32", pa.float32()),
    "wide": ("float64", pa.float64()), "text": ("string", pa.string()), "raw": ("bytes", pa.binary()),
    "flag": ("bool", pa.bool_()), "moment": ("timestamp", pa.timestamp("us", "UTC")),
    "vector": ("float32[3]", pa.list_(pa.float32())),
}
KEYS = {
    "driver": {"driver_id": "int64"}, "item": {"store": "string", "shelf": "int32"}, "tag": {"tag": "bytes"},
    "open": {"is_open": "bool"},
}
ARROW_KEYS = {"int64": pa.int64(), "int32": pa.int32(), "string": pa.string(), "bytes": pa.binary(), "bool": pa.bool_()}
KEY_VALUES = {
    "int64": [-2**63, -1, 0, 1, 2**63 - 1], "int32": [-2**31, 0, 1, 2**31 - 1], "string": ["", "a", "aa", "é", "\0", "A"],
    "bytes": [b"", b"\0", b"\0\0", b"\xff", b"a"], "bool": [False, True],
}
INSTANT = pa.timestamp("us", "UTC")
SECOND = 1_000_000


class RandomStore:
    """A project with random definitions and history, and a Parquet file of entity rows; all follow from the seed."""

    def __init__(self, project, seed: int):
        self.project, self.seed = project, seed
        self.random = random.Random(seed)
        self.views = {}
        self.entity_file = project.root / "rows.parquet"
        self._define()
        self._ingest()
        self._make_entity_rows()

    def _define(self):
        views, sources = [], []
        for number, entity in enumerate(self.random.sample(sorted(KEYS), self.random.randint(1, 3))):
            view = f"view_{number}"
            timeless = self.random.random() < 0.15
            created = not timeless and self.random.random() < 0.6
            available = self.random.choice(["event"] + ["10s", "1m"] * (not timeless) + ["created"] * 3 * created)
            ends = not timeless and self.random.random() < 0.3
            ttl = None if timeless or self.random.random() < 0.3 else self.random.choice(["1s", "20s", "2m"])
            features = self.random.sample(sorted(FEATURES), self.random.randint(1, 4))
            self.views[view] = dict(
                entity=entity, timeless=timeless, created=created, ends=ends, features=features)
            times = "" if timeless else ", valid_from: at, valid_to: until" if ends else ", timestamp: at"
            times += ", created: known" if created else ""
            sources.append(f"  {view}: {{path: 'data/{view}/*.parquet'{times}}}")
            views.append(
                f"  {view}: {{entities: [{entity}], source: {view}, available: {available}, "
                + (f"ttl: {ttl}, " if ttl else "")
                + "features: {" + ", ".join(f"'{name}': '{FEATURES[name][0]}'" for name in features) + "}}")
        entities = [
            f"  {name}: {{join_keys: {{{', '.join(f'{key}: {kind}' for key, kind in keys.items())}}}}}"
            for name, keys in KEYS.items()]
        self.project.define("\n".join(
            ["entities:", *entities, "sources:", *sources, "feature_views:", *views, "feature_services:",
             "  model: {features: [" + ", ".join(f"'{view}:*'" for view in self.views) + "]}"]) + "\n")
        self.project.run("apply")

    def _value(self, kind: str):
        if self.random.random() < 0.15:
            return None
        number = self.random.randint(-3, 3)
        return {
            "int32": number * 715827882, "int64": number * 3074457345618258602, "float32": number / 2,
            "float64": self.random.choice([number / 3, float("nan"), float("inf"), -0.0]), "string": "é" * abs(number),
            "bytes": bytes([0, 255] * abs(number)), "bool": number > 0, "timestamp": number * 10**15,
            "float32[3]": [number, 0.5, -1.0]}[kind]

    def _key(self, entity: str):
        return [self.random.choice(KEY_VALUES[kind]) for kind in KEYS[entity].values()]

    def _time(self):
        """Few seconds around 1970, so that times are often equal, just inside or just outside."""
        return self.random.randint(-30, 90) * SECOND + self.random.choice([0, 0, 0, -1, 1])

    def _row(self, facts):
        row, at = self._key(facts["entity"]), self._time()
        if not facts["timeless"]:
            row.append(at)
        if facts["created"]:
            row.append(self._time())
        if facts["ends"]:
            row.append(None if self.random.random() < 0.3 else at + self.random.randint(0, 30) * SECOND)
        return row + [self._value(FEATURES[name][0]) for name in facts["features"]]

    def _ingest(self):
        for view, facts in self.views.items():
            folder = self.project.root / "data" / view
            folder.mkdir(parents=True)
            for part in range(self.random.randint(0, 4)):
                rows = [self._row(facts) for _ in range(self.random.randint(1, 80))]
                keys = KEYS[facts["entity"]]
                fields = [(name, ARROW_KEYS[kind]) for name, kind in keys.items()]
                fields += [] if facts["timeless"] else [("at", INSTANT)]
                fields += [("known", INSTANT)] if facts["created"] else []
                fields += [("until", INSTANT)] if facts["ends"] else []
                fields += [(name, FEATURES[name][1]) for name in facts["features"]]
                pq.write_table(
                    pa.table([pa.array(column, kind) for column, (_, kind) in zip(zip(*rows), fields)],
                             names=[name for name, _ in fields]), folder / f"{part}.parquet")
                self.project.run("ingest", view)
            if self.random.random() < 0.2:
                self.project.run("compact", view, "--full")

    def _make_entity_rows(self):
        names = {name: kind for facts in self.views.values() for name, kind in KEYS[facts["entity"]].items()}
        count = self.random.randint(0, 150)
        columns = {
            name: pa.array([
                None if self.random.random() < 0.05 else self.random.choice(KEY_VALUES[kind]) for _ in range(count)],
                ARROW_KEYS[kind])
            for name, kind in names.items()}
        # A time without a zone counts as UTC, wherever the engine is.
        kind = self.random.choice([INSTANT, pa.timestamp("us"), pa.timestamp("ms", "UTC")])
        unit = 1000 if kind.unit == "ms" else 1
        columns["event_timestamp"] = pa.array([self._time() // unit for _ in range(count)], kind)
        columns["label, \"quoted\" `so`"] = pa.array(range(count), pa.int64())
        pq.write_table(pa.table(columns), self.entity_file)

    @property
    def options(self):
        return ["--full-names", *(["--with-times"] if self.seed % 2 else [])]

    def training_set(self) -> pa.Table:
        out = self.project.root / "set.parquet"
        self.project.run("training-set", "model", "--entities", self.entity_file, "--out", out, *self.options)
        return pq.read_table(out)

    def sql(self, dialect: str, with_file: bool = True) -> str:
        entities = ["--entities", self.entity_file] if with_file else []
        return self.project.run("sql", "model", "--dialect", dialect, *entities, *self.options)


def differences(expected: pa.Table, actual: pa.Table):
    """What differs between two tables, bit for bit: NaN equals NaN, and 0.0 is not -0.0; nothing if they are equal."""
    if expected.column_names != actual.column_names:
        return [f"columns {actual.column_names} instead of {expected.column_names}"]
    if expected.num_rows != actual.num_rows:
        return [f"{actual.num_rows} rows instead of {expected.num_rows}"]
    found = []
    for name in expected.column_names:
        ours = expected[name].combine_chunks()
        theirs = actual[name].combine_chunks().cast(ours.type)
        for row, (a, b) in enumerate(zip(ours.to_pylist() if not pa.types.is_timestamp(ours.type) else
                                         ours.cast(pa.int64()).to_pylist(),
                                         theirs.to_pylist() if not pa.types.is_timestamp(ours.type) else
                                         theirs.cast(pa.int64()).to_pylist())):
            if repr(a) != repr(b):
                found.append(f"row {row}, {name}: {b!r} instead of {a!r}")
    return found
