"""All metrics of a session, and the report of implausible values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config import Config, Plausible, did_you_mean
from biomech.io.sheets import Session
from biomech.io.trial_files import Trials, only
from biomech.outcomes import METRICS, Metric
from biomech.outcomes.emg_bursts import with_activity
from biomech.outcomes.emg_metrics import has_muscles
from biomech.outcomes.hip_foot_timing import with_sequences
from biomech.outcomes.registry import NOT_DEFINED, evaluate_all, renamed
from biomech.outcomes.selection import computed, unknown
from biomech.quality import Quality
from biomech.schema import METRIC_VALUES, SIDES
from biomech.task_groups import SHARED_REPETITIONS

Array = NDArray[np.float64]

_BLOCK = 150  # cycles that are in memory at once
_NAMED = 5  # cycles named in one quality row


def metrics_session(
    cycles: xr.Dataset,
    session: Session,
    config: Config,
    quality: Quality,
    *,
    model: Trials | None = None,
    kinematics: Trials | None = None,
    muscles: Trials | None = None,
) -> xr.Dataset:
    """Compute the metrics that a study selects, and those that findings, figures and checks read.

    Parameters
    ----------
    cycles : xr.Dataset
        As `biomech.events.session.cycles_session` gives it; may have no cycles.
    session : Session
        Whose cycles they are (all that is needed of it lies on the cycles).
    config : Config
        Section `metrics` is used.
    quality : Quality
        Gets a row for every trial, side and metric with values outside their plausible range.
    model, kinematics : mapping of str to xr.Dataset, optional
        Of the static trials, and of all; measures of standing come from them.
    muscles : mapping of str to xr.Dataset, optional
        Of the trials with EMG; activity before contact comes from it.

    Returns
    -------
    xr.Dataset
        ``value(cycle, metric)``, NaN where missing; ``reason(cycle, metric)``, empty where there is a value;
        ``unit(metric)``; all coordinates of the cycles. After the cycles stand the repetitions that both legs do together,
        with side ``both``: they have the metrics of both sides only.
    """
    settings = config.metrics
    n = cycles.sizes.get("cycle", 0)
    tasks = set(cycles["task"].to_numpy().tolist()) if n else set()
    items = computed(METRICS.values(), tasks, settings)
    items = [item for item in items if not tasks.isdisjoint(item.tasks) and has_muscles(item, cycles)]
    alone, paired = ([item for item in items if item.both_sides == both] for both in (False, True))
    one, both = _Rows(), _Rows()
    for rows in _blocks(cycles):
        block = _with_standing(cycles.isel(cycle=rows).load() if n else cycles, kinematics)
        block = with_activity(block, muscles, config.muscles)
        block = with_sequences(block, settings.coordination, settings.acceptance_share) if n else block
        left, right = pairs_of_sides(block)
        one.add(_coordinates(block), items, False, evaluate_all(alone, block, settings), "one side alone")
        found = evaluate_all(paired, left, settings, right)
        both.add(_pair_coordinates(left, right), items, True, found, "both sides at once")
        del block, left, right, found  # before the next block is read
    value, reason = (np.concatenate([*getattr(one, v), *getattr(both, v)]) for v in ("value", "reason"))
    out = xr.Dataset(
        {
            "value": (("cycle", "metric"), value),
            "reason": (("cycle", "metric"), reason),
            "unit": ("metric", _text([item.unit for item in items])),
        },
        coords={
            "metric": _text([renamed(item.name, settings.windows_ms) for item in items]),
            **{
                name: xr.Variable(
                    "cycle", np.concatenate([p[name].values for p in (*one.coords, *both.coords)]), v.attrs
                )
                for name, v in one.coords[0].items()
            },
        },
    )
    for name, (units, long_name) in METRIC_VALUES.items():
        out[name].attrs = {"units": units, "long_name": long_name}
    _report_failed(items, reason, quality)
    report_implausible(out, settings.plausible, quality)
    select = [settings.select] if isinstance(settings.select, str) else settings.select
    for name in unknown([*select, *settings.also]):
        quality.add(
            "warning",
            "unknown_metric",
            f"config: metrics.select, metrics.also or findings.watched names a metric that does not exist: {name!r}"
            + did_you_mean(name, METRICS),
            item=name,
            action="correct the name; docs/metrics.md lists all",
        )
    return out


def _report_failed(items: Sequence[Metric], reason: NDArray[np.object_], quality: Quality) -> None:
    """Write a row for each of the lab's own metrics whose function failed."""
    for k, item in enumerate(items):
        failed = [words for words in reason[:, k].tolist() if item.origin and words.startswith(item.origin)]
        if failed:
            quality.add(
                "error",
                "metric_failed",
                f"{item.name}: no value in {len(failed)} of {len(reason)} cycles: {failed[0]}",
                item=item.name,
                action="correct the function of this metric; all other metrics are computed",
                value=float(len(failed)),
                unit="cycles",
            )


