"""All metrics of a session, and the report of implausible values."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config import Config, Plausible, did_you_mean
from biomech.io.sheets import Session
from biomech.metrics import METRICS
from biomech.metrics.registry import evaluate, renamed
from biomech.quality import Quality

Array = NDArray[np.float64]

_NAMED = 5  # cycles named in one quality row


def metrics_session(
    cycles: xr.Dataset,
    session: Session,
    config: Config,
    quality: Quality,
    *,
    model: xr.DataTree | None = None,
    kinematics: xr.DataTree | None = None,
) -> xr.Dataset:
    """Compute every metric that is defined for a task of the session.

    Parameters
    ----------
    cycles : xr.Dataset
        As `biomech.cycles.session.cycles_session` gives it; may have no cycles.
    session : Session
        Whose cycles they are (all that is needed of it lies on the cycles).
    config : Config
        Section `metrics` is used.
    quality : Quality
        Gets a row for every trial, side and metric with values outside their plausible range.
    model, kinematics : xr.DataTree, optional
        One group per static trial, and per trial; measures of standing come from them.

    Returns
    -------
    xr.Dataset
        ``value(cycle, metric)``, NaN where missing; ``reason(cycle, metric)``, empty where there is a value;
        ``unit(metric)``; all coordinates of the cycles.
    """
    settings = config.metrics
    n = cycles.sizes.get("cycle", 0)
    tasks = set(cycles["task"].to_numpy().tolist()) if n else set()
    items = [item for item in METRICS.values() if tasks & set(item.tasks)]
    names = [renamed(item.name, settings.windows_ms) for item in items]
    pairs = [evaluate(item, cycles, settings.windows_ms) for item in items]
    shape = (n, len(items))
    out = xr.Dataset(
        {
            "value": (("cycle", "metric"), np.stack([v for v, _ in pairs], axis=1) if pairs else np.zeros(shape)),
            "reason": (
                ("cycle", "metric"),
                np.stack([r for _, r in pairs], axis=1) if pairs else np.zeros(shape, "U1"),
            ),
            "unit": ("metric", _text([item.unit for item in items])),
        },
        coords={
            "metric": _text(names),
            **{name: coord.variable for name, coord in cycles.coords.items() if coord.dims == ("cycle",)},
        },
    )
    out["value"].attrs = {"units": "see unit", "long_name": "value of the metric"}
    out["reason"].attrs = {"units": "1", "long_name": "why the value is missing"}
    out["unit"].attrs = {"units": "1", "long_name": "unit of the metric's values"}
    report_implausible(out, settings.plausible, quality)
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
