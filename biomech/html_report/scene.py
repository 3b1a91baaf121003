"""What the scene in three dimensions shows of a trial, in lab axes (X forward, Y up, Z right): points, lines, plates, forces, angles."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.html_report.packed import packed, quantised
from biomech.report.panels import task_title
from biomech.report.stick_figure import Scene
from biomech.schema import SIDES
from biomech.tasks import TASKS

Array = NDArray[np.float64]

#: Argument of `biomech.html_report.session.SessionMaterial` -> stage and the variables that a scene is made from.
SHOWN: dict[str, tuple[str, tuple[str, ...]]] = {
    "raw": ("ingest", ("plate_corner",)),
    "kinematics": (
        "kinematics",
        ("marker_clean", "rotation", "origin", "joint_centre", "landmark_position", "progression", "angle"),
    ),
    "kinetics": ("kinetics", ("contact", "ground_reaction", "centre_of_pressure")),
}
RATE_HZ = 50.0  # frames a second that a page holds; faster recordings are thinned out
FORCE_SCALE_M_PER_N = 0.001
AXIS_LENGTH_M = 0.12
_MM = 0.0005  # resolution of places, m: half a millimetre, up to 16 m from the origin
_UNIT = 1e-4  # of directions
_CENTI = 0.01  # of angles, degrees
_LOADED_N = 20.0  # a smaller force has no place on the plate that is worth an arrow

#: The angles that are read live: quantity and its words.
LIVE: tuple[tuple[str, str], ...] = (
    ("fppa", "frontal plane projection angle"),
    ("knee_abduction", "knee abduction"),
    ("hip_adduction", "hip adduction"),
    ("contralateral_pelvic_drop", "pelvic drop"),
    ("rearfoot_eversion", "rearfoot eversion"),
    ("knee_flexion", "knee flexion"),
)
_CENTRES = ("hip", "knee", "ankle")
_LANDMARKS = (
    *("asis", "psis", "heel", "toe", "second_metatarsal_head", "first_metatarsal_head", "fifth_metatarsal_head"),
    *("medial_epicondyle", "lateral_epicondyle", "medial_malleolus", "lateral_malleolus", "c7", "suprasternal_notch"),
)
_FOOT = ("ankle", "heel", ("second_metatarsal_head", "toe"), "ankle")
#: Polylines of one leg; of several names the first that the trial has. A line with fewer than two points is left out.
_LEG: tuple[tuple[str | tuple[str, ...], ...], ...] = (
    ("hip", "knee", "ankle"),
    ("medial_epicondyle", "lateral_epicondyle"),
    ("medial_malleolus", "lateral_malleolus"),
    _FOOT,
    ("heel", "fifth_metatarsal_head", ("second_metatarsal_head", "toe"), "first_metatarsal_head", "heel"),
)


def frames_of(time: Array, rate_hz: float = RATE_HZ) -> NDArray[np.intp]:
    """Return the frames that a page holds: those nearest to `rate_hz` a second, all of them where there are fewer.

    Parameters
    ----------
    time : (n,) array
        Seconds, ascending.
    rate_hz : float
    """
    if len(time) < 2:
        return np.arange(len(time))
    step = 1.0 / rate_hz
    if time[1] - time[0] >= step:
        return np.arange(len(time))
    wanted = np.arange(time[0], time[-1] + 1e-9, step)
    return np.unique(np.searchsorted(time, wanted - 1e-9).clip(0, len(time) - 1))


def trial_scene(
    name: str, kinematics: xr.Dataset, kinetics: xr.Dataset | None = None, raw: xr.Dataset | None = None
) -> dict[str, Any] | None:
    """Return one trial for the page; None where it has no frame.

    Parameters
    ----------
    name : str
        Of the trial.
    kinematics : xr.Dataset
        Stage ``kinematics`` of one trial.
    kinetics : xr.Dataset, optional
        Stage ``kinetics``: the forces of contacts that are whole on a plate. Without it there are no arrows.
    raw : xr.Dataset, optional
        Stage ``ingest``, for the corners of the plates.
    """
    time = kinematics["time"].to_numpy() if "time" in kinematics.coords else np.zeros(0)
    keep = frames_of(time)
    if not len(keep):
        return None
    data = kinematics.isel(time=keep)
    points = _points(data)
    task = str(kinematics.attrs.get("task", ""))
    contact = _contact(kinetics, keep, len(time))
    return {
        "name": name,
        "task": task_title(task) if task else "",
        "stride": bool(task in TASKS and TASKS[task].cycle == "stride"),
        "time": packed(time[keep]),
        "points": [{"side": side, "name": what} for side, what in points],
        "place": quantised(_stack(list(points.values()), len(keep)), _MM),
        "sticks": _sticks(list(points)),
        "markers": _markers(data),
        "axes": _axes(data),
        "root": quantised(_root(data, points), _MM),
        "ahead": _ahead(data),
        "plates": _plates(raw),
        "forces": _forces(kinetics, keep, len(time)),
        "live": _live(data, contact),
    }


def drawn_scene(drawn: Scene) -> dict[str, Any]:
    """Return a recording without a model (`biomech.report.stick_figure.scene`) for the page."""
    n = len(drawn.dots)
    keep = frames_of(np.arange(n) / drawn.rate_hz)
    points: list[Array] = []
    sticks = []
    for side, line in drawn.sticks:
        first = len(points)
        points += [line[keep, k] for k in range(line.shape[1])]
        sticks.append({"side": side, "points": list(range(first, len(points)))})
    seen = np.isfinite(drawn.dots[keep]).all(axis=2, keepdims=True)
    total = np.where(seen, drawn.dots[keep], 0.0).sum(axis=1)
    count = seen.sum(axis=1)
    root = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    forces = [{"side": "both", "line": quantised(line[keep].reshape(-1, 6), _MM)} for line in drawn.forces]
    return {
        "name": drawn.title,
        "task": "",
        "stride": False,
        "time": packed(keep / drawn.rate_hz),
        "points": [{"side": "both", "name": ""} for _ in points],
        "place": quantised(_stack(points, len(keep)), _MM),
        "sticks": sticks,
        "markers": {
            "labels": list(drawn.labels),
            "place": quantised(drawn.dots[keep], _MM),
        },
        "axes": {"names": [], "origin": quantised(np.zeros((len(keep), 0, 3)), _MM), "turn": None},
        "root": quantised(root, _MM),
        "ahead": [float(value) for value in np.round(drawn.ahead, 4)],
        "plates": [np.round(corners, 4).tolist() for corners in drawn.plates if np.isfinite(corners).all()],
        "forces": forces,
        "live": {"names": [], "sides": {}},
    }


def _stack(points: list[Array], n: int) -> Array:
    return np.stack(points, axis=1) if points else np.zeros((n, 0, 3))


def _points(data: xr.Dataset) -> dict[tuple[str, str], Array]:
    """Return joint centres and landmarks that the trial has, by side and name."""
    out: dict[tuple[str, str], Array] = {}
    for variable, dim, names in (("joint_centre", "joint", _CENTRES), ("landmark_position", "landmark", _LANDMARKS)):
        if variable not in data:
            continue
        known = data[dim].to_numpy().tolist()
        for side in data["side"].to_numpy().tolist():
            for name in names:
                if name in known and (side, name) not in out:
                    place = data[variable].sel({"side": side, dim: name}).transpose("time", "axis").to_numpy()
                    if np.isfinite(place).any():
                        out[side, name] = place
    return out


def _sticks(keys: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the polylines as places in the list of points."""
    at = {key: place for place, key in enumerate(keys)}

    def line(of: str, names: list[tuple[str, str | tuple[str, ...]]]) -> dict[str, Any] | None:
        found = []
        for side, name in names:
            options = (name,) if isinstance(name, str) else name
            place = next((at[side, option] for option in options if (side, option) in at), None)
            found += [] if place is None else [place]
        return {"side": of, "points": found} if len(set(found)) > 1 else None

    lines = [line(side, [(side, name) for name in names]) for side in SIDES for names in _LEG]
    ring = [("right", "asis"), ("left", "asis"), ("left", "psis"), ("right", "psis"), ("right", "asis")]
    lines.append(line("both", [(side, name) for side, name in ring]))
    lines += [line(side, [(side, "asis"), (side, "hip"), (side, "psis")]) for side in SIDES]
    lines.append(line("both", [("right", "c7"), ("right", "suprasternal_notch")]))
    return [one for one in lines if one]


