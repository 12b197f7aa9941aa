"""What calls of a store did, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Applied:
    """What `Store.apply` changed."""

    changes: list[dict[str, Any]]
    #: One line a change, each beginning with +, ~ or -.
    lines: list[str]
    summary: str

    def __str__(self) -> str:
        return "\n".join([*self.lines, f"Applied: {self.summary}." if self.lines else "Nothing to change."])


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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
    #: There is a row within the ttl, but it was not available yet at the time.
    not_yet_known: int
    #: The key's newest row had ended at the time (valid_to).
    ended: int = 0

    @property
    def rows(self) -> int:
        return (
            self.found + self.key_null + self.key_unknown + self.before_history + self.too_old + self.not_yet_known
            + self.ended)
