"""What benchmarks measure with: processor time, so that other work on the machine disturbs little, and processes of their own."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


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


def alone(call: Callable[..., T], *args: Any) -> T:
    """Call in a process of its own: a process begins with the largest memory of the one that started it.

    Such a process may start others, which those of `multiprocessing.Pool` may not.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(call, *args).result()


def growth(seconds: Mapping[int, float]) -> str:
    """Say how time grows with the number of things, from the slope of logarithms; nothing to say of one number."""
    if len(seconds) < 2:
        return ""
    slope = np.polyfit(np.log(list(seconds)), np.log(list(seconds.values())), 1)[0]
    return f"time grows with the number of sessions to the power of {slope:.2f} (1: linear); "


def load() -> str:
    """Say how busy the machine is, and how many cores it has."""
    busy = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return f"{os.cpu_count()} cores, load of the machine while measuring: {busy}"
