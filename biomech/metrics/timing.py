"""Times of a cycle, and speed."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.metrics.families import REPEATED, STRIDES, duration_of
from biomech.metrics.registry import metric
from biomech.tasks import TASKS

Array = NDArray[np.float64]

_JUMPS = tuple(task for task, spec in TASKS.items() if spec.take_off)
_NO_SIGN = "always positive"
_EVENTS = "bounds of the cycle; `event_source` says what they were found from"


def _duration(cycles: xr.Dataset, _: float) -> Array:
    return duration_of(cycles)


for _name, _title, _definition, _tasks in (
    ("stride_time", "stride time", "time from foot strike to the next foot strike of the same foot", STRIDES),
    ("repetition_time", "repetition time", "time from the start to the end of a repetition", REPEATED),
    ("steady_time", "steady time", "length of the steady window of single-leg stance", ("single_leg_stance",)),
):
    metric(
        f"{_name}__value__cycle",
        unit="s",
        title=_title,
        definition=_definition,
        positive=_NO_SIGN,
        frame="none",
        source=_EVENTS,
        needs="events",
        tasks=_tasks,
    )(_duration)


@metric(
    "contact_time__value__contact",
    unit="s",
    title="contact time",
    definition="time from foot contact to take-off",
    positive=_NO_SIGN,
    frame="none",
    source=_EVENTS,
    needs="events",
    tasks=_JUMPS,
    validity="missing where the contact ends without a take-off",
)
def contact_time(cycles: xr.Dataset, _: float) -> Array:
    """Duration of the contacts that end at take-off."""
    return np.where(np.isfinite(cycles["foot_off_percent"].to_numpy()), _duration(cycles, _), np.nan)


@metric(
    "contact_time__value__stance",
    unit="s",
    title="stance time",
    definition="time from foot strike to foot off",
    positive=_NO_SIGN,
    frame="none",
    source=_EVENTS,
    needs="events",
)
def stance_time(cycles: xr.Dataset, _: float) -> Array:
    """Duration of stance."""
    return _duration(cycles, _) * cycles["foot_off_percent"].to_numpy() / 100.0


@metric(
    "stance_share__value__cycle",
    unit="%",
    title="stance share",
    definition="foot off as a share of the stride",
    positive=_NO_SIGN,
    frame="none",
    source=_EVENTS,
    needs="events",
    tasks=STRIDES,
    validity="missing where no foot off was found",
)
def stance_share(cycles: xr.Dataset, _: float) -> Array:
    """Foot off in per cent of the stride."""
    return cycles["foot_off_percent"].to_numpy().astype(float)


@metric(
    "speed__mean__cycle",
    unit="m s-1",
    title="speed",
    definition="mean speed of the pelvis over the cycle less the speed of the toe in mid-stance, so that a treadmill's belt "
    "counts as ground",
    positive="along the direction of progression",
    frame="direction of progression",
    source="travel of the pelvis origin between the cycle's bounds",
    needs="events",
    tasks=STRIDES,
    validity="missing without foot off or toe landmark",
)
def speed(cycles: xr.Dataset, _: float) -> Array:
    """Mean speed over ground or belt."""
    return cycles["speed_m_s"].to_numpy().astype(float)
