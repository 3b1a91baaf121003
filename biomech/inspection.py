"""What C3D files hold, in words: rates, labels, the marker sets that fit, the lab's axes by the body, and which may be statics."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

from biomech.config import Lab
from biomech.errors import BiomechError
from biomech.markerset_new import lab_of, stored_axes
from biomech.model.label_geometry import BodyAxes, body_axes
from biomech.model.landmark_names import model_outputs, read_labels
from biomech.model.recognition import Recognised, recognise

_SETS_SHOWN = 5


def describe_c3d(path: Path, study_folder: Path | None = None) -> str:
    """Return a description of a C3D file.

    Rates, labels without model outputs, plates, events, the axes that the body shows against those of the study, whether it may be a
    static trial, and what the file lacks for each marker set, best first.

    Parameters
    ----------
    path : Path
    study_folder : Path, optional
        Its lab axes and ``config/markersets/`` count.
    """
    from biomech.io.recordings import read_recording

    lab = stored_axes(study_folder)
    recording = read_recording(path, lab, needs_markers=False)  # axes as stored: they are what is looked for
    notes = read_recording(path, lab_of(study_folder), needs_markers=False).notes
    outputs = model_outputs(recording.marker_names)
    labels = [label for label in recording.marker_names if label not in outputs]
    n_outputs = len(outputs) + len(recording.outputs.names)
    n_frames = len(recording.time)
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
    if n_outputs:
        lines += _paragraph(f"outputs   {n_outputs} points are results of a model, not markers, and are not counted")
    plates = [f"{plate.number} (type {plate.type})" for plate in recording.plates]
    lines += _paragraph(f"plates    {', '.join(plates) or 'none'}")
    events = [f"{row.side} {row.name} {row.time:.2f} s" for row in recording.events.itertuples(index=False)]
    lines += _paragraph(f"events    {', '.join(events) or 'none'}")
    lines += [f"  {level:<9} {message}" for level, _, _, message in notes]
    if not labels:
        return "\n".join(lines)
    prefix, found = read_labels(recording.marker_names)
    if prefix:
        lines += _paragraph("prefix    the labels begin with a subject's prefix, which does not matter")
    axes = body_axes(recording.marker_names, recording.position, found)
    lines += _axes_lines(axes, study_folder)
    lines += ["", *_set_lines(recognise(recording.marker_names, recording.position, study_folder), path)]
    return "\n".join(lines)


def describe_files(paths: Sequence[Path], study_folder: Path | None = None) -> str:
    """Return the descriptions of several files, of folders with all C3D files below them, and the static candidates among them.

    Raises
    ------
    BiomechError
        A folder holds no C3D file, or the only file cannot be read; of several files those that cannot be read are named.
    """
    files = [file for path in paths for file in (_below(path) if path.is_dir() else [path])]
    if len(files) == 1:
        return describe_c3d(files[0], study_folder)
    parts, statics = [], []
    for file in files:
        try:
            text = describe_c3d(file, study_folder)
        except (BiomechError, OSError) as error:
            parts.append(f"{file}\n  cannot be read: {error}")
            continue
        parts.append(text)
        if _STATIC in text:
            statics.append(str(file))
    notes = ", ".join(statics) or "none: in no file a person stands still with known markers"
    return "\n\n".join([*parts, f"Static candidates: {notes}"])


_STATIC = "  static    may be a static trial"


def _below(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".c3d" and path.is_file())
    if not files:
        raise BiomechError(f"{folder}: expected C3D files in this folder or below it, found none")
    return files


def _axes_lines(axes: BodyAxes, study_folder: Path | None) -> list[str]:
    if not axes.up:
        return _paragraph(
            "axes      the body does not show them: too few markers have names that are known, or nobody stands"
        )
    lines = _paragraph(
        f"axes      up {axes.up}, forward {axes.forward or 'oblique to the axes'}, by {'; '.join(axes.evidence)}"
    )
    config = study_folder / "config" / "config.yaml" if study_folder is not None else None
    if config is not None and config.is_file():
        lab = lab_of(study_folder)
        if lab.axes == "config" and lab.up != axes.up:
            lines += _paragraph(
                f"WRONG     the study says lab.up: {lab.up}, the body stands along {axes.up}: write up: '{axes.up}' under lab in {config}"
            )
        else:
            lines += _paragraph(
                f"          the study's lab.{'axes: screen' if lab.axes == 'screen' else f'up: {lab.up}'} is used"
            )
    elif axes.up != Lab().up:
        lines += _paragraph(
            f"          the default is lab.up: {Lab().up}; write up: '{axes.up}' under lab in config/config.yaml"
        )
    lines += _paragraph(
        f"{_STATIC.strip()}: the markers stay within 5 cm and feet, knees, pelvis lie above one another"
        if axes.still
        else "static    not a static trial: the markers move"
    )
    for one in axes.contradictions:
        lines += _paragraph(f"DOUBT     {one.message}")
    return lines


def _set_lines(fits: Sequence[Recognised], path: Path) -> list[str]:
    lines = ["Marker sets, best first (required labels found; markers of the file used):"]
    for fit in fits[:_SETS_SHOWN]:
        lacks = [f"{label} (here {fit.renamed[label]}?)" if label in fit.renamed else label for label in fit.missing]
        gap = f"lacks {', '.join(lacks)}" if lacks else "fits"
        text = f"{fit.name:<26}{fit.share:>4.0%} as {fit.role:<8}{fit.used:>3} of {fit.markers} used; {gap}"
        lines += textwrap.wrap(text, 110, initial_indent="  ", subsequent_indent=" " * 30)
    if len(fits) > _SETS_SHOWN:
        rest = ", ".join(f"{fit.name} (lacks {len(fit.missing)})" for fit in fits[_SETS_SHOWN:])
        lines += textwrap.wrap(f"further: {rest}", 110, initial_indent="  ", subsequent_indent=" " * 4)
    if fits and not fits[0].missing:
        return [*lines, "", f"In config/config.yaml:  markerset: {fits[0].name}"]
    return [
        *lines,
        "",
        f"None fits without gaps. Write your own:  biomech markerset new my_lab --from {path} --movement WALK.c3d",
    ]


def _paragraph(text: str) -> list[str]:
    return textwrap.wrap(text, 110, initial_indent="  ", subsequent_indent=" " * 12)
