"""Quality checks of contacts, plates and mass."""

from __future__ import annotations

from collections import Counter

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config import Kinetics, Signals
from biomech.kinetics.contacts import OFF_PLATE, REASONS, Contact, Interval, ManualContact
from biomech.kinetics.plug_in_gait import NOISY_M, spline_smoothing
from biomech.kinetics.stances import meet
from biomech.quality import Quality
from biomech.schema import SIDES
from biomech.signals.derivatives import roughness
from biomech.task_groups import LEVEL_GAIT, STANDING

# Mean vertical force and body weight differ by less than this share if mass, plates and contacts are right.
_WEIGHT_TOLERANCE = 0.1
# Knee centres nearer than this change a knee moment by less than 0.05 N m/kg at body weight.
_APART_MM = 5.0
# So many rejected short contacts on one plate are noise and not steps.
_NOISY = 10

_ACTIONS = {
    "double": "nothing can separate two feet on one plate; if it was one foot, declare it in the `contacts` cell",
    "edge": "if the foot was wholly on the plate, widen contacts.plate_margin_m or declare it in the `contacts` cell",
    "no_foot": "check the plate's corners and the lab axes; or declare the foot in the `contacts` cell of trials.tsv",
    "foot_not_tracked": "declare the foot in the `contacts` cell of trials.tsv",
    "force_missing": "see the rows of stage ingest about this plate; record again",
    "part": "see the row of the other plate; if the foot was wholly on this one, declare it in the `contacts` cell",
    "cop_off_foot": "check the plate's ORIGIN and corners, or widen contacts.cop_margin_m",
}


def missing_mass(static: str, quality: Quality) -> None:
    """Body mass unknown: no moment per kg can be had."""
    quality.add(
        "error",
        "no_mass",
        "expected a body mass, found none: joint forces, moments and powers are NaN (contacts and forces exist)",
        item=static,
        action="fill in mass_kg in participants.tsv or sessions.tsv",
    )


def unequal_cutoffs(signals: Signals, task: str, quality: Quality) -> None:
    """Forces of a task are filtered at another cutoff than its markers."""
    markers, forces = signals.cutoff_hz[task], signals.force_cutoff(task)
    if markers != forces:
        filters = ["not filtered" if hz is None else f"filtered at {hz:g} Hz" for hz in (forces, markers)]
        quality.add(
            "warning",
            "unequal_cutoffs",
            f"forces of {task} are {filters[0]}, its markers {filters[1]}: impact peaks in joint moments are partly made by that",
            item=task,
            action="leave signals.force_cutoff_hz out unless another program's results are to be repeated",
        )


def knee_centres(motion: xr.Dataset, task: str, trial: str, quality: Quality) -> None:
    """Distance of the knee centre that the thigh carries from the one that the shank carries: soft tissue, mostly."""
    if task == "static":
        return
    by_thigh = motion["joint_centre"].sel(joint="knee").values
    by_shank = motion["origin"].sel(segment="shank_proximal").values
    apart = 1000 * np.linalg.norm(by_thigh - by_shank, axis=-1)
    apart = apart[np.isfinite(apart)]
    if len(apart) and apart.max() > _APART_MM:
        quality.add(
            "info",
            "knee_centres_apart",
            f"knee centres carried by thigh and by shank are {np.median(apart):.0f} mm apart in the median, "
            f"{apart.max():.0f} mm at most: knee moments depend on which is taken",
            trial=trial,
            action="nothing to do; kinetics.knee_centre says which one moments are taken about",
            value=float(np.median(apart)),
            unit="mm",
        )


def rough_markers(centres: NDArray[np.float64], options: Kinetics, trial: str, quality: Quality) -> None:
    """Accelerations of Plug-in Gait's moments come from a smoothing spline, because markers are not smoothed."""
    noise = 1000 * roughness(centres)
    if options.plug_in_gait_spline == "by_noise" and spline_smoothing(centres, options) > 0:
        quality.add(
            "info",
            "markers_not_smoothed",
            f"joint centres have {noise:.2f} mm of noise: expected the smoothed trajectories of the pipeline (below "
            f"{1000 * NOISY_M:g} mm); accelerations are taken from a light smoothing spline",
            trial=trial,
            action="export the smoothed trajectories, or set kinetics.plug_in_gait_spline",
            value=noise,
            unit="mm",
        )


def no_plates(trial: str, quality: Quality) -> None:
    """No usable force plate in the file."""
    quality.add(
        "info",
        "no_plates",
        "no usable force plate in the file: moments exist in swing and are NaN in stance",
        trial=trial,
    )


