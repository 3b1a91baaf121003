"""The external wrench on each foot: filtered, cut to the contacts, brought to the marker rate."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from biomech.c3d import force_plates
from biomech.config import Signals
from biomech.geometry.mirror import to_right
from biomech.geometry.rotations import frame
from biomech.kinetics.contacts import OFF_PLATE, ON_PLATE, Contact
from biomech.kinetics.stances import spans
from biomech.schema import SIDES
from biomech.signals.filters import lowpass
from biomech.signals.resample import to_marker_rate

Array = NDArray[np.float64]

# Least share of a foot's force that a plate must carry to have a say in the foot's centre of pressure, N.
_PRESSING_N = 1.0


class PlateWrench(NamedTuple):
    """Filtered wrenches of all plates on the subject, lab axes.

    Attributes
    ----------
    force, moment : ndarray, (n_samples, plates, 3)
        N, and N m about the lab origin, at the analog rate.
    rate_hz : float
        Analog rate.
    filtered : bool
        False if the task's filter is switched off.
    """

    force: Array
    moment: Array
    rate_hz: float
    filtered: bool

    def at_frames(self, rate_hz: float, n_frames: int, mask: ArrayLike | None = None) -> tuple[Array, Array]:
        """Return force and moment at the marker frames, (n_frames, plates, 3) each, zero where `mask` is False."""
        both = [self.force, self.moment]
        if mask is not None:
            both = [np.where(np.asarray(mask)[..., None], part, 0.0) for part in both]
        # Unfiltered analogs hold more than the frames can carry: take their mean over each frame.
        force, moment = (to_marker_rate(v, self.rate_hz, rate_hz, n_frames, average=not self.filtered) for v in both)
        return force, moment


class GroundReaction(NamedTuple):
    """External wrench on the feet at the marker rate, lab axes; sides in the order of `biomech.schema.SIDES`.

    Attributes
    ----------
    force, moment : ndarray, (n, 2, 3)
        N, and N m about the lab origin; zero in swing, NaN in stance without a valid plate.
    centre_of_pressure : ndarray, (n, 2, 3)
        m, on the plates' surface; NaN where hardly loaded.
    """

    force: Array
    moment: Array
    centre_of_pressure: Array


def filter_plates(
    force: ArrayLike, moment: ArrayLike, rate_hz: float, cutoff_hz: float | None, signals: Signals
) -> PlateWrench:
    """Filter forces and moments about the lab origin, never centres of pressure.

    Parameters
    ----------
    force, moment : array_like, (n_samples, plates, 3)
        Unfiltered wrench on the subject, N and N m about the lab origin.
    rate_hz : float
        Analog rate, Hz.
    cutoff_hz : float or None
        The cutoff that the markers of the trial are filtered with, Hz: different cutoffs make false impact peaks in
        joint moments.
    signals : Signals
        Section of the config: order and correction of the filter.

    References
    ----------
    Bisseling RW, Hof AL (2006). J Biomech 39:2438-2444. Kristianslund E, Krosshaug T, van den Bogert AJ (2012).
    J Biomech 45:666-671.
    """
    both = [lowpass(v, rate_hz, cutoff_hz, signals.filter_order, signals.cutoff_correction) for v in (force, moment)]
    return PlateWrench(both[0], both[1], rate_hz, cutoff_hz is not None)


def centres_of_pressure(force: ArrayLike, moment: ArrayLike, corners: ArrayLike, threshold_n: float) -> Array:
    """Centre of pressure on each of several plates.

    Parameters
    ----------
    force, moment : array_like, (..., plates, 3)
        Wrench about the lab origin, N and N m.
    corners : array_like, (plates, 4, 3)
        m, lab, numbered as in the C3D.
    threshold_n : float
        NaN below this normal force, N.

    Returns
    -------
    ndarray, (..., plates, 3)
        m, lab.
    """
    force, moment = np.asarray(force, float), np.asarray(moment, float)
    out = np.full(force.shape, np.nan)
    for k, outline in enumerate(np.asarray(corners, float)):
        out[..., k, :], _ = force_plates.centre_of_pressure(force[..., k, :], moment[..., k, :], outline, threshold_n)
    return out


def centre_of_sum(force: Array, cop: Array) -> tuple[Array, Array]:
    """Centre of pressure of the sum of the forces of several plates.

    Parameters
    ----------
    force : ndarray, (n, plates, 3)
        N.
    cop : ndarray, (n, plates, 3)
        m; a plate where it is NaN has no say.

    Returns
    -------
    centre : ndarray, (n, 3)
        m; NaN where no plate has a say.
    total : ndarray, (n,)
        Vertical force of the plates that have one, N.
    """
    weight = np.where(np.isfinite(cop[..., :1]), force[..., 1:2], 0.0)
    total = weight.sum(axis=1)
    mean = np.where(weight > 0, np.nan_to_num(cop) * weight, 0.0).sum(axis=1)
    return mean / np.where(total > 0, total, np.nan), total[:, 0]


def ground_reaction(
    plates: PlateWrench,
    corners: ArrayLike,
    contacts: list[Contact],
    state: ArrayLike,
    rate_hz: float,
    cop_threshold_n: float,
) -> GroundReaction:
    """Give each foot the sum of the wrenches of the plates that it stands on alone.

    The filtered wrench is set to zero outside the contacts at the analog rate, after filtering, and then read at the
    marker frames. Where a foot stands on several plates, each of them counts from the first to the last load of the
    foot: a filter spreads the load that goes from one plate to the next, and only the sum is the foot's.

    Parameters
    ----------
    plates : PlateWrench
    corners : array_like, (plates, 4, 3)
        m, lab.
    contacts : list of Contact
        Only the valid ones count.
    state : array_like, (n, 2)
        Stance state per side, see `biomech.kinetics.contacts.stance_state`.
    rate_hz : float
        Marker rate, Hz.
    cop_threshold_n : float
        Vertical force below which the centre of pressure is NaN, N.
    """
    state = np.asarray(state, float)
    n, samples = state.shape[0], np.arange(plates.force.shape[0]) / plates.rate_hz
    out = GroundReaction(*(np.full((n, len(SIDES), 3), np.nan) for _ in range(3)))
    for k, side in enumerate(SIDES):
        mask = np.zeros(plates.force.shape[:2], dtype=bool)
        for plate, start, end in spans(contacts, side):
            mask[(samples >= start) & (samples <= end), plate] = True
        force, moment = plates.at_frames(rate_hz, n, mask)
        centre, total = centre_of_sum(force, centres_of_pressure(force, moment, corners, _PRESSING_N))
        on, off = state[:, k] == ON_PLATE, state[:, k] == OFF_PLATE
        for target, value in ((out.force, force.sum(axis=1)), (out.moment, moment.sum(axis=1))):
            target[:, k] = np.where(on[:, None], value, 0.0)
            target[off | np.isnan(state[:, k]), k] = np.nan
        good = on & (total >= cop_threshold_n)
        out.centre_of_pressure[good, k] = centre[good]
    return out


def frontal_lever_arm(
    force: ArrayLike, moment: ArrayLike, knee: ArrayLike, progression: ArrayLike, side: str, threshold_n: float
) -> Array:
    """Distance from the knee centre to the line of the ground reaction, both seen along the direction of progression.

    The moment of the ground reaction about the knee, about the direction of progression, per frontal force: no centre of
    pressure is needed.

    Parameters
    ----------
    force, moment : array_like, (n, 3)
        Ground reaction on the foot, N, and N m about the lab origin.
    knee : array_like, (n, 3)
        Knee centre, m, lab.
    progression : array_like, (n, 3)
        Direction of progression, horizontal unit vector, lab.
    side : {"left", "right"}
    threshold_n : float
        NaN below this vertical force, N.

    Returns
    -------
    ndarray, (n,)
        m; positive where the force passes inside of the knee centre and tends to adduct the knee.
    """
    force, knee = np.asarray(force, float), np.asarray(knee, float)
    about_knee = np.asarray(moment, float) - np.cross(knee, force)
    along = to_right(side, np.asarray(progression, float))
    axes = frame(np.broadcast_to([0.0, 1.0, 0.0], along.shape), along, "yx")
    turning = np.einsum("ni,ni->n", axes[..., 0], to_right(side, about_knee, "axial"))
    frontal = np.einsum("nij,ni->nj", axes, to_right(side, force))[:, 1:]
    loaded = force[:, 1] >= threshold_n
    return np.where(loaded, turning, np.nan) / np.where(loaded, np.linalg.norm(frontal, axis=1), 1.0)
