"""What calls of a store did, in numbers."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, fields
from typing import Any, List, Protocol, TypeVar

from ._display import count, duration, heading, size, table


class _Result(Protocol):
    def _cells(self) -> dict[str, Any]:
        """What a table shows of it, by the columns' names."""


Told = TypeVar("Told")
Item = TypeVar("Item", bound=_Result)


class Results(List[Item]):
    """One result a view: a list that shows itself line by line, or as a table in a notebook."""

    def __repr__(self) -> str:
        return "\n".join(map(repr, self))

    def _repr_html_(self) -> str:
        return table([result._cells() for result in self])


@dataclass(frozen=True, repr=False)
class Applied:
    """What `Store.apply` changed, or would change."""

    changes: list[dict[str, Any]]
    #: One line a change, each beginning with +, ~ or -.
    lines: list[str]
    summary: str

    def __repr__(self) -> str:
        return "\n".join([*self.lines, f"Definitions: {self.summary}."])


@dataclass(frozen=True, repr=False)
class Ingested:
    """What `Store.ingest` read into a view's history."""

    view: str
    #: Rows that are now in the history.
    rows: int
    seconds: float
    #: Size of the new segments.
    bytes: int
    files: int = 0
    #: Files that the view held already, unchanged.
    files_unchanged: int = 0
    #: Rows set aside because they do not fit, and the file that holds them.
    rows_rejected: int = 0
    rejected_file: str | None = None

    def __repr__(self) -> str:
        if not self.rows and not self.rows_rejected and self.files_unchanged:
            return f"{self.view}: nothing new in {count(self.files_unchanged, 'file')}"
        files = f" from {count(self.files, 'file')}" if self.files else ""
        text = f"{self.view}: {count(self.rows, 'row')}{files}, {size(self.bytes)}, {duration(self.seconds)}"
        if self.rejected_file:
            text += f"; {count(self.rows_rejected, 'row')} set aside in {self.rejected_file}"
        return text

    def _cells(self) -> dict[str, Any]:
        return {
            "view": self.view, "rows": self.rows, "new files": self.files, "unchanged files": self.files_unchanged,
            "set aside": self.rows_rejected or None, "size": size(self.bytes), "time": duration(self.seconds)}

    def _repr_html_(self) -> str:
        return table([self._cells()])


@dataclass(frozen=True, repr=False)
class Pushed:
    """What `Store.push` did: the rows are durable, online and in training sets."""

    view: str
    rows: int
    #: Whether a batch of this id, or all of these rows of a stream, had been pushed before, so that this changed nothing.
    is_repeated: bool = False
    #: Rows that are not available yet, and come online when they are.
    rows_waiting: int = 0
    batch_id: str | None = None
    #: The batch's place in the view's order of arrival; None if there were no rows.
    sequence: int | None = None
    #: Rows of a stream that had been taken before and are not among `rows`.
    rows_repeated: int = 0

    def __repr__(self) -> str:
        if self.batch_id is not None and self.is_repeated:
            return f"{self.view}: batch {self.batch_id!r} had been pushed before"
        if self.rows_repeated:
            again = f"; {count(self.rows_repeated, 'row')} had been taken before"
            return f"{self.view}: {count(self.rows, 'row')} pushed{again}"
        waiting = f"; {count(self.rows_waiting, 'row')} wait for their time" if self.rows_waiting else ""
        return f"{self.view}: {count(self.rows, 'row')} pushed{waiting}"


@dataclass(frozen=True)
class StreamPosition:
    """Up to where one partition of a stream of pushes was taken."""

    view: str
    stream: str
    #: Empty for a stream that is one order.
    partition: str
    position: int
    #: Rows taken since the stream began, or was reset.
    rows: int
    moved: datetime.datetime