def noisy_plates(short: list[Interval], kept: list[Interval], trial: str, quality: Quality) -> None:
    """Many loaded intervals of a plate too short to be steps."""
    ignored, n_kept = (Counter(i.number for i in intervals) for intervals in (short, kept))
    for number, count in sorted(ignored.items()):
        if count > max(_NOISY, 2 * n_kept[number]):
            quality.add(
                "warning",
                "noisy_plate",
                f"{count} contacts shorter than contacts.min_duration_s were ignored ({n_kept[number]} kept)",
                trial=trial,
                item=f"plate {number}",
                action="raise contacts.threshold_n and contacts.release_n above the plate's noise",
                value=float(count),
                unit="1",
            )


def manual_contacts(
    manual: list[ManualContact],
    numbers: NDArray[np.int64],
    intervals: list[Interval],
    trial: str,
    quality: Quality,
) -> None:
    """Declared contacts that meet no plate or no load."""
    for entry in manual:
        if entry.plate not in numbers:
            found = f"plates {', '.join(map(str, numbers))}" if len(numbers) else "no plate"
            message = f"declared contact `{entry}`: the file has {found}"
        elif not any(i.number == entry.plate and i.end > entry.start and i.start < entry.end for i in intervals):
            message = f"declared contact `{entry}`: the plate is not loaded then"
        else:
            continue
        quality.add(
            "warning",
            "contact_declared_in_vain",
            message,
            trial=trial,
            item=f"plate {entry.plate}",
            action="correct the `contacts` cell of trials.tsv",
        )


def contacts(found: list[Contact], task: str, trial: str, quality: Quality) -> None:
    """One row per plate and reason for which contacts cannot be used; of little weight in a static trial."""
    unusable = Counter((c.number, c.reason) for c in found if not c.valid and c.reason != "manual")
    for (number, reason), count in sorted(unusable.items()):
        first = next(c for c in found if (c.number, c.reason) == (number, reason))
        quality.add(
            "info" if task == "static" else "warning",
            f"contact_{reason}",
            f"{count} of {sum(c.number == number for c in found)} contacts not used: {REASONS[reason]}; "
            f"the first at {first.start:.2f}-{first.end:.2f} s"
            + (f" ({' and '.join(first.involved)})" if first.involved else "")
            + _part_on(first, found),
            trial=trial,
            item=f"plate {number}",
            action=_ACTIONS[reason],
            value=float(count),
            unit="1",
        )


def _part_on(contact: Contact, found: list[Contact]) -> str:
    """Name the other plates that carry a part of the force of a contact."""
    if contact.reason != "part":
        return ""
    others = {
        c.number
        for c in found
        if c.number != contact.number and not c.valid and meet(c, contact) and set(c.involved) & set(contact.involved)
    }
    return f"; a part of the force is on plate {' and '.join(map(str, sorted(others)))}" if others else ""


def _strikes(found: list[Contact], side: str) -> list[float]:
    """Starts of the stances of a foot, each on one plate or on several."""
    mine = sorted((c for c in found if c.valid and c.foot == side), key=lambda c: c.start)
    return [c.start for k, c in enumerate(mine) if not any(meet(c, before) for before in mine[:k])]


def body_weight(
    vertical: NDArray[np.float64],
    state: NDArray[np.float64],
    time: NDArray[np.float64],
    found: list[Contact],
    task: str,
    weight_n: float,
    trial: str,
    quality: Quality,
) -> None:
    """Mean vertical force of all plates against body weight where all of it must be on the plates.

    That is standing with every foot on a valid plate, and whole strides on an instrumented treadmill.

    Parameters
    ----------
    vertical : ndarray, (n,)
        Sum over the plates, N.
    state : ndarray, (n, 2)
        Stance state.
    time : ndarray, (n,)
        s.
    found : list of Contact
    task : str
    weight_n : float
        N; NaN skips the check.
    """
    # Two feet on one plate cannot be distinguished, but all of their weight is there.
    shared = np.zeros(state.shape, dtype=bool)
    for contact in found:
        if contact.reason == "double":
            during = (time >= contact.start) & (time <= contact.end)
            shared |= during[:, None] & np.array([side in contact.involved for side in SIDES])
    known = ((state != OFF_PLATE) | shared).all(axis=1) & np.isfinite(state).all(axis=1) & np.isfinite(vertical)
    if task in STANDING:
        window = known & (state > 0).any(axis=1)
        if not window.any():
            return
    elif task in LEVEL_GAIT:
        starts = max((_strikes(found, side) for side in SIDES), key=len)
        if len(starts) < 3:
            return
        window = (time >= starts[0]) & (time < starts[-1])
        if not known[window].all():
            return
    else:
        return
    ratio = float(vertical[window].mean()) / weight_n
    if abs(ratio - 1) > _WEIGHT_TOLERANCE:
        quality.add(
            "warning",
            "body_weight",
            f"mean vertical force is {100 * ratio:.0f} % of body weight ({weight_n:.0f} N)",
            trial=trial,
            action="check mass_kg in the sheet, the units and the zero of the plates",
            value=100 * ratio,
            unit="%",
        )
