"""Feast's offline stores: the default one, on Dask, and the one on DuckDB. `make interop` runs them.

A case is said in Feast's words as its users would say it: join keys as entities, `created` as the source's
created_timestamp_column with filter_by_created_timestamp. What Feast has no words for is told as such.
"""
import datetime
import os
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

from cases import Case, Inexpressible, View

# Before feast is imported.
os.environ["FEAST_USAGE"] = "False"


class FeastStore:
    def __init__(self, kind: str):
        self.kind = kind
        self.name = f"Feast's offline store '{kind}'"

    def version(self) -> str:
        import feast

        return f"Feast {feast.__version__}"

    def training_set(self, case: Case, folder: pathlib.Path) -> pa.Table:
        from feast import FeatureStore

        filters_created = refuse_what_feast_cannot_say(case)
        folder.mkdir()
        (folder / "feature_store.yaml").write_text(
            "project: conformance\nprovider: local\nregistry: registry.db\nentity_key_serialization_version: 3\n"
            f"offline_store: {{type: {self.kind}}}\nonline_store: {{type: sqlite, path: online.db}}\n")
        store = FeatureStore(repo_path=str(folder))
        store.apply(objects_of(case, folder))
        job = store.get_historical_features(
            entity_df=case.entities.to_pandas(), features=[f"{view.name}:{name}" for view, name in case.features],
            full_feature_names=case.full_names, filter_by_created_timestamp=filters_created)
        return job.to_arrow()


def refuse_what_feast_cannot_say(case: Case) -> bool:
    """Raises where Feast has no words for the case; returns whether rows are to be left out that were not known yet."""
    views = case.views.values()
    if any(view.event is None for view in views):
        raise Inexpressible("every source has an event time")
    if any(view.end is not None for view in views):
        raise Inexpressible("rows cannot say when they end")
    if any(isinstance(view.available, int) for view in views):
        raise Inexpressible("a source cannot say that it lags")
    if case.with_times:
        raise Inexpressible("the event time of the chosen row cannot be asked for")
    filters = {view.available == "created" for view in views if view.created}
    if len(filters) > 1:
        raise Inexpressible("created counts for all views or for none")
    return filters == {True}


def objects_of(case: Case, folder: pathlib.Path) -> list:
    from feast import Entity, FeatureView, Field, FileSource, ValueType, types

    value_types = {"bool": ValueType.BOOL, "int32": ValueType.INT32, "int64": ValueType.INT64,
                   "string": ValueType.STRING, "bytes": ValueType.BYTES}
    field_types = {"bool": types.Bool, "int32": types.Int32, "int64": types.Int64, "float32": types.Float32,
                   "float64": types.Float64, "string": types.String, "bytes": types.Bytes,
                   "timestamp": types.UnixTimestamp}

    def field_type(kind: str):
        return types.Array(types.Float32) if kind.startswith("float32[") else field_types[kind]

    # An entity of Feast's has one join key.
    entities = {key: Entity(name=key, join_keys=[key], value_type=value_types[kind])
                for view in case.views.values() for key, kind in view.keys.items()}

    def feature_view(view: View):
        path = folder / f"{view.name}.parquet"
        pq.write_table(case.history_table(view), path)
        source = FileSource(
            name=f"{view.name}_source", path=str(path), timestamp_field=view.event,
            created_timestamp_column=view.created or "")
        fields = view.keys | view.features
        return FeatureView(
            name=view.name, entities=[entities[key] for key in view.keys], source=source,
            ttl=datetime.timedelta(microseconds=view.ttl or 0),
            schema=[Field(name=name, dtype=field_type(kind)) for name, kind in fields.items()])

    return [*entities.values(), *map(feature_view, case.views.values())]


ENGINES = {kind: lambda kind=kind: FeastStore(kind) for kind in ("dask", "duckdb")}
