"""Per repetition: does the hip or the foot come first, and how do the two go together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config.outcomes import Coordination
from biomech.metrics import coordination, leads
from biomech.metrics.families import CYCLE_TASKS, duration_of, stored
from biomech.metrics.leads import COARSE, STEP_S
from biomech.metrics.registry import metric
from biomech.metrics.windows import WINDOWS, tasks_of

Array = NDArray[np.float64]
Whole = NDArray[np.int_]

# the window in which both movements go to their peak and back, one a task
SEQUENCE_WINDOWS: dict[str, tuple[str, ...]] = {
    "stance": tasks_of("stance"),
    "contact": tasks_of("contact"),
    "cycle": CYCLE_TASKS,
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
SEQUENCE = "sequence"  # variable beside the curves: what `with_sequences` found
_DEFAULT = Coordination()
_COUPLING_STEP = 10  # ms between the samples of vector coding
_SAMPLES = 1 << 17  # of one curve of the cycles that are in work at once
_CHANG = "Chang et al. 2008, J Biomech 41:3101, with the arctangent of two arguments"
_LAMB = "Lamb & Stöckl 2014, Clin Biomech 29:484"
_ONSET = (
    f"onset: beyond {100 * _DEFAULT.onset_share:g} % (`metrics.coordination.onset_share`) of the excursion from the lowest point "
    f"before the peak to the peak, for {1000 * _DEFAULT.onset_hold_s:g} ms (`onset_hold_s`)"
)
_SMALL = (
    f"missing where either movement is smaller than {_DEFAULT.least_excursion_deg:g} degrees "
    "(`metrics.coordination.least_excursion_deg`); soft tissue shifts single repetitions of slow movements by tens of ms"
)
_NO_LAG = (
    "missing where the best lag is the largest that was tried, or the correlation there is below "
    f"{_DEFAULT.least_correlation:g} (`metrics.coordination.least_correlation`)"
)
_LAG = f"lag within {1000 * _DEFAULT.largest_lag_s:g} ms (`metrics.coordination.largest_lag_s`) at which"


def windowed(cycles: xr.Dataset, quantity: str, window: str) -> tuple[Array, Whole]:
    """Return an angle of every cycle inside a window, every millisecond; see `biomech.metrics.leads.in_time`.

    Parameters
    ----------
    cycles : xr.Dataset
    quantity : str
        Of ``angle``.
    window : str
        Key of `biomech.metrics.windows.WINDOWS`.
    """
    first, last = WINDOWS[window].bounds(cycles, 100.0)
    return leads.in_time(stored(cycles, "angle", quantity), first, last, duration_of(cycles))


def course(proximal: Array, distal: Array, length: Whole, settings: Coordination = _DEFAULT) -> leads.Correlation:
    """Lagged cross-correlation of two angles that have a value every millisecond."""
    return _lagged(proximal[..., ::COARSE], distal[..., ::COARSE], length, settings)


def with_sequences(cycles: xr.Dataset, settings: Coordination = _DEFAULT) -> xr.Dataset:
    """Add what every cycle says of the order of hip and foot.

    Parameters
    ----------
    cycles : xr.Dataset
        With ``angle(cycle, percent, quantity)``.
    settings : Coordination

    Returns
    -------
    xr.Dataset
        With ``sequence(cycle, pair, lead)``: `PAIRS` and the statistics of them, each in its unit; NaN where missing.
    """
    found = np.full((cycles.sizes["cycle"], len(PAIRS), len(_STATISTICS)), np.nan)
    task = cycles["task"].to_numpy().astype(str)
    quantities = tuple(dict.fromkeys(name for pair in PAIRS for name in pair))
    for window, tasks in SEQUENCE_WINDOWS.items():
        rows = np.flatnonzero(np.isin(task, tasks))
        if not len(rows):
            continue
        first, last = (v[rows] for v in WINDOWS[window].bounds(cycles, 100.0))
        duration = duration_of(cycles)[rows]
        curves = {name: stored(cycles, "angle", name)[rows] for name in quantities}
        for few in _of_like_length((last - first) / 100.0 * duration):
            inside = first[few], last[few], duration[few]
            samples = {name: leads.in_time(curve[few], *inside) for name, curve in curves.items()}
            found[rows[few]] = _of_rows(samples, settings)
    return cycles.assign({SEQUENCE: (("cycle", "pair", "lead"), found)})


def _of_like_length(seconds: Array) -> list[NDArray[np.intp]]:
    """Cut cycles, shortest first, into groups whose curves fit into the memory together."""
    order = np.argsort(np.nan_to_num(seconds), kind="stable")
    out, start = [], 0
    for end in range(1, len(order) + 1):
        longest = np.nan_to_num(seconds[order[min(end, len(order) - 1)]]) / STEP_S
        if end == len(order) or (end + 1 - start) * longest > _SAMPLES:
            out.append(order[start:end])
            start = end
    return out


def _of_rows(samples: dict[str, tuple[Array, Whole]], settings: Coordination) -> Array:
    """Return all statistics of all pairs, shape (cycle, pair, statistic)."""
    one = {name: _Movement.of(curve, length, settings) for name, (curve, length) in samples.items()}
    length = next(iter(samples.values()))[1]
    out = np.full((len(length), len(PAIRS), len(_STATISTICS)), np.nan)
    for i, (proximal, distal) in enumerate(PAIRS):
        a, b = one[proximal], one[distal]
        whole = a.whole & b.whole
        if not whole.any():
            continue
        found = _times(a, b, length, settings)
        if (proximal, distal) in JOINT_PAIRS:
            found |= _coupling(a, b, length, settings)
        for k, name in enumerate(_STATISTICS):
            if name in found:
                out[:, i, k] = np.where(whole, found[name], np.nan)
    return out


@dataclass(frozen=True)
class _Movement:
    """One quantity of several cycles: its curve every millisecond, and what does not depend on the other of a pair."""

    curve: Array
    whole: NDArray[np.bool_]
    velocity: Array  # every COARSE milliseconds
    onset: Array
    velocity_onset: Array

    @classmethod
    def of(cls, curve: Array, length: Whole, settings: Coordination) -> _Movement:
        onset = leads.onset(curve, settings)
        fast = leads.velocity_onset(curve, settings, length=length, known=onset)
        velocity = leads.velocity(curve, length=length)[:, ::COARSE]
        return cls(curve, np.asarray(np.isfinite(curve).all(axis=-1)), velocity, onset, fast)


def _lagged(proximal: Array, distal: Array, length: Whole, settings: Coordination) -> leads.Correlation:
    coarse = (length - 1) // COARSE + 1
    return leads.correlation(proximal, distal, settings, COARSE * STEP_S, coarse)


def _times(a: _Movement, b: _Movement, length: Whole, settings: Coordination) -> dict[str, Array]:
    lead = 1000.0 * (b.onset - a.onset)
    fast = _lagged(a.velocity, b.velocity, length, settings)
    return {
        "onset_lead": lead,
        "onset_lead_percent": 0.1 * lead / ((length - 1) * STEP_S),
        "velocity_onset_lead": 1000.0 * (b.velocity_onset - a.velocity_onset),
        "course_lag": 1000.0 * course(a.curve, b.curve, length, settings).lag,
        "velocity_lag": 1000.0 * fast.lag,
        "velocity_correlation": fast.r,
    }


def _coupling(a: _Movement, b: _Movement, length: Whole, settings: Coordination) -> dict[str, Array]:
    proximal, distal = (one.curve[:, ::_COUPLING_STEP] for one in (a, b))
    gamma = coordination.coupling_angle(proximal, distal, _COUPLING_STEP * STEP_S, settings)
    gamma[np.arange(gamma.shape[1]) >= ((length - 1) // _COUPLING_STEP)[:, None]] = np.nan
    shares = coordination.phase_shares(gamma)
    phase = np.full(len(length), np.nan)
    coarse = (length - 1) // COARSE + 1
    for n in np.unique(coarse):  # the phase is that of a periodic curve: each length has its own
        same = coarse == n
        crp = coordination.relative_phase(*(one.curve[same, ::COARSE][:, :n] for one in (a, b)))
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
        f"as `onset_lead`, with onset where the angular velocity passes {100 * _DEFAULT.onset_share:g} % "
        "(`metrics.coordination.onset_share`) of its largest on the way to the peak",
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
            f"missing where both together stay slower than {_DEFAULT.still_deg_s:g} degrees/s "
            "(`metrics.coordination.still_deg_s`); depends on the sizes of the two movements",
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


def _register(proximal: str, distal: str, statistic: str, window: str) -> None:
    item = _STATISTICS[statistic]
    words = f"{proximal.replace('_', ' ')} to {distal.replace('_', ' ')}"

    place = PAIRS.index((proximal, distal)), tuple(_STATISTICS).index(statistic)

    def of_cycles(cycles: xr.Dataset, _: float) -> Array:
        whole = cycles if SEQUENCE in cycles else with_sequences(cycles)
        return whole[SEQUENCE].variable[(slice(None), *place)].to_numpy()

    metric(
        f"{proximal}_to_{distal}__{statistic}__{window}",
        of_cycles,
        unit=item.unit,
        title=f"{words}, {item.title}",
        definition=item.definition.format(window=WINDOWS[window].short),
        positive=item.positive,
        frame="those of the two angles",
        source=item.source,
        needs="angle",
        curve=distal,
        tasks=SEQUENCE_WINDOWS[window],
        validity=item.validity,
    )


for _pairs, _names in ((JOINT_PAIRS, tuple(_STATISTICS)), (APART_PAIRS, TIMES)):
    for _pair in _pairs:
        for _window in SEQUENCE_WINDOWS:
            for _name in _names:
                _register(*_pair, _name, _window)
