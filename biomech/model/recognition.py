"""Which marker set a recording was made with, from its labels and where the markers lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from numpy.typing import ArrayLike

from biomech.errors import StudyError
from biomech.model.label_geometry import Contradiction, body_axes
from biomech.model.landmark_names import model_outputs, read_labels, readings
from biomech.model.markerset_parts import LEGS_AND_PELVIS
from biomech.model.markersets import MarkerSet, load_markerset, shipped


@dataclass(frozen=True)
class Recognised:
    """How well one marker set fits a recording.

    Parameters
    ----------
    name : str
        The marker set.
    share : float
        Of the labels that the set requires in a trial of this role, those that the file has, 0 to 1.
    used : int
        Markers of the file that the set uses, in whichever role.
    markers : int
        Markers of the file: model outputs, unlabelled trajectories and axes of segments are not counted.
    missing : tuple of str
        Required labels that the file lacks; none if the set fits.
    renamed : dict
        Missing label to the label of the file that names the same landmark of the same side.
    role : {"static", "dynamic"}
        The role that `share` and `missing` refer to: the one that lacks less.
    prefix : str
        Subject prefix of the file's labels, empty without one.
    evidence : tuple of str
        In sentences: what fits, what is called otherwise, how the body stands, and which labels the places contradict.
    contradictions : tuple of Contradiction
        Labels that geometry contradicts; the same for every set.
    """

    name: str
    share: float
    used: int
    markers: int
    missing: tuple[str, ...]
    renamed: dict[str, str]
    role: str
    prefix: str
    evidence: tuple[str, ...]
    contradictions: tuple[Contradiction, ...]


def recognise(
    labels: Sequence[str], points: ArrayLike | None = None, study_folder: Path | None = None
) -> list[Recognised]:
    """Rank the marker sets by how well they fit a recording, best first.

    Parameters
    ----------
    labels : sequence of str, length m
        Labels of the recording's markers, with or without subject prefix.
    points : array (n, m, 3), optional
        Their positions, m, in any right-handed axes; without them labels alone count and the evidence says so.
    study_folder : Path, optional
        Its ``config/markersets/`` are tried as well.

    Returns
    -------
    list of Recognised
        Sets that lack least against the markers of legs and pelvis that they use come first, sets without a missing label before all
        others; where two are equal, the one that uses more markers in all. A set of which the file has no label is left out.
    """
    outputs = model_outputs(labels)
    prefix, found = read_labels(labels)
    markers = {label.removeprefix(prefix): label for label in reversed(labels) if label not in outputs}
    notes: list[str] = []
    contradictions: tuple[Contradiction, ...] = ()
    if points is None:
        notes.append("labels alone: no positions were given, so that left, right and heights are not confirmed")
    else:
        axes = body_axes(labels, points, found)
        notes += list(axes.evidence)
        contradictions = axes.contradictions
        notes += [f"contradicted: {one.message}" for one in contradictions]
    by_meaning = {(r.side, r.landmark): label for label, r in found.items() if not r.cluster}
    out, order = [], {}
    for name, markerset in known_sets(study_folder).items():
        fit = _fit(markerset, list(markers))
        if not fit[0]:
            continue
        used, legs, role, missing, required = fit
        order[name] = (bool(missing), len(missing) - legs, -used, name)
        renamed = {}
        for label in missing:
            meaning = next((r for r in readings(label) if not r.cluster), None)
            if meaning and (other := by_meaning.get((meaning.side, meaning.landmark))):
                renamed[label] = other
        share = 1 - len(missing) / required if required else 1.0
        evidence = [
            f"{used} of {len(markers)} markers are used; {required - len(missing)} of {required} required labels found"
        ]
        if renamed:
            evidence.append("called otherwise: " + ", ".join(f"{old} is {new}" for old, new in renamed.items()))
        if prefix:
            evidence.append("the labels begin with a subject prefix")
        out.append(Recognised(name, share, used, len(markers), missing, renamed, role, prefix, (*evidence, *notes), contradictions))  # fmt: skip
    return sorted(out, key=lambda one: order[one.name])


def known_sets(study_folder: Path | None = None) -> dict[str, MarkerSet]:
    """Return the marker sets of a study and of the package by name; a faulty file of the study is left out."""
    own = sorted((study_folder / "config" / "markersets").glob("*.yaml")) if study_folder else []
    out = {}
    for name in dict.fromkeys([*(path.stem for path in own), *shipped()]):
        try:
            out[name] = load_markerset(name, study_folder)
        except StudyError:
            continue  # `biomech check` reports it
    return out


def _fit(markerset: MarkerSet, labels: Sequence[str]) -> tuple[int, int, str, tuple[str, ...], int]:
    """Markers used, those of them on legs and pelvis, role, missing labels and the number required of the role that lacks less."""
    found = markerset.resolve(labels)
    legs = {label for (_, name), label in found.items() if markerset.markers[name].body in LEGS_AND_PELVIS}
    required, lacking = {}, {}
    for role in ("dynamic", "static"):
        required[role] = len({label for side in markerset.sides for label in markerset.missing((), role, side)})
        lacking[role] = tuple(
            dict.fromkeys(label for side in markerset.sides for label in markerset.missing(labels, role, side))
        )
    role = min(lacking, key=lambda r: (len(lacking[r]), -required[r]))
    return len(set(found.values())), len(legs), role, lacking[role], required[role]