@dataclass(frozen=True, repr=False)
class Materialized:
    """What `Store.materialize` brought online for one view."""

    view: str
    #: New rows of history that were looked through, and the different keys among them.
    rows_read: int
    keys: int
    #: Keys whose online row was written; the others hold a newer one.
    keys_written: int
    keys_online: int
    seconds: float

    def __repr__(self) -> str:
        if not self.rows_read:
            return f"{self.view}: nothing new; {count(self.keys_online, 'key')} online"
        return (
            f"{self.view}: {count(self.keys_written, 'key')} written of {self.keys:,} in {count(self.rows_read, 'new row')}, "
            f"{self.keys_online:,} online, {duration(self.seconds)}")

    def _cells(self) -> dict[str, Any]:
        return {
            "view": self.view, "new rows": self.rows_read, "keys among them": self.keys, "keys written": self.keys_written,
            "keys online": self.keys_online, "time": duration(self.seconds)}

    def _repr_html_(self) -> str:
        return table([self._cells()])


@dataclass(frozen=True)
class Coverage:
    """What became of the entity rows in one view: why features are null."""

    view: str
    #: A row of history was chosen.
    found: int
    #: A join key is null.
    key_null: int
    #: The view has no row of this key.
    key_unknown: int
    #: The key's rows all lie after the entity row's time.
    before_history: int
    #: The key has rows before the time, but none within the ttl.
    too_old: int
    #: The key's newest row says that it had ended at the time (`valid_to`).
    ended: int
    #: There is a row within the ttl, but it was not available yet at the time.
    not_yet_known: int

    @property
    def rows(self) -> int:
        return (
            self.found + self.key_null + self.key_unknown + self.before_history + self.too_old + self.ended
            + self.not_yet_known)


@dataclass(frozen=True)
class Split:
    """How the rows of a training set are parted."""

    train_rows: int
    test_rows: int
    #: Rows in neither part: those that the gap before the cut left out.
    rows_left_out: int = 0
    #: Rows of earlier times train; None for a split by key.
    cut: str | None = None

    def __str__(self) -> str:
        cut = f", cut at {self.cut}" if self.cut else ""
        left_out = f"; {count(self.rows_left_out, 'row')} left out" if self.rows_left_out else ""
        return f"{self.train_rows:,} to train, {self.test_rows:,} to test{cut}{left_out}"


def told(kind: type[Told], answer: dict[str, Any]) -> Told:
    """The result of the library's answer, of which it takes what it knows."""
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in answer.items() if name in known})


class Description(dict):  # type: ignore[type-arg]
    """All of a view, service or entity: a dict that shows its keys and features as lines, or as tables in a notebook."""

    def _title(self) -> str:
        return f"{self['kind']} {self['name']}"

    def _facts(self) -> dict[str, Any]:
        history = self.get("history", {})
        facts = {
            "keys": ", ".join(f"{key['name']} ({key['type']})" for key in self.get("join_keys", [])),
            "rows": history.get("rows"), "from": history.get("from"), "to": history.get("to"),
            "keys online": self.get("online", {}).get("keys")}
        return {name: value for name, value in facts.items() if value is not None}

    def _features(self) -> list[dict[str, Any]]:
        return [
            {"feature": feature.get("name") or feature.get("feature"), "type": feature["type"],
             "description": feature.get("description")}
            for feature in self.get("features", [])]

    def __repr__(self) -> str:
        lines = [self._title() + (f": {self['description']}" if self.get("description") else "")]
        lines += [f"  {name}: {value:,}" if isinstance(value, int) else f"  {name}: {value}"
                  for name, value in self._facts().items()]
        features = self._features()
        width = max((len(feature["feature"]) for feature in features), default=0)
        kinds = max((len(feature["type"]) for feature in features), default=0)
        lines += [
            f"  {feature['feature']:{width}}  {feature['type']:{kinds}}  {feature['description'] or ''}".rstrip()
            for feature in features]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        about = f": {self['description']}" if self.get("description") else ""
        features = self._features()
        return heading(self._title(), about) + table([self._facts()]) + (table(features) if features else "")
