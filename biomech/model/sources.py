"""Selection among several sources of a subject parameter, and report of disagreements."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import NamedTuple

import numpy as np

from biomech.config import Subject
from biomech.model.markerset_parts import PARAMETERS
from biomech.model.parameters import COLUMNS, Parameters
from biomech.quality import Quality
from biomech.schema import SIDES

#: Sources that know a parameter on their own; what follows from others (a regression) is none.
SOURCES = ("sheet", "config", "C3D", "static")
#: Of the whole body, equal on both sides: reported once.
_BODY = ("pelvis_width", "pelvis_depth", "marker_radius")
_WIDTHS = ("knee_width", "ankle_width")
#: Marker diameters are catalogue sizes (mm steps), so a smaller difference is one of rounding.
_DIAMETER_M = 0.0005
_FOOT_OFFSETS = ("static_plantar_flexion", "static_rotation_offset")
_WORDS = {
    "sheet": "the sheets",
    "config": "the config",
    "static": "the static trial's markers",
    "default": "stored nowhere, so it goes with the C3D's shank rotation",
}


class Difference(NamedTuple):
    """A parameter whose sources disagree.

    Attributes
    ----------
    name : str
    used : tuple of (source, place, value)
        Place is the trial whose C3D stores it, else empty; value in m or rad.
    others : list of (source, place, value)
        Those that differ by more than is allowed, the most trusted first.
    """

    name: str
    used: tuple[str, str, float]
    others: list[tuple[str, str, float]]

    @property
    def largest(self) -> float:
        """Largest difference from the value in use, m or rad, signed."""
        return max((value - self.used[2] for _, _, value in self.others), key=abs)


def differences(parameters: Parameters, subject: Subject, compared: Container[str] = ()) -> list[Difference]:
    """Find the parameters of one side whose sources disagree.

    Parameters
    ----------
    parameters : Parameters
        With every offer of every source, after the calibration.
    subject : config.Subject
        What two sources may differ by.
    compared : container of str
        Trials whose C3D files were compared with each other before.

    Returns
    -------
    list of Difference
        An angle of zero in a C3D next to another source counts for nothing: Nexus stores it where it never calibrated.
    """
    out = []
    for name, offers in parameters.offers.items():
        used = parameters.value.get(name, np.nan)
        source = parameters.source.get(name, "")
        if name not in PARAMETERS or name.startswith("oxford") or not np.isfinite(used) or source == "assumed":
            continue
        angle = PARAMETERS[name] == "degree"
        own = [offer for offer in offers if offer[0] == source]
        place = own[0][1] if own else ""
        others = [
            offer
            for offer in offers
            if offer[0] in SOURCES
            and offer not in own[:1]
            and not (angle and offer[0] == "C3D" and offer[2] == 0)
            and not (place in compared and offer[1] in compared)
            and abs(offer[2] - used) > _limit(name, source, offer[0], subject)
        ]
        if others:
            out.append(Difference(name, (source, place, used), others))
    return out


def report_differences(
    sides: Mapping[str, Parameters],
    subject: Subject,
    conventional: bool,
    trial: str,
    quality: Quality,
    compared: Container[str] = (),
) -> None:
    """Write a row for every parameter whose sources disagree; those of the whole body once.

    Parameters
    ----------
    sides : mapping
        Side to its parameters after the calibration.
    subject : config.Subject
    conventional : bool
        Whether the marker set uses the angles of the conventional gait model.
    trial : str
        The static trial.
    quality : Quality
    compared : container of str
        Trials whose C3D files were compared with each other before.
    """
    for side in SIDES:
        for found in differences(sides[side], subject, compared) if side in sides else []:
            angle = PARAMETERS[found.name] == "degree"
            if (angle and not conventional) or (found.name in _BODY and side != SIDES[0]):
                continue
            item = found.name if found.name in _BODY else f"{side} {found.name}"
            shown = [f"{_said(found.name, value)} ({_words(source, place)})" for source, place, value in found.others]
            foot = found.name in _FOOT_OFFSETS
            source, place, used = found.used
            quality.add(
                "warning",
                "foot_offset_differs" if foot else "parameter_sources_differ",
                f"{item}: {_said(found.name, used)} ({_words(source, place)}) is used, against {' and '.join(shown)}",
                trial=trial,
                item=item,
                action=_FOOT_ACTION if foot else _action(found),
                value=float(np.degrees(found.largest)) if angle else found.largest,
                unit="degree" if angle else "m",
            )


_FOOT_ACTION = (
    "nothing to do if the stored one comes from another static trial and this one is the right one; to use the stored one write "
    "`foot_offsets: file` under `subject`; if the foot did not stand flat, look at flat_foot (sheet or config)"
)


def _action(found: Difference) -> str:
    source, name = found.used[0], found.name
    named = COLUMNS.get(name, name)
    wrong = {
        "sheet": f"measure again, and correct or empty the cell of {named} in participants.tsv or sessions.tsv",
        "config": f"correct `subject.{named}_m` in config.yaml, or write the right one of this person into the sheets",
        "C3D": f"measure again, and write the right {named} into participants.tsv, which goes before all others",
    }
    return wrong.get(source, f"write the right {named} into participants.tsv, which goes before all others")


def _limit(name: str, source: str, other: str, subject: Subject) -> float:
    if PARAMETERS[name] == "degree":
        return float(np.radians(subject.source_difference_deg))
    if name == "marker_radius":
        return _DIAMETER_M / 2
    if "static" not in (source, other):
        return subject.source_difference_m
    return subject.marker_width_difference_m if name in _WIDTHS else subject.marker_length_difference_m


def _said(name: str, value: float) -> str:
    if PARAMETERS[name] == "degree":
        return f"{np.degrees(value):+.1f} degrees"
    return f"diameter {2000 * value:.1f} mm" if name == "marker_radius" else f"{1000 * value:.0f} mm"


def _words(source: str, place: str) -> str:
    return f"C3D of {place}" if place else _WORDS.get(source, source)
