"""Contents of a C3D file in words, and the marker set that fits its labels."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from biomech.config import Lab
from biomech.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Fit:
    """How well a marker set fits a file.

    Parameters
    ----------
    name : str
        The marker set.
    found : int
        Labels of the file that it uses.
    missing : tuple of str
        Labels that it needs, in a static or a movement trial, and the file lacks; the shorter of both lists.
    role : str
        The kind of trial, ``static`` or ``dynamic``, that `missing` refers to.
    """

    name: str
    found: int
    missing: tuple[str, ...]
    role: str


def describe_c3d(path: Path, study_folder: Path | None = None) -> str:
    """Return a description of a C3D file: rates, labels, plates, events and the marker set that fits best."""
    from biomech.io.recordings import read_recording

    recording = read_recording(path, Lab(), needs_markers=False)
    labels, n_frames = recording.marker_names, len(recording.time)
    lines = [
        f"{path}",
        f"  frames    {n_frames} at {recording.rate_hz:g} Hz ({n_frames / recording.rate_hz:.2f} s), "
        f"first frame {recording.first_frame}",
        *_paragraph(
            f"analog    {len(recording.analog_names)} channels at {recording.analog_rate_hz:g} Hz: "
            + ", ".join(recording.analog_names)
        ),
        *_paragraph(f"markers   {len(labels)}: {', '.join(labels)}"),
    ]
    plates = [f"{plate.number} (type {plate.type})" for plate in recording.plates]
    lines += _paragraph(f"plates    {', '.join(plates) or 'none'}")
    events = [f"{row.side} {row.name} {row.time:.2f} s" for row in recording.events.itertuples(index=False)]
    lines += _paragraph(f"events    {', '.join(events) or 'none'}")
    lines += [f"  {level:<9} {message}" for level, _, _, message in recording.notes]
    if not labels:
        return "\n".join(lines)
    fits = fit_markersets(labels, study_folder)
    lines += ["", "Marker sets, best first:"]
    for fit in fits:
        gap = f"lacks {', '.join(fit.missing[:8])}{', ...' if len(fit.missing) > 8 else ''}" if fit.missing else "fits"
        lines.append(f"  {fit.name:<28}{fit.found:>3} of {len(labels)} labels used; {gap}")
    if fits and not fits[0].missing:
        lines += ["", f"In config/config.yaml:  markerset: {fits[0].name}"]
    else:
        lines += ["", "None fits without gaps: write your own in config/markersets/, beginning from the nearest."]
    return "\n".join(lines)


def fit_markersets(labels: Sequence[str], study_folder: Path | None = None) -> list[Fit]:
    """Return how well every marker set fits the labels of a file, best first.

    Parameters
    ----------
    labels : sequence of str
        Marker labels of one recording.
    study_folder : Path, optional
        Its ``config/markersets/`` are tried as well.
    """
    from biomech.model.markersets import load_markerset, shipped

    own = sorted((study_folder / "config" / "markersets").glob("*.yaml")) if study_folder else []
    fits = []
    for name in dict.fromkeys([*(path.stem for path in own), *shipped()]):
        try:
            markerset = load_markerset(name, study_folder)
        except StudyError:
            continue  # a faulty file of the study: `biomech check` reports it
        lacking = {
            role: tuple(
                dict.fromkeys(label for side in markerset.sides for label in markerset.missing(labels, role, side))
            )
            for role in ("dynamic", "static")
        }
        role = min(lacking, key=lambda r: len(lacking[r]))
        fits.append(Fit(name, len(set(markerset.resolve(labels).values())), lacking[role], role))
    return sorted(fits, key=lambda fit: (len(fit.missing) > 0, -fit.found + len(fit.missing), fit.name))


def _paragraph(text: str) -> list[str]:
    return textwrap.wrap(text, 110, initial_indent="  ", subsequent_indent=" " * 12)
