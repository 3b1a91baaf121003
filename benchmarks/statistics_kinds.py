"""Simulated studies of the kinds of analyses that `statistics_simulations.py` does not have; one section of the table each."""

from __future__ import annotations

from collections.abc import Callable

KINDS: dict[str, Callable[[int], list[dict[str, object]]]] = {}
