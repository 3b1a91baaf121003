"""Classification of C3D points as markers or model outputs, and their labels."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from biomech.c3d.force_plates import Note
from biomech.c3d.raw import RawC3d
from biomech.errors import TrialError

# groups of POINT that name model outputs, the parameter of their unit, and the unit where that is missing
_OUTPUT_GROUPS = {
    "ANGLES": ("ANGLE_UNITS", "deg"),
    "MOMENTS": ("MOMENT_UNITS", "Nmm"),
    "FORCES": ("FORCE_UNITS", "N"),
    "POWERS": ("POWER_UNITS", "W"),
    "SCALARS": ("SCALAR_UNITS", ""),
    "MODELED_MARKERS": ("UNITS", "mm"),
}
_SHARED_LABELS = 3  # two prefixes that share this many labels are two people


@dataclass
class SortedPoints:
    """Indices into the points of the file, and their names without subject prefix, unique."""

    markers: list[str]
    marker_index: list[int]
    outputs: list[str]
    output_index: list[int]
    output_groups: list[str]
    output_units: list[str]


def sort_points(path: Path, raw: RawC3d, relabel: dict[str, str], notes: list[Note]) -> SortedPoints:
    """Separate markers from model outputs and clean their labels.

    Subject prefixes are removed, points without a label left out, a label that comes a second time gets ``_2``.

    Raises
    ------
    TrialError
        ``several_subjects``: the file holds two people; ``relabel_unknown``, ``relabel_double``: the sheet's `relabel`
        does not fit the file.
    """
    n_points = raw.points.shape[1]
    labels = (raw.texts("POINT", "LABELS") + [""] * n_points)[:n_points]
    if n_points and not any(labels):
        labels = [f"point_{i}" for i in range(1, n_points + 1)]
        notes.append(("warning", "no_labels", "", f"no point has a label; they are called point_1 to point_{n_points}"))
    _one_subject(path, labels)
    names = [_strip_prefix(label) for label in labels]
    group_of = _output_groups(raw)

    out = SortedPoints([], [], [], [], [], [])
    for index, (label, name) in enumerate(zip(labels, names, strict=True)):
        if group := (group_of.get(label) or group_of.get(name)):
            out.outputs.append(name)
            out.output_index.append(index)
            out.output_groups.append(group)
            out.output_units.append(_unit_of(raw, group))
        elif name:
            out.markers.append(name)
            out.marker_index.append(index)
    if unlabelled := sum(not name for name in names):
        notes.append(("info", "unlabelled_points", "", f"{unlabelled} points without a label were left out"))
    out.markers = _unique(out.markers, "duplicate_label", "marker", notes)
    out.markers = _relabelled(path, out.markers, relabel)  # last, so that `relabel` can name a numbered one
    out.outputs = _unique(out.outputs, "duplicate_output", "model output", notes)
    return out


def analog_channels(raw: RawC3d, notes: list[Note]) -> tuple[list[str], list[str]]:
    """Return unique names and the stored units of the analog channels."""
    n_channels = len(raw.analog)
    names = (raw.texts("ANALOG", "LABELS") + [""] * n_channels)[:n_channels]
    names = [_strip_prefix(name) or f"channel_{i}" for i, name in enumerate(names, 1)]
    units = (raw.texts("ANALOG", "UNITS") + [""] * n_channels)[:n_channels]
    return _unique(names, "duplicate_channel", "analog channel", notes), units


def shorten(names: Sequence[str], most: int = 8) -> str:
    """Return the names as one string, the rest of a long list as a count."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def _strip_prefix(label: str) -> str:
    return label.rsplit(":", 1)[-1].strip()


def _one_subject(path: Path, labels: list[str]) -> None:
    """Refuse a file with two people; the message does not repeat the prefixes, which are people's names."""
    by_prefix: dict[str, set[str]] = {}
    for label in labels:
        if ":" in label:
            prefix, name = label.rsplit(":", 1)
            by_prefix.setdefault(prefix, set()).add(name.strip())
    sets = list(by_prefix.values())
    shared = max((len(a & b) for i, a in enumerate(sets) for b in sets[:i]), default=0)
    if shared >= _SHARED_LABELS:
        raise TrialError(
            f"{path.name}: expected the markers of one person, found {len(sets)} label prefixes that share {shared} labels",
            code="several_subjects",
            action="export one file for each person",
        )


def _output_groups(raw: RawC3d) -> dict[str, str]:
    """Return label -> group for every label that a POINT group names as a model output."""
    groups = list(_OUTPUT_GROUPS) + [
        name for name in raw.texts("POINT", "TYPE_GROUPS")[::2] if name not in _OUTPUT_GROUPS
    ]
    found: dict[str, str] = {}
    for group in groups:
        for label in raw.texts("POINT", group):
            if label:
                found.setdefault(label, group)
                found.setdefault(_strip_prefix(label), group)
    return found


def _unit_of(raw: RawC3d, group: str) -> str:
    parameter, default = _OUTPUT_GROUPS.get(group, (f"{group.removesuffix('S')}_UNITS", ""))
    stored = raw.texts("POINT", parameter)
    return stored[0] if stored and stored[0] else default


def _relabelled(path: Path, names: list[str], relabel: dict[str, str]) -> list[str]:
    for old in relabel:
        if old not in names:
            near = difflib.get_close_matches(old, names, n=3, cutoff=0.5)
            raise TrialError(
                f"{path.name}: relabel names the marker {old!r}, which is not in the file"
                + (f"; nearest labels: {', '.join(near)}" if near else ""),
                code="relabel_unknown",
                action="correct the `relabel` cell of trials.tsv",
            )
    new = [relabel.get(name, name) for name in names]
    before, after = Counter(names), Counter(new)
    double = sorted({name for name in relabel.values() if after[name] > max(before[name], 1)})
    if double:
        raise TrialError(
            f"{path.name}: after relabel two markers are called {', '.join(double)}",
            code="relabel_double",
            action="rename the other one as well (for a swap give both: A=B;B=A)",
        )
    return new


def _unique(names: list[str], code: str, what: str, notes: list[Note]) -> list[str]:
    """Give the second and later of equal names a number; the first keeps its name."""
    taken, seen, renamed = set(names), Counter[str](), []
    out = []
    for name in names:
        seen[name] += 1
        new = name
        if seen[name] > 1:
            number = seen[name]
            while (new := f"{name}_{number}") in taken:
                number += 1
            taken.add(new)
            renamed.append(new)
        out.append(new)
    if renamed:
        text = f"{len(renamed)} {what}s have the name of an earlier one and were numbered"
        notes.append(("warning", code, shorten(renamed), text))
    return out
