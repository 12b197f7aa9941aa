"""A project's feature store."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable, Sequence
from ctypes import byref, c_char_p, c_void_p
from typing import Any, Callable, List, TypeVar, Union, overload

from ._arrow import Stream, without_index
from ._display import heading, joined, table
from ._error import Error
from ._library import NOW, Handle, call, call_for_json, library
from ._rule import EntityRule
from ._time import Time, to_datetime, to_microseconds
from ._wait import interruptibly
from .encoders import Fitted, VectorReader, encoders_of
from .online import OnlineReader
from .results import Applied, Coverage, Description, Ingested, Materialized, Pushed, Results, Split, StreamPosition, told
from .rows import Rows
from .training_set import TrainingSet

Result = TypeVar("Result")

#: A file's place.
Path = Union[str, "os.PathLike[str]"]


def open(directory: Path = ".") -> Store:  # noqa: A001
    """Opens the project in `directory`, or the nearest folder above it that holds fstore.yaml."""
    return Store(directory)


class Store:
    """Definitions, history and online values of a project.

    Rows come and go as whatever has the Arrow PyCapsule interface (pandas, Polars, pyarrow, DuckDB), as dicts of
    columns, or as paths of Parquet and CSV files.

    Calls on one store wait for each other; open one a thread to work side by side. Ctrl-C stops a call: all of its work
    is stored, or nothing.
    """

    #: The project's folder, and its name.
    root: str
    project: str

    def __init__(self, directory: Path = ".") -> None:
        pointer = c_void_p()
        call("fs_store_open", os.fsencode(directory), byref(pointer))
        self._handle = Handle(pointer, "fs_store_close", "store")
        about = call_for_json("fs_store_project", self._handle.pointer)
        self.root = about["root"]
        self.project = about["project"]

    def __repr__(self) -> str:
        return f"Store({self.root!r})"

    def _repr_html_(self) -> str:
        try:
            listing = self.list()
        except Error as error:
            return heading(self.project, f" in {self.root}: {error}")
        views = [
            {
                "view": view["name"], "entities": joined(view["entities"]), "features": len(view["features"]),
                "rows": view["history"]["rows"], "from": view["history"].get("from"), "to": view["history"].get("to"),
                "keys online": view["online"]["keys"]}
            for view in listing["views"]]
        services = [{"service": service["name"], "features": len(service["features"]), "keys": joined(
            key["name"] for key in service["join_keys"])} for service in listing["services"]]
        return heading(self.project, f" in {self.root}") + "".join(table(rows) for rows in (views, services) if rows)

    def __reduce__(self) -> Any:
        return Store, (self.root,)

    def apply(self, *, dry_run: bool = False, allow_removal: bool = False) -> Applied:
        """Puts the definitions in features/ in force, and tells what that changes; nothing with `dry_run`.

        Raises `Error` with all mistakes of the files, or if a change would corrupt or lose stored data; views that hold
        data are let go of with `allow_removal`.
        """
        return told(Applied, self._ask("fs_store_apply", dry_run, allow_removal))

    @overload
    def ingest(  # type: ignore[overload-overlap]  # a str is an iterable of str, too
        self, view: str, rows: Any = None, *, on_error: str = "stop"
    ) -> Ingested: ...

    @overload
    def ingest(self, view: Iterable[str] | None = None, *, on_error: str = "stop") -> Results[Ingested]: ...

    def ingest(
        self, view: str | Iterable[str] | None = None, rows: Any = None, *, on_error: str = "stop"
    ) -> Ingested | Results[Ingested]:
        """Reads rows into a view's history, all or nothing; new files of all views' sources if none is named.

        Without `rows`, these are the new files of the view's source. `rows` may be a frame with the columns that the
        source's files have, the path of a file, or a list of paths.

        A row that does not fit stops the ingestion, unless `on_error` is "quarantine": then it is set aside in a file.
        """
        if on_error not in ("stop", "quarantine"):
            raise Error(f"on_error is '{on_error}'; give 'stop' or 'quarantine'")
        if view is None or not isinstance(view, (str, bytes)) and isinstance(view, Iterable):
            if rows is not None:
                raise Error("rows go into one view; name it")
            return Results(self.ingest(name, on_error=on_error) for name in self._views(view))
        quarantine = on_error == "quarantine"
        name = _bytes(view, "view")
        paths = _paths(rows)
        if rows is None or paths is not None:
            array = None if paths is None else (c_char_p * len(paths))(*(os.fsencode(_absolute(p)) for p in paths))
            return self._work("fs_store_ingest_files", name, array, len(paths or []), quarantine, result=_ingested)
        stream = Stream(without_index(rows)[0], "rows")
        return self._work("fs_store_ingest", name, stream, b"rows", quarantine, result=_ingested)

    def push(
        self, view: str, rows: Any, *, batch_id: str | None = None, stream: str | None = None,
        position_field: str | None = None, partition_field: str | None = None,
    ) -> Pushed:
        """Pushes rows into a view, all or nothing: durable, online and in training sets when it returns.

        `rows` is a frame with the columns of the view's source. Where that declares `created`, the column may be left
        out: then the rows became known by the push. A batch whose `batch_id` was pushed before, in the last seven days,
        changes nothing, so a push whose answer was lost can be repeated.

        Rows of a `stream` that its sender can replay have their position in the column `position_field`: a whole number
        that grows within a partition, of which `partition_field` is the column. Up to where the stream was taken is stored
        with the rows, and rows that do not lie beyond are left out: each is stored exactly once, however often it is sent.
        """
        if isinstance(rows, (str, os.PathLike)):
            raise Error(f"push takes a frame, not the path {os.fspath(rows)!r}; 'ingest' reads files")
        name = _bytes(view, "view")
        frame = Stream(without_index(rows)[0], "rows")

        def pushed(answer: Any) -> Pushed:
            return told(Pushed, answer)

        if stream is None:
            if position_field is not None or partition_field is not None:
                raise Error("positions belong to a stream; name it with stream")
            batch = None if batch_id is None else _bytes(batch_id, "batch_id")
            return self._work("fs_store_push", name, frame, b"rows", batch, result=pushed)
        if batch_id is not None:
            raise Error("give batch_id or stream, not both: a stream's rows have their positions")
        if position_field is None:
            raise Error("position_field is missing: the column with each row's position in the stream")
        partition = None if partition_field is None else _bytes(partition_field, "partition_field")
        return self._work(
            "fs_store_push_stream", name, frame, b"rows", _bytes(stream, "stream"),
            _bytes(position_field, "position_field"), partition, result=pushed)

    def streams(self, view: str | None = None, stream: str | None = None) -> list[StreamPosition]:
        """Up to where streams were taken, partition by partition: where their senders go on."""
        places = self._ask(
            "fs_store_streams", None if view is None else _bytes(view, "view"),
            None if stream is None else _bytes(stream, "stream"))["streams"]
        return [told(StreamPosition, {**place, "moved": to_datetime(place["moved"])}) for place in places]

    def reset_stream(
        self, view: str, stream: str, *, partition: str | None = None, position: int | None = None
    ) -> int:
        """Forgets up to where a stream was taken, or puts it to `position`, so that rows beyond are taken again.

        Returns the number of its partitions that were reset: all, or `partition`.
        """
        answer = self._ask(
            "fs_store_reset_stream", _bytes(view, "view"), _bytes(stream, "stream"),
            None if partition is None else _bytes(partition, "partition"), -(2**63) if position is None else position)
        return int(answer["partitions"])

    def training_set(
        self, features: str | Sequence[str] | None = None, entities: Any = None, *, every: str | None = None,
        from_view: str | None = None, from_: Time | None = None, to: Time | None = None, keys: Any = None,
        keys_of: str | None = None, where: str | None = None, sample: int | str | None = None, split: str | None = None, gap: str | None = None,
        seed: int = 0, timestamp: str | None = None, full_names: bool = False, with_times: bool = False,
        record: bool = True, again: int | None = None, encoded: bool | int = False,
    ) -> TrainingSet:
        """Entity rows with the features that were known at their times.

        For each row of `entities` (a frame, or the path of a file, with join keys and times) the features are those of
        the newest row of history that was available at the row's time and no older than the view's ttl. Rows are never
        dropped, added or reordered; other columns pass through.

        - `features`: a feature service's name, or features such as ["driver_stats:conv_rate", "trips:*"].
        - `timestamp`: the column of times; by default event_timestamp, else the only column of times.
        - `full_names`: name feature columns view__feature.
        - `with_times`: add view__event_timestamp for each view.

        Instead of `entities`, rows are made by a rule:

        - `every`, with `from_` and `to`: each key at each step, such as "1d", until before `to`. The keys are `keys` (a
          frame or a file), those that the view `keys_of` knows, or all that the views asked for know.
        - `from_view`: the rows of a view (labels, say), those from `from_` until before `to` if these are given.

        Of any rows,

        - `where` takes those for which an expression over their columns is true ("label >= 0");
        - `sample` takes the rows of so many keys (1000), or of a share of them ("10%");
        - `split` parts the rows ("time:0.8", "time:2024-03-01", "key:0.8"): see `TrainingSet.train` and `.test`. With `gap`
          ("7d"), rows so close before the cut of a split by time are left out;
        - another `seed` makes another sample, and another split by key.

        With `encoded`, features become the numbers of the service's newest fitted encoders, or of version `encoded`: see `fit`
        and `TrainingSet.vectors`. The record is of the features as they are.

        The store keeps a record of the set under `TrainingSet.id`, unless `record` is False. `again` takes such an id and
        nothing else, and makes the same set once more, from the same state of the history: the same values, or an `Error`
        that tells what has changed. Rows that were given as a frame are not kept: give the same ones as `entities` (or
        `keys`), and they are checked.
        """
        if encoded is not False:
            name = encoders_of(features, encoded)
            made = self.training_set(
                features, entities, every=every, from_view=from_view, from_=from_, to=to, keys=keys, keys_of=keys_of,
                where=where, sample=sample, split=split, gap=gap, seed=seed, timestamp=timestamp, full_names=True,
                with_times=with_times, record=record, again=again)
            return self._encoded(made, name)
        if again is not None:
            others = [
                features, every, from_view, from_, to, keys_of, where, sample, split, gap, timestamp, seed or None,
                full_names or None, with_times or None, None if record else record]
            if any(other is not None for other in others) or not (entities is None or keys is None):
                raise Error("again makes what was recorded; give it the id, and entities if they were given in memory")
            return self._training_set_again(again, keys if entities is None else entities)
        if features is None:
            raise Error("give features: a service's name, or a list such as ['driver_stats:conv_rate', 'trips:*']")
        asked = _selection(features)
        origins = {"entities": entities, "every": every, "from_view": from_view}
        given = [name for name, value in origins.items() if value is not None]
        if len(given) != 1:
            raise Error(f"give {' or '.join(given)}, not both" if given else "give entities, every or from_view")
        if every is None and not (keys is None and keys_of is None):
            raise Error("keys and keys_of belong to every")
        if every is None and from_view is None and where is None and sample is None and split is None and gap is None and record:
            if not (from_ is None and to is None):
                raise Error("from_ and to belong to every or from_view")
            return self._training_set_of(asked, entities, timestamp, full_names, with_times)
        rows, index = without_index(keys if entities is None else entities)
        rule = EntityRule(
            rows, every=every, from_view=from_view, keys_of=keys_of, from_=from_, to=to, timestamp=timestamp,
            where=where, sample=sample, split=split, gap=gap, seed=seed, record=record)
        table = c_void_p()
        return self._work(
            "fs_store_training_set_by_rule", asked, rule, full_names, with_times, places=[byref(table)],
            result=_training_set(table, index))

    def _encoded(self, made: TrainingSet, encoders: bytes) -> TrainingSet:
        encoded, answer = self._encode(made, encoders, made.split.train_rows if made.split else 0, False, False)
        result = TrainingSet(
            encoded, made.coverage, answer["slots"], made.seconds, made._index, made.split, made.id)
        result.encoders = answer["encoders"]
        return result

    def _encode(
        self, rows: Any, encoders: bytes, train_rows: int, sparse: bool, as_new: bool
    ) -> tuple[Handle, dict[str, Any]]:
        table = c_void_p()
        answer: dict[str, Any] = self._work(
            "fs_store_encode", encoders, Stream(rows, "rows"), b"the rows", train_rows, sparse, as_new,
            places=[byref(table)], result=lambda answer: answer)
        return Handle(table, "fs_table_free", "table"), answer

    def fit(
        self, service: str, training_set: Any, *, where: str | None = None, split: str | None = None
    ) -> Fitted:
        """Fits the encoders that a service declares (`encode:`) on a training set, and keeps them as its newest.

        `training_set` is a `TrainingSet` or any frame with the service's features (of a set that is split, give its `train`),
        the path of a Parquet or CSV file, or the id of a recorded set that was written to a file. `where` takes the rows for
        which an expression is true, and `split` ("time:0.8", "key:0.8") those to train with.
        """
        name = _bytes(service, "service")
        chosen = [None if text is None else _bytes(text, key) for key, text in (("where", where), ("split", split))]

        def result(answer: Any) -> Fitted:
            return told(Fitted, answer)

        place: str | None = None
        if isinstance(training_set, int):
            place = str(training_set)
        elif isinstance(training_set, (str, os.PathLike)):
            place = _absolute(training_set)
        if place is not None:
            return self._work("fs_store_fit_on", name, place.encode(), *chosen, result=result)
        if isinstance(training_set, TrainingSet) and training_set.split is not None and where is None and split is None:
            training_set = training_set.train
        rows, _ = without_index(training_set)
        return self._work("fs_store_fit", name, Stream(rows, "rows"), b"rows", *chosen, result=result)

    def encode(self, rows: Any, encoders: str, *, sparse: bool = False, as_new: bool = False) -> Rows:
        """Encodes rows of a training set by fitted encoders: a service's newest, or `service@3`.

        The columns that are no features come first, then a float32 column a slot; with `sparse` two columns of lists, the
        `indices` of what is not 0 and their `values`. Rows that the encoders were fitted on get target encodings that were
        learned without them, unless `as_new`.
        """
        given, _ = without_index(rows)
        return Rows(self._encode(given, _bytes(encoders, "encoders"), 0, sparse, as_new)[0])

    def encoders(self, name: str) -> dict[str, Any]:
        """What fitted encoders make, a service's newest or those of `service@3`: their slots, and what they were fitted on."""
        answer: dict[str, Any] = self._ask("fs_store_encoders", _bytes(name, "name"))
        return answer

    def _training_set_again(self, id: int, rows: Any) -> TrainingSet:  # noqa: A002
        if not isinstance(id, int):
            raise Error(f"again is a {type(id).__name__}; give a training set's id")
        if isinstance(rows, (str, os.PathLike)):
            raise Error(f"again takes the rows that were given as a frame, not the path {os.fspath(rows)!r}")
        table = c_void_p()
        rows, index = without_index(rows)
        stream = None if rows is None else Stream(rows, "entities")
        return self._work(
            "fs_store_training_set_again", id, stream, places=[byref(table)], result=_training_set(table, index))

    def _training_set_of(
        self, features: bytes, entities: Any, timestamp: str | None, full_names: bool, with_times: bool
    ) -> TrainingSet:
        """That of rows as they are."""
        table = c_void_p()
        time = None if timestamp is None else _bytes(timestamp, "timestamp")
        entities, index = without_index(entities)
        result = _training_set(table, index)
        if isinstance(entities, (str, os.PathLike)):
            path = os.fsencode(entities)
            return self._work(
                "fs_store_training_set_of_file", features, path, time, full_names, with_times, places=[byref(table)],
                result=result)
        rows = Stream(entities, "entities")
        return self._work(
            "fs_store_training_set", features, rows, b"entities", time, full_names, with_times, places=[byref(table)],
            result=result)

    def history(
        self, view: str, key: Any = None, /, *, features: Sequence[str] | None = None, from_: Time | None = None,
        to: Time | None = None, at: Time | None = None, **columns: Any,
    ) -> Rows:
        """What was known of one key of a view, and when: `store.history("driver_stats", driver_id=1001)`.

        Its rows in order of event time, those of one event in the order in which they count. Beside times and features they
        have `in_force_from` and `in_force_until`, between which training rows have their values, `is_correction`, and
        `state`: what they are at `at`, by default now: "in force", "replaced", "corrected", "late" (a better row was known
        before it), "too old", "ended" or "not yet known".

        Rows of event times before `from_`, and from `to` on, are left out. A key whose join key is called as an argument is
        given as a dict.
        """
        asked = Stream(columns if key is None else {**key, **columns}, "key")
        table = c_void_p()
        call(
            "fs_store_history", self._handle.pointer, _bytes(view, "view"), asked.address,
            None if features is None else _bytes(",".join(features), "features"),
            -(2**63) if from_ is None else to_microseconds(from_), 2**63 - 1 if to is None else to_microseconds(to),
            NOW if at is None else to_microseconds(at), byref(table))
        return Rows(Handle(table, "fs_table_free", "history"))

    def statistics(self, view: str) -> dict[str, Any]:
        """What is known of the values of a view's features without a scan: see `fstore stats`.

        `{"view": …, "rows": …, "features": [{"feature": …, "nulls": …, "mean": …, "quantiles": […], …}, …]}`.
        """
        answer: dict[str, Any] = self._ask("fs_store_statistics", _bytes(view, "view"))
        return answer

    def materialize(
        self, views: str | Iterable[str] | None = None, *, to: Time | None = None, full: bool = False
    ) -> Results[Materialized]:
        """Brings the newest row of each key from history to the online store, for all views or those named.

        By default, what was ingested since the last run. `to` takes rows as of a time other than now; `full` rebuilds
        from all of the history. Readers are served throughout.
        """
        time = NOW if to is None else to_microseconds(to)
        return Results(
            self._work("fs_store_materialize", _bytes(view, "view"), time, full, result=lambda answer: told(Materialized, answer))
            for view in self._views(views))

    def vectors(self, service: str, version: int | None = None) -> VectorReader:
        """A reader for the encoded vectors of a service: of its newest fitted encoders, or of a version of them."""
        pointer = c_void_p()
        call(
            "fs_encoder_open", self._handle.pointer, encoders_of(service, True if version is None else version),
            byref(pointer))
        return VectorReader(Handle(pointer, "fs_encoder_close", "reader"))

    def online(self, features: str | Sequence[str], *, full_names: bool = False) -> OnlineReader:
        """A reader for the online values of a service, or of features such as ["driver_stats:conv_rate"].

        It reads the definitions that are in force now; open it anew after `apply`.
        """
        pointer = c_void_p()
        call("fs_reader_open", self._handle.pointer, _selection(features), full_names, byref(pointer))
        return OnlineReader(Handle(pointer, "fs_reader_close", "reader"))

    def list(self) -> dict[str, List[dict[str, Any]]]:
        """The entities, views and services in force, with what is stored of them."""
        answer: dict[str, Any] = self._ask("fs_store_list")
        return answer

    def describe(self, name: str) -> Description:
        """All of a feature view, feature service or entity."""
        return Description(self._ask("fs_store_describe", _bytes(name, "name")))

    def _views(self, names: str | Iterable[str] | None) -> Iterable[str]:
        """The views that are named; all if none is."""
        if names is None:
            return [view["name"] for view in self.list()["views"]]
        return [names] if isinstance(names, str) else names

    def _ask(self, function: str, *arguments: Any) -> Any:
        return call_for_json(function, self._handle.pointer, *arguments)

    def _work(
        self, function: str, *arguments: Any, result: Callable[[Any], Result], places: Sequence[Any] = ()
    ) -> Result:
        """Asks for something that takes long, and makes the result of its answer; `places` are where others go.

        The work has all that it needs, and its result, for itself: nobody may be waiting for it any more.
        """
        handle = self._handle

        def work(stop: int) -> Result:
            plain = [_plain(argument) for argument in arguments]
            return result(call_for_json(function, handle.pointer, *plain, stop, *places))

        return interruptibly(work)


