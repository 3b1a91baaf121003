"""The registry of metrics: every number per cycle, with what it means, and the reason where it is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.metrics.memory import once
from biomech.metrics.windows import WINDOWS, tasks_of
from biomech.tasks import TASKS

Array = NDArray[np.float64]
Function = Callable[[xr.Dataset, float], Array]
AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Array])
PairFunction = Callable[[xr.Dataset, xr.Dataset, float], Array]
Need = Literal["angle", "moment", "power", "ground_reaction", "distance", "lever_arm", "emg", "events"]

NAME = re.compile(r"^[a-z0-9]+(_[a-z0-9]+)*(__static)?__[a-z0-9]+(_[a-z0-9]+)*__[a-z0-9]+(_[a-z0-9]+)*$")
EARLY = "first_100_ms"
NOT_DEFINED = "not defined for"  # start of the reason of a metric that a cycle's task does not have


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes
    ----------
    name : str
        ``<quantity>__<statistic>__<window>``.
    unit : str
    title : str
        In words, for axes and tables.
    definition : str
        How it is computed.
    positive : str
        What a positive value means.
    frame : str
        Plane or frame of reference.
    source : str
        Where definition or convention come from.
    tasks : tuple of str
        Tasks that it is defined for.
    window : str
        Key of `biomech.metrics.windows.WINDOWS`.
    needs : str
        Variable of the cycles that it is computed from.
    curve : str
        Quantity of that variable; empty if it has none.
    person : tuple of str
        Cells of the participant that it needs: ``mass_kg``, ``height_m``.
    validity : str
        When it is missing or must be read with care.
    function : callable
        From the cycles and the length of the early window (ms) to one value per cycle; of a metric of both sides from the
        left cycles, the right ones of the same repetitions, and that length.
    both_sides : bool
        One value for both sides of a repetition, in a row with side ``both``.
    missing : str
        Reason of a value that is missing although its curve was measured; empty: samples are missing.
    muscles : tuple of str
        Muscles whose EMG it is about; it is left out of sessions without them.
    """

    name: str
    unit: str
    title: str
    definition: str
    positive: str
    frame: str
    source: str
    tasks: tuple[str, ...]
    window: str
    needs: Need
    curve: str
    person: tuple[str, ...]
    validity: str
    function: Callable[..., Array]
    both_sides: bool = False
    missing: str = ""
    muscles: tuple[str, ...] = ()

    @property
    def quantity(self) -> str:
        """The part of the name before statistic and window."""
        return self.name.rsplit("__", 2)[0]

    @property
    def statistic(self) -> str:
        """The middle part of the name."""
        return self.name.rsplit("__", 2)[1]


METRICS: dict[str, Metric] = {}


def shares_repetitions(task: str) -> bool:
    """Both legs do one repetition together: squats, landings and jumps on two legs."""
    return TASKS[task].bilateral and TASKS[task].cycle in ("squat", "landing")


def metric(
    name: str,
    *,
    unit: str,
    title: str,
    definition: str,
    positive: str,
    frame: str,
    source: str,
    needs: Need,
    curve: str = "",
    tasks: tuple[str, ...] | None = None,
    person: tuple[str, ...] = (),
    validity: str = "",
    both_sides: bool = False,
    missing: str = "",
    muscles: tuple[str, ...] = (),
) -> Callable[[AnyFunction], AnyFunction]:
    """Register a function of the cycles as a metric.

    The function takes the dataset of cycles and the length of the early window in ms and returns one value per cycle,
    NaN where anything inside its window is missing; a metric of both sides takes the left and the right cycles of the
    same repetitions. `tasks` defaults to all tasks whose cycles have the window, of both sides at once to those of them in
    which both legs share repetitions.

    Raises
    ------
    ValueError
        If the name does not have the form ``<quantity>__<statistic>__<window>``, names no known window, or is taken.
    """
    window = name.rsplit("__", 1)[-1]
    if not NAME.match(name) or window not in WINDOWS:
        raise ValueError(f"metric {name!r}: expected <quantity>__<statistic>__<window>, window one of {list(WINDOWS)}")
    if name in METRICS:
        raise ValueError(f"metric {name!r} is registered twice")
    possible = tasks_of(window)
    if both_sides:
        possible = tuple(task for task in possible if shares_repetitions(task))
    chosen = possible if tasks is None else tasks
    if not chosen or not set(chosen) <= set(possible):
        raise ValueError(f"metric {name!r}: cycles of {sorted(set(chosen) - set(possible))} have no window {window!r}")

    def register(function: AnyFunction) -> AnyFunction:
        METRICS[name] = Metric(
            name,
            unit,
            title,
            definition,
            positive,
            frame,
            source,
            chosen,
            window,
            needs,
            curve,
            person,
            validity,
            function,
            both_sides,
            missing,
            muscles,
        )
        return function

    return register