def _markers(data: xr.Dataset) -> dict[str, Any]:
    if "marker_clean" not in data:
        return {"labels": [], "place": quantised(np.zeros((data.sizes["time"], 0, 3)), _MM)}
    place = data["marker_clean"].transpose("time", "marker", "axis").to_numpy()
    return {"labels": [str(label) for label in data["marker"].to_numpy()], "place": quantised(place, _MM)}


def _axes(data: xr.Dataset) -> dict[str, Any]:
    """Return origin and axes of every segment that has a pose."""
    empty: dict[str, Any] = {"names": [], "origin": quantised(np.zeros((data.sizes["time"], 0, 3)), _MM), "turn": None}
    if "rotation" not in data or "origin" not in data:
        return empty
    names, origins, turns = [], [], []
    for side in data["side"].to_numpy().tolist():
        for segment in data["segment"].to_numpy().tolist():
            if side == "left" and segment in ("pelvis", "trunk"):
                continue  # one of each: those of the right side are the same
            where = {"side": side, "segment": segment}
            turn = data["rotation"].sel(where).transpose("time", "row", "column").to_numpy()
            origin = data["origin"].sel(where).transpose("time", "axis").to_numpy()
            if np.isfinite(turn).any() and np.isfinite(origin).any():
                names.append(f"{side} {segment}".replace("_", " "))
                origins.append(origin)
                turns.append(turn.reshape(len(turn), 9))
    if not names:
        return empty
    return {
        "names": names,
        "origin": quantised(np.stack(origins, axis=1), _MM),
        "turn": quantised(np.stack(turns, axis=1), _UNIT),
    }


