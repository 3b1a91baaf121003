"""What is kept of cycles while their metrics are evaluated."""

import numpy as np
import xarray as xr

from biomech.outcomes.memory import kept, once


def test_a_curve_is_read_once_and_forgotten_afterwards():
    one, other = (xr.Dataset({"y": ("cycle", np.full(2, value))}) for value in (1.0, 2.0))
    calls = []

    def read(data):
        return once(data, "y", lambda: calls.append(1) or float(data["y"].sum()))

    with kept(one, other):
        assert [read(one), read(one), read(other)] == [2.0, 2.0, 4.0] and len(calls) == 2
    one["y"][:] = 5.0
    assert read(one) == 10.0 and len(calls) == 3
