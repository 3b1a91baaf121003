"""Marker sets as data: the strict model of their YAML files, and matching of a recording's labels.

A file names markers, landmarks and segment frames once for both sides. Everything in it speaks of a right leg in
the mirrored-right world: ``ASI`` is the ipsilateral marker, ``ASI_opposite`` the one of the other side, z is lateral.
`docs/markersets.md` explains how to write one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ValidationError, model_validator

from biomech.config import did_you_mean
from biomech.errors import StudyError, TrialError
from biomech.geometry.mirror import to_right
from biomech.model.markerset_entries import Entries
from biomech.model.markerset_faults import ReferenceFaults, reference_faults
from biomech.model.markerset_messages import entry_faults
from biomech.model.markerset_parts import OPPOSITE, Axial, Tracking
from biomech.model.markerset_reading import read_text, read_yaml
from biomech.schema import SIDES

Array = NDArray[np.float64]


class MarkerSet(Entries):
    """A marker set; see `load_markerset`."""

    @model_validator(mode="after")
    def _references(self) -> MarkerSet:
        faults = reference_faults(self)
        if faults:
            raise ReferenceFaults(faults)
        return self

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

    def tracking_of_segments(self) -> dict[str, list[Any]]:
        """Return how each segment is followed in movement (``cluster``, ``triad``, ``axial`` or ``direct``) and by how many markers."""
        found = {name: self._tracking(name) for name in self.segments}
        return {
            name: [next(iter(tracking.model_fields_set)), len(self.cluster_of(name))]
            for name, tracking in found.items()
        }

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
        return parse_markerset(read_text(own / f"{name}.yaml", name), name)
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
    values, lines = read_yaml(text, name)
    if values.setdefault("name", name) != name:
        problem = f"the file is named {name}.yaml but says name: {values['name']}"
        raise StudyError([f"marker set {name}, line {lines.line(('name',))}: {problem}"])
    try:
        return MarkerSet.model_validate(values)
    except ValidationError as error:
        raise StudyError([f"marker set {name}, {line}" for line in entry_faults(error, lines)]) from None
    except RecursionError:
        raise StudyError([f"marker set {name}: its entries refer to each other too often; write them out"]) from None