def _root(data: xr.Dataset, points: dict[tuple[str, str], Array]) -> Array:
    """Return what the view follows: the middle of the hips, or of the pelvis's front; NaN where unknown."""
    for name in ("hip", "asis"):
        found = [points[side, name] for side in SIDES if (side, name) in points]
        if found:
            return np.mean(found, axis=0)
    return np.full((data.sizes["time"], 3), np.nan)


def _ahead(data: xr.Dataset) -> list[float]:
    """Return the mean direction of progression, horizontal; lab X where it is not known."""
    if "progression" in data:
        found = data["progression"].transpose("time", "axis").to_numpy()
        found = found[np.isfinite(found).all(axis=1)]
        mean = found.mean(axis=0) if len(found) else np.zeros(3)
        length = float(np.hypot(mean[0], mean[2]))
        if length > 0:
            return [float(np.round(mean[0] / length, 4)), 0.0, float(np.round(mean[2] / length, 4))]
    return [1.0, 0.0, 0.0]


def _plates(raw: xr.Dataset | None) -> list[list[list[float]]]:
    if raw is None or "plate_corner" not in raw:
        return []
    corners = raw["plate_corner"].transpose("plate", "corner", "axis").to_numpy()
    return [np.round(one, 4).tolist() for one in corners if np.isfinite(one).all()]


def _contact(kinetics: xr.Dataset | None, keep: NDArray[np.intp], n: int) -> dict[str, Array] | None:
    """Return the contact of each side at the frames that are kept; None where no foot is known to stand in any frame."""
    if kinetics is None or "contact" not in kinetics or kinetics.sizes.get("time") != n:
        return None
    sides = kinetics["side"].to_numpy().tolist()
    found = {side: kinetics["contact"].sel(side=side).to_numpy()[keep] for side in sides}
    return found if any((values > 0).any() for values in found.values()) else None


def _forces(kinetics: xr.Dataset | None, keep: NDArray[np.intp], n: int) -> list[dict[str, Any]]:
    """Return force lines (start, tip) of both feet, NaN where the foot has no force of its own."""
    needed = {"ground_reaction", "centre_of_pressure"}
    if kinetics is None or not needed <= set(kinetics.data_vars) or kinetics.sizes.get("time") != n:
        return []
    out = []
    for side in kinetics["side"].to_numpy().tolist():
        force, start = (
            kinetics[name].sel(side=side).transpose("time", "axis").to_numpy()[keep]
            for name in ("ground_reaction", "centre_of_pressure")
        )
        loaded = np.linalg.norm(np.nan_to_num(force), axis=1, keepdims=True) >= _LOADED_N
        line = np.where(loaded, np.hstack([start, start + FORCE_SCALE_M_PER_N * force]), np.nan)
        if np.isfinite(line).any():
            out.append({"side": side, "line": quantised(line, _MM)})
    return out


def _live(data: xr.Dataset, contact: dict[str, Array] | None) -> dict[str, Any]:
    """Return the angles that are read live; the projection only while the foot stands: of a lifted leg it means nothing."""
    known = data["quantity"].to_numpy().tolist() if "angle" in data else []
    names = [(name, words) for name, words in LIVE if name in known]
    sides = {}
    for side in data["side"].to_numpy().tolist() if names else []:
        rows = []
        for name, _ in names:
            values = data["angle"].sel(side=side, quantity=name).to_numpy()
            if name == "fppa" and contact is not None and side in contact:
                values = np.where(contact[side] > 0, values, np.nan)
            rows.append(values)
        sides[side] = quantised(np.stack(rows, axis=1), _CENTI)
    return {"names": [{"name": name, "words": words} for name, words in names], "sides": sides}
