"""Balance on one leg: margin of stability, and path of the centre of pressure."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.metrics.families import duration_of
from biomech.metrics.registry import metric

Array = NDArray[np.float64]

STANCE = ("single_leg_stance",)
_HOF = "Hof 2005, J Biomech 38:1; the middle between the anterior superior iliac spines stands for the centre of mass, which it is near to across the body, not along it"
_MANCINI = "Mancini 2012, J Neuroeng Rehabil 9:59 (path, mean velocity and range of the centre of pressure)"
_PLATE = "missing where the foot stands without a valid force plate"


def _path(cycles: xr.Dataset) -> Array:
    return cycles.variables["pressure_path_m"].to_numpy().astype(float)


metric(
    "margin_of_stability__minimum__cycle",
    unit="m",
    title="mediolateral margin of stability, smallest",
    definition="smallest distance of the extrapolated centre of mass (x + v / sqrt(g / l), l its height) from the head of the fifth "
    "metatarsal, across the direction of progression, while this leg stands alone (single support of a stride, the steady window of "
    "single-leg stance)",
    positive="the extrapolated centre of mass is inside of the foot's outer border",
    frame="horizontal, across the direction of progression",
    source=_HOF,
    needs="events",
    tasks=("walking", *STANCE),
    validity="needs a marker at the head of the fifth metatarsal, the pelvis, and in strides the other foot's events",
)(lambda cycles, _: cycles.variables["margin_of_stability_m"].to_numpy().astype(float))

for _name, _title, _unit, _definition, _value in (
    (
        "pressure_path__value__cycle",
        "path of the centre of pressure",
        "m",
        "horizontal path over the steady window",
        _path,
    ),
    (
        "pressure_velocity__mean__cycle",
        "mean velocity of the centre of pressure",
        "m s-1",
        "horizontal path over the length of the steady window",
        lambda c: _path(c) / duration_of(c),
    ),
    (
        "pressure_ap__range__cycle",
        "range of the centre of pressure, forward",
        "m",
        "largest less smallest position along the direction of progression in the steady window",
        lambda c: c.variables["pressure_range_ap_m"].to_numpy().astype(float),
    ),
    (
        "pressure_ml__range__cycle",
        "range of the centre of pressure, sideways",
        "m",
        "largest less smallest position across the direction of progression in the steady window",
        lambda c: c.variables["pressure_range_ml_m"].to_numpy().astype(float),
    ),
):
    metric(
        _name,
        unit=_unit,
        title=_title,
        definition=_definition,
        positive="the centre of pressure moves",
        frame="horizontal",
        source=_MANCINI,
        needs="events",
        tasks=STANCE,
        validity=_PLATE + "; filtered with the markers' cutoff",
    )(lambda cycles, _, value=_value: value(cycles))
