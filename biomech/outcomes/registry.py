"""The registry of metrics: rows of curve, statistic, window and tasks, and functions; their values with the reason of each missing one."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config.outcomes import Metrics
from biomech.outcomes.families import STATISTICS, MetricSource, Need, Phase, bounds, words_of
from biomech.outcomes.memory import kept, once
from biomech.outcomes.option_text import with_values
from biomech.outcomes.windows import WINDOWS
from biomech.task_groups import CYCLE_TASKS, SHARED_REPETITIONS, TaskGroup, named, tasks_of
from biomech.tasks import TASKS

Array = NDArray[np.float64]
Function = Callable[[xr.Dataset, Metrics], Array]
PairFunction = Callable[[xr.Dataset, xr.Dataset, Metrics], Array]

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
        How it is computed; options are filled in by `explained`.
    positive : str
        What a positive value means.
    frame : str
        Plane or frame of reference.
    source : str
        Where definition or convention come from.
    tasks : TaskGroup
        Tasks that it is defined for.
    window : str
        Key of `biomech.outcomes.windows.WINDOWS`.
    needs : str
        Variable of the cycles that it is computed from.
    curve : str
        Quantity of that variable; empty if it has none.
    person : tuple of str
        Cells of the participant that it needs: ``mass_kg``, ``height_m``.
    validity : str
        When it is missing or must be read with care.
    function : callable
        From the cycles and the options (section `metrics`) to one value per cycle; of a metric of both sides from the
        left cycles, the right ones of the same repetitions, and the options.
    both_sides : bool
        One value for both sides of a repetition, in a row with side ``both``.
    missing : str
        Reason of a value that is missing although its curve was measured; empty: samples are missing.
    muscles : tuple of str
        Muscles whose EMG it is about; it is left out of sessions without them.
    origin : str
        What registered a metric of a lab's own (`biomech.pipeline.own`); empty for those that ship.
    """

    name: str
    unit: str
    title: str
    definition: str
    positive: str
    frame: str
    source: str
    tasks: TaskGroup
    window: str
    needs: Need
    function: Callable[..., Array]
    curve: str = ""
    person: tuple[str, ...] = ()
    validity: str = ""
    both_sides: bool = False
    missing: str = ""
    muscles: tuple[str, ...] = ()
    origin: str = ""

    def explained(self, options: Metrics) -> Metric:
        """Return the metric with the values of options in its definition and validity."""
        words = (with_values(text, options) for text in (self.definition, self.validity))
        return replace(self, **dict(zip(("definition", "validity"), words, strict=True)))

    @property
    def quantity(self) -> str:
        """The part of the name before statistic and window."""
        return self.name.rsplit("__", 2)[0]

    @property
    def statistic(self) -> str:
        """The middle part of the name."""
        return self.name.rsplit("__", 2)[1]


METRICS: dict[str, Metric] = {}
_REQUIRED = ("unit", "title", "definition", "positive", "frame", "source", "needs")


def metric(
    name: str,
    function: Callable[..., Array],
    *,
    tasks: Iterable[str] | None = None,
    both_sides: bool = False,
    **about: Any,
) -> None:
    """Register a function of the cycles as a metric.

    Parameters
    ----------
    name : str
        ``<quantity>__<statistic>__<window>``.
    function : callable
        See `Metric`: one value per cycle, NaN where anything inside the window is missing.
    tasks : TaskGroup or iterable of str, optional
        By default all whose cycles have the window; of both sides at once those of them in which both legs share repetitions.
    both_sides : bool
    **about
        The other attributes of `Metric`.

    Raises
    ------
    ValueError
        If the name does not have the form ``<quantity>__<statistic>__<window>``, names no known window, or is taken; if unit,
        sign or another attribute is missing.
    """
    window = name.rsplit("__", 1)[-1]
    if not NAME.match(name) or window not in WINDOWS:
        raise ValueError(f"metric {name!r}: expected <quantity>__<statistic>__<window>, window one of {list(WINDOWS)}")
    if name in METRICS:
        raise ValueError(f"metric {name!r} is registered twice")
    possible = tasks_of(window) & SHARED_REPETITIONS if both_sides else tasks_of(window)
    chosen = possible
    if tasks is not None:
        if unknown := set(tasks) - set(TASKS):
            raise ValueError(f"metric {name!r}: unknown task {', '.join(sorted(unknown))}")
        if wrong := set(tasks) - set(possible):
            raise ValueError(f"metric {name!r}: cycles of {sorted(wrong)} have no window {window!r}")
        chosen = named(tasks) & possible
    if not chosen:
        raise ValueError(f"metric {name!r}: no task has it")
    if missing := [word for word in _REQUIRED if not about.get(word)]:
        raise ValueError(f"metric {name!r}: missing {', '.join(missing)}")
    if about["needs"] not in get_args(Need):
        raise ValueError(
            f"metric {name!r}: expected `needs` as one of {list(get_args(Need))}, found {about['needs']!r}"
        )
    METRICS[name] = Metric(name=name, tasks=chosen, window=window, function=function, both_sides=both_sides, **about)


