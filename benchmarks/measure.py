"""Processor time and memory of a function, each measured in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


def processor_times(calls: Mapping[str, Callable[[], Any]], repeats: int) -> dict[str, float]:
    """Least processor time of each call in s; see `least_times`."""
    return {name: processor for name, (processor, _) in least_times(calls, repeats).items()}


def least_times(
    calls: Mapping[str, Callable[[], Any]], repeats: int, after: Callable[[], Any] = lambda: None
) -> dict[str, tuple[float, float]]:
    """Least processor time and least time of each call in s, the calls taken in turn; the first round only warms up.

    `after` follows every call and is not counted.
    """
    best = dict.fromkeys(calls, (float("inf"), float("inf")))
    for turn in range(repeats + 1):
        for name, call in calls.items():
            processor, start = time.process_time(), time.perf_counter()
            call()
            took = time.process_time() - processor, time.perf_counter() - start
            if turn:
                best[name] = min(best[name][0], took[0]), min(best[name][1], took[1])
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
