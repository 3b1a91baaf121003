"""Evidence for a structural or a functional pattern of a leg whose knee collapses inward."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from biomech.config.findings import Cause
from biomech.findings.change import Change, weigh_changes

# bony measures that turn the knee inward where they are large: anteversion, and the tibia by pointing the knee inward of the foot
_BONES = ("craig_test_deg", "hip_rotation_middle_deg", "thigh_foot_angle_deg", "tibial_torsion_deg")
_POSTURE = ("knee_abduction_standing_deg", "hip_internal_rotation_standing_deg")  # those of the collapse itself
VOTING = (*_BONES, *_POSTURE, "hip_abduction_strength_nm_kg")  # measures that can speak for a reading
NO_COLLAPSE = ("no_collapse", "not_judged")  # verdicts of legs of which nothing is weighed
_NORMAL_95 = 1.959964
_ENOUGH_WEAK = 2  # pieces of weak evidence that agree
_WEAK = " (weak: within the error of the measurement)"


@dataclass(frozen=True)
class Reading:
    """Evidence and verdict.

    Attributes
    ----------
    verdict : {"structural", "functional", "mixed", "undetermined", "no_collapse", "not_judged"}
    structural, functional : list of str
        What speaks for each reading, with numbers.
    against_structural, against_functional : list of str
    """

    verdict: str
    structural: list[str] = field(default_factory=list)
    functional: list[str] = field(default_factory=list)
    against_structural: list[str] = field(default_factory=list)
    against_functional: list[str] = field(default_factory=list)


def in_words(name: str) -> str:
    """Return the name of a measure of `Cause.ranges` as people write it, without its unit."""
    words = name.removesuffix("_deg").removesuffix("_nm_kg").removesuffix("_m").replace("_", " ")
    return words.replace("craig test", "Craig's test")


def weigh(
    measures: Mapping[str, float],
    standing: Mapping[str, float],
    peaks: Mapping[str, float],
    other_leg: Mapping[str, float],
    settings: Cause,
    strength: float = np.nan,
    found: Sequence[Change] = (),
    allowance: Mapping[str, float] | None = None,
    blocked: Collection[str] = (),
    age: float = np.nan,
) -> Reading:
    """Weigh one leg in one task, of which it is known that the knee collapses inward.

    Parameters
    ----------
    measures : mapping
        Examined and standing measures by the names of `Cause.ranges`, degrees (m).
    standing, peaks : mapping
        Standing value and mean peak of each quantity, degrees; what is not known is left out.
    other_leg : mapping
        Dynamic part less that of the other leg, and ``<quantity>__static`` the same of standing, degrees.
    settings : Cause
    strength : float
        Hip abduction, N m kg-1.
    found : sequence of Change
        What the collapse does under a cue, between visits and over the repetitions; none where that was not recorded. A
        change votes; that nothing changed stands on the list for structure and makes no verdict alone, for a cue that was
        not followed changes nothing either.
    allowance : mapping, optional
        Degrees of growth from standing that may be error of the knee axis, by quantity.
    blocked : collection of str
        Quantities that cannot be trusted in this session: they are not evidence.
    age : float
        Years; NaN where it is not known.
    """
    clear, weak, against = _of_bones(measures, settings, blocked, age)
    functional: list[str] = []
    no_movement: list[str] = []
    for name, large in settings.large_dynamic_deg.items():
        if name not in peaks or name not in standing or name in blocked:
            continue
        limit = large + (allowance or {}).get(name, 0.0)
        peak, still = peaks[name], standing[name]
        words = name.replace("_", " ")
        moved = f"{words} grows by {peak - still:.1f} degree from standing to its peak (large from {limit:.3g})"
        if peak < still:
            moved = (
                f"{words} stays {still - peak:.1f} degree below its standing value (large from {limit:.3g} above it)"
            )
        (functional if peak - still >= limit else no_movement).append(moved)
        if peak >= settings.least_peak_deg:
            share = still / peak
            text = (
                f"standing makes {100 * share:.0f} % of the peak of {words}"
                if share >= 0
                else f"{words} is opposite in standing ({still:.1f} degree)"
            )
            if share >= settings.large_share:
                usual = settings.ranges.get(f"{name}_standing_deg")
                sure = usual is None or still > _NORMAL_95 * usual.error
                (clear if sure else weak).append(text if sure else f"{text}{_WEAK}")
            elif peak - still >= limit:
                against.append(text)
        gap, still_gap = other_leg.get(name, np.nan), other_leg.get(f"{name}__static", np.nan)
        if gap >= settings.side_difference_deg and abs(still_gap) < settings.side_difference_deg:
            functional.append(f"{words} grows by {gap:.1f} degree more than on the other leg, which stands alike")
    if settings.strength_low_nm_kg is not None and np.isfinite(strength):
        text = f"hip abduction strength {strength:.2f} N m kg-1 (low below {settings.strength_low_nm_kg:g})"
        (functional if strength < settings.strength_low_nm_kg else no_movement).append(text)
    weighed = weigh_changes([one for one in found if one.quantity not in blocked], peaks, settings)
    functional += weighed.functional
    no_movement += weighed.against_functional
    verdict = {
        (True, True): "mixed",
        (True, False): "structural",
        (False, True): "functional",
        (False, False): "undetermined",
    }[bool(clear) or len(weak) >= _ENOUGH_WEAK, bool(functional)]
    return Reading(verdict, [*clear, *weak, *weighed.unchanged], functional, against, no_movement)


def _of_bones(
    measures: Mapping[str, float], settings: Cause, blocked: Collection[str], age: float
) -> tuple[list[str], list[str], list[str]]:
    """Return clear and weak evidence of bones and posture for a structural pattern, and what speaks against it.

    Only what turns the knee inward counts; beyond the limit by less than the error of the test is weak.
    """
    clear: list[str] = []
    weak: list[str] = []
    against: list[str] = []
    for name in (*_BONES, *_POSTURE):
        value, usual = measures.get(name, np.nan), settings.ranges[name]
        if not np.isfinite(value) or name.removesuffix("_standing_deg") in blocked:
            continue
        if usual.ages is not None and np.isfinite(age) and not usual.ages[0] <= age < usual.ages[1] + 1:
            continue  # bones of children are turned otherwise
        text = f"{in_words(name)} {value:.1f} degree (usual {usual.low:g} to {usual.high:g})"
        if value > usual.high + _NORMAL_95 * usual.error:
            clear.append(text)
        elif value > usual.high:
            weak.append(f"{text}{_WEAK}")
        elif value < usual.low and name in _BONES:
            against.append(f"{text}: turns the knee outward")
        else:
            against.append(text)
    return clear, weak, against