def evaluate(
    item: Metric, cycles: xr.Dataset, windows_ms: float, right: xr.Dataset | None = None
) -> tuple[Array, NDArray[np.str_]]:
    """Compute a metric for all cycles, with the reason of every missing value.

    Parameters
    ----------
    item : Metric
    cycles : xr.Dataset
        As `biomech.cycles.session.cycles_session` gives it; the left cycles for a metric of both sides.
    windows_ms : float
        Length of the early window.
    right : xr.Dataset, optional
        The right cycles of the same repetitions, in the same order, for a metric of both sides.

    Returns
    -------
    value : ndarray, shape (cycle,)
    reason : ndarray of str, shape (cycle,)
        Empty where there is a value.
    """
    n = cycles.sizes["cycle"]
    task = once(cycles, "task", lambda: cycles.variables["task"].to_numpy().astype(str))
    value = np.full(n, np.nan)
    defined = np.isin(task, item.tasks)
    sides = [cycles] if right is None else [cycles, right]
    if defined.any():
        value[defined] = np.asarray(item.function(*(_only(one, defined) for one in sides), windows_ms), dtype=float)
    reason = np.full(n, "", dtype=object)
    reason[~defined] = [f"{NOT_DEFINED} {TASKS[name].title if name in TASKS else name}" for name in task[~defined]]
    unexplained = bool((np.isnan(value) & (reason == "")).any())
    for missing, words in (cause for one in sides if unexplained for cause in _causes(item, one, windows_ms)):
        open_ = np.isnan(value) & (reason == "") & missing
        reason[open_] = np.broadcast_to(np.asarray(words, dtype=object), n)[open_]
    left = np.isnan(value) & (reason == "")
    if left.any():
        complete = _complete(item, sides) | (item.needs == "events" and bool(item.validity))
        reason[left & ~complete] = "missing samples in the window"
        reason[left & complete] = item.validity or "the shape of this curve gives no value"
    return value, reason.astype(str) if n else np.array([], dtype="U1")


def _unseen(item: Metric, cycles: xr.Dataset) -> NDArray[np.bool_]:
    """Cycles in which no sample of the metric's curve is known."""
    curves = cycles.variables[item.needs]
    if item.curve:
        label = {"distance": "measure", "emg": "muscle"}.get(item.needs, "quantity")
        curves = curves.isel({label: np.flatnonzero(cycles.indexes[label] == item.curve)})
    seen = np.isfinite(curves.transpose("cycle", ...).to_numpy())
    return np.asarray(seen.sum(axis=tuple(range(1, seen.ndim))) == 0)


def _complete(item: Metric, sides: list[xr.Dataset]) -> NDArray[np.bool_]:
    """Cycles whose curve has all its points: what is missing there is missing by definition."""
    out = np.zeros(sides[0].sizes["cycle"], dtype=bool)
    if item.needs == "angle" and item.curve and all(item.curve in one.indexes["quantity"] for one in sides):
        out[:] = True
        for one in sides:
            curve = one["angle"].variable.isel(quantity=one.indexes["quantity"].get_loc(item.curve))
            out &= np.isfinite(curve.transpose("cycle", ...).to_numpy()).all(axis=1)
    return out


def _only(cycles: xr.Dataset, chosen: NDArray[np.bool_]) -> xr.Dataset:
    """Return the chosen cycles, without a copy of all curves where they follow each other."""
    if chosen.all():
        return cycles
    place = np.flatnonzero(chosen)
    together = place[-1] - place[0] + 1 == len(place)
    return cycles.isel(cycle=slice(place[0], place[-1] + 1) if together else place)


def renamed(name: str, windows_ms: float) -> str:
    """Return a metric's name with the true length of the early window, ``first_80_ms`` if that is what it is."""
    return name.replace(EARLY, f"first_{windows_ms:g}_ms".replace(".", "_")) if name.endswith(f"__{EARLY}") else name


def _causes(
    item: Metric, cycles: xr.Dataset, windows_ms: float
) -> Iterator[tuple[NDArray[np.bool_], str | NDArray[np.object_]]]:
    """Yield what can be missing, most fundamental first: in which cycles it is, and the words for it."""
    window = WINDOWS[item.window]
    first, last = once(cycles, ("bounds", window.name, windows_ms), lambda: window.bounds(cycles, windows_ms))
    yield ~(np.isfinite(first) & np.isfinite(last)), window.missing
    for cell, words in (("mass_kg", "body mass is unknown"), ("height_m", "body height is unknown")):
        if cell in item.person:
            yield ~np.isfinite(cycles.variables[cell].to_numpy().astype(float)), words
    if item.needs in ("moment", "power", "ground_reaction", "lever_arm"):
        said = cycles.variables["moment_reason"].to_numpy().astype(object)
        yield cycles.variables["moment_valid"].to_numpy() == 0, np.where(said == "", "no valid plate", said)
    if item.needs in cycles.variables:
        unseen = once(cycles, ("unseen", item.needs, item.curve), lambda: _unseen(item, cycles))
        yield unseen, f"{item.curve or item.needs} was not measured in this cycle"
    if item.needs == "emg" and item.missing:
        yield np.ones(cycles.sizes["cycle"], dtype=bool), item.missing
