"""Learners that follow what the store serves: New York's flights, replayed in the order in which things became known.

Each step of simulated time (three hours), what became known meanwhile is pushed, the flights that are scheduled for the
step are served, each under a request id, and the flights that turned out late or not are labelled. Learners of
scikit-learn and of river follow the stream of examples while this goes on; a model that was trained once, on the
first flights, does not. Each is asked about an example before it learns from it (prequential evaluation: Gama, Sebastião
and Rodrigues 2013).

    python docs/learning/online_learning.py            # all of the example's flights; draws docs/images/online-learning.svg
"""
from __future__ import annotations

import datetime
import pathlib
import sys
import tempfile

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

import fstore

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
STEP = datetime.timedelta(hours=3)
SERVICE = "departure_delay_online"
DEFINITIONS = """
entities:
  model: {join_keys: {model: string}}
sources:
  weights: {path: weights/*.parquet, timestamp: learned_at}
feature_views:
  model_weights:
    description: What an online learner knows, so that whoever serves can read it by key.
    entities: [model]
    source: weights
    features: {weights: "float32[WIDTH]", bias: float32, examples: int64}
feature_services:
  departure_delay_online:
    features: ["airport_weather:*", "aircraft_delays:*", "carrier_delays:*", "carrier_origin_delays:*"]
    log: {}
    label: {name: is_late, type: bool}
  weights_v1: {features: ["model_weights:*"]}
"""
WIDTH = 6 + 3 + 2 + 3
VIEWS = ["aircraft_delays", "carrier_delays", "carrier_origin_delays"]


class Replay:
    """A store of its own, fed and read in the order of simulated time."""

    def __init__(self, root: pathlib.Path, days: int | None = None):
        (root / "features").mkdir(parents=True)
        (root / "fstore.yaml").write_text("project: flights\n")
        definitions = (REPOSITORY / "features" / "flights.yaml").read_text()
        (root / "features" / "flights.yaml").write_text(definitions)
        (root / "features" / "learning.yaml").write_text(DEFINITIONS.replace("WIDTH", str(WIDTH)))
        self.store = fstore.open(root)
        self.store.apply()
        data = REPOSITORY / "features" / "data"
        self.weather = by_time(pq.read_table(data / "weather"), "created")
        delays = pa.concat_tables([pyarrow.csv.read_csv(path) for path in sorted((data / "delays").glob("*.csv.gz"))])
        self.delays = by_time(utc(utc(delays, "event_timestamp"), "created"), "created")
        flights = by_time(pq.read_table(data / "flights.parquet"), "event_timestamp")
        self.start = flights["event_timestamp"][0].as_py()
        if days is not None:
            end = pa.scalar(self.start + datetime.timedelta(days=days), flights["event_timestamp"].type)
            flights = flights.filter(pc.less(flights["event_timestamp"], end))
        self.flights = flights
        self.end = flights["event_timestamp"][-1].as_py()
        self.served = 0
        self.waiting: list[tuple[datetime.datetime, str, bool]] = []
        self._push_all(self.start)
        self.reader = self.store.online(SERVICE)

    def steps(self):
        """Serves, labels and pushes, step by step, and yields the simulated time of each."""
        now = self.start
        while now <= self.end:
            self.serve(now)
            now += STEP
            self.label(now)
            self._push_all(now)
            yield now

    def serve(self, now: datetime.datetime) -> None:
        times = self.flights["event_timestamp"]
        chosen = self.flights.filter(pc.and_(pc.greater_equal(times, now), pc.less(times, now + STEP)))
        if not len(chosen):
            return
        ids = [f"flight-{self.served + place}" for place in range(len(chosen))]
        keys = {name: [value or "" for value in chosen[name].to_pylist()] for name in self.reader.join_keys}
        self.reader.rows(keys, at=now, request_id=ids)
        self.served += len(chosen)
        # How late a flight leaves is known half an hour after it should have, or when it leaves.
        for when, request, late in zip(chosen["event_timestamp"].to_pylist(), ids, chosen["dep_delayed"].to_pylist()):
            self.waiting.append((when + datetime.timedelta(minutes=30), request, bool(late)))

    def label(self, now: datetime.datetime) -> None:
        known = [entry for entry in self.waiting if entry[0] <= now]
        self.waiting = [entry for entry in self.waiting if entry[0] > now]
        if known:
            self.reader.flush()
            self.store.label(SERVICE, {"request_id": [entry[1] for entry in known], "value": [entry[2] for entry in known]})

    def _push_all(self, now: datetime.datetime) -> None:
        self.weather, weather = known_by(self.weather, now)
        self.delays, delays = known_by(self.delays, now)
        if len(weather):
            self.store.push("airport_weather", weather)
        if len(delays):
            for view in VIEWS:
                self.store.push(view, delays)


