"""How much better a model gets by more features: the same model and rows, the features of two training sets.

    python docs/windows.py training.parquet windows.parquet

Both are training sets of the example's flights: trained on February and March, judged on April.
"""
import sys

import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss, roc_auc_score


def judge(path: str) -> None:
    rows = pd.read_parquet(path)
    names = rows.columns[rows.columns.get_loc("dep_delayed") + 1:]
    features = rows[names].astype("float32").assign(hour=rows.event_timestamp.dt.hour)
    label, is_test = rows.dep_delayed, rows.event_timestamp >= "2013-04-01"
    model = HistGradientBoostingClassifier(random_state=0).fit(features[~is_test], label[~is_test])
    chance = model.predict_proba(features[is_test])[:, 1]
    print(
        f"{path}: {len(names)} features, AUC {roc_auc_score(label[is_test], chance):.3f}, "
        f"log-loss {log_loss(label[is_test], chance):.3f}")


for path in sys.argv[1:]:
    judge(path)
