"""A planted order of hip and foot: the rearfoot everts as the hip of the same leg adducts, earlier or later.

The course of hip adduction is not prescribed: it follows from pelvis, hip rotation and knee over a foot that stays flat. So the
eversion is made from the hip adduction that came out, which depends in nothing on the eversion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline, PchipInterpolator

from biomech.errors import BiomechError
from biomech_simulation.balance import ease

Array = NDArray[np.float64]

MOST_LEAD_S = 0.15
_SHARES = {"onset": 0.1, "half": 0.5}  # of the rise; with the peak they are events of the truth
_MOST_SHAPE = 0.8


@dataclass(frozen=True)
class Order:
    """Which of hip and foot comes first, on the way down and on the way back.

    Parameters
    ----------
    lead_s : float
        Descent: onset, half of the rise and peak of hip adduction come that much before those of rearfoot eversion, s; negative
        where the foot is first. Within +-0.15.
    return_lead_s : float, optional
        The same of the way back, reached near half of the fall; ``lead_s`` by default.
    shape : float
        Form of the foot's rise and fall against the hip's: 0 the same, positive slower around the half and faster at both ends,
        negative the other way. Start, half and peak stay where they are. Within +-0.8.
    coupling : float
        Share of the eversion that goes with the hip at once, as in a closed chain, 0 to 1: the leads in the true curves are
        about ``1 - coupling`` times those above. The events of the truth say what they are.

    Raises
    ------
    BiomechError
        If a value is out of its range.
    """

    lead_s: float
    return_lead_s: float | None = None
    shape: float = 0.0
    coupling: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what no leg does."""
        leads = (self.lead_s, self.back_s)
        if max(map(abs, leads)) > MOST_LEAD_S or abs(self.shape) > _MOST_SHAPE or not 0 <= self.coupling <= 1:
            raise BiomechError(
                f"order of hip and foot: expected leads within {MOST_LEAD_S:g} s, a shape within {_MOST_SHAPE:g} and a coupling "
                f"of 0 to 1, found {leads[0]:g} and {leads[1]:g} s, {self.shape:g} and {self.coupling:g}"
            )

    @property
    def back_s(self) -> float:
        """Lead on the way back, s."""
        return self.lead_s if self.return_lead_s is None else self.return_lead_s


def ordered_eversion(order: Order, time: Array, hip_adduction: Array, start: Array, end: Array, size: Array) -> Array:
    """Course of eversion beyond standing that has the order to hip adduction in each repetition.

    Parameters
    ----------
    order : Order
    time, hip_adduction : (n,) arrays
        s; degrees.
    start, end : (repetitions,) arrays
        Of the repetitions, s, one after the other with a rest between them.
    size : (repetitions,) array
        Of the eversion at its peak, degrees.

    Returns
    -------
    (n,) array
        degree.
    """
    hip = CubicSpline(time, hip_adduction)
    middles = np.concatenate([[time[0]], (end[:-1] + start[1:]) / 2, [time[-1]]])
    rest = PchipInterpolator(middles, hip(middles))
    peaks = np.array([_peak(time, hip_adduction, *bounds) for bounds in zip(start, end, strict=True)])
    number = np.clip(np.searchsorted(middles, time) - 1, 0, len(start) - 1)

    def course(late: Array | float) -> Array:
        at = np.clip(time - late, time[0], time[-1])
        share = (hip(at) - rest(at)) / (hip(peaks) - rest(peaks))[number]
        return np.asarray(share + order.shape * np.sin(2 * np.pi * share) / (2 * np.pi))

    # the lead of the way down until the foot is at its peak, that of the way back by half of the fall; at rest back to the first
    late = np.full_like(time, order.lead_s)
    for k, peak in enumerate(peaks):
        turn = peak + order.lead_s
        falling = time[(time > peak) & (time < end[k]) & (hip_adduction > (hip(peak) + rest(peak)) / 2)]
        # slow enough that the foot never goes back to where it was
        change = max(1.2 * (falling[-1] - peak), 2.6 * (order.back_s - order.lead_s))
        down = ease((time - turn) / change)
        following = start[k + 1] if k + 1 < len(start) else time[-1] + 1.0
        again = ease((time - end[k] - MOST_LEAD_S) / max(following - end[k] - 2 * MOST_LEAD_S, 1e-3))
        late += (order.back_s - order.lead_s) * (down - again)
    both = (1.0 - order.coupling) * course(late) + order.coupling * course(0.0)
    return np.asarray(np.asarray(size)[number] * both)


def rise_events(time: Array, curve: Array, start: float, end: float) -> dict[str, float]:
    """When a movement passes a tenth and half of its rise, and its peak, s.

    Parameters
    ----------
    time, curve : (n,) arrays
    start, end : float
        Of the repetition, s; the foot may be ahead of it and behind it by the largest lead.
    """
    inside = (time >= start - MOST_LEAD_S) & (time <= end + MOST_LEAD_S)
    own, y = time[inside], curve[inside]
    top = int(y.argmax())
    low = int(y[: top + 1].argmin())
    rise = np.maximum.accumulate(y[low : top + 1])
    share = (rise - rise[0]) / max(float(rise[-1] - rise[0]), 1e-12)
    out = {name: float(np.interp(level, share, own[low : top + 1])) for name, level in _SHARES.items()}
    return out | {"peak": _peak(time, curve, float(own[0]), float(own[-1]))}


def _peak(time: Array, curve: Array, start: float, end: float) -> float:
    """Time of the largest value, by a parabola between samples, s."""
    inside = np.flatnonzero((time >= start) & (time <= end))
    top = int(np.clip(inside[curve[inside].argmax()], 1, len(time) - 2))
    left, middle, right = curve[top - 1 : top + 2]
    bend = left - 2 * middle + right
    return float(time[top] + (0.5 * (left - right) / bend if bend < 0 else 0.0) * (time[1] - time[0]))