def pairs_of_sides(cycles: xr.Dataset) -> tuple[xr.Dataset, xr.Dataset]:
    """Return the left and the right cycles of the repetitions that both legs do together, in the same order."""
    n = cycles.sizes.get("cycle", 0)
    if not n:
        return cycles, cycles
    key = list(zip(*(cycles[name].to_numpy().tolist() for name in ("trial", "rep")), strict=True))
    shared = [task in SHARED_REPETITIONS for task in cycles["task"].to_numpy().tolist()]
    side = cycles["side"].to_numpy().tolist()
    place = {one: {key[i]: i for i in range(n) if shared[i] and side[i] == one} for one in SIDES}
    both = [k for k in place["left"] if k in place["right"]]
    left, right = (cycles.isel(cycle=np.array([place[one][k] for k in both], dtype=int)) for one in SIDES)
    return left, right


@dataclass
class _Rows:
    """Values, reasons and coordinates, block after block."""

    value: list[Array] = field(default_factory=list)
    reason: list[NDArray[np.object_]] = field(default_factory=list)
    coords: list[dict[str, xr.Variable]] = field(default_factory=list)

    def add(
        self,
        coords: dict[str, xr.Variable],
        items: Sequence[Metric],
        both_sides: bool,
        found: tuple[Array, NDArray[np.object_]],
        lacking: str,
    ) -> None:
        """Add a block; a metric of the other kind is not defined for such rows."""
        own = np.array([item.both_sides == both_sides for item in items], dtype=bool)
        value = np.full((len(found[0]), len(items)), np.nan)
        reason = np.full(value.shape, f"{NOT_DEFINED} {lacking}", dtype=object)
        value[:, own], reason[:, own] = found
        self.value.append(value)
        self.reason.append(reason)
        self.coords.append(coords)


def _blocks(cycles: xr.Dataset) -> list[slice]:
    """WindowSlice the cycles into runs of whole trials of one task; never more than about `_BLOCK` of them are in memory."""
    n = cycles.sizes.get("cycle", 0)
    trial, task = (cycles[name].to_numpy() if n else np.array([]) for name in ("trial", "task"))
    ends = [*(np.flatnonzero(trial[1:] != trial[:-1]) + 1).tolist(), n]
    out, start = [], 0
    for end, after in zip(ends, [*ends[1:], None], strict=True):
        if after is None or after - start > _BLOCK or task[end] != task[start]:
            out.append(slice(start, end))
            start = end
    return out


def _coordinates(cycles: xr.Dataset) -> dict[str, xr.Variable]:
    return {str(name): coord.variable for name, coord in cycles.coords.items() if coord.dims == ("cycle",)}


def _pair_coordinates(left: xr.Dataset, right: xr.Dataset) -> dict[str, xr.Variable]:
    """Coordinates of pairs: those of the left cycle, from the earlier start to the later end."""
    out = _coordinates(left)
    for name, coord in out.items():
        pair = coord.to_numpy()
        if name == "cycle":
            pair = np.array(["_both_".join(text.rsplit("_left_", 1)) for text in pair.tolist()], dtype=str)
        elif name == "side":
            pair = np.full(len(pair), "both")
        elif name in ("start", "end"):
            pair = (np.minimum if name == "start" else np.maximum)(pair, right[name].to_numpy())
        elif name == "moment_valid":
            pair = np.minimum(pair, right[name].to_numpy())
        elif name.endswith("_percent"):
            pair = np.full(len(pair), np.nan)  # a share of one side's cycle
        out[name] = xr.Variable("cycle", pair, coord.attrs)
    return out


