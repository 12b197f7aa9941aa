"""Encoders against scikit-learn's, and the same vectors from files, Python, the command line and HTTP.

What differs from scikit-learn on purpose is named in docs/reference/encoders.md.
"""
import datetime
import json
import pathlib

import numpy as np
import pandas
import pyarrow
import pyarrow.parquet
import pytest
from sklearn import preprocessing
from sklearn.impute import SimpleImputer

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
ROWS = 5000
DAY = datetime.datetime(2024, 3, 1, tzinfo=datetime.timezone.utc)

FEATURES = {
    "x": "float32", "y": "float64", "n": "int64", "city": "string", "zone": "int32", "at": "timestamp", "flag": "bool",
    "emb": "float32[4]"}


def frame(seed=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(5, 3, ROWS).astype(np.float32)
    x[rng.random(ROWS) < 0.05] = np.nan
    city = pandas.Series(rng.choice(["Kyoto", "Osaka", "Nara", "Kobe", "Uji"], ROWS, p=[0.4, 0.3, 0.2, 0.09, 0.01]))
    city[rng.random(ROWS) < 0.03] = None
    return pandas.DataFrame({
        "id": np.arange(ROWS), "x": x, "y": rng.lognormal(1, 2, ROWS), "n": rng.integers(-1000, 100_000, ROWS), "city": city,
        "zone": rng.integers(0, 9, ROWS).astype(np.int32),
        "at": pandas.to_datetime(rng.integers(0, 2_000_000_000, ROWS), unit="s", utc=True).as_unit("us"),
        "flag": rng.random(ROWS) < 0.3, "emb": list(rng.normal(0, 1, (ROWS, 4)).astype(np.float32)),
        "paid": (rng.random(ROWS) < 0.2).astype(np.int64)})


def define(project, encode):
    features = ", ".join(f"{name}: {json.dumps(kind)}" for name, kind in FEATURES.items())
    lines = "\n".join(f"      {line}" for line in encode.strip().splitlines())
    project.define(f"""
entities:
  e: {{join_keys: {{id: int64}}}}
sources:
  s: {{path: data/*.parquet, timestamp: t}}
feature_views:
  v:
    entities: [e]
    source: s
    features: {{{features}}}
feature_services:
  m:
    features: ["v:*"]
    encode:
{lines}
""")
    project.run("apply")


def arrow(data):
    return pyarrow.table({
        name: pyarrow.array(data[name].tolist(), pyarrow.list_(pyarrow.float32(), 4)) if name == "emb"
        else pyarrow.Array.from_pandas(data[name]) for name in data})


@pytest.fixture
def rows():
    return frame()


def encoded(project, data, encode, *fit):
    """The columns that encoders of `encode`, fitted on `data`, make of it."""
    define(project, encode)
    pyarrow.parquet.write_table(arrow(data), project.root / "rows.parquet")
    project.run("fit", "m", "--training-set", "rows.parquet", *fit)
    project.run("encode", "m", "--training-set", "rows.parquet", "--out", "out.parquet")
    return pyarrow.parquet.read_table(project.root / "out.parquet").to_pandas()


def same(got, expected, tolerance=2e-6):
    """Within float32's rounding."""
    np.testing.assert_allclose(
        np.asarray(got, dtype=np.float64), np.asarray(expected, dtype=np.float64).reshape(np.shape(got)), rtol=tolerance,
        atol=tolerance)


@pytest.mark.parametrize("step, scaler", [
    ("standardize", preprocessing.StandardScaler()), ("min_max", preprocessing.MinMaxScaler()),
    ("robust", preprocessing.RobustScaler())])
def test_scalers_are_scikit_learns(project, rows, step, scaler):
    out = encoded(project, rows, f"float32: {step}\nfloat64: {step}\nint64: {step}")
    for name in ["x", "y", "n"]:
        same(out[name], scaler.fit_transform(rows[[name]].astype(np.float64))[:, 0])


@pytest.mark.parametrize("kind", ["mean", "median", "most_frequent", "constant"])
def test_imputers_are_scikit_learns(project, rows, kind):
    rows["x"] = rows["x"].round(0)
    given = "7.5" if kind == "constant" else kind
    if kind == "most_frequent":
        out = encoded(project, rows, "v:city: [{impute: {with: most_frequent, indicator: true}}, ordinal]")
        imputed = SimpleImputer(strategy=kind, missing_values=None).fit_transform(rows[["city"]].astype(object).where(
            rows[["city"]].notna(), None))
        same(out["city"], preprocessing.OrdinalEncoder().fit_transform(imputed)[:, 0])
        same(out["city was missing"], rows["city"].isna())
        return
    out = encoded(project, rows, f"v:x: {{impute: {{with: {given}, indicator: true}}}}")
    imputer = SimpleImputer(strategy=kind, fill_value=7.5 if kind == "constant" else None, add_indicator=True)
    same(out[["x", "x was missing"]], imputer.fit_transform(rows[["x"]].astype(np.float64)))


def test_buckets_are_scikit_learns(project, rows):
    out = encoded(project, rows, "v:y: {quantile_bucketize: 10}\nv:n: {bucketize: [0, 500, 60000]}\nv:zone: ordinal")
    bins = preprocessing.KBinsDiscretizer(10, encode="ordinal", strategy="quantile", quantile_method="linear", subsample=None)
    same(out["y"], bins.fit_transform(rows[["y"]])[:, 0])
    same(out["n"], np.digitize(rows["n"], [0, 500, 60000]))
    same(out["zone"], preprocessing.OrdinalEncoder().fit_transform(rows[["zone"]])[:, 0])


def test_one_hot_is_scikit_learns_beside_its_slots_for_unknown_and_missing(project, rows):
    out = encoded(project, rows, "v:city: {one_hot: {max_categories: 3}}\nv:zone: one_hot")
    kinds = ["Kyoto", "Nara", "Osaka"]
    encoder = preprocessing.OneHotEncoder(categories=[kinds], handle_unknown="ignore", sparse_output=False)
    same(out[[f"city={kind}" for kind in kinds]], encoder.fit_transform(rows[["city"]].fillna("").to_numpy(object)))
    same(out["city is missing"], rows["city"].isna())
    same(out["city is unknown"], rows["city"].isin(["Kobe", "Uji"]))
    same(out[[f"zone={zone}" for zone in range(9)]], preprocessing.OneHotEncoder(sparse_output=False).fit_transform(rows[["zone"]]))


def test_target_is_scikit_learns_for_new_rows_and_out_of_fold_for_its_own(project, rows):
    rows["city"] = rows["city"].fillna("none")
    out = encoded(project, rows, "v:city: {target: {label: paid, smoothing: 10}}")
    project.run("encode", "m", "--training-set", "rows.parquet", "--out", "new.parquet", "--as-new")
    new = pyarrow.parquet.read_table(project.root / "new.parquet").to_pandas()
    encoder = preprocessing.TargetEncoder(smooth=10.0, target_type="continuous")
    same(new["city"], encoder.fit(rows[["city"]], rows["paid"]).transform(rows[["city"]])[:, 0])
    # Folds are others than scikit-learn's, but a row's own fold is never in it.
    assert 6 < out["city"].nunique() <= 30 and not np.allclose(out["city"], new["city"])
    # A category a row leaks nothing: all that is known of it is the mean of the others.
    rows["city"] = [f"c{i}" for i in range(ROWS)]
    alone = encoded(project, rows, "v:city: {target: {label: paid, smoothing: 0}}")
    assert abs(np.corrcoef(alone["city"], rows["paid"])[0, 1]) < 0.1
    # Without its label such a set would be encoded by it.
    pyarrow.parquet.write_table(arrow(rows.drop(columns="paid")), project.root / "unlabelled.parquet")
    assert "keep that column" in project.fail("encode", "m", "--training-set", "unlabelled.parquet", "--out", "x.parquet")


def test_cycles_vectors_and_the_rest(project, rows):
    out = encoded(project, rows, "v:at: {cyclic: [hour, weekday, month]}\nv:emb: normalize\nv:y: log1p\nv:n: {clip: {min: 0, max: 500}}")
    hours = rows["at"].dt.hour + rows["at"].dt.minute / 60 + rows["at"].dt.second / 3600
    same(out["at_hour_sin"], np.sin(2 * np.pi * hours / 24))
    same(out["at_weekday_cos"], np.cos(2 * np.pi * (rows["at"].dt.dayofweek + hours / 24) / 7))
    same(out[[f"emb[{i}]" for i in range(4)]], preprocessing.Normalizer().fit_transform(np.stack(rows["emb"])))
    same(out["y"], np.log1p(rows["y"]))
    same(out["n"], rows["n"].clip(0, 500))
    same(out["flag"], rows["flag"])


def test_a_chain_is_scikit_learns_pipeline(project, rows):
    out = encoded(project, rows, "v:x: [{impute: median}, standardize]\nv:y: [log1p, {quantile_bucketize: 4}, {one_hot: {max_categories: 9}}]")
    filled = SimpleImputer(strategy="median").fit_transform(rows[["x"]].astype(np.float64))
    same(out["x"], preprocessing.StandardScaler().fit_transform(filled)[:, 0])
    bins = preprocessing.KBinsDiscretizer(4, encode="onehot-dense", strategy="quantile", quantile_method="linear", subsample=None)
    same(out[[f"y={i}" for i in range(4)]], bins.fit_transform(np.log1p(rows[["y"]])))


def test_a_fit_takes_rows_by_a_condition_a_split_or_a_recorded_set(project, rows):
    rows["event_timestamp"] = pandas.to_datetime(np.arange(ROWS), unit="h", utc=True).as_unit("us")
    encoded(project, rows, "v:n: standardize", "--where", "n >= 0")

    def fitted_rows(state):
        return project.json("describe", state, "--slots")["fittedOn"]["count"]

    assert fitted_rows("m@1") == (rows["n"] >= 0).sum()
    project.run("fit", "m", "--training-set", "rows.parquet", "--split", "time:0.75")
    assert fitted_rows("m") == ROWS * 3 // 4
    project.run("fit", "m", "--training-set", "rows.parquet", "--split", "key:0.5")
    assert 0.4 * ROWS < fitted_rows("m@3") < 0.6 * ROWS
    assert "there is no m@9; there is m@1, m@2, m@3" in project.fail("describe", "m@9")
    assert "the condition 'nn > 0'" in project.fail("fit", "m", "--training-set", "rows.parquet", "--where", "nn > 0")
    assert "encoders  m@3: " in project.run("describe", "m")


def test_the_whole_way_gives_one_vector_everywhere(project, rows):
    from server_support import serving

    define(project, "float32: [{impute: {with: mean, indicator: true}}, standardize]\nv:city: {one_hot: {max_categories: 3}}\nv:zone: {hashed: 50}")
    (project.root / "data").mkdir()
    rows["t"] = pandas.Timestamp(DAY)
    rows["t"] = rows["t"].dt.as_unit("us")
    pyarrow.parquet.write_table(arrow(rows.drop(columns="paid")), project.root / "data" / "a.parquet")
    project.run("ingest", "v")
    project.run("materialize", "v")
    labels = pandas.DataFrame({"id": rows["id"], "event_timestamp": pandas.Timestamp(DAY + datetime.timedelta(days=1)), "paid": rows["paid"]})
    labels.to_parquet(project.root / "labels.parquet")
    assert "run 'fstore fit m" in project.fail("training-set", "m", "--entities", "labels.parquet", "--out", "X.parquet", "--encoded")
    made = project.json("training-set", "m", "--entities", "labels.parquet", "--out", "train.parquet")
    fitted = project.json("fit", "m", "--training-set", str(made["id"]))
    assert fitted["version"] == 1 and fitted["rows"]["origin"] == f"training set {made['id']}"
    again = project.json("training-set", "m", "--entities", "labels.parquet", "--out", "X.parquet", "--encoded")
    assert "same bytes" in project.run("training-set", "--again", str(again["id"]), "--out", "X2.parquet")
    offline = pyarrow.parquet.read_table(project.root / "X.parquet")
    slots = json.loads(project.run("describe", "m@1", "--slots", "--json"))
    names = [slot["name"] for slot in slots["slots"]]
    assert offline.column_names == ["id", "event_timestamp", "paid", *names] and slots["width"] == len(names)
    X = np.stack([offline.column(name).to_numpy() for name in names], axis=1)
    sparse = project.json("training-set", "m", "--entities", "labels.parquet", "--out", "S.parquet", "--encoded", "--sparse")
    assert sparse["rows"] == ROWS
    lists = pyarrow.parquet.read_table(project.root / "S.parquet").slice(0, 50)
    for row, (indices, values) in enumerate(zip(lists["indices"].to_pylist(), lists["values"].to_pylist())):
        dense = np.zeros(len(names), np.float32)
        dense[indices] = values
        np.testing.assert_array_equal(dense, X[row])
    one = project.json("get", "m", "id=17", "--encoded")
    assert one["encoders"] == "m@1"
    np.testing.assert_array_equal(np.array([np.nan if v in (None, "NaN") else v for v in one["vector"]], np.float32), X[17])
    # A later state does not change an older one.
    project.run("fit", "m", "--training-set", "train.parquet", "--where", "id < 100")
    with serving(project.root) as server:
        body = {"feature_service": "m", "entities": {"id": [17, 4, 10**9]}, "state": 1}
        status, _, raw = server.request("POST", "/v1/vectors", body, {"Accept": "application/octet-stream"})
        head, _, floats = raw.partition(b"\n")
        assert status == 200 and json.loads(head) == {"rows": 3, "width": len(names), "type": "float32", "encoders": "m@1"}
        vectors = np.frombuffer(floats, np.float32).reshape(3, -1)
        np.testing.assert_array_equal(vectors[:2], X[[17, 4]])
        assert server.post("/v1/vectors", {**body, "state": None, "encoded": True})["encoders"] == "m@2"
        assert "there is no m@7" in server.refused("/v1/vectors", {**body, "state": 7}, 422)
    unknown = vectors[2]
    assert unknown[names.index("city is missing")] == 1 and unknown[names.index("x was missing")] == 1
    fstore = pytest.importorskip("fstore", reason="the Python package is not built: run 'make python'", exc_type=ImportError)
    store = fstore.open(str(project.root))
    reader = store.vectors("m", 1)
    assert reader.names == names and reader.encoders == "m@1"
    np.testing.assert_array_equal(reader.vectors(id=[17, 4]), X[[17, 4]])
    np.testing.assert_array_equal(reader.vectors(id=17)[0], X[17])
    np.testing.assert_array_equal(reader.vectors(pandas.DataFrame({"id": [17.0, 4.0]})), X[[17, 4]])
    training = store.training_set("m", labels, encoded=1)
    assert training.features == names and training.encoders == "m@1"
    np.testing.assert_array_equal(training.vectors(), X)
    fit = store.fit("m", store.training_set("m", labels))
    assert fit.encoders == "m@3" and store.encoders("m")["slots"] == names
    np.testing.assert_array_equal(store.training_set("m", labels, encoded=True).vectors(), X)


def test_wrong_use_is_told(project, rows):
    define(project, "v:x: standardize")
    pyarrow.parquet.write_table(arrow(rows.drop(columns="city")), project.root / "rows.parquet")
    assert "has no column 'city' or 'v__city'" in project.fail("fit", "m", "--training-set", "rows.parquet")
    assert "--training-set ID|FILE is missing" in project.fail("fit", "m", status=2)
    assert "there is no training set 4" in project.fail("fit", "m", "--training-set", "4")
    assert "has no fitted encoders" in project.fail("get", "m", "id=1", "--encoded")
    assert "there is no feature service 'mm'" in project.fail("fit", "mm", "--training-set", "rows.parquet")
    assert "--state belongs to --encoded" in project.fail("get", "m", "id=1", "--state", "1", status=2)


def test_the_reference_lists_every_encoder_as_it_is(project):
    text = (REPOSITORY / "docs" / "reference" / "encoders.md").read_text()
    rows = [f"| `{e['usage']}` | {e['types']} | {e['summary']} |" for e in project.json("fit", "--encoders")]
    assert len(rows) == 16 and [row for row in rows if row not in text] == []