def by_time(table: pa.Table, column: str) -> pa.Table:
    return table.sort_by(column)


def utc(table: pa.Table, column: str) -> pa.Table:
    place = table.schema.get_field_index(column)
    return table.set_column(place, column, table[column].cast(pa.timestamp("us", "UTC")))


def known_by(rows: pa.Table, now: datetime.datetime) -> tuple[pa.Table, pa.Table]:
    """The rows that became known after `now`, and those that were known by then."""
    times = rows["created"].cast(pa.timestamp("us", "UTC"))
    count = pc.sum(pc.less_equal(times, pa.scalar(now, times.type))).as_py() or 0
    return rows.slice(count), rows.slice(0, count)


class Numbers:
    """What all learners see: running means and deviations, and 0 for what is not there."""

    def __init__(self) -> None:
        self.count = np.zeros(WIDTH)
        self.sum = np.zeros(WIDTH)
        self.squares = np.zeros(WIDTH)

    def learn(self, X: np.ndarray) -> None:
        there = ~np.isnan(X)
        values = np.where(there, X, 0).astype(np.float64)
        self.count += there.sum(axis=0)
        self.sum += values.sum(axis=0)
        self.squares += (values**2).sum(axis=0)

    def __call__(self, X: np.ndarray) -> np.ndarray:
        count = np.maximum(self.count, 1)
        mean = self.sum / count
        deviation = np.sqrt(np.maximum(self.squares / count - mean**2, 1e-12))
        return np.clip(np.nan_to_num((X - mean) / deviation), -4, 4)


class SGD:
    """scikit-learn's logistic regression by stochastic gradient descent, batch by batch."""

    name = "scikit-learn partial_fit"

    def __init__(self) -> None:
        from sklearn.linear_model import SGDClassifier

        self.numbers = Numbers()
        self.model = SGDClassifier(loss="log_loss", alpha=1e-4, learning_rate="constant", eta0=0.003, random_state=7)

    def predict(self, X: np.ndarray) -> np.ndarray:
        if not hasattr(self.model, "coef_"):
            return np.full(len(X), 0.5)
        return self.model.predict_proba(self.numbers(X))[:, 1]

    def learn(self, X: np.ndarray, y: np.ndarray, weight: np.ndarray) -> None:
        self.numbers.learn(X)
        self.model.partial_fit(self.numbers(X), y, classes=[False, True], sample_weight=weight)

    def push(self, store: fstore.Store, examples: int, when: datetime.datetime) -> None:
        """Makes what was learned a feature: the loop is closed."""
        store.push("model_weights", pa.table({
            "model": ["sgd"], "learned_at": pa.array([when], pa.timestamp("us", "UTC")),
            "weights": pa.array([self.model.coef_[0].astype(np.float32).tolist()], pa.list_(pa.float32())),
            "bias": pa.array(self.model.intercept_.astype(np.float32)), "examples": [examples]}))


class River:
    """river's pipeline of a scaler and a logistic regression, example by example."""

    name = "river learn_one"

    def __init__(self) -> None:
        from river import linear_model, optim, preprocessing

        self.model = preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.SGD(0.003))

    @staticmethod
    def _rows(X: np.ndarray):
        # What is not there is left out, as river would have it.
        for row in X:
            yield {place: float(value) for place, value in enumerate(row) if value == value}

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.array([self.model.predict_proba_one(row).get(True, 0.5) for row in self._rows(X)])

    def learn(self, X: np.ndarray, y: np.ndarray, weight: np.ndarray) -> None:
        for row, label in zip(self._rows(X), y):
            self.model.learn_one(row, bool(label))


class Once(SGD):
    """The same as `SGD`, trained on the first examples and never again."""

    name = "trained once"

    def __init__(self, examples: int) -> None:
        super().__init__()
        self.left = examples

    def learn(self, X: np.ndarray, y: np.ndarray, weight: np.ndarray) -> None:
        if self.left > 0:
            super().learn(X[: self.left], y[: self.left], weight[: self.left])
            self.left -= len(X)


