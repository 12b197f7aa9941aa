"""The error of this package, in Python's words."""

from __future__ import annotations

import re

# The library speaks of the command line; here a way out is a call or an argument.
_WORDS = [
    (re.compile(r"'fstore apply' first"), "store.apply() first"),
    (re.compile(r"'fstore materialize (\w+)' first"), r"store.materialize('\1') first"),
    (re.compile(r"'fstore list' shows"), "store.list() shows"),
    (re.compile(r"or name one with --project"), "or name another folder"),
    (re.compile(r"--on-error quarantine"), "on_error='quarantine'"),
    (re.compile(r"name it with --timestamp"), "name it with timestamp=…"),
    (re.compile(r"Say so with --timestamp"), "Say so with timestamp=…"),
    (re.compile(r"--full-names"), "full_names=True"),
    (re.compile(r"--allow-removal"), "allow_removal=True"),
    (re.compile(r"\bwith --full\b"), "with full=True"),
]


class Error(Exception):
    """What fstore cannot do: one sentence that says what is wrong, where, and what to do."""

    def __init__(self, sentence: str) -> None:
        for pattern, words in _WORDS:
            sentence = pattern.sub(words, sentence)
        super().__init__(sentence)


class BusyError(Error):
    """Another process is writing to the project: the same call works when that has ended."""
