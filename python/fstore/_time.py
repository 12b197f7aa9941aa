"""Times that a caller gives."""

from __future__ import annotations

import datetime
from typing import Union

import numpy as np

from ._columns import microseconds
from ._error import Error

#: A datetime of Python's, pandas' or NumPy's, or a text such as 2024-01-31T10:00:00Z; without a zone it is in UTC.
Time = Union[datetime.datetime, np.datetime64, str]


def to_microseconds(time: Time) -> int:
    """Since 1970 in UTC."""
    if isinstance(time, np.datetime64):
        return int(time.astype("M8[us]").astype(np.int64))
    if isinstance(time, str):
        try:
            time = datetime.datetime.fromisoformat(time.replace("Z", "+00:00"))
        except ValueError:
            raise Error(f"'{time}' is no time; write it as 2024-01-31T10:00:00Z") from None
    if not isinstance(time, datetime.datetime):
        raise Error(f"a {type(time).__name__} is no time; give a datetime, or a text such as 2024-01-31T10:00:00Z")
    return microseconds(time)


def to_datetime(microseconds_since_1970: int) -> datetime.datetime:
    """The time in UTC."""
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return epoch + datetime.timedelta(microseconds=microseconds_since_1970)