def follow(replay: Replay, learners: list, batch: int = 256) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Lets the learners follow the examples while the replay goes on: labels in order, and predictions made before each."""
    examples = replay.store.examples(SERVICE, consumer="learners", batch=batch)
    labels: list[np.ndarray] = []
    predicted: dict[str, list[np.ndarray]] = {learner.name: [] for learner in learners}
    count = 0
    for now in replay.steps():
        for examples_now in examples:
            for learner in learners:
                predicted[learner.name].append(learner.predict(examples_now.X))
                learner.learn(examples_now.X, examples_now.y, examples_now.weight)
            labels.append(examples_now.y)
            count += len(examples_now)
            examples_now.commit()
        if count and isinstance(learners[0], SGD):
            learners[0].push(replay.store, count, now)
    return np.concatenate(labels), {name: np.concatenate(parts) for name, parts in predicted.items()}


def log_loss(y: np.ndarray, p: np.ndarray) -> float:
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return float(-np.mean(np.where(y, np.log(p), np.log(1 - p))))


def auc(y: np.ndarray, p: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(y, p)) if 0 < y.sum() < len(y) else float("nan")


COLOURS = {"scikit-learn partial_fit": "#0b6e99", "river learn_one": "#c2570c", "trained once": "#777777"}


def draw(y: np.ndarray, predictions: dict[str, np.ndarray], path: pathlib.Path, window: int = 4000) -> None:
    """The log-loss of the last `window` examples, over the examples, as an SVG."""
    width, height, left, right, top, bottom = 760, 340, 56, 168, 36, 44
    ends = np.arange(window, len(y) + 1, 250)
    curves = {name: [log_loss(y[end - window:end], p[end - window:end]) for end in ends] for name, p in predictions.items()}
    values = np.concatenate(list(curves.values()))
    low, high = float(np.floor(values.min() * 20) / 20), float(np.ceil(values.max() * 20) / 20)

    def x(end: float) -> float:
        return left + (width - left - right) * end / len(y)

    def at(value: float) -> float:
        return top + (height - top - bottom) * (high - value) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{left}" y="20" font-size="14" fill="#222">Prequential log-loss, mean of the last {window:,} flights (lower is better)</text>']
    for tick in np.arange(low, high + 1e-9, 0.05):
        parts.append(f'<line x1="{left}" x2="{width - right}" y1="{at(tick):.1f}" y2="{at(tick):.1f}" stroke="#e5e5e5"/>')
        parts.append(f'<text x="{left - 8}" y="{at(tick) + 4:.1f}" text-anchor="end" fill="#555">{tick:.2f}</text>')
    for tick in range(0, len(y) + 1, 20_000 if len(y) > 40_000 else 2000):
        parts.append(f'<text x="{x(tick):.1f}" y="{height - bottom + 18}" text-anchor="middle" fill="#555">{tick:,}</text>')
    parts.append(f'<text x="{(left + width - right) / 2}" y="{height - 8}" text-anchor="middle" fill="#555">examples</text>')
    order = sorted(curves, key=lambda name: curves[name][-1])
    places = []
    # From the bottom up, so that names do not stand on each other.
    for name in order:
        places.append(min(at(curves[name][-1]) + 4, places[-1] - 32 if places else height))
    for name, place in zip(order, places):
        points = " ".join(f"{x(end):.1f},{at(value):.1f}" for end, value in zip(ends, curves[name]))
        colour = COLOURS.get(name, "#000")
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.8"/>')
        parts.append(f'<text x="{width - right + 8}" y="{place:.1f}" fill="{colour}">{name}</text>')
        parts.append(
            f'<text x="{width - right + 8}" y="{place + 13:.1f}" fill="{colour}" font-size="10">AUC {auc(y[len(y) // 4:], predictions[name][len(y) // 4:]):.3f}, '
            f'log-loss {log_loss(y[len(y) // 4:], predictions[name][len(y) // 4:]):.3f}</text>')
    parts.append("</svg>")
    path.write_text("\n".join(parts) + "\n")


def main() -> None:
    days = int(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as folder:
        replay = Replay(pathlib.Path(folder) / "flights", days)
        learners = [SGD(), River(), Once(8000)]
        y, predictions = follow(replay, learners)
        print(f"{len(y):,} examples, {y.mean():.1%} of them late")
        for name, p in predictions.items():
            rest = slice(len(y) // 4, None)
            print(f"{name:26} AUC {auc(y[rest], p[rest]):.3f}  log-loss {log_loss(y[rest], p[rest]):.3f}  (after the first quarter)")
        weights = replay.store.online("weights_v1").rows(model="sgd", at=replay.end + datetime.timedelta(days=1))[0]
        print(f"weights online: bias {weights['bias']:.3f}, from {weights['examples']:,} examples")
        draw(y, predictions, REPOSITORY / "docs" / "images" / "online-learning.svg")


if __name__ == "__main__":
    main()