def _plain(argument: Any) -> Any:
    """An argument as ctypes takes it."""
    if isinstance(argument, Stream):
        return argument.address
    return ctypes.addressof(argument) if isinstance(argument, ctypes.Structure) else argument


def _training_set(table: c_void_p, index: Any = None) -> Callable[[Any], TrainingSet]:
    """Makes a training set of the library's answer, and of the table that it has put into its place."""

    def result(answer: Any) -> TrainingSet:
        coverage = [told(Coverage, view) for view in answer["coverage"]]
        split = told(Split, answer["split"]) if answer.get("split") else None
        handle = Handle(table, "fs_table_free", "training set")
        # Rows keep their index where all of them come back in their order.
        kept = index if split is None and index is not None and len(index) == library.fs_table_row_count(handle.pointer) else None
        return TrainingSet(handle, coverage, answer["features"], answer["seconds"], kept, split, answer.get("id"))

    return result


def _ingested(answer: Any) -> Ingested:
    return told(Ingested, answer)


def _selection(features: str | Sequence[str]) -> bytes:
    if isinstance(features, str):
        return _bytes(features, "features")
    try:
        return _bytes(",".join(features), "features")
    except TypeError:
        raise Error("features: give a service's name, or a list such as ['driver_stats:conv_rate', 'trips:*']") from None


def _bytes(text: str, name: str) -> bytes:
    if not isinstance(text, str):
        raise Error(f"{name} is a {type(text).__name__}; give a text")
    return text.encode()


def _paths(rows: Any) -> list[Path] | None:
    """The paths that `rows` are, if they are."""
    if isinstance(rows, (str, os.PathLike)):
        return [rows]
    if isinstance(rows, (list, tuple)) and all(isinstance(path, (str, os.PathLike)) for path in rows):
        return list(rows)
    return None


def _absolute(path: Path) -> str:
    return os.path.abspath(os.fspath(path))
