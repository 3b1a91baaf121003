"""Work that may take its process down, done in a child process: a crash there is a sentence here."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Callable

CAN_FORK = sys.platform == "linux"  # elsewhere a child would have to import everything again


def run_apart(work: Callable[[], None]) -> str:
    """Run a function in a child process and wait for it; where processes cannot fork, run it in this one.

    Parameters
    ----------
    work : callable
        What it changes in memory is lost; files that it writes stay.

    Returns
    -------
    str
        What ended the child from outside, for example ``signal SIGSEGV``; empty if it ended by itself.

    Raises
    ------
    SystemExit
        With the child's exit code, where the function raised an error (the child prints it).
    """
    if not CAN_FORK:
        work()
        return ""
    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join()
    code = child.exitcode or 0
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    if code:
        sys.exit(code)
    return ""
