"""Mass, height and widths of a person: what the files store, and what the plates weigh while the person stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from biomech.io.body_columns import ANTHROPOMETRY, HEIGHT_M, MASS_KG
from biomech.model.parameters import from_processing
from biomech.onboarding.content import Content
from biomech.onboarding.guess import Guess
from biomech.onboarding.survey import Look
from biomech.schema import SIDES

GRAVITY_M_S2 = 9.81
_LETTERS = {"left": "L", "right": "R"}
_SIDED = ("leg_length", "knee_width", "ankle_width")
_DIFFER, _WEIGHS = 0.005, 0.05  # relative: what two files may store, and what the plates may weigh, without a word
_STEADY = 0.03
STORED = "stored in the C3D files"


def stored_measures(looks: Iterable[Look]) -> dict[str, Guess[float]]:
    """Return the measures that files store, by column of the sheets; unsure where files differ.

    Parameters
    ----------
    looks : iterable of Look
        Of one person and visit.
    """
    found: dict[str, list[float]] = {}
    for look in looks:
        group = look.recording.parameters.get("PROCESSING") if look.recording else None
        read = from_processing(group, _LETTERS)
        values = {"mass_kg": read["body"].get("mass"), "height_m": read["body"].get("height")}
        values |= {f"{side}_{name}_m": read[side].get(name) for side in SIDES for name in _SIDED}
        values["inter_asis_distance_m"] = read["body"].get("pelvis_width")
        for name, value in values.items():
            low, high = {"mass_kg": MASS_KG, "height_m": HEIGHT_M}.get(name) or ANTHROPOMETRY[name]
            if value is not None and low <= value <= high:
                found.setdefault(name, []).append(float(value))
    out = {}
    for name, values_of in found.items():
        value, differ = values_of[-1], max(values_of) - min(values_of) > _DIFFER * max(values_of)
        evidence = STORED + (f", which differ ({min(values_of):.4g} to {max(values_of):.4g})" if differ else "")
        out[name] = Guess(float(f"{value:.4g}"), not differ, evidence)
    return out


def weighed_mass(looks: Sequence[tuple[Look, Content | None]]) -> Guess[float | None]:
    """Return the mass that the plates weigh in the first recording in which the person stands still on them, never sure.

    Whether both feet stood on plates, and whether these were zeroed without load, is not in the file.
    """
    for look, content in looks:
        if content is None or not content.still or not look.force.size:
            continue
        total = np.nansum(look.force, axis=1)
        middle = float(np.median(total))
        if middle > MASS_KG[0] * GRAVITY_M_S2 and np.std(total) < _STEADY * middle:
            plates = int((np.nanmedian(look.force, axis=0) > 0.1 * middle).sum())
            evidence = f"{middle:.0f} N on {plates} plate{'s' if plates > 1 else ''} while standing in {look.file}"
            return Guess(round(middle / GRAVITY_M_S2, 1), False, evidence)
    return Guess(None, False, "no recording of standing still on plates")


def mass_of(stored: Guess[float] | None, weighed: Guess[float | None]) -> Guess[float | None]:
    """Return the stored mass, else the weighed one; a doubt where they differ."""
    if stored is None:
        return weighed
    if weighed.value is not None and abs(weighed.value / stored.value - 1) > _WEIGHS:
        return Guess(stored.value, False, f"{stored.evidence}; but {weighed.evidence} ({weighed.value:g} kg)")
    return Guess(stored.value, stored.sure, stored.evidence)


def sex_of(looks: Iterable[Look]) -> str:
    """Return ``female`` where every file that has the Vicon parameter Female says so, else empty."""
    named = []
    for look in looks:
        group = look.recording.parameters.get("PROCESSING", {}) if look.recording else {}
        named += [float(values[0]) for name, values in group.items() if name.casefold() == "female" and values]
    return "female" if named and all(value == 1 for value in named) else ""
