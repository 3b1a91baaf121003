"""The study's own marker sets, built on a standing synthetic person."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from biomech.config import Config
from biomech.errors import StudyError
from biomech.io.sheets import Session, Trial
from biomech.model.frame_checks import CODES as FRAME_CODES
from biomech.model.markersets import MarkerSet, load_markerset, shipped
from biomech.model.session import model_session
from biomech.model.stander import PLACES
from biomech.quality import Quality
from biomech.schema import SIDES

_FRAMES = 60
#: Markers of a knee alignment device stand instead of a lateral knee marker; nobody wears both.
_DEVICE = {"KAX", "KD1", "KD2"}


def own_markersets(folder: Path) -> list[str]:
    """Return the names of the marker sets in ``config/markersets/`` of a study folder."""
    return sorted(path.stem for path in (folder / "config" / "markersets").glob("*.yaml"))


def markerset_faults(folder: Path) -> tuple[list[str], list[str]]:
    """Build every own marker set of a study on a standing synthetic person.

    Parameters
    ----------
    folder : Path
        The study folder.

    Returns
    -------
    faults : list of str
        Faults of the files, and frames that point where no segment of a standing person points.
    notes : list of str
        Markers that the synthetic person does not wear, so that what rests on them could not be tried.
    """
    faults: list[str] = []
    notes: list[str] = []
    for name in own_markersets(folder):
        try:
            markerset = load_markerset(name, folder)
        except StudyError as error:
            faults += error.faults
            continue
        wrong, unknown = try_markerset(markerset)
        faults += [f"marker set {name}: {line}" for line in wrong]
        if unknown:
            notes.append(
                f"marker set {name}: the synthetic person does not wear {', '.join(unknown)}; what rests on them is checked with "
                "the first static trial"
            )
    return faults, notes


def try_markerset(markerset: MarkerSet) -> tuple[list[str], list[str]]:
    """Build one marker set on a standing synthetic person; see `markerset_faults`."""
    places = _places(markerset)
    labels, position = [], []
    for name, place in places.items():
        marker = markerset.markers[name]
        for side in ("right",) if marker.midline else SIDES:
            labels.append(markerset.label_of(side, name))
            position.append(np.array(place) * [1.0, 1.0, 1.0 if side == "right" else -1.0])
    unknown = [name for name in markerset.markers if name not in places and name not in _DEVICE]
    if not labels:
        return [], unknown
    data = xr.Dataset(
        {"marker_position": (("time", "marker", "axis"), np.repeat(np.array(position)[None], _FRAMES, axis=0))},
        coords={"marker": labels, "time": np.arange(_FRAMES) / 100},
        attrs={"rate_hz": 100.0, "file": "the synthetic person", "parameters": "{}"},
    )
    sizes = (("knee_width_m", 0.1), ("ankle_width_m", 0.07), ("leg_length_m", 0.92), ("asis_trochanter_m", 0.07))
    session = Session(
        participant="synthetic", session="1", sex="female", mass_kg=60.0, height_m=1.8,
        trials=(Trial(trial="standing", file="standing.c3d", role="static", task="static"),),
        anthropometry={f"{side}_{name}": size for side in SIDES for name, size in sizes} | {"pelvis_depth_m": 0.16},
    )  # fmt: skip
    quality = Quality("synthetic", "1", "model")
    model_session({"standing": data}, session, markerset, Config(), quality)
    wrong = [row for row in quality.rows if row["code"] in FRAME_CODES]
    # both legs are alike, so what is wrong on one is wrong on both
    right = [row for row in wrong if not row["item"].startswith("left ")]
    return [
        f"on a standing synthetic person, {row['message'].replace('in static trial standing ', '')}; look at the order of the "
        f"points and the axes of `first` and `second` of this segment"
        for row in right or wrong
    ], unknown


def _places(markerset: MarkerSet) -> dict[str, tuple[float, float, float]]:
    """Places of a set's markers: by a label that a shipped set gives to one marker only, else by the marker's name."""
    by_label = _shipped_labels()
    out = {}
    for name, marker in markerset.markers.items():
        if name in _DEVICE:
            continue
        known = [by_label[label.casefold()] for label in marker.labels[:1] if label.casefold() in by_label]
        if known:
            out[name] = known[0]
        elif name in PLACES:
            out[name] = PLACES[name]
    return out


def _shipped_labels() -> dict[str, tuple[float, float, float]]:
    """Labels of the shipped sets to their place; those that mean different places in two sets are left out."""
    found: dict[str, set[tuple[float, float, float]]] = {}
    for name in shipped():
        for marker, spec in load_markerset(name).markers.items():
            for label in spec.labels:
                if marker in PLACES:
                    found.setdefault(label.casefold(), set()).add(PLACES[marker])
    return {label: next(iter(places)) for label, places in found.items() if len(places) == 1}
