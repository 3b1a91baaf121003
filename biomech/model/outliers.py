"""Outliers in the markers of a recording, found by the bodies of a marker set; removal in static trials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biomech.config import Kinematics
from biomech.geometry.rigid import fit_pose
from biomech.geometry.rotations import rotate, transpose
from biomech.model.markerset_parts import ONE_FOR_BOTH
from biomech.model.markersets import MarkerSet
from biomech.model.swaps import lengths
from biomech.quality import Quality
from biomech.schema import SIDES
from biomech.signals.outliers import Outliers, Step, find_outliers

Array = NDArray[np.float64]
#: Intervals of a static trial up to this share of it are taken out like those of a movement trial.
STATIC_SHARE = 0.1


def body_numbers(markerset: MarkerSet, keys: Iterable[tuple[str, str]]) -> NDArray[np.int_]:
    """Return the same number for markers of one body: of one side, or of pelvis, trunk and head.

    Parameters
    ----------
    markerset : MarkerSet
    keys : iterable of (side, name)
    """
    bodies = [(markerset.markers[n].body, "" if markerset.markers[n].body in ONE_FOR_BOTH else s) for s, n in keys]
    known = {body: i for i, body in enumerate(dict.fromkeys(bodies))}
    return np.array([known[body] for body in bodies], int)


def outliers_of(
    markerset: MarkerSet, labels: Sequence[str], position: Array, rate_hz: float, config: Kinematics
) -> tuple[list[int], NDArray[np.int_], Outliers]:
    """Find the wrong samples of the marker set's markers in a recording.

    Returns
    -------
    columns : list of int, length k
        Of the markers that the set knows.
    bodies : ndarray of int, shape (k,)
    outliers : Outliers
        Of those columns.
    """
    column = {label: i for i, label in reversed(list(enumerate(labels)))}
    found = {column[label]: key for key, label in markerset.resolve(labels).items()}
    numbers = body_numbers(markerset, found.values())
    chosen = position[:, list(found)]
    if config.outlier_step_m is None:
        return list(found), numbers, Outliers(chosen, np.zeros(chosen.shape[:2], bool), np.zeros(len(found)))
    return (
        list(found),
        numbers,
        find_outliers(chosen, rate_hz, numbers, config.outlier_step_m, config.outlier_longest_s),
    )


def without_outliers(markerset: MarkerSet, trial: Any, config: Kinematics) -> Any:
    """Return a raw trial without the wrong samples of its markers; the trial itself if it has none."""
    if not trial.sizes.get("marker") or not trial.sizes.get("time"):
        return trial
    labels = [str(item) for item in trial["marker"].values]
    position = trial["marker_position"].values
    columns, _, found = outliers_of(markerset, labels, position, float(trial.attrs.get("rate_hz", 100.0)), config)
    if not found.removed.any() and not found.exchanged:
        return trial
    return _with_position(trial, columns, found.position)


def in_static(config: Kinematics, duration_s: float) -> Kinematics:
    """Return the options for a static trial: its longer intervals are judged by other evidence than their length.

    A marker of a person who stands still may lie in the wrong place for most of the time.
    """
    return config.model_copy(update={"outlier_longest_s": min(config.outlier_longest_s, STATIC_SHARE * duration_s)})


def still_static(
    markerset: MarkerSet,
    name: str,
    recorded: Mapping[str, Any],
    movements: Sequence[str],
    config: Kinematics,
    quality: Quality,
) -> Any:
    """Return a static trial with every marker in one place of its body.

    Of a marker that jumps, the part is kept whose distances to the markers of its body agree with the movement trials;
    where these lack the marker, with the other side's; where that lacks it too, the longest part. Every marker that moved gets a row.

    Parameters
    ----------
    markerset : MarkerSet
    name : str
        The static trial.
    recorded : mapping of str to raw trials
    movements : sequence of str
        Trials with the same markers on.
    config : Kinematics
    quality : Quality
    """
    trial = recorded[name]
    if config.outlier_step_m is None or not trial.sizes.get("marker") or not trial.sizes.get("time"):
        return trial
    labels = [str(item) for item in trial["marker"].values]
    rate_hz = float(trial.attrs.get("rate_hz", 100.0))
    columns, bodies, found = outliers_of(
        markerset, labels, trial["marker_position"].values, rate_hz, in_static(config, trial.sizes["time"] / rate_hz)
    )
    own = [labels[i] for i in columns]
    x = found.position
    for k in sorted({step.marker for step in found.steps}):
        steps = [step for step in found.steps if step.marker == k]
        start, stop, why = _chosen_part(markerset, own, x, bodies, k, steps, [recorded[t] for t in movements])
        quality.add(
            "warning",
            "static_marker_moved",
            f"marker {own[k]!r} jumps by {1000 * max(s.size_m for s in steps):.0f} mm at "
            f"{', '.join(f'{s.frame / rate_hz:.2f} s' for s in steps)} of static trial {name}, the markers of its body do not; "
            f"its part from {start / rate_hz:.2f} to {stop / rate_hz:.2f} s is used ({why})",
            trial=name,
            item=own[k],
            action="look at the marker in the recording; record the static trial again if it was knocked",
            value=1000 * max(s.size_m for s in steps),
            unit="mm",
        )
        x[:start, k] = np.nan
        x[stop:, k] = np.nan
    for k, distance in _moving(x, bodies, config.outlier_step_m):
        quality.add(
            "warning",
            "static_marker_moved",
            f"marker {own[k]!r} moves by {1000 * distance:.0f} mm against the markers of its body in static trial {name}: "
            "its place in the model is a mean over that",
            trial=name,
            item=own[k],
            action="look at the marker in the recording; record the static trial again if it came loose",
            value=1000 * distance,
            unit="mm",
        )
    if not found.removed.any() and not found.exchanged and not found.steps:
        return trial
    return _with_position(trial, columns, x)


def _with_position(trial: Any, columns: list[int], position: Array) -> Any:
    values = trial["marker_position"].values.copy()
    values[:, columns] = position
    return trial.assign(marker_position=trial["marker_position"].copy(data=values))


def _chosen_part(
    markerset: MarkerSet,
    labels: list[str],
    x: Array,
    bodies: NDArray[np.int_],
    k: int,
    steps: list[Step],
    movements: list[Any],
) -> tuple[int, int, str]:
    """First frame and one past the last of the part of marker k that is used, and why."""
    bounds = [0, *(step.frame for step in steps), len(x)]
    parts = list(pairwise(bounds))
    seen = [int((~np.isnan(x[a:b, k, 0])).sum()) for a, b in parts]
    mates = np.flatnonzero((bodies == bodies[k]) & (np.arange(len(bodies)) != k))
    evidence = {
        "its distances agree best with the movement trials": _distances_in(markerset, labels, k, mates, movements),
        "its distances agree best with those of the other side; no movement trial shows this marker": _other_side(
            markerset, labels, x, k, mates
        ),
    }
    for why, expected in evidence.items():
        if not np.isfinite(expected).any():
            continue
        found = [np.linalg.norm(x[a:b, mates] - x[a:b, k, None], axis=-1) for a, b in parts]
        off = [np.abs(_median(d) - expected) for d in found]
        mean = [float(np.nanmean(o)) if np.isfinite(o).any() else np.inf for o in off]
        if np.isfinite(min(mean)):
            return *parts[int(np.argmin(mean))], why
    return *parts[
        int(np.argmax(seen))
    ], "the longest; neither a movement trial nor the other side shows where it belongs"


def _other_side(markerset: MarkerSet, labels: list[str], x: Array, k: int, mates: NDArray[np.int_]) -> Array:
    """Distances on the other side that correspond to those of marker k to others of its body, NaN where there are none."""
    keys = {label: key for key, label in markerset.resolve(labels).items()}
    column = {key: labels.index(label) for label, key in keys.items()}

    def mirrored(i: int) -> int | None:
        side, name = keys[labels[i]]
        return i if markerset.markers[name].midline else column.get((SIDES[1 - SIDES.index(side)], name))

    out = np.full(len(mates), np.nan)
    one = mirrored(k)
    if one is None or one == k:
        return out
    for i, mate in enumerate(mates.tolist()):
        other = mirrored(mate)
        if other is not None and other != one:
            out[i] = _median(np.linalg.norm(x[:, one] - x[:, other], axis=-1)[:, None])[0]
    return out


def _distances_in(
    markerset: MarkerSet, labels: list[str], k: int, mates: NDArray[np.int_], movements: list[Any]
) -> Array:
    """Median distances of marker k to others of its body in the movement trials, NaN where unknown."""
    rows = []
    for trial in movements:
        if not trial.sizes.get("marker"):
            continue
        seen = lengths(markerset, [str(item) for item in trial["marker"].values], trial["marker_position"].values)
        place = {label: i for i, label in enumerate(seen.labels) if label}
        if labels[k] in place:
            rows.append(
                [seen.distance[place[labels[k]], place[labels[m]]] if labels[m] in place else np.nan for m in mates]
            )
    return _median(np.array(rows)) if rows else np.full(len(mates), np.nan)


def _median(x: Array) -> Array:
    """Median over the first axis without NaN, NaN where all are."""
    out = np.full(x.shape[1:], np.nan)
    some = ~np.isnan(x).all(axis=0)
    out[some] = np.nanmedian(x[:, some], axis=0)
    return out


def _moving(x: Array, bodies: NDArray[np.int_], least_m: float) -> list[tuple[int, float]]:
    """Markers that move further than `least_m` against a rigid fit of the others of their body, and how far."""
    out = []
    for k in range(x.shape[1]):
        mates = np.flatnonzero((bodies == bodies[k]) & (np.arange(len(bodies)) != k))
        frames = np.flatnonzero(~np.isnan(x[:, [k, *mates], 0]).any(axis=1)) if len(mates) >= 3 else np.zeros(0, int)
        if len(frames) < 2:
            continue
        fit = fit_pose(x[frames[0], mates], x[np.ix_(frames, mates)])
        if fit.spread[0] < least_m:
            continue
        local = rotate(transpose(fit.rotation), x[frames, k] - fit.origin)
        low, high = np.percentile(local, [5, 95], axis=0)
        distance = float(np.linalg.norm(high - low))
        # one marker that moves carries the fit of the others along: only the one that moves most is named
        if distance > least_m:
            out.append((k, distance))
    worst: dict[int, tuple[int, float]] = {}
    for k, distance in out:
        if distance > worst.get(int(bodies[k]), (0, 0.0))[1]:
            worst[int(bodies[k])] = (k, distance)
    return list(worst.values())
