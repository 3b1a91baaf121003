"""Timing and coordination of hip and foot, per repetition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config.outcomes import Coordination, Metrics
from biomech.outcomes import coordination, onset_lag
from biomech.outcomes.families import duration_of, stored
from biomech.outcomes.onset_lag import COARSE, STEP_S
from biomech.outcomes.option_text import option
from biomech.outcomes.registry import metric
from biomech.outcomes.windows import WINDOWS, knee_flexion_peak_position
from biomech.task_groups import CYCLE_TASKS, TaskGroup, tasks_of

Array = NDArray[np.float64]
Whole = NDArray[np.int_]

# the window in which both movements go to their peak and back, one a task
SEQUENCE_WINDOWS: dict[str, TaskGroup] = {
    "stance": tasks_of("stance"),
    "contact": tasks_of("contact"),
    "cycle": CYCLE_TASKS,
}
# lags and coupling are those of the way into the collapse: how the angles return has other mechanics
_WAY_IN = {
    "stance": "stance up to the largest knee flexion of weight acceptance (`metrics.acceptance_share`)",
    "descent": "the descent",
}
_WAY_IN_TASKS = {
    "stance": SEQUENCE_WINDOWS["stance"],
    "descent": (SEQUENCE_WINDOWS["contact"] | SEQUENCE_WINDOWS["cycle"]) & tasks_of("descent"),
}
JOINT_PAIRS: tuple[tuple[str, str], ...] = (
    ("hip_adduction", "rearfoot_eversion"),
    ("hip_internal_rotation", "rearfoot_eversion"),
    ("contralateral_pelvic_drop", "rearfoot_eversion"),
    ("thigh_internal_rotation", "shank_internal_rotation"),
)
# hip and foot with nothing between them that moves both: a shank that leans inward with the hip turns the rearfoot against it
APART_PAIRS: tuple[tuple[str, str], ...] = (
    ("hip_adduction_by_shank", "rearfoot_eversion_floor"),
    ("contralateral_pelvic_drop", "rearfoot_eversion_floor"),
    ("hip_internal_rotation", "rearfoot_eversion_floor"),
    ("hip_adduction_by_shank", "forefoot_supination"),
)
PAIRS = (*APART_PAIRS, *JOINT_PAIRS)
TIMES = ("onset_lead", "velocity_onset_lead", "course_lag", "velocity_lag")
SEQUENCE = "sequence"  # variable next to the curves: what `with_sequences` found
_COUPLING_STEP = 10  # ms between the samples of vector coding
_SAMPLES = 1 << 17  # of one curve of the cycles that are in work at once
_CHANG = "Chang et al. 2008, J Biomech 41:3101, with the arctangent of two arguments"
_LAMB = "Lamb & Stöckl 2014, Clin Biomech 29:484"
_ONSET = (
    f"onset: beyond {option('coordination.onset_share', '%', 100)} of the excursion from the lowest point before the peak to the "
    f"peak, for {option('coordination.onset_hold_s', 'ms', 1000)}"
)
_SMALL = f"missing where either movement is smaller than {option('coordination.least_excursion_deg', 'degrees')}; soft tissue shifts single repetitions of slow movements by tens of ms"
_NO_LAG = (
    "missing where the best lag is the largest that was tried, or the correlation there is below "
    f"{option('coordination.least_correlation')}"
)
_LAG = f"lag within {option('coordination.largest_lag_s', 'ms', 1000)} at which"


def windowed(cycles: xr.Dataset, quantity: str, window: str) -> tuple[Array, Whole]:
    """Return an angle of every cycle inside a window, every millisecond; see `biomech.outcomes.onset_lag.in_time`.

    Parameters
    ----------
    cycles : xr.Dataset
    quantity : str
        Of ``angle``.
    window : str
        Key of `biomech.outcomes.windows.WINDOWS`.
    """
    first, last = WINDOWS[window].bounds(cycles, 100.0)
    return onset_lag.in_time(stored(cycles, "angle", quantity), first, last, duration_of(cycles))


def way_in_ends(cycles: xr.Dataset, window: str, acceptance_share: float) -> Array:
    """Percent of every cycle at which the way into the collapse ends.

    The lowest point of squats and landings, and the largest knee flexion of weight acceptance in gait.

    Parameters
    ----------
    cycles : xr.Dataset
    window : str
        Key of `SEQUENCE_WINDOWS`.
    acceptance_share : float
        `metrics.acceptance_share`.

    Returns
    -------
    (cycle,) array
        NaN where nothing says so.
    """
    if window != "stance" and "bottom_percent" in cycles.variables:
        return cycles.variables["bottom_percent"].to_numpy().astype(float)
    if "knee_flexion" not in cycles["quantity"].to_numpy():
        return np.full(cycles.sizes["cycle"], np.nan)
    flexion = cycles["angle"].sel(quantity="knee_flexion").transpose("cycle", "percent").to_numpy()
    return knee_flexion_peak_position(flexion, *WINDOWS[window].bounds(cycles, 100.0), window, acceptance_share)


def course(proximal: Array, distal: Array, length: Whole, settings: Coordination) -> onset_lag.Correlation:
    """Lagged cross-correlation of two angles that have a value every millisecond."""
    return _lagged(proximal[..., ::COARSE], distal[..., ::COARSE], length, settings)


def with_sequences(cycles: xr.Dataset, settings: Coordination, acceptance_share: float) -> xr.Dataset:
    """Add what every cycle says of the order of hip and foot.

    Parameters
    ----------
    cycles : xr.Dataset
        With ``angle(cycle, percent, quantity)``.
    settings : Coordination
    acceptance_share : float
        `metrics.acceptance_share`.

    Returns
    -------
    xr.Dataset
        With ``sequence(cycle, pair, lead)``: `PAIRS` and the statistics of them, each in its unit; NaN where missing.
    """
    found = np.full((cycles.sizes["cycle"], len(PAIRS), len(_STATISTICS)), np.nan)
    task = cycles["task"].to_numpy().astype(str)
    quantities = tuple(dict.fromkeys(name for pair in PAIRS for name in pair))
    for window, tasks in SEQUENCE_WINDOWS.items():
        rows = np.flatnonzero(np.isin(task, tasks.names()))
        if not len(rows):
            continue
        first, last = (v[rows] for v in WINDOWS[window].bounds(cycles, 100.0))
        bottom = np.clip(way_in_ends(cycles, window, acceptance_share)[rows], first, last)
        duration = duration_of(cycles)[rows]
        curves = {name: stored(cycles, "angle", name)[rows] for name in quantities}
        for few in _of_like_length((last - first) / 100.0 * duration):
            whole, way_in = (
                {
                    name: onset_lag.in_time(curve[few], first[few], end[few], duration[few])
                    for name, curve in curves.items()
                }
                for end in (last, bottom)
            )
            found[rows[few]] = _of_rows(whole, way_in, settings)
    return cycles.assign({SEQUENCE: (("cycle", "pair", "lead"), found)})


def _of_like_length(seconds: Array) -> list[NDArray[np.intp]]:
    """WindowSlice cycles, shortest first, into groups whose curves fit into the memory together."""
    order = np.argsort(np.nan_to_num(seconds), kind="stable")
    out, start = [], 0
    for end in range(1, len(order) + 1):
        longest = np.nan_to_num(seconds[order[min(end, len(order) - 1)]]) / STEP_S
        if end == len(order) or (end + 1 - start) * longest > _SAMPLES:
            out.append(order[start:end])
            start = end
    return out


def _of_rows(
    samples: dict[str, tuple[Array, Whole]], way_in: dict[str, tuple[Array, Whole]], settings: Coordination
) -> Array:
    """Return all statistics of all pairs, shape (cycle, pair, statistic): onsets over the window, the rest over the way in."""
    one = {name: _Movement.of(curve, length, settings) for name, (curve, length) in samples.items()}
    length = next(iter(samples.values()))[1]
    out = np.full((len(length), len(PAIRS), len(_STATISTICS)), np.nan)
    for i, (proximal, distal) in enumerate(PAIRS):
        a, b = one[proximal], one[distal]
        (curve, own), (other, _) = way_in[proximal], way_in[distal]
        ends = np.asarray(np.isfinite(curve).all(axis=-1) & np.isfinite(other).all(axis=-1))
        both = np.asarray(a.whole & b.whole)
        found = {name: (both, values) for name, values in _onsets(a, b, length).items()}
        found |= {name: (ends, values) for name, values in _lags(curve, other, own, settings).items()}
        if (proximal, distal) in JOINT_PAIRS:
            found |= {name: (ends, values) for name, values in _coupling(curve, other, own, settings).items()}
        for k, name in enumerate(_STATISTICS):
            if name in found:
                whole, values = found[name]
                out[:, i, k] = np.where(whole, values, np.nan)
    return out


@dataclass(frozen=True)
class _Movement:
    """One quantity of several cycles, and what does not depend on the other of a pair."""

    whole: NDArray[np.bool_]
    onset: Array
    velocity_onset: Array

    @classmethod
    def of(cls, curve: Array, length: Whole, settings: Coordination) -> _Movement:
        onset = onset_lag.onset(curve, settings)
        fast = onset_lag.velocity_onset(curve, settings, length=length, known=onset)
        return cls(np.asarray(np.isfinite(curve).all(axis=-1)), onset, fast)


def _lagged(proximal: Array, distal: Array, length: Whole, settings: Coordination) -> onset_lag.Correlation:
    coarse = (length - 1) // COARSE + 1
    return onset_lag.correlation(proximal, distal, settings, COARSE * STEP_S, coarse)


def _onsets(a: _Movement, b: _Movement, length: Whole) -> dict[str, Array]:
    lead = 1000.0 * (b.onset - a.onset)
    return {
        "onset_lead": lead,
        "onset_lead_percent": 0.1 * lead / ((length - 1) * STEP_S),
        "velocity_onset_lead": 1000.0 * (b.velocity_onset - a.velocity_onset),
    }


def _lags(a: Array, b: Array, length: Whole, settings: Coordination) -> dict[str, Array]:
    fast, other = (onset_lag.velocity(curve, length=length)[:, ::COARSE] for curve in (a, b))
    by_velocity = _lagged(fast, other, length, settings)
    return {
        "course_lag": 1000.0 * course(a, b, length, settings).lag,
        "velocity_lag": 1000.0 * by_velocity.lag,
        "velocity_correlation": by_velocity.r,
    }


def _coupling(a: Array, b: Array, length: Whole, settings: Coordination) -> dict[str, Array]:
    proximal, distal = (curve[:, ::_COUPLING_STEP] for curve in (a, b))
    gamma = coordination.coupling_angle(proximal, distal, _COUPLING_STEP * STEP_S, settings)
    gamma[np.arange(gamma.shape[1]) >= ((length - 1) // _COUPLING_STEP)[:, None]] = np.nan
    shares = coordination.phase_shares(gamma)
    phase = np.full(len(length), np.nan)
    coarse = (length - 1) // COARSE + 1
    for n in np.unique(coarse):  # the phase is that of a periodic curve: each length has its own
        same = coarse == n
        crp = coordination.relative_phase(*(curve[same, ::COARSE][:, :n] for curve in (a, b)))
        phase[same] = np.abs(crp).mean(axis=-1)
    return {f"{name}_share": shares[name] for name in ("proximal", "distal", "in_phase")} | {
        "mean_relative_phase": phase
    }


@dataclass(frozen=True)
class _Statistic:
    """One number of a pair of movements."""

    unit: str
    title: str
    definition: str
    positive: str
    source: str
    validity: str = _SMALL


_FIRST = "the proximal movement comes first"
_STATISTICS: dict[str, _Statistic] = {
    "onset_lead": _Statistic(
        "ms",
        "lead of onset",
        f"onset of the distal less onset of the proximal movement; {_ONSET}",
        _FIRST,
        "thresholds of this software",
    ),
    "onset_lead_percent": _Statistic(
        "%",
        "lead of onset, % of the window",
        "`onset_lead` over the length of {window}",
        _FIRST,
        "thresholds of this software",
    ),
    "velocity_onset_lead": _Statistic(
        "ms",
        "lead of onset by velocity",
        f"as `onset_lead`, with onset where the angular velocity passes {option('coordination.onset_share', '%', 100)} of its "
        "largest on the way to the peak",
        _FIRST,
        "thresholds of this software",
    ),
    "course_lag": _Statistic(
        "ms",
        "lag of the course",
        f"{_LAG} the z-scored angles correlate best over {{window}}",
        _FIRST,
        "cross-correlation; Li & Caldwell 1999, J Electromyogr Kinesiol 9:385",
        _NO_LAG,
    ),
    "velocity_lag": _Statistic(
        "ms",
        "lag of the velocities",
        f"{_LAG} the z-scored angular velocities correlate best over {{window}}",
        _FIRST,
        "cross-correlation; Li & Caldwell 1999, J Electromyogr Kinesiol 9:385",
        _NO_LAG,
    ),
    "velocity_correlation": _Statistic(
        "1",
        "correlation of the velocities",
        "correlation of the angular velocities at `velocity_lag`",
        "both go the same way",
        "cross-correlation; Li & Caldwell 1999, J Electromyogr Kinesiol 9:385",
        "",
    ),
    **{
        f"{name}_share": _Statistic(
            "%",
            f"{words} coordination",
            f"share of the moving samples of {{window}} whose coupling angle is in the {words} bin (45 degrees)",
            "always positive",
            _CHANG,
            f"missing where both together stay slower than {option('coordination.still_deg_s', 'degrees/s')}; depends on the sizes of the two movements",
        )
        for name, words in (("proximal", "proximal-phase"), ("distal", "distal-phase"), ("in_phase", "in-phase"))
    },
    "mean_relative_phase": _Statistic(
        "degree",
        "mean absolute relative phase",
        "mean absolute continuous relative phase over {window}",
        "always positive",
        _LAMB,
        "",
    ),
}


_OF_THE_WINDOW = ("onset_lead", "onset_lead_percent", "velocity_onset_lead")


def _register(proximal: str, distal: str, statistic: str, window: str) -> None:
    item = _STATISTICS[statistic]
    words = f"{proximal.replace('_', ' ')} to {distal.replace('_', ' ')}"
    of_all = statistic in _OF_THE_WINDOW

    place = PAIRS.index((proximal, distal)), tuple(_STATISTICS).index(statistic)

    def of_cycles(cycles: xr.Dataset, options: Metrics) -> Array:
        known = SEQUENCE in cycles
        whole = cycles if known else with_sequences(cycles, options.coordination, options.acceptance_share)
        return whole[SEQUENCE].variable[(slice(None), *place)].to_numpy()

    metric(
        f"{proximal}_to_{distal}__{statistic}__{window}",
        of_cycles,
        unit=item.unit,
        title=f"{words}, {item.title}",
        definition=item.definition.format(window=WINDOWS[window].short if of_all else _WAY_IN[window]),
        positive=item.positive,
        frame="those of the two angles",
        source=item.source,
        needs="angle",
        curve=distal,
        tasks=(SEQUENCE_WINDOWS if of_all else _WAY_IN_TASKS)[window],
        validity=item.validity,
    )


for _pairs, _names in ((JOINT_PAIRS, tuple(_STATISTICS)), (APART_PAIRS, TIMES)):
    for _pair in _pairs:
        for _window in (*SEQUENCE_WINDOWS, "descent"):
            for _name in _names:
                if _window in (SEQUENCE_WINDOWS if _name in _OF_THE_WINDOW else _WAY_IN):
                    _register(*_pair, _name, _window)
