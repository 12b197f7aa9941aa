"""Rows that the library holds, for whoever reads Arrow."""

from __future__ import annotations

from ctypes import byref, c_void_p
from typing import TYPE_CHECKING, Any

from ._arrow import capsule_of
from ._error import Error
from ._library import Handle, call, library

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


class Rows:
    """A table of the library's.

    Whatever reads the Arrow PyCapsule interface reads it, as often as it likes and without a copy:
    `polars.DataFrame(rows)`, `pyarrow.table(rows)`, `duckdb.from_arrow(…)`.
    """

    def __init__(self, table: Handle, index: Any = None) -> None:
        self._table = table
        self._index = index

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return capsule_of(self._table)

    def __len__(self) -> int:
        return int(library.fs_table_row_count(self._table.pointer))

    def to_arrow(self) -> pyarrow.Table:
        """The rows as an Arrow table; needs pyarrow."""
        try:
            import pyarrow
        except ImportError as error:
            raise Error("to_arrow() needs pyarrow: pip install pyarrow") from error
        return pyarrow.table(self)

    def to_pandas(self, **options: Any) -> pandas.DataFrame:
        """The rows as a pandas frame; needs pandas and pyarrow.

        If they were asked for by one, its index is kept. `options` are those of `pyarrow.Table.to_pandas`.
        """
        try:
            import pandas  # noqa: F401
            import pyarrow
        except ImportError as error:
            raise Error(f"to_pandas() needs pandas and pyarrow: pip install pandas pyarrow ({error})") from error
        frame = pyarrow.table(self).to_pandas(**options)
        if self._index is not None:
            levels = [name for name in self._index.names if name is not None]
            frame = frame.drop(columns=levels)
            frame.index = self._index
        return frame

    def to_polars(self) -> polars.DataFrame:
        """The rows as a Polars frame; needs Polars."""
        try:
            import polars
        except ImportError as error:
            raise Error("to_polars() needs Polars: pip install polars") from error
        return polars.DataFrame(self)

    def _part(self, first: int, count: int) -> Rows:
        """Some of the rows, in place."""
        table = c_void_p()
        call("fs_table_slice", self._table.pointer, first, count, byref(table))
        return Rows(Handle(table, "fs_table_free", "table"))
