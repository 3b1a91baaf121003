import numpy as np
import pytest

from biomech.events.cycle_scalars import heel_down
from biomech.events.repetitions import Repetition

RATE = 100.0


def test_the_heel_is_down_when_it_is_near_its_lowest():
    time = np.arange(201) / RATE
    height = 0.03 + np.clip(0.10 - (time - 0.5), 0, 0.10)  # falls by 1 m/s from 0.5 s, down at 0.6 s
    contact = Repetition("left", 1, 0.5, 1.0, 1.0)
    assert heel_down(height, RATE, contact, 0.0105) == pytest.approx(18.0)  # 0.59 s
    assert heel_down(np.full(201, 0.03), RATE, contact, 0.01) == 0.0
    assert np.isnan(heel_down(np.full(201, np.nan), RATE, contact, 0.01))
