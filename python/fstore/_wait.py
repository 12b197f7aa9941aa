"""Waits for long work so that Ctrl-C is heard, and stops it."""

from __future__ import annotations

import threading
from ctypes import addressof, c_int32
from typing import Any, Callable, TypeVar

Result = TypeVar("Result")

#: How long Ctrl-C waits for work to end in order; it looks up often, but for rows from an iterator it waits as long as
#: that takes to give some.
_PATIENCE_SECONDS = 10.0


def interruptibly(work: Callable[[int], Result]) -> Result:
    """Runs `work` in a thread of its own while the main thread waits for it, so that Ctrl-C is heard.

    `work` gets the address of a number that becomes 1 when it is to stop; it then undoes what it has begun. A second
    Ctrl-C does not wait for that. Other threads than the main one never hear of Ctrl-C, and do the work themselves.
    """
    stop = c_int32(0)
    if threading.current_thread() is not threading.main_thread():
        return work(addressof(stop))
    outcome: list[Any] = []
    failure: list[BaseException] = []
    done = threading.Event()

    def run() -> None:
        try:
            outcome.append(work(addressof(stop)))
        except BaseException as error:
            failure.append(error)
        finally:
            done.set()

    # Not a daemon: when the interpreter ends it waits for work that is being stopped and may be in Python code.
    thread = threading.Thread(target=run, name="fstore")
    try:
        thread.start()
        done.wait()
    except BaseException:
        stop.value = 1
        if thread.is_alive():
            done.wait(_PATIENCE_SECONDS)
        raise
    if failure:
        try:
            raise failure[0]
        finally:
            failure.clear()
    return outcome[0]  # type: ignore[no-any-return]
