"""Less of the same motion: an interval of it, or fewer plates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from biomech.schema import FOOT_OFF, FOOT_STRIKE
from biomech_simulation.motion import Motion


def on_one_plate(motion: Motion) -> Motion:
    """Keep the plate that bears the leg: the other one would be recorded for nothing."""
    one = int(np.abs(motion.plate_force[:, :, 1]).sum(axis=0).argmax())
    kept = slice(one, one + 1)
    return replace(
        motion,
        plates=motion.plates[kept],
        plate_force=motion.plate_force[:, kept],
        plate_moment=motion.plate_moment[:, kept],
    )


def cut(motion: Motion, start_s: float, end_s: float) -> Motion:
    """Keep an interval of a motion without further channels; its first frame is at time 0.

    Parameters
    ----------
    start_s, end_s : float
        From and to, s; moved to the nearest frames of the motion. Events outside are left out.
    """
    first, last = (int(np.clip(round(t * motion.rate_hz), 0, len(motion.markers))) for t in (start_s, end_s))
    ratio = round(motion.analog_rate_hz / motion.rate_hz)
    begin, end = first / motion.rate_hz, last / motion.rate_hz
    truth = motion.truth.isel(time=slice(first, last))
    truth = truth.assign_coords(time=truth["time"] - begin).assign_coords(
        time=lambda d: d["time"].assign_attrs(motion.truth["time"].attrs)
    )
    inside = ((motion.truth["event_time"] >= begin) & (motion.truth["event_time"] < end)).values
    truth = truth.isel(event=inside)
    for name in ("event_time", "event_contact_time"):
        truth[name] = (truth[name] - begin).assign_attrs(truth[name].attrs)
    samples = slice(first * ratio, last * ratio)
    return replace(
        motion,
        markers=motion.markers[first:last],
        plate_force=motion.plate_force[samples],
        plate_moment=motion.plate_moment[samples],
        truth=truth,
        events=tuple((t - begin, name, side) for t, name, side in motion.events if begin <= t < end),
    )


def landings_only(motion: Motion) -> Motion:
    """Keep a drop jump from shortly before the feet leave the box until the second landing is over."""
    names, times = motion.truth["event_name"].values, motion.truth["event_time"].values
    return cut(motion, float(times[names == FOOT_OFF].min()) - 0.3, float(times[names == FOOT_STRIKE].max()) + 0.6)