def _with_standing(cycles: xr.Dataset, kinematics: Trials | None) -> xr.Dataset:
    """Add ``distance_standing(cycle, measure)``: the median of each distance in the static trial that a cycle's trial uses."""
    if kinematics is None or "measure" not in cycles.coords or not cycles.sizes.get("cycle"):
        return cycles
    measures = cycles["measure"].to_numpy().tolist()
    trials, sides = (cycles[name].to_numpy().tolist() for name in ("trial", "side"))
    about = only(kinematics, (), set(trials))
    static = {
        trial: str(about[trial].attrs.get("static", "")) if trial in about else "" for trial in dict.fromkeys(trials)
    }
    known = {name: _standing(kinematics, name, measures) for name in dict.fromkeys(static.values())}
    rows = [known[static[trial]][SIDES.index(side)] for trial, side in zip(trials, sides, strict=True)]
    return cycles.assign(distance_standing=(("cycle", "measure"), np.stack(rows)))


def _standing(kinematics: Trials, static: str, measures: list[str]) -> Array:
    """Return the median of every distance in a static trial, (side, measure); NaN where it has none."""
    out = np.full((len(SIDES), len(measures)), np.nan)
    if static not in kinematics or "distance" not in (trial := only(kinematics, ("distance",), [static])[static]):
        return out
    found = trial["distance"].transpose("side", "time", "measure").sel(side=list(SIDES))
    for place, values in zip(found["measure"].to_numpy().tolist(), found.to_numpy().transpose(2, 0, 1), strict=True):
        for row, side in enumerate(values):
            if place in measures and np.isfinite(side).any():
                out[row, measures.index(place)] = np.nanmedian(side)
    return out


def report_implausible(
    metrics: xr.Dataset, ranges: Mapping[str, Mapping[str, Plausible | None]], quality: Quality
) -> None:
    """Add one quality row for every trial, side and metric that has values outside the range of its task.

    Parameters
    ----------
    metrics : xr.Dataset
        As `metrics_session` gives it.
    ranges : mapping
        Task, then metric, to a range (`config.metrics.plausible`); a metric that does not exist is reported.
    quality : Quality
    """
    known = metrics["metric"].to_numpy().tolist()
    if not metrics.sizes["cycle"]:
        return
    label = {name: metrics[name].to_numpy().astype(str) for name in ("task", "trial", "side", "cycle")}
    for task, table in ranges.items():
        for name, limits in table.items():
            if limits is None:
                continue
            if name not in METRICS and name not in known:
                quality.add(
                    "warning",
                    "unknown_metric",
                    f"config: metrics.plausible.{task} names a metric that does not exist: {name!r}"
                    + did_you_mean(name, METRICS),
                    item=name,
                )
                continue
            if name not in known:
                continue
            value = metrics["value"].sel(metric=name).to_numpy()
            outside = _outside(value, limits.low, limits.high) & (label["task"] == task)
            for trial, side in sorted(set(zip(label["trial"][outside], label["side"][outside], strict=True))):
                here = (label["trial"] == trial) & (label["side"] == side)
                _report(name, limits, value, outside & here, here & np.isfinite(value), metrics, label, quality)


def _report(
    name: str,
    limits: Plausible,
    value: Array,
    outside: NDArray[np.bool_],
    seen: NDArray[np.bool_],
    metrics: xr.Dataset,
    label: Mapping[str, NDArray],
    quality: Quality,
) -> None:
    far = bool(_outside(value[outside], limits.fail_low, limits.fail_high).any())
    middle = np.nanmean([x for x in (limits.low, limits.high) if x is not None])
    worst = float(value[outside][np.argmax(np.abs(value[outside] - middle))])
    unit = str(metrics["unit"].sel(metric=name).to_numpy())
    cycles = label["cycle"][outside].tolist()
    named = ", ".join(cycles[:_NAMED]) + (f" and {len(cycles) - _NAMED} more" if len(cycles) > _NAMED else "")
    expected = " to ".join(f"{x:g}" if x is not None else "any" for x in (limits.low, limits.high))
    quality.add(
        "warning",
        "far_from_plausible" if far else "implausible",
        f"{name}: expected {expected} {unit}, found up to {worst:.3g} in {len(cycles)} of {int(seen.sum())} cycles "
        f"({named}); {limits.source}",
        trial=str(label["trial"][outside][0]),
        item=name,
        action="look at the curves, the marker labels, the static trial and the plate assignment before using the value",
        value=worst,
        unit=unit,
    )


def _outside(value: Array, low: float | None, high: float | None) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        return (value < (-np.inf if low is None else low)) | (value > (np.inf if high is None else high))


def _text(values: list[str]) -> NDArray[np.str_]:
    return np.array(values, dtype=str) if values else np.array([], dtype="U1")
