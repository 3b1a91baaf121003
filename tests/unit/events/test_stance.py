"""Single-leg stance: the other foot is lifted and put down at known instants, with a lurch of the pelvis between."""

import numpy as np
import pytest

from biomech.config import parse_config
from tests.moves import SIDES, cycles_of, recorded

RATE = 100.0
TIME = np.arange(round(12 * RATE)) / RATE


def stance(side, up=2.0, down=10.0, lurch_at=3.5):
    free = np.where((up <= TIME) & (down > TIME), 0.3, 0.0)
    feet = {s: np.stack([0 * TIME, free if s != side else 0 * TIME, 0 * TIME], axis=-1) for s in SIDES}
    lurch = 0.1 * np.exp(-(((TIME - lurch_at) / 0.1) ** 2))
    return recorded(RATE, feet, np.stack([lurch, 0 * TIME + 0.9, 0 * TIME], axis=-1))


@pytest.mark.parametrize("side", SIDES)
def test_the_steady_window_ends_with_the_touch_and_begins_after_the_lurch(side):
    data, reported = cycles_of("single_leg_stance", {"stand": stance(side)}, side=side)
    assert data["side"].values.tolist() == [side] and not reported
    # the lurch is slower than 0.1 m/s 0.22 s after its middle; smoothing at 3 Hz spreads it
    assert 3.7 < float(data["start"][0]) < 4.1
    assert float(data["end"][0]) == pytest.approx(10.0 - 1 / RATE, abs=1e-9)


def test_both_sides_are_sought_where_the_sheet_names_none():
    data, _ = cycles_of("single_leg_stance", {"stand": stance("left")})
    assert data["side"].values.tolist() == ["left"]


def test_a_stance_too_short_says_how_long_it_was():
    config = parse_config({"cycles": {"steady_min_s": 7.0}})
    data, reported = cycles_of("single_leg_stance", {"stand": stance("left")}, side="left", config=config)
    assert data.sizes["cycle"] == 0 and "expected 7 s on the left leg" in reported["no_steady_window"][0]
