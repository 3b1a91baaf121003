"""Where a person's markers lie: lab axes from the body, and labels that their places contradict."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.model.clusters import distance_spread
from biomech.model.landmark_names import Reading, table

Array = NDArray[np.float64]

Places = Mapping[tuple[str, str], Array]
Labels = Mapping[tuple[str, str], str]
Called = Callable[[tuple[str, str]], str]

_FRAMES = 200
_RAISED = 3  # levels: whoever raises a foot does not raise it above the trochanter for half of a trial
_LOOSE_M = 0.03  # chosen: within a pelvis, shank or foot distances vary by less than 10 mm
_MOST = 0.8
_STILL_M = 0.05  # chosen: markers of a standing person stay within it
_MARGIN_M = 0.02  # chosen: a marker's diameter and its placement; smaller contradictions are not reported
_SURE = 0.8  # cosine: a horizontal direction within 37 degrees of a stored axis
#: Order of heights of a standing person, lowest first: landmarks of one level are not compared with each other.
_LEVELS = (
    ("heel", "first_metatarsal_head", "second_metatarsal_head", "fifth_metatarsal_head", "hallux"),
    ("lateral_malleolus", "medial_malleolus"),
    ("tibial_tuberosity", "fibula_head", "lateral_epicondyle", "medial_epicondyle", "patella"),
    ("greater_trochanter",),
    ("asis", "psis", "sacrum", "iliac_crest"),
    ("xiphoid", "t10", "t8"),
    ("suprasternal_notch", "c7", "acromion", "t2"),
)
_TOES = ("second_metatarsal_head", "first_metatarsal_head", "fifth_metatarsal_head")
#: Pairs of one side of which the first is farther from the midline.
_OUTSIDE = (
    ("lateral_epicondyle", "medial_epicondyle"),
    ("lateral_malleolus", "medial_malleolus"),
    ("fifth_metatarsal_head", "first_metatarsal_head"),
)
#: Pairs of which the first is in front of the second.
_AHEAD = (
    *((toe, "heel") for toe in _TOES), ("asis", "psis"), ("asis", "sacrum"), ("suprasternal_notch", "c7"), ("xiphoid", "t10"),
)  # fmt: skip
_BELOW_PELVIS = {name for level in _LEVELS[:4] for name in level}


@dataclass(frozen=True)
class Contradiction:
    """A label that the places of the markers contradict."""

    labels: tuple[str, ...]
    message: str


@dataclass(frozen=True)
class BodyAxes:
    """Axes of the recording's own coordinates as the person's body shows them.

    Parameters
    ----------
    up, forward : str
        Such as ``+z``; empty where nothing shows it or no stored axis is near.
    still : bool
        Whether the person stands still, so that the order of heights counts.
    evidence : tuple of str
    contradictions : tuple of Contradiction
    place : array (m, 3)
        Median of each marker: forward, up and right from the middle of the pelvis (of all markers without one), m; NaN where unknown.
    """

    up: str
    forward: str
    still: bool
    evidence: tuple[str, ...]
    contradictions: tuple[Contradiction, ...]
    place: Array


def body_axes(labels: Sequence[str], position: ArrayLike, found: Mapping[str, Reading]) -> BodyAxes:
    """Find up and forward from the body, and the labels that contradict it.

    Parameters
    ----------
    labels : sequence of str, length m
    position : array (n, m, 3)
        m, any right-handed axes.
    found : mapping
        Label to its reading (`landmark_names.read_labels`).

    Notes
    -----
    Forward comes from heel to toe and from the back of the pelvis to its front. Neither depends on left and right, so that
    exchanged sides show.
    """
    x = np.asarray(position, dtype=np.float64)
    x = x[np.unique(np.linspace(0, max(len(x) - 1, 0), min(len(x), _FRAMES)).round().astype(int))]
    column = {label: i for i, label in reversed(list(enumerate(labels)))}
    points: dict[tuple[str, str], Array] = {
        (r.side, r.landmark): x[:, column[label]]
        for label, r in found.items()
        if not r.cluster and label in column and np.isfinite(x[:, column[label]]).all(axis=-1).any()
    }
    label_of = {(r.side, r.landmark): label for label, r in found.items() if not r.cluster}
    place = np.full((x.shape[1], 3), np.nan)
    up, told_up = _up(points)
    if up is None:
        return BodyAxes("", "", False, (), (), place)
    forwards = _forwards(points, up)
    evidence = [told_up]
    if not forwards:
        return BodyAxes(_named(up), "", False, tuple(evidence), (), place)
    heading = _unit(_mean([v for _, v in forwards]))
    overall = _unit(_average(heading))
    for what, vector in forwards:
        mean = _unit(_average(vector))
        evidence.append(f"{what}: {_named(mean) or 'oblique'}")
    right = np.cross(heading, up)
    pelvis = [p for (_, name), p in points.items() if name in ("asis", "psis", "sacrum")]
    middle = _mean(pelvis) if pelvis else None
    seen = np.isfinite(x).all(axis=-1).any(axis=0)
    y = x[:, seen]
    still = bool(np.median((np.nanmax(y, axis=0) - np.nanmin(y, axis=0)).max(axis=-1)) < _STILL_M)
    relative = y - (middle if middle is not None else np.nanmean(y, axis=1))[:, None]
    axes = (heading, np.broadcast_to(up, heading.shape), right)
    parts = [np.einsum("nmi,ni->nm", relative, axis) for axis in axes]
    known = np.isfinite(np.stack(parts)).all(axis=0).any(axis=0)
    place[np.flatnonzero(seen)[known]] = np.stack([np.nanmedian(part[:, known], axis=0) for part in parts], axis=-1)
    where = {key: place[column[label_of[key]]] for key in points}
    against = _contradictions(where, label_of, still) + _loose(points, label_of)
    return BodyAxes(_named(up), _named(overall), still, tuple(evidence), tuple(against), place)


def _up(points: Mapping[tuple[str, str], Array]) -> tuple[Array | None, str]:
    """The stored axis along which pelvis or trunk lie over the feet."""
    levels = [[p for (_, name), p in points.items() if name in level] for level in _LEVELS]
    middles = [_mean(level) for level in levels if level]
    if len(middles) < 2:
        return None, ""
    rise = _average(middles[-1] - middles[0])
    axis = int(np.argmax(np.abs(rise)))
    if not np.abs(rise[axis]) > _SURE * np.linalg.norm(rise):
        return None, ""
    up = np.zeros(3)
    up[axis] = np.sign(rise[axis])
    return up, f"lowest to highest landmarks: {_named(up)} ({np.linalg.norm(rise):.2f} m)"


def _forwards(points: Mapping[tuple[str, str], Array], up: Array) -> list[tuple[str, Array]]:
    """Horizontal directions that show forward, one a frame."""
    out = []
    for side in ("left", "right"):
        toe = next((points[side, name] for name in _TOES if (side, name) in points), None)
        if toe is not None and (side, "heel") in points:
            out.append((f"{side} heel to toes", toe - points[side, "heel"]))
    front = [points[key] for key in (("left", "asis"), ("right", "asis")) if key in points]
    back = [p for (_, name), p in points.items() if name in ("psis", "sacrum")]
    if front and back:
        out.append(("back to front of the pelvis", _mean(front) - _mean(back)))
    flat = [(what, _unit(v - (v @ up)[:, None] * up)) for what, v in out]
    return [(what, v) for what, v in flat if np.isfinite(v).all(axis=-1).any()]


def _contradictions(where: Places, label_of: Labels, still: bool) -> list[Contradiction]:
    titles = {key: entry["title"] for key, entry in table()["landmarks"].items()}
    out: list[Contradiction] = []

    def called(key: tuple[str, str]) -> str:
        return f"{label_of[key]} ({' '.join(filter(None, (key[0], titles[key[1]])))})"

    out += _side_contradictions(where, label_of, called)
    for first, second in _AHEAD:
        for side in ("left", "right"):
            a, b = (side, first), next((k for k in ((side, second), ("", second)) if k in where), None)
            a = a if a in where else ("", first)
            if a in where and b is not None and where[a][0] < where[b][0] - _MARGIN_M:
                back = where[b][0] - where[a][0]
                out.append(Contradiction((label_of[a], label_of[b]), f"{called(a)} lies {back * 1000:.0f} mm behind {called(b)}, expected in front of it"))  # fmt: skip
    if still:
        out += _still_contradictions(where, label_of, called)
    out += _height_contradictions(where, label_of, still, called)
    return list(dict.fromkeys(out))


def _loose(points: Mapping[tuple[str, str], Array], label_of: Labels) -> list[Contradiction]:
    """Landmarks that do not keep their distance to most others of the segment that their names say."""
    out = []
    entries = table()["landmarks"]
    for side, body in itertools.product(("left", "right"), ("shank", "foot")):
        keys = [key for key in points if key[0] == side and entries[key[1]]["body"] == body]
        if len(keys) < 3:
            continue
        loose = np.nan_to_num(distance_spread(np.stack([points[key] for key in keys], axis=1))) > _LOOSE_M
        for i, key in enumerate(keys):
            if 2 * loose[i].sum() > len(keys) - 1 and loose[i].sum() > np.median(loose.sum(axis=1)):
                others = tuple(label_of[keys[j]] for j in np.flatnonzero(loose[i]))
                message = f"{label_of[key]} ({side} {entries[key[1]]['title']}) does not move with {', '.join(others)}, which are named as of one {body}"
                out.append(Contradiction((label_of[key], *others), message))
    return out


def _side_contradictions(where: Places, label_of: Labels, called: Called) -> list[Contradiction]:
    paired = [name for side, name in where if side == "left" and ("right", name) in where]
    apart = {name: where["left", name][2] - where["right", name][2] for name in paired}
    wrong = [name for name in paired if apart[name] > _MARGIN_M]
    if len(wrong) > 2 and len(wrong) > _MOST * len(paired):
        labels = tuple(label_of[side, name] for name in wrong for side in ("left", "right"))
        message = f"{len(wrong)} of {len(paired)} pairs of labels have the left one on the person's right, by heel, toes and pelvis: "
        return [Contradiction(labels, f"{message}left and right are exchanged ({', '.join(labels[:6])}, ...)")]
    return [
        Contradiction(
            (label_of["left", name], label_of["right", name]),
            f"{called(('left', name))} lies {apart[name] * 1000:.0f} mm to the right of {called(('right', name))}: the two labels are "
            "exchanged",
        )
        for name in wrong
    ]


def _still_contradictions(where: Places, label_of: Labels, called: Called) -> list[Contradiction]:
    out = []
    for outer, inner in _OUTSIDE:
        for side in ("left", "right"):
            a, b = (side, outer), (side, inner)
            if a in where and b in where and abs(where[a][2]) < abs(where[b][2]) - _MARGIN_M:
                inside = abs(where[b][2]) - abs(where[a][2])
                out.append(
                    Contradiction(
                        (label_of[a], label_of[b]),
                        f"{called(a)} lies {inside * 1000:.0f} mm nearer to the midline than {called(b)}, expected farther from it",
                    )
                )
    return out


def _height_contradictions(where: Places, label_of: Labels, still: bool, called: Called) -> list[Contradiction]:
    """Landmarks above others that belong higher; in movement a foot may be raised as high as the knee."""
    level = {key: i for key in where for i, names in enumerate(_LEVELS) if key[1] in names}
    out = []
    for a, b in itertools.permutations(level, 2):
        apart = level[b] - level[a]
        same_leg = a[0] == b[0] or not (a[1] in _BELOW_PELVIS and b[1] in _BELOW_PELVIS)
        above = where[a][1] - where[b][1]
        if apart >= (1 if still else _RAISED) and same_leg and above > _MARGIN_M:
            out.append(
                Contradiction(
                    (label_of[a], label_of[b]),
                    f"{called(a)} lies {above * 1000:.0f} mm above {called(b)}, expected below it",
                )
            )
    return out


def _named(vector: Array) -> str:
    """The stored axis that a direction follows, empty if none is within 37 degrees."""
    axis = int(np.argmax(np.abs(vector)))
    return f"{'+' if vector[axis] > 0 else '-'}{'xyz'[axis]}" if np.abs(vector[axis]) > _SURE else ""


def _mean(points: Sequence[Array]) -> Array:
    """Mean of those points that are known, frame by frame."""
    stacked = np.stack(points)
    known = np.isfinite(stacked)
    total = np.where(known, stacked, 0).sum(axis=0)
    return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)


def _average(vectors: Array) -> Array:
    """Mean over the frames that have the vector; zeros if none has it."""
    known = vectors[np.isfinite(vectors).all(axis=-1)]
    return np.asarray(known.mean(axis=0) if len(known) else np.zeros(3))


def _unit(vector: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(vector / np.linalg.norm(vector, axis=-1, keepdims=True))
