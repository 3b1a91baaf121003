"""Wrong samples of a trial's markers: taken out before gaps are filled and the filter spreads them, and reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from biomech.config import Kinematics
from biomech.geometry.mirror import to_right
from biomech.geometry.rigid import fit_pose
from biomech.geometry.rotations import rotate
from biomech.kinematics.tracking import Markers, SideModel, canonical
from biomech.model.markersets import MarkerSet
from biomech.model.outliers import body_numbers
from biomech.quality import Quality
from biomech.schema import SIDES
from biomech.signals.filters import runs
from biomech.signals.outliers import Outliers, Step, find_outliers

Array = NDArray[np.float64]
#: Intervals that a row names one by one.
_NAMED = 4
#: Share of a trial at its begin and end, and frames at least, that are compared; skin moves a marker by less between them: up to
#: 25 mm at the pelvis between standing and the depth of a real landing.
_DRIFT_PART, _DRIFT_FRAMES, _DRIFT_M = 0.1, 5, 0.03
#: The others keep their shape to this share of it.
_DRIFT_REST = 0.25


def remove(
    markers: Markers, models: Mapping[str, SideModel], markerset: MarkerSet, rate_hz: float, config: Kinematics
) -> tuple[Markers, Outliers]:
    """Take out samples that the markers cannot have had, and put exchanged labels right.

    Where a marker jumps and stays, the cluster of the model decides which part is right.

    Parameters
    ----------
    markers : Markers
        As recorded, unfiltered and unfilled.
    models : mapping of side to SideModel
        For the clusters.
    markerset : MarkerSet
    rate_hz : float
    config : Kinematics
        `outlier_step_m` (None leaves everything) and `outlier_longest_s`.

    Returns
    -------
    markers : Markers
    outliers : Outliers
        What was found, for `report`.
    """
    x = markers.position
    if config.outlier_step_m is None:
        return markers, Outliers(x, np.zeros(x.shape[:2], bool), np.zeros(x.shape[1]))
    sides = {canonical(markerset, side, name): (side, name) for side in SIDES for name in markerset.markers}
    bodies = body_numbers(markerset, [sides[name] for name in markers.names])
    found = find_outliers(x, rate_hz, bodies, config.outlier_step_m, config.outlier_longest_s)
    if found.steps:
        found = _settle(found, markers.names, models, markerset, config)
    return replace(markers, position=found.position), found


def noisy(found: Outliers, config: Kinematics) -> list[int]:
    """Return the columns of markers that leave their way in more places than `outlier_places`."""
    if config.outlier_places is None:
        return []
    columns = np.flatnonzero(found.removed.any(axis=0)).tolist()
    return [k for k in columns if len(runs(found.removed[:, k])) > config.outlier_places]


def leave_out_noisy(
    markers: Markers,
    found: Outliers,
    models: Mapping[str, SideModel],
    markerset: MarkerSet,
    config: Kinematics,
    trial: str,
    quality: Quality,
) -> Markers:
    """Leave noisy markers out of a trial, the noisiest first, where three others of each of their clusters are always seen.

    Parameters
    ----------
    markers : Markers
        Without outliers, neither filled nor filtered.
    found : Outliers
        What `remove` took out of them.
    models : mapping of side to SideModel
        For the clusters.
    markerset : MarkerSet
    config : Kinematics
        `outlier_places`, `min_spread_m`.
    trial : str
    quality : Quality
        Gets a row for each marker that is left out.

    Returns
    -------
    Markers
        NaN throughout where a marker is left out.
    """
    x = markers.position
    columns = sorted(noisy(found, config), key=lambda k: -int(found.removed[:, k].sum()))
    for k in columns:
        clusters = list(_clusters(k, markers.names, models, markerset))
        if not clusters or not all(_suffices(x, k, one, config) for one in clusters):
            continue
        x = x.copy()
        x[:, k] = np.nan
        quality.add(
            "warning",
            "noisy_marker_left_out",
            f"leaves its way in {len(runs(found.removed[:, k]))} places of the trial, more than `kinematics.outlier_places` "
            f"({config.outlier_places}): it is noisy and left out of the poses, for which the others of its cluster suffice",
            trial=trial,
            item=markers.names[k],
            action="look at this marker in the capture software; null in `kinematics.outlier_places` keeps it",
            value=float(len(runs(found.removed[:, k]))),
            unit="places",
        )
    return replace(markers, position=x)


def _clusters(
    k: int, names: list[str], models: Mapping[str, SideModel], markerset: MarkerSet
) -> Iterator[tuple[list[int], Array]]:
    """Yield columns and template of the others of each cluster that marker k belongs to."""
    column = {name: i for i, name in enumerate(names)}
    for side, model in models.items():
        for cluster, template in model.templates.values():
            own = [canonical(markerset, side, name) for name in cluster]
            if names[k] in own:
                others = [i for i, name in enumerate(own) if name in column and name != names[k]]
                yield [column[own[i]] for i in others], template[others]


def _suffices(x: Array, k: int, others: tuple[list[int], Array], config: Kinematics) -> bool:
    """Whether three others of a cluster, not on a line, are seen in every frame in which marker k is."""
    columns, template = others
    seen = ~np.isnan(x[:, columns, 0]) & ~np.isnan(x[:, [k], 0])
    here = seen.any(axis=1)
    if len(columns) < 3 or not here.any() or (seen[here].sum(axis=1) < 3).any():
        return False
    patterns = np.unique(seen[here], axis=0)
    return all(fit_pose(template[one], template[one][None]).spread[0] >= config.min_spread_m for one in patterns)


def _settle(
    found: Outliers, names: list[str], models: Mapping[str, SideModel], markerset: MarkerSet, config: Kinematics
) -> Outliers:
    """Decide by the clusters of the static trial which part next to a step is right."""
    x, removed, size = found.position, found.removed.copy(), found.size_m.copy()
    left: list[Step] = []
    for k in sorted({step.marker for step in found.steps}):
        steps = [step for step in found.steps if step.marker == k]
        off = _off_cluster(x, k, names, models, markerset, config)
        bounds = [0, *(step.frame for step in steps), len(x)]
        parts = [slice(a, b) for a, b in pairwise(bounds)]
        known = [part for part in parts if np.isfinite(off[part]).any()]
        level = [float(np.nanmedian(off[part])) if part in known else np.nan for part in parts]
        largest = max(step.size_m for step in steps)
        best = np.nanmin(level) if known else np.nan
        # off by about the step more than the best part: that part lies elsewhere
        wrong = [part for part, value in zip(parts, level, strict=True) if value - best > largest / 2]
        if not wrong:
            left += steps
        for part in wrong:
            here = ~np.isnan(x[part, k, 0])
            removed[part, k] |= here
            size[k] = max(size[k], float(np.nanmax(off[part])))
            x[part, k] = np.nan
    return replace(found, position=x, removed=removed, size_m=size, steps=left)


def _off_cluster(
    x: Array, k: int, names: list[str], models: Mapping[str, SideModel], markerset: MarkerSet, config: Kinematics
) -> Array:
    """Distance of marker k from where the others of its cluster put it, per frame; NaN without three others."""
    column = {name: i for i, name in enumerate(names)}
    for side, model in models.items():
        for cluster, template in sorted(model.templates.values(), key=lambda item: len(item[0])):
            own = [canonical(markerset, side, name) for name in cluster]
            if names[k] not in own or sum(name in column for name in own) < 4:
                continue
            place = own.index(names[k])
            others = [i for i, name in enumerate(own) if name in column and i != place]
            points = to_right(side, x[:, [column[own[i]] for i in others]])
            fit = fit_pose(template[others], points)
            off = np.linalg.norm(to_right(side, x[:, k]) - rotate(fit.rotation, template[place]) - fit.origin, axis=-1)
            off[(fit.residual > config.max_residual_m) | (fit.spread < config.min_spread_m)] = np.nan
            return np.asarray(off)
    return np.full(len(x), np.nan)


def report_drifts(
    markers: Markers,
    models: Mapping[str, SideModel],
    markerset: MarkerSet,
    config: Kinematics,
    trial: str,
    quality: Quality,
) -> None:
    """Name the marker of each cluster that ends a trial elsewhere on its segment than it began: it came loose.

    Parameters
    ----------
    markers : Markers
        Without outliers, neither filled nor filtered.
    models : mapping of side to SideModel
        For the clusters.
    markerset : MarkerSet
    config : Kinematics
    trial : str
    quality : Quality
    """
    x, column = markers.position, {name: i for i, name in enumerate(markers.names)}
    least = max(_DRIFT_FRAMES, int(_DRIFT_PART * len(x)))
    done: set[str] = set()
    for side, model in models.items():
        for cluster, template in model.templates.values():
            own = [canonical(markerset, side, name) for name in cluster]
            there = [i for i, name in enumerate(own) if name in column]
            if len(there) < 4 or {own[i] for i in there} <= done:
                continue
            done |= {own[i] for i in there}
            points = to_right(side, x[:, [column[own[i]] for i in there]])
            seen = np.flatnonzero(np.isfinite(points).all(axis=(1, 2)))
            if len(seen) < 4 * least:
                continue
            ends = points[np.concatenate([seen[:least], seen[-least:]])]
            away, rest = np.zeros(len(there)), np.zeros(len(there))
            for k, i in enumerate(there):
                others = [j for j in range(len(there)) if j != k]
                fit = fit_pose(template[[there[j] for j in others]], ends[:, others])
                # in the axes of the segment, so that a movement of the skin to and fro leaves no trace
                off = np.einsum("nji,nj->ni", fit.rotation, ends[:, k] - fit.origin) - template[i]
                away[k] = np.linalg.norm(np.nanmedian(off[least:], axis=0) - np.nanmedian(off[:least], axis=0))
                rest[k] = float(np.nanmedian(fit.residual[least:]))
            worst = int(np.argmin(rest))
            if away[worst] > _DRIFT_M and rest[worst] < away[worst] * _DRIFT_REST:
                quality.add(
                    "warning",
                    "marker_drifts",
                    f"ends the trial {1000 * away[worst]:.0f} mm from where it began on its segment, by the other markers of its cluster, which "
                    f"keep their shape to {1000 * rest[worst]:.0f} mm: it came loose or is taken for another; the pose of the segment follows it",
                    trial=trial,
                    item=own[there[worst]],
                    action="look at this marker in the recording software and delete it there; the others suffice",
                    value=1000 * float(away[worst]),
                    unit="mm",
                )


def report(
    found: Outliers, repaired: Markers, time: Array, trial: str, role: str, config: Kinematics, quality: Quality
) -> None:
    """Write a row for each marker that lost samples or jumps, and for each pair of exchanged labels.

    Parameters
    ----------
    found : Outliers
    repaired : Markers
        After filling: what is still missing is reported.
    time : ndarray, shape (n,)
        s.
    trial, role : str
        Steps of a static trial are reported by the model, which chooses the part it uses.
    config : Kinematics
    quality : Quality
    """
    names, many = repaired.names, noisy(found, config)
    for k in np.flatnonzero(found.removed.any(axis=0)).tolist():
        intervals = runs(found.removed[:, k])
        count = int(found.removed[:, k].sum())
        gone = np.isnan(repaired.position[:, k, 0])
        left_out = k in many and bool(gone.all())
        open_ = 0 if left_out else int((found.removed[:, k] & gone).sum())
        size = (
            f"up to {1000 * found.size_m[k]:.0f} mm off its way"
            if np.isfinite(found.size_m[k])
            else "none of them right"
        )
        doubtful = k in many and not left_out
        quality.add(
            "warning" if open_ or doubtful else "info",
            "outliers",
            f"{count} samples removed, {size}: {_intervals(intervals, time)}; spike, repeated value or another marker; "
            + (
                f"{open_} of them stay missing"
                if open_
                else "all of the marker is left out"
                if left_out
                else "filled as a gap"
            )
            + (
                "; in so many places (`kinematics.outlier_places`) that the marker is noisy, and what was kept of it is doubtful too"
                if doubtful
                else ""
            ),
            trial=trial,
            item=names[k],
            action="correct the marker there in the capture software" if open_ or doubtful else "",
            value=float(count),
            unit="samples",
        )
    for one, other, start, stop in found.exchanged:
        quality.add(
            "info",
            "labels_exchanged",
            f"{names[one]} and {names[other]} carry each other's label: {_intervals(np.array([[start, stop]]), time)}; "
            "exchanged back there",
            trial=trial,
            item=f"{names[one]}, {names[other]}",
            value=float(stop - start),
            unit="samples",
        )
    for k in sorted({step.marker for step in found.steps}) if role != "static" else []:
        steps = [step for step in found.steps if step.marker == k]
        at = ", ".join(f"{time[step.frame]:.2f} s" for step in steps[:_NAMED]) + (" ..." if len(steps) > _NAMED else "")
        largest = max(step.size_m for step in steps)
        quality.add(
            "warning",
            "marker_jumps",
            f"jumps by {1000 * largest:.0f} mm at {at} and stays there; which place is right cannot be determined, so nothing is "
            "removed",
            trial=trial,
            item=names[k],
            action="look whether the marker was knocked or mislabelled; cut its wrong part in the capture software",
            value=1000 * largest,
            unit="mm",
        )


def _intervals(intervals: NDArray[np.intp], time: Array) -> str:
    """Frames and times of intervals; of many the first ones."""
    text = ", ".join(
        f"frame {a + 1} ({time[a]:.2f} s)"
        if b == a + 1
        else f"frames {a + 1} to {b} ({time[a]:.2f} to {time[b - 1]:.2f} s)"
        for a, b in intervals[:_NAMED].tolist()
    )
    return text + (f" and {len(intervals) - _NAMED} more" if len(intervals) > _NAMED else "")
