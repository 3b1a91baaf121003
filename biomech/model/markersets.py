"""Marker sets as data: the strict model of their YAML files, and how labels of a recording match them.

A file names markers, landmarks and segment frames once for both sides. Everything in it speaks of a right leg in
the mirrored-right world: ``ASI`` is the ipsilateral marker, ``ASI_opposite`` the one of the other side, z is lateral.
`docs/markersets.md` explains how to write one.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Literal

import numpy as np
import yaml
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, ValidationError, model_validator

from biomech.config import did_you_mean
from biomech.errors import StudyError, TrialError
from biomech.geometry.mirror import to_right
from biomech.model.axial_tracking import axial_faults
from biomech.model.markerset_parts import (
    LANDMARKS,
    OPPOSITE,
    PARAMETERS,
    Axial,
    Between,
    Chord,
    Frame,
    Marker,
    Offset,
    OnLine,
    OnPlane,
    Op,
    PlaneFit,
    Segment,
    Strict,
    Tracking,
)
from biomech.schema import SEGMENTS, SIDES

Array = NDArray[np.float64]


class MarkerSet(Strict):
    """A marker set; see `load_markerset`."""

    name: str
    title: str
    sources: tuple[str, ...] = ()
    hip_centre: str = Field(description="Hip centre method that belongs to this model.")
    hip_offset: Literal["marker", "none"] = Field(
        "marker", description="`marker`: the ASIS points are marker centres, so regressions shift back by the radius."
    )
    calibration: Literal["anatomical", "conventional"] = Field(
        "anatomical",
        description="`conventional` also finds wand rotations and foot offsets of the conventional gait model.",
    )
    sides: dict[str, str] = Field(default={"left": "L", "right": "R"}, description="What stands for {s} on each side.")
    markers: dict[str, Marker]
    landmarks: dict[str, Op | tuple[Op, ...]] = Field(default_factory=dict)
    segments: dict[str, Segment]

    @model_validator(mode="after")
    def _references(self) -> MarkerSet:
        faults = _reference_faults(self)
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def alternatives(self, landmark: str) -> tuple[Op, ...]:
        """Return the ops of a landmark, in order of preference."""
        ops = self.landmarks[landmark]
        return (ops,) if isinstance(ops, Op) else ops

    def cluster_of(self, segment: str) -> tuple[str, ...]:
        """Return the markers that track a segment (those of its parent if `fixed_to`); empty if it is direct."""
        tracking = self._tracking(segment)
        return tracking.cluster or tracking.triad or ((tracking.axial.marker,) if tracking.axial else ())

    def is_direct(self, segment: str) -> bool:
        """Whether the segment's frame is rebuilt from markers in every frame."""
        return bool(self._tracking(segment).direct)

    def is_triad(self, segment: str) -> bool:
        """Whether the segment follows a technical frame through three markers in turn, not their least-squares fit."""
        return self._tracking(segment).triad is not None

    def axial_of(self, segment: str) -> Axial | None:
        """Return the joint centres and the marker that a segment follows; None if it follows anything else."""
        return self._tracking(segment).axial

    def _tracking(self, segment: str) -> Tracking:
        tracking = self.segments[segment].tracking
        return self._tracking(tracking.fixed_to) if tracking.fixed_to else tracking

    def with_rearfoot(self, variant: str) -> MarkerSet:
        """Return the set with another definition of the rearfoot; the set itself for ``markerset``.

        Raises
        ------
        TrialError
            If the set does not define that variant.
        """
        if variant == "markerset":
            return self
        rearfoot = self.segments.get("rearfoot")
        known = rearfoot.variants if rearfoot else {}
        if rearfoot is None or variant not in known:
            raise TrialError(
                f"marker set {self.name} defines no rearfoot {variant!r}; it has: {', '.join(known) or 'none'}",
                code="unknown_rearfoot",
                action="choose another `subject.rearfoot`, or add the variant to the marker set",
            )
        chosen = rearfoot.model_copy(update={"frames": (known[variant],)})
        return self.model_copy(update={"segments": {**self.segments, "rearfoot": chosen}})

    @cached_property
    def _patterns(self) -> dict[tuple[str, str], list[str]]:
        return {
            (side, name): [label.replace("{s}", self.sides[side]) for label in marker.labels]
            for side in SIDES
            for name, marker in self.markers.items()
        }

    def label_of(self, side: str, name: str) -> str:
        """Return the first label that the file could carry for a marker."""
        return self._patterns[side, name][0]

    def resolve(self, labels: Iterable[str]) -> dict[tuple[str, str], str]:
        """Match the labels of a file with the markers.

        Parameters
        ----------
        labels : iterable of str
            Marker labels of one recording.

        Returns
        -------
        dict
            ``(side, name) -> label`` for every marker found; midline markers appear under both sides. Exact labels
            win; labels that differ in upper and lower case only are taken when no exact one is there.
        """
        exact = list(labels)
        folded = {label.casefold(): label for label in reversed(exact)}
        known = set(exact)
        found: dict[tuple[str, str], str] = {}
        for key, patterns in self._patterns.items():
            for match in (lambda p: p if p in known else None, lambda p: folded.get(p.casefold())):
                hit = next((m for m in map(match, patterns) if m is not None), None)
                if hit is not None:
                    found[key] = hit
                    break
        return found

    def side_points(self, labels: Iterable[str], position: ArrayLike, side: str) -> dict[str, Array]:
        """Return the marker positions of one side in the mirrored-right world.

        Parameters
        ----------
        labels : iterable of str, length m
        position : array (n, m, 3)
            Marker positions, m, lab axes.
        side : {"left", "right"}

        Returns
        -------
        dict
            Marker name to array (n, 3). The other side's markers are there as ``<name>_opposite``; markers that the
            recording lacks or never sees are left out.
        """
        names = list(labels)
        column = {label: i for i, label in reversed(list(enumerate(names)))}
        values = np.asarray(position, dtype=np.float64)
        points: dict[str, Array] = {}
        for (owner, name), label in self.resolve(names).items():
            value = values[:, column[label]]
            if not np.isfinite(value).all(axis=-1).any():
                continue
            if owner == side:
                points[name] = to_right(side, value)
            elif not self.markers[name].midline:
                points[name + OPPOSITE] = to_right(side, value)
        return points

    def missing(self, labels: Iterable[str], role: str, side: str) -> list[str]:
        """Return the labels of required markers that a recording of this role lacks on one side."""
        found = self.resolve(labels)
        wanted = ("always", "static" if role == "static" else "dynamic")
        return [
            self.label_of(side, name)
            for name, marker in self.markers.items()
            if marker.required in wanted and (side, name) not in found
        ]