@dataclass(frozen=True)
class OfCurve:
    """The function of a row of the table: a statistic of a curve in a window."""

    curve: MetricSource
    statistic: str
    window: str

    def __call__(self, cycles: xr.Dataset, *others: Any) -> Array:
        """Return the values of the cycles (of both sides: of the left ones), given also the options."""
        return self.of(Phase(self.curve, cycles, self.window, others[-1]))

    def of(self, phase: Phase) -> Array:
        """Return the values, given the curve in its window."""
        return STATISTICS[self.statistic].value(phase)


def rows(
    curves: Sequence[MetricSource], statistics: str, windows: Iterable[str], tasks: Iterable[str] | None = None
) -> None:
    """Register rows of the table: every statistic of every curve in every window.

    Parameters
    ----------
    curves : sequence of MetricSource
    statistics : str
        Keys of `STATISTICS`, with blanks between them.
    windows : iterable of str
        Keys of `WINDOWS`.
    tasks : TaskGroup or iterable of str, optional
        Only these, instead of all that have the window; of a whole cycle by default those that are not strides or landings.
    """
    for curve, statistic, window in product(curves, statistics.split(), windows):
        words, own = STATISTICS[statistic], CYCLE_TASKS if window == "cycle" and not curve.both_sides else None
        metric(
            f"{curve.name}__{statistic}__{window}",
            OfCurve(curve, statistic, window),
            unit=words.unit(curve.unit),
            title=f"{curve.title}, {words.title}",
            definition=words_of(curve, statistic, window),
            positive=curve.positive,
            frame=curve.frame,
            source=curve.source,
            needs=curve.variable,
            curve="" if curve.variable == "ground_reaction" else curve.quantity,
            person=curve.person,
            tasks=own if tasks is None else tasks,
            validity=curve.validity,
            both_sides=curve.both_sides,
        )


def evaluate_all(
    items: Sequence[Metric], cycles: xr.Dataset, options: Metrics, right: xr.Dataset | None = None
) -> tuple[Array, NDArray[np.object_]]:
    """Compute metrics of all cycles, each curve once per window, with the reason of every missing value.

    Parameters
    ----------
    items : sequence of Metric
        All of both sides, or all of one.
    cycles : xr.Dataset
        As `biomech.events.session.cycles_session` gives it; the left cycles for metrics of both sides.
    options : Metrics
        Section `metrics` of the config: the length of the early window, and limits.
    right : xr.Dataset, optional
        The right cycles of the same repetitions, in the same order, for metrics of both sides.

    Returns
    -------
    value : ndarray, shape (cycle, metric)
    reason : ndarray of str, shape (cycle, metric)
        Empty where there is a value.
    """
    n = cycles.sizes.get("cycle", 0)
    value, reason = np.full((n, len(items)), np.nan), np.full((n, len(items)), "", dtype=object)
    tasks = cycles.variables["task"].to_numpy().astype(str) if n else np.array([], dtype="U1")
    for task in np.unique(tasks):
        chosen = tasks == task
        some = [_only(one, chosen) for one in ([cycles] if right is None else [cycles, right])]
        here = [k for k, item in enumerate(items) if task in item.tasks]
        found = np.full((int(chosen.sum()), len(items)), np.nan)
        why = np.full(found.shape, f"{NOT_DEFINED} {TASKS[task].title if task in TASKS else task}", dtype=object)
        with kept(*some):
            for k, values in _values(items, here, some, options):
                failed = isinstance(values, str)
                found[:, k] = np.nan if failed else values
                why[:, k] = values if failed else _reasons(items[k], some, options, found[:, k])
        value[chosen], reason[chosen] = found, why
    return value, reason


