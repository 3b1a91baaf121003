"""The weight that the plates show over whole cycles, against the mass in the sheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from biomech.events.dataset import TrialCycles
from biomech.events.normalise import N_POINTS
from biomech.io.packed_cycles import unpack
from biomech.quality import Quality
from biomech.schema import SIDES
from biomech.tasks import TASKS

Array = NDArray[np.float64]
_GRAVITY_M_S2 = 9.81
_UP = 1
#: Relative difference that is not reported.
_TOLERANCE = 0.1
#: What may be missing of a cycle: its end, where the foot is in the air or comes down next to the plates.
_MISSING = 0.1


def weighed(parts: Iterable[TrialCycles], mass_kg: float | None, quality: Quality) -> Iterator[TrialCycles]:
    """Pass cycles on, and at the end warn where plates and sheet disagree about the person's mass.

    Over a whole stride the mean vertical force of both feet together is the body weight, whatever each foot bears, since
    the body ends as high and as fast as it began; over a whole squat on one leg that of this leg is.

    Parameters
    ----------
    parts : iterable of TrialCycles
    mass_kg : float or None
        Of the sheet; None is not compared.
    quality : Quality
        Gets a warning ``mass_differs`` for every task whose cycles weigh somebody else.
    """
    loads: dict[str, dict[str, list[float]]] = {}
    for part in parts:
        if mass_kg and _weighs(part.trial.task):
            for cycle, load in zip(part.cycles, _loads(part), strict=True):
                if np.isfinite(load):
                    loads.setdefault(part.trial.task, {}).setdefault(cycle.side, []).append(load)
        yield part
    for task, by_side in loads.items():
        shares = {side: float(np.median(values)) for side, values in by_side.items()}
        if TASKS[task].cycle == "stride" or TASKS[task].bilateral:
            weight = sum(shares.values()) if len(shares) == len(SIDES) else np.nan
        else:
            weight = float(np.mean(list(shares.values())))
        ratio = weight / _GRAVITY_M_S2 - 1
        if mass_kg and abs(ratio) > _TOLERANCE:
            count = sum(map(len, by_side.values()))
            quality.add(
                "warning",
                "mass_differs",
                f"mass_kg says {mass_kg:.1f} kg; over whole cycles of {task} ({count} with valid plates) the mean vertical force is "
                f"that of {mass_kg * (1 + ratio):.1f} kg ({100 * ratio:+.1f} %, expected within {100 * _TOLERANCE:.0f} %). Moments per kg are "
                "off by as much",
                item="mass_kg",
                action="look whether mass_kg is right in participants.tsv, whether the recordings are this person's, and whether the "
                "plates were set to zero without load and are calibrated",
                value=mass_kg * ratio,
                unit="kg",
            )


def _weighs(name: str) -> bool:
    task = TASKS[name]
    return task.cycle in ("stride", "squat") and not task.stepped


def _loads(part: TrialCycles) -> Array:
    """Mean vertical force per mass over each cycle, N/kg; NaN where a plate is not valid or much is missing."""
    n = len(part.cycles)
    vertical = unpack([part.curves["ground_reaction"]], (n, N_POINTS, 3))[:, :-1, _UP]
    missing = np.isnan(vertical)
    # what is missing lies at the end, after the foot has left the plate
    late = np.argmax(missing, axis=1) >= (1 - _MISSING) * (N_POINTS - 1)
    valid = np.array([int(value) == 1 for value in part.validity["moment_valid"]], dtype=bool)
    known = valid & (~missing.any(axis=1) | late)
    return np.where(known, np.nansum(vertical, axis=1) / (N_POINTS - 1), np.nan)