def nearest_labels(label: str, labels: Iterable[str]) -> list[str]:
    """Return up to three labels of a file that look like `label`, best first."""
    known = list(labels)
    folded = {k.casefold(): k for k in reversed(known)}
    return [folded[near] for near in difflib.get_close_matches(label.casefold(), folded, n=3, cutoff=0.5)]


def shipped() -> list[str]:
    """Return the names of the marker sets that come with the package."""
    folder = resources.files("biomech.model") / "markersets"
    return sorted(item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml"))


def load_markerset(name: str, study_folder: Path | None = None) -> MarkerSet:
    """Load and check a marker set.

    Parameters
    ----------
    name : str
        File name without ``.yaml``.
    study_folder : Path, optional
        Its ``config/markersets/`` is looked at before the sets of the package.

    Raises
    ------
    StudyError
        The set is unknown (with the nearest name), or its file has faults (all of them).
    """
    own = study_folder / "config" / "markersets" if study_folder is not None else None
    if own is not None and (own / f"{name}.yaml").is_file():
        return parse_markerset((own / f"{name}.yaml").read_text(encoding="utf-8"), name)
    if name not in shipped():
        known = [*shipped(), *(sorted(p.stem for p in own.glob("*.yaml")) if own is not None and own.is_dir() else [])]
        raise StudyError([f"marker set {name!r} is unknown{did_you_mean(name, known)}; known: {', '.join(known)}"])
    text = (resources.files("biomech.model") / "markersets" / f"{name}.yaml").read_text(encoding="utf-8")
    return parse_markerset(text, name)


def parse_markerset(text: str, name: str) -> MarkerSet:
    """Check the text of a marker set file.

    Raises
    ------
    StudyError
        With every fault of the file: unknown keys with the nearest known one, unknown points, circular definitions.
    """
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise StudyError([f"marker set {name}: not valid YAML: {' '.join(str(error).split())}"]) from None
    if not isinstance(values, dict):
        raise StudyError([f"marker set {name}: expected a mapping, found {type(values).__name__}"])
    if values.setdefault("name", name) != name:
        raise StudyError([f"marker set {name}: the file is named {name}.yaml but says name: {values['name']}"])
    try:
        return MarkerSet.model_validate(values)
    except ValidationError as error:
        raise StudyError([f"marker set {name}: {line}" for line in _lines(error)]) from None


def _lines(error: ValidationError) -> list[str]:
    known = {
        key
        for model in (
            MarkerSet,
            Marker,
            Op,
            Between,
            Offset,
            OnPlane,
            OnLine,
            Chord,
            Frame,
            Axial,
            Tracking,
            Segment,
            PlaneFit,
        )
        for key in model.model_fields
    }
    lines: dict[str, None] = {}
    for item in error.errors():
        # a union reports each of its members; their class names in the path are of no use to the reader
        where = ".".join(
            str(p) for p in item["loc"] if not re.match(r"^(Op|Normal|PlaneFit|tuple|str|function)\b", str(p))
        )
        if item["type"] == "extra_forbidden":
            lines[f"unknown key `{where}`{did_you_mean(str(item['loc'][-1]), known)}"] = None
        else:
            lines[
                f"`{where}`: {item['msg'].removeprefix('Value error, ')}"
                if where
                else item["msg"].removeprefix("Value error, ")
            ] = None
    unknown = [line for line in lines if line.startswith("unknown key")]
    return unknown or list(lines)


def _reference_faults(markerset: MarkerSet) -> list[str]:
    """Faults that single fields cannot show: names that do not exist, circles, misplaced words."""
    faults: list[str] = []
    segments = markerset.segments
    points = {*markerset.markers, *markerset.landmarks}
    double = set(markerset.markers) & set(markerset.landmarks)
    faults += [f"{name!r} is both a marker and a landmark" for name in sorted(double)]
    if set(markerset.sides) != set(SIDES):
        faults.append(f"`sides` must name {' and '.join(SIDES)}, found {', '.join(markerset.sides)}")
        return faults
    axes = {f"{s}.{a}" for s in (*segments, "lab") for a in ("x", "y", "z")}
    origins = {f"{s}.origin" for s in segments}
    opposite = {name + OPPOSITE for name, marker in markerset.markers.items() if not marker.midline}
    known = {*points, *axes, *origins, *opposite}

    def check(where: str, names: list[str], parameters: list[str]) -> None:
        faults.extend(f"{where}: unknown point {n!r}{did_you_mean(n, known)}" for n in names if n not in known)
        faults.extend(
            f"{where}: unknown parameter {p!r}{did_you_mean(p, PARAMETERS)}" for p in parameters if p not in PARAMETERS
        )

    needs: dict[str, set[str]] = {}
    for name in markerset.landmarks:
        for op in markerset.alternatives(name):
            check(f"landmarks.{name}", op.names(), op.parameters())
            needs.setdefault(name, set()).update(_nodes(op.names()))
    for name, segment in segments.items():
        if name not in SEGMENTS:
            faults.append(
                f"segments: unknown segment {name!r}{did_you_mean(name, SEGMENTS)}; known: {', '.join(SEGMENTS)}"
            )
        for frame in (*segment.frames, *segment.variants.values()):
            check(f"segments.{name}", frame.names(), frame.parameters())
            needs.setdefault(f"{name}.", set()).update(_nodes([n for n in frame.names() if n != f"{name}.origin"]))
        check(
            f"segments.{name}.tracking",
            [
                m
                for m in segment.tracking.cluster or segment.tracking.triad or ()
                if m not in (*markerset.markers, *opposite)
            ],
            [],
        )
        if segment.tracking.fixed_to and segment.tracking.fixed_to not in segments:
            faults.append(f"segments.{name}: fixed_to unknown segment {segment.tracking.fixed_to!r}")
        for landmark, point in segment.landmarks.items():
            if landmark not in LANDMARKS:
                faults.append(f"segments.{name}: unknown landmark {landmark!r}{did_you_mean(landmark, LANDMARKS)}")
            check(f"segments.{name}.landmarks", [point], [])
    if "foot" in segments:
        faults += [
            f"segments.foot.landmarks lacks {m!r}" for m in ("heel", "toe") if m not in segments["foot"].landmarks
        ]
    faults += axial_faults(segments, markerset.markers)
    return faults or _circles(needs)


def _nodes(names: list[str]) -> set[str]:
    return {n.rsplit(".", 1)[0] + "." if "." in n else n for n in names}


def _circles(needs: dict[str, set[str]]) -> list[str]:
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> list[str]:
        if name in path:
            return [f"circular definition: {' -> '.join(n.rstrip('.') for n in (*path[path.index(name) :], name))}"]
        if name in done:
            return []
        faults = [fault for other in sorted(needs.get(name, ())) for fault in visit(other, (*path, name))]
        done.add(name)
        return faults

    return [fault for name in needs for fault in visit(name, ())][:1]
