"""Loading rate and flight time of cycles, from the unfiltered force of the plates at their own rate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.constants import g

from biomech.config import Cycles
from biomech.events.repetitions import Repetition
from biomech.schema import SIDES
from biomech.tasks import Task

Array = NDArray[np.float64]

LANDING_FORCE = ("vertical_loading_rate", "vertical_loading_rate_average", "flight_time")
_CONTACTS = {"start": float, "end": float, "number": int, "foot": str, "valid": bool, "reason": str}


def landing_force(
    raw: xr.Dataset | None,
    kinetics: xr.Dataset | None,
    cycles: Sequence[Repetition],
    task: Task,
    mass_kg: float | None,
    settings: Cycles,
) -> dict[str, Array]:
    """Return what unfiltered force says about the cycles of a trial.

    Parameters
    ----------
    raw : xr.Dataset or None
        The trial's group of the ingest stage, with ``plate_force(analog_time, plate, axis)``, N.
    kinetics : xr.Dataset or None
        The trial's group of the kinetics stage, for the contacts of the plates.
    cycles : sequence of Repetition
    task : biomech.tasks.Task
    mass_kg : float or None
        Body mass; unknown, the loading rates are missing.
    settings : biomech.config.Cycles

    Returns
    -------
    dict of str to ndarray, shape (cycle,)
        The names of `LANDING_FORCE`: ``vertical_loading_rate`` (steepest) and ``vertical_loading_rate_average``,
        N kg-1 s-1, of cycles that begin with a valid contact of their foot, else NaN; ``flight_time``, s, of drop
        vertical jumps whose next landing is on a plate, the same on both sides, else NaN.
    """
    out = {name: np.full(len(cycles), np.nan) for name in LANDING_FORCE}
    if raw is None or kinetics is None or not len(cycles) or "plate_force" not in raw:
        return out
    contacts = contact_table(kinetics)
    if contacts.empty:
        return out
    if task.take_off and task.bilateral:
        out["flight_time"] = flight_times(contacts, cycles, settings.flight_s)
    if task.cycle not in ("stride", "landing") or not mass_kg:
        return out
    rate = float(raw.attrs["analog_rate_hz"])
    upwards = raw["plate_force"].sel(axis="y").transpose("analog_time", "plate").to_numpy()
    numbers = raw["plate"].to_numpy() if "plate" in raw.coords else np.arange(1, raw.sizes["plate"] + 1)
    start, end, number, foot, valid = (contacts[n].to_numpy() for n in ("start", "end", "number", "foot", "valid"))
    for i, cycle in enumerate(cycles):
        mine = valid & (foot == cycle.side)
        first = mine & (np.abs(start - cycle.start) <= settings.merge_s)
        if not first.any():
            continue
        begin = float(start[first].min())
        until = cycle.foot_off if np.isfinite(cycle.foot_off) else float(end[first].max())
        a, b = round(begin * rate), min(round(until * rate) + 1, len(upwards))
        time = np.arange(a, b) / rate
        force = np.zeros(b - a)
        for k in np.flatnonzero(mine & (start < until) & (end >= begin)):
            on = (time >= start[k] - 0.5 / rate) & (time <= end[k] + 0.5 / rate)
            force += np.where(on, upwards[a:b, numbers == number[k]].sum(axis=1), 0.0)
        force = force / mass_kg
        impact = highest_peak(force, rate, settings) if task.cycle == "landing" else first_peak(force, rate, settings)
        out["vertical_loading_rate"][i], out["vertical_loading_rate_average"][i] = loading_rates(
            force, rate, impact, settings
        )
    return out


def contact_table(kinetics: xr.Dataset) -> pd.DataFrame:
    """Return the plate contacts of a trial: start and end (s), plate number, foot, valid and reason, in order."""
    if "contact_start" not in kinetics or not kinetics.sizes.get("plate_contact"):
        return pd.DataFrame({name: np.array([], dtype=kind) for name, kind in _CONTACTS.items()})
    return pd.DataFrame(
        {
            "start": kinetics["contact_start"].to_numpy().astype(float),
            "end": kinetics["contact_end"].to_numpy().astype(float),
            "number": kinetics["contact_plate_number"].to_numpy().astype(int),
            "foot": kinetics["contact_foot"].to_numpy().astype(str),
            "valid": kinetics["contact_valid"].to_numpy().astype(bool),
            "reason": kinetics["contact_reason"].to_numpy().astype(str) if "contact_reason" in kinetics else "",
        }
    ).sort_values("start", ignore_index=True)


def first_peak(force: ArrayLike, rate_hz: float, settings: Cycles) -> int | None:
    """Return the sample of the impact peak of a step: its first peak, early enough, else a set share of stance.

    Parameters
    ----------
    force : array_like, shape (n,)
        Unfiltered vertical force per body mass from foot strike to foot off, N kg-1.
    rate_hz : float
    settings : biomech.config.Cycles
        `impact_peak_share`, `impact_peak_max_s`, `impact_stance_share`.
    """
    force = np.asarray(force, dtype=float)
    peaks = _peaks(force, settings)
    if len(peaks) and peaks[0] <= settings.impact_peak_max_s * rate_hz:
        return int(peaks[0])
    place = round(settings.impact_stance_share * (len(force) - 1))
    return place if place > 0 else None


def highest_peak(force: ArrayLike, rate_hz: float, settings: Cycles) -> int | None:
    """Return the sample of the impact peak of a landing: the highest of the early peaks, forefoot's or heel's.

    Parameters
    ----------
    force : array_like, shape (n,)
        Unfiltered vertical force per body mass from contact on, N kg-1.
    rate_hz : float
    settings : biomech.config.Cycles
        `impact_peak_share`, `landing_peak_max_s`; without a peak up to then there is none.
    """
    force = np.asarray(force, dtype=float)
    peaks = _peaks(force, settings)
    peaks = peaks[peaks <= settings.landing_peak_max_s * rate_hz]
    return int(peaks[force[peaks].argmax()]) if len(peaks) else None


def loading_rates(force: ArrayLike, rate_hz: float, impact: int | None, settings: Cycles) -> tuple[float, float]:
    """Return the steepest and the average rise of a vertical force up to its impact peak.

    The average rate is the slope of the line between the instants at which the force first reaches 20 % and 80 % of its
    value at the impact; the steepest one is the largest rise over `loading_rate_span_s` between these instants.

    Parameters
    ----------
    force : array_like, shape (n,)
        Unfiltered vertical force per body mass from contact on, N kg-1.
    rate_hz : float
        Samples per second.
    impact : int or None
        Sample of the impact peak.
    settings : biomech.config.Cycles

    Returns
    -------
    steepest, average : float
        N kg-1 s-1; NaN without an impact, where samples before it are missing, and where 20 % of it was reached before
        the first sample.

    References
    ----------
    Crowell HP, Davis IS (2011). Gait retraining to reduce lower extremity loading in runners. Clin Biomech 26:78-83.
    Force is filtered at 50 Hz there; here it is not, and the span over which the steepest rise is taken does the
    smoothing.
    """
    force = np.asarray(force, dtype=float)
    if impact is None or not np.isfinite(force[: impact + 1]).all():
        return np.nan, np.nan
    rise = force[: impact + 1]
    low, high = (share * rise[-1] for share in settings.detection.loading_rise_share)
    if rise[0] >= low:
        return np.nan, np.nan
    start, end = (_first_reached(rise, level) for level in (low, high))
    average = (high - low) / (end - start) * rate_hz
    step = max(1, round(settings.loading_rate_span_s * rate_hz))
    place = np.arange(len(rise) - step)
    inside = (place >= np.floor(start)) & (place + step <= np.ceil(end))
    if not inside.any():
        return float(average), float(average)
    slopes = (rise[step:] - rise[:-step]) / step * rate_hz
    return float(max(slopes[inside].max(), average)), float(average)


def flight_times(contacts: pd.DataFrame, cycles: Sequence[Repetition], between_s: tuple[float, float]) -> Array:
    """Return how long nobody is on any plate after the take-off of each cycle.

    From the last foot's take-off to the next contact of either foot; contacts that are of no use for moments count as
    well, such as both feet on one plate.

    Parameters
    ----------
    contacts : DataFrame
        As `contact_table` gives it.
    cycles : sequence of Repetition
        With their foot off.
    between_s : tuple of float
        Shorter and longer flights are none, s.

    Returns
    -------
    ndarray, shape (cycle,)
        s; NaN without a take-off of both feet from plates or without a landing on one.
    """
    out = np.full(len(cycles), np.nan)
    start, end = contacts["start"].to_numpy(), contacts["end"].to_numpy()
    foot = contacts["foot"].to_numpy()
    for i, cycle in enumerate(cycles):
        partners = [c for c in cycles if c.rep == cycle.rep]
        if not np.isfinite([c.foot_off for c in partners]).all():
            continue
        off = max(c.foot_off for c in partners)
        last = (start < off) & (end > cycle.start)
        borne = set(foot[last].tolist())
        if not ({*SIDES} <= borne or "none" in borne):
            continue
        left = float(end[last].max())
        later = start[start > left]
        if len(later) and between_s[0] <= later.min() - left <= between_s[1]:
            out[i] = later.min() - left
    return out


def _peaks(force: Array, settings: Cycles) -> NDArray[np.intp]:
    """Return the samples of the peaks that stand out; those after a missing sample are none."""
    from scipy.signal import find_peaks  # here: its import takes half a second

    seen = np.flatnonzero(~np.isfinite(force))
    return find_peaks(force[: seen[0]] if len(seen) else force, prominence=settings.impact_peak_share * g)[0]


def _first_reached(curve: Array, level: float) -> float:
    """Return where a curve that starts below a level first reaches it, in samples, linear between them."""
    after = int(np.argmax(curve >= level))
    return after - 1 + (level - curve[after - 1]) / (curve[after] - curve[after - 1])
