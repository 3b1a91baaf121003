"""A refused plate takes the foot off from the markers, and a row says so."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from biomech.events.refused_plates import offs_by_markers
from biomech.events.repetitions import Repetition

TIME = np.arange(0, 2, 0.01)


def trial(valid: int, end: float = 0.72, reason: str = "part") -> xr.Dataset:
    code = np.where((TIME > 0.1) & (TIME < 0.7), 1.0 if valid else 2.0, 0.0)
    return xr.Dataset(
        {
            "contact": (("time", "side"), np.stack([0 * code, code], axis=1)),
            "contact_start": ("plate_contact", [0.1]),
            "contact_end": ("plate_contact", [end]),
            "contact_plate_number": ("plate_contact", [4]),
            "contact_valid": ("plate_contact", np.array([valid], np.int8)),
            "contact_reason": ("plate_contact", np.array(["" if valid else reason], object)),
        },
        coords={"time": TIME, "side": ["left", "right"]},
    )


def cycle(side: str = "right", source: str = "kinematic") -> Repetition:
    return Repetition(side, 1, 0.1, 1.1, 0.7, source=source)


def test_a_refused_plate_is_named_with_its_reason() -> None:
    (note,) = offs_by_markers([cycle(), cycle()], trial(valid=0))
    assert (note.code, note.item, note.value) == ("foot_off_without_plate", "right", 0.7)
    assert "plate 4" in note.message and "contact_part" in note.message and "60 %" in note.message


@pytest.mark.parametrize(
    ("rep", "kinetics"),
    [
        (cycle(), trial(valid=1)),
        (cycle("left"), trial(valid=0)),
        (cycle(source="force"), trial(valid=0)),
        (cycle(), trial(valid=0, end=0.4)),
        (cycle(), trial(valid=0, reason="manual")),
        (cycle(), None),
    ],
)
def test_else_nothing_is_said(rep: Repetition, kinetics: xr.Dataset | None) -> None:
    assert offs_by_markers([rep], kinetics) == []
