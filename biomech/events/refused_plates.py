"""Foot offs that come from markers because the plate beneath the foot could not be used."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from biomech.events.repetitions import Note, Repetition
from biomech.kinetics.contacts import OFF_PLATE, ON_PLATE

# A refused load that ends this long before or after the foot off, s, is that of the step.
_NEAR_S = 0.15


def offs_by_markers(cycles: Sequence[Repetition], kinetics: xr.Dataset | None) -> list[Note]:
    """Name the foot offs of cycles that no plate gave although one was loaded then.

    Parameters
    ----------
    cycles : sequence of Repetition
    kinetics : Dataset or None
        With ``contact(time, side)`` and the plate contacts of the trial.

    Returns
    -------
    list of Note
        One a foot and plate.
    """
    if kinetics is None or "contact" not in kinetics or not kinetics.sizes.get("plate_contact"):
        return []
    time = kinetics["time"].to_numpy()
    start, end, number = (kinetics[f"contact_{name}"].to_numpy() for name in ("start", "end", "plate_number"))
    reason = kinetics["contact_reason"].to_numpy().astype(str)
    refused = (kinetics["contact_valid"].to_numpy() == 0) & (reason != "manual")
    notes: dict[tuple[str, int], Note] = {}
    for rep in cycles:
        if not np.isfinite(rep.foot_off) or rep.source == "force":
            continue
        state = kinetics["contact"].sel(side=rep.side).to_numpy()
        before = state[(time > rep.foot_off - _NEAR_S) & (time < rep.foot_off)]
        here = refused & (start < rep.foot_off) & (end > rep.foot_off - _NEAR_S)
        if not here.any() or not (before == OFF_PLATE).any() or (before == ON_PLATE).any():
            continue
        plate = int(number[here][0])
        share = 100 * (rep.foot_off - rep.start) / (rep.end - rep.start)
        notes.setdefault(
            (rep.side, plate),
            Note(
                "info",
                "foot_off_without_plate",
                f"{rep.side} foot off at {rep.foot_off:.2f} s ({share:.0f} % of the cycle) is from markers or the file's events: "
                f"plate {plate} was loaded, but not used (contact_{reason[here][0]}); it may be early or late by several frames",
                item=rep.side,
                action=f"see the row of stage kinetics about plate {plate}",
                value=float(rep.foot_off),
                unit="s",
            ),
        )
    return list(notes.values())
