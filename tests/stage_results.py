"""One metric of some cycles, and the subject parameters of a model, as tests read them."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.config.outcomes import Metrics
from biomech.outcomes.registry import Metric, evaluate_all


def evaluate(
    item: Metric, cycles: xr.Dataset, options: Metrics, right: xr.Dataset | None = None
) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """Compute one metric, value and reason of shape (cycle,); see `evaluate_all`."""
    value, reason = evaluate_all([item], cycles, options, right)
    return value[:, 0], reason[:, 0]


def parameters_of(model: xr.Dataset, side: str) -> dict[str, float]:
    """Return the subject parameters of one side in m and rad; those that are not known are left out."""
    one = model["parameter"].sel(side=side)
    return {
        str(name): float(np.radians(value) if unit == "degree" else value)
        for name, value, unit in zip(one["name"].values, one.values, model["parameter_unit"].values, strict=True)
        if np.isfinite(value)
    }
