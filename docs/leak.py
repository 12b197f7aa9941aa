"""Measures what a leak costs: trains on two training sets of the same flights and compares promise with reality.

    pip install scikit-learn pandas pyarrow
    python docs/leak.py EVENT.parquet CREATED.parquet [--without PREFIX]

EVENT was built with `available: event`, CREATED with `available: created`. The features in CREATED are also what a
server could have answered at each flight's time, so both models are judged on them. `--without aircraft_` leaves out
the features of that prefix. See docs/leak.md.
"""

import argparse

import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

LABEL = "dep_delayed"
NOT_FEATURES = {LABEL, "event_timestamp", "carrier", "flight", "tailnum", "origin", "dest"}
# April is not seen in training.
TEST_FROM = pd.Timestamp("2013-04-01", tz="America/New_York")


def split(path: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = pd.read_parquet(path)
    is_test = rows.event_timestamp >= TEST_FROM
    return rows[~is_test], rows[is_test]


def features(rows: pd.DataFrame, without: str) -> pd.DataFrame:
    names = [name for name in rows.columns if name not in NOT_FEATURES and not name.startswith(without)]
    chosen = rows[names].astype("float32")
    # The time of day is known to anybody who asks.
    return chosen.assign(hour=rows.event_timestamp.dt.tz_convert("America/New_York").dt.hour)


def main(event_path: str, created_path: str, without: str) -> None:
    served = split(created_path)[1]

    def report(name: str, train: pd.DataFrame, test: pd.DataFrame, choose) -> None:
        assert (test[["event_timestamp", LABEL]].values == served[["event_timestamp", LABEL]].values).all()
        model = HistGradientBoostingClassifier(random_state=0).fit(choose(train), train[LABEL])
        offline, online = (roc_auc_score(rows[LABEL], model.predict_proba(choose(rows))[:, 1]) for rows in (test, served))
        print(f"{name:<22} {offline:>12.3f} {online:>12.3f}")

    print(f"{'trained on':<22} {'offline AUC':>12} {'served AUC':>12}")
    report("available: event", *split(event_path), lambda rows: features(rows, without))
    report("available: created", *split(created_path), lambda rows: features(rows, without))
    report("time of day alone", *split(created_path), lambda rows: features(rows, without)[["hour"]])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("event")
    parser.add_argument("created")
    # No feature's name begins with a space.
    parser.add_argument("--without", metavar="PREFIX", default=" ")
    arguments = parser.parse_args()
    main(arguments.event, arguments.created, arguments.without)
