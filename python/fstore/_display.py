"""How results look: in a terminal as the command line says them, in a notebook as tables."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def size(number: int) -> str:
    if number < 1000:
        return f"{number} bytes"
    value, unit = float(number), "bytes"
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.95:
            break
    return f"{value:.1f} {unit}"


def duration(seconds: float) -> str:
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows of the same columns as HTML: None is a dash, numbers have their thousands apart."""
    heads = "".join(f"<th>{html.escape(name)}</th>" for name in (rows[0] if rows else ()))
    body = "".join("<tr>" + "".join(map(_cell, row.values())) + "</tr>" for row in rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    if value is None or value == "":
        value = "–"
    return f"<td>{value:,}</td>" if isinstance(value, int) else f"<td>{html.escape(str(value))}</td>"


def heading(name: str, text: str = "") -> str:
    return f"<p><b>{html.escape(name)}</b>{html.escape(text)}</p>"


def joined(words: Iterable[str]) -> str:
    return ", ".join(words)
