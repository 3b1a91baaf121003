"""A landmark for every marker of a static trial, with what speaks for it: its label, its place, and how it moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.model.clusters import rigid_groups
from biomech.model.label_geometry import BodyAxes, body_axes
from biomech.model.landmark_names import Reading, model_outputs, read_labels, table
from biomech.model.markerset_parts import ONE_FOR_BOTH
from biomech.model.stander import PLACES

Array = NDArray[np.float64]
_NEAR_M = (
    0.06  # chosen: a place this near to that of an adult stander, who is scaled to the person, suggests the landmark
)
_APART_M = 0.02  # chosen: the second nearest must be so much farther away
_ADULT_PELVIS_M = 0.97  # from the stander's heels to the middle of the pelvis


@dataclass(frozen=True)
class Proposal:
    """What one marker probably is.

    Parameters
    ----------
    label : str
        As in the file.
    side : {"left", "right", ""}
    landmark : str
        Key of `landmark_names.yaml`; empty for a marker that only follows a segment.
    body : str
        The segment; empty where nothing shows it.
    confidence : {"sure", "likely", "guess", "contradicted", "unknown"}
        ``sure``: label and place agree; ``likely``: the label alone, or the marker's movement; ``guess``: the place alone, never
        used without a question; ``contradicted``: label and place disagree; ``unknown``: nothing is known.
    evidence : str
    seen : tuple of str
        ``static``, ``movement`` or both.
    """

    label: str
    side: str
    landmark: str
    body: str
    confidence: str
    evidence: str
    seen: tuple[str, ...]


@dataclass(frozen=True)
class Proposals:
    """Proposals for all markers of the files, and what they rest on."""

    markers: tuple[Proposal, ...]
    prefix: str
    axes: BodyAxes
    groups: tuple[tuple[str, ...], ...]


def propose(
    labels: Sequence[str], position: ArrayLike, movements: Sequence[tuple[Sequence[str], ArrayLike]] = ()
) -> Proposals:
    """Propose a landmark or a segment for every marker.

    Parameters
    ----------
    labels : sequence of str, length m
        Of the static trial.
    position : array (n, m, 3)
        m, any right-handed axes.
    movements : sequence of (labels, array (k, m, 3))
        Movement trials of the same person; without them no cluster is found and nothing is known about which markers stay on.
    """
    x = np.asarray(position, dtype=np.float64)
    moving = list(dict.fromkeys(name for names, _ in movements for name in names))
    everything = list(dict.fromkeys([*labels, *moving]))
    outputs = model_outputs(everything)
    markers = [label for label in everything if label not in outputs]
    prefix, found = read_labels(markers)
    axes = body_axes(labels, x, found)
    groups = rigid_groups([m for m in markers if m in set(moving)], movements) if movements else []
    contradicted = {label: one.message for one in axes.contradictions for label in one.labels}
    place = {label: axes.place[i] for i, label in reversed(list(enumerate(labels))) if np.isfinite(axes.place[i]).all()}
    statics = set(labels)
    out = []
    for label in markers:
        seen = tuple(role for role, there in (("static", label in statics), ("movement", label in moving)) if there)
        reading = found.get(label)
        if reading is None:
            out.append(_unnamed(label, seen, found, groups, place))
        else:
            out.append(_named(label, seen, reading, found, groups, contradicted.get(label, ""), label in place))
    return Proposals(tuple(out), prefix, axes, tuple(groups))


def _body(reading: Reading) -> str:
    return reading.landmark if reading.cluster else str(table()["landmarks"][reading.landmark]["body"])


def _whose(reading: Reading) -> tuple[str, str]:
    """Body and side that a marker moves with; no side for bodies that both sides share."""
    body = _body(reading)
    return body, "" if body in ONE_FOR_BOTH or body == "back" else reading.side


def _named(
    label: str,
    seen: tuple[str, ...],
    reading: Reading,
    found: Mapping[str, Reading],
    groups: Sequence[tuple[str, ...]],
    against: str,
    placed: bool,
) -> Proposal:
    landmark = "" if reading.cluster else reading.landmark
    source = str(table()["protocols"][reading.source]).split(" (")[0].split(",")[0]
    notes = f"named so by {source}"
    confidence = "likely"
    if against:
        confidence, notes = "contradicted", f"{notes}, but {against}"
    elif landmark and placed:
        confidence, notes = "sure", f"{notes}; its place agrees"
    elif not landmark:
        with_it = _companions(label, groups, found)
        if with_it and with_it[0] == _whose(reading):
            confidence, notes = "sure", f"{notes}; it moves with {with_it[1]}"
    body = _body(reading)
    return Proposal(label, reading.side, landmark, "thigh" if body == "knee_device" else body, confidence, notes, seen)


def _unnamed(
    label: str,
    seen: tuple[str, ...],
    found: Mapping[str, Reading],
    groups: Sequence[tuple[str, ...]],
    place: Mapping[str, Array],
) -> Proposal:
    with_it = _companions(label, groups, found)
    (body, side), names = with_it or (("", ""), "")
    moves = f"moves with {names}" if with_it else ""
    guess = nearest_landmark(label, place, found)
    if guess and body in ("", str(table()["landmarks"][guess[1]]["body"])) and side in ("", guess[0]):
        side, landmark, apart = guess
        body = str(table()["landmarks"][landmark]["body"])
        notes = (
            f"lies {apart * 1000:.0f} mm from where a standing person has the {table()['landmarks'][landmark]['title']}"
        )
        return Proposal(label, side, landmark, body, "guess", "; ".join(filter(None, (moves, notes))), seen)
    if with_it:
        return Proposal(label, side, "", body, "likely", moves, seen)
    return Proposal(label, "", "", "", "unknown", "neither label nor place nor movement says what it is", seen)


def _companions(
    label: str, groups: Sequence[tuple[str, ...]], found: Mapping[str, Reading]
) -> tuple[tuple[str, str], str] | None:
    """Body and side of the other markers of a rigid group, and their labels; None if they do not agree."""
    group = next((g for g in groups if label in g), ())
    others = {m: _whose(found[m]) for m in group if m != label and m in found}
    if not others:
        return None
    (most, count), *_ = Counter(others.values()).most_common(1)
    return (most, ", ".join(m for m in others if others[m] == most)) if 2 * count > len(others) else None


def nearest_landmark(
    label: str, place: Mapping[str, Array], found: Mapping[str, Reading]
) -> tuple[str, str, float] | None:
    """Return side, landmark and distance (m) of the landmark that belongs where a marker stands; None if none is near.

    Landmarks that another label already names are left out, so that a guess never replaces what is known.
    """
    heels = [place[m][1] for m, r in found.items() if r.landmark == "heel" and not r.cluster and m in place]
    if label not in place or not heels:
        return None
    scale = -float(np.mean(heels)) / _ADULT_PELVIS_M
    taken = {(r.side, r.landmark) for r in found.values() if not r.cluster}
    candidates = []
    for landmark, entry in table()["landmarks"].items():
        if entry["key"] not in PLACES:
            continue
        at = np.array(PLACES[entry["key"]]) - [0.0, 1.0, 0.0]
        for side, sign in (("", 1.0),) if entry.get("midline") else (("left", -1.0), ("right", 1.0)):
            if (side, landmark) not in taken:
                candidates.append((float(np.linalg.norm(place[label] - scale * at * [1, 1, sign])), side, landmark))
    candidates.sort()
    if (
        not candidates
        or candidates[0][0] > _NEAR_M
        or (len(candidates) > 1 and candidates[1][0] - candidates[0][0] < _APART_M)
    ):
        return None
    apart, side, landmark = candidates[0]
    return side, landmark, apart
