"""Waits for long work so that Ctrl-C is heard."""

from __future__ import annotations

import threading
from typing import Any, Callable, TypeVar

Result = TypeVar("Result")


def interruptibly(work: Callable[[], Result]) -> Result:
    """Runs `work` in a thread of its own while the main thread waits for it, so that Ctrl-C ends the waiting.

    The work cannot be stopped half-way: it goes on to its end, which is all or nothing, and its result is dropped.
    Other threads than the main one never hear of Ctrl-C, and do the work themselves.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    outcome: list[Any] = []
    failure: list[BaseException] = []
    done = threading.Event()

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:
            failure.append(error)
        finally:
            done.set()

    threading.Thread(target=run, name="fstore", daemon=True).start()
    done.wait()
    if failure:
        try:
            raise failure[0]
        finally:
            failure.clear()
    return outcome[0]  # type: ignore[no-any-return]