def _values(
    items: Sequence[Metric], chosen: Iterable[int], sides: list[xr.Dataset], options: Metrics
) -> Iterator[tuple[int, Array | str]]:
    """Yield the place of every chosen metric and its values, shape (cycle,), or why its function failed."""
    of_phase: dict[tuple[MetricSource, str], list[tuple[int, OfCurve]]] = {}
    for k in chosen:
        row = items[k].function
        if isinstance(row, OfCurve):
            of_phase.setdefault((row.curve, row.window), []).append((k, row))
        else:
            yield k, _of_own(items[k], sides, options) if items[k].origin else _of(items[k], sides, options)
    for (curve, window), found in of_phase.items():
        phase = Phase(curve, sides[0], window, options)
        yield from ((k, row.of(phase)) for k, row in found)


def _of(item: Metric, sides: list[xr.Dataset], options: Metrics) -> Array:
    return np.asarray(item.function(*sides, options), dtype=float)


def _of_own(item: Metric, sides: list[xr.Dataset], options: Metrics) -> Array | str:
    """Return the values of a lab's own metric, or where and why its function failed: no other metric is lost with it."""
    try:
        values = _of(item, sides, options)
    except MemoryError:
        raise
    except Exception as error:
        name = Path(item.origin).name
        lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).name == name]
        return f"{item.origin}{f', line {lines[-1]}' if lines else ''}: {type(error).__name__}: {error}"
    n = sides[0].sizes["cycle"]
    return values if values.shape == (n,) else f"{item.origin}: expected {n} values, found shape {values.shape}"


def _reasons(item: Metric, sides: list[xr.Dataset], options: Metrics, value: Array) -> str | NDArray[np.object_]:
    """Return why values are missing, most fundamental cause first; empty where there is a value."""
    missing = np.isnan(value)
    if not missing.any():
        return ""
    reason = np.full(len(value), "", dtype=object)
    for one in sides:
        key = ("causes", item.window, item.needs, item.curve, item.person, item.missing, options.windows_ms)
        causes = once(one, key, partial(_first_cause, item, one, options))
        reason = np.where(reason == "", causes, reason)
    if (missing & (reason == "")).any():
        complete = _complete(item, sides) | (item.needs == "events" and bool(item.validity))
        words = np.where(
            complete,
            with_values(item.validity, options) or "the shape of this curve gives no value",
            "missing samples in the window",
        )
        reason = np.where(reason == "", words, reason)
    return np.where(missing, reason, "")


def _first_cause(item: Metric, cycles: xr.Dataset, options: Metrics) -> NDArray[np.object_]:
    """Return the words of the first cause of every cycle; empty where there is none."""
    out = np.full(cycles.sizes["cycle"], "", dtype=object)
    for holds, words in _causes(item, cycles, options):
        out = np.where((out == "") & holds, np.asarray(words, dtype=object), out)
    return out


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
    item: Metric, cycles: xr.Dataset, options: Metrics
) -> Iterator[tuple[NDArray[np.bool_], str | NDArray[np.object_]]]:
    """Yield what can be missing, most fundamental first: in which cycles it is, and the words for it."""
    window = WINDOWS[item.window]
    first, last = bounds(cycles, item.window, options)
    yield ~(np.isfinite(first) & np.isfinite(last)), window.missing
    for cell, words in (("mass_kg", "body mass is unknown"), ("height_m", "body height is unknown")):
        if cell in item.person:
            yield ~np.isfinite(cycles.variables[cell].to_numpy().astype(float)), words
    if item.needs in ("moment", "power", "ground_reaction", "lever_arm"):
        reason = cycles.variables["moment_reason"].to_numpy().astype(object)
        yield cycles.variables["moment_valid"].to_numpy() == 0, np.where(reason == "", "no valid plate", reason)
    if item.needs in cycles.variables:
        unseen = once(cycles, ("unseen", item.needs, item.curve), lambda: _unseen(item, cycles))
        yield unseen, f"{item.curve or item.needs} was not measured in this cycle"
    if item.needs == "emg" and item.missing:
        yield np.ones(cycles.sizes["cycle"], dtype=bool), item.missing
