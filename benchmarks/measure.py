"""Processor time of calls, so that other work on the machine disturbs the figures little."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any


def processor_times(
    calls: Mapping[str, Callable[[], Any]], repeats: int, after: Callable[[], Any] = lambda: None
) -> dict[str, float]:
    """Least processor time of each call in s, the calls taken in turn; the first round only warms up.

    `after` follows every call and is not counted.
    """
    best = dict.fromkeys(calls, float("inf"))
    for turn in range(repeats + 1):
        for name, call in calls.items():
            start = time.process_time()
            call()
            if turn:
                best[name] = min(best[name], time.process_time() - start)
            after()
    return best


def load() -> str:
    """Say how busy the machine is, and how many cores it has."""
    busy = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return f"{os.cpu_count()} cores, load of the machine while measuring: {busy}"
