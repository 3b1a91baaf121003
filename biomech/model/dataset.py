"""Dataset of one static trial: the calibration of both sides, labelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from biomech.model.calibration import SideModel
from biomech.model.markerset_parts import LANDMARKS, PARAMETERS
from biomech.model.markersets import MarkerSet
from biomech.schema import AXES, SIDES, with_contract_attrs


def model_dataset(sides: Mapping[str, SideModel], markerset: MarkerSet) -> xr.Dataset:
    """Put both sides into labelled arrays; what is missing is NaN."""
    segments = list(markerset.segments)
    markers = list(dict.fromkeys(m for s in segments for m in markerset.cluster_of(s)))
    landmarks = [name for name in LANDMARKS if any(name in markerset.segments[s].landmarks for s in segments)]
    inertial = [s for s in ("thigh", "shank_proximal", "foot") if s in segments]
    template = np.full((2, len(segments), len(markers), 3), np.nan)
    local = np.full((2, len(segments), len(landmarks), 3), np.nan)
    mass = np.full((2, len(inertial)), np.nan)
    com = np.full((2, len(inertial), 3), np.nan)
    tensor = np.full((2, len(inertial), 3, 3), np.nan)
    values = np.full((2, len(PARAMETERS)), np.nan)
    sources = np.full((2, len(PARAMETERS)), "", dtype=object)
    for i, side in enumerate(SIDES):
        model = sides[side]
        for j, segment in enumerate(segments):
            for name, place in model.template.get(segment, {}).items():
                template[i, j, markers.index(name)] = place
            for name, place in model.landmark.get(segment, {}).items():
                local[i, j, landmarks.index(name)] = place
        for j, segment in enumerate(inertial):
            if segment in model.inertia:
                mass[i, j] = model.inertia[segment].mass
                com[i, j], tensor[i, j] = model.inertia[segment].com, model.inertia[segment].tensor
        for j, (name, unit) in enumerate(PARAMETERS.items()):
            number = model.parameters.value.get(name, np.nan)
            values[i, j] = np.degrees(number) if unit == "degree" else number
            sources[i, j] = model.parameters.source.get(name, "")
    coords: dict[str, Any] = {"side": list(SIDES), "segment": segments, "axis": list(AXES)}
    inertia_coords = {"side": list(SIDES), "segment": inertial}
    arrays = {
        "template": xr.DataArray(template, {**coords, "marker": markers}, ("side", "segment", "marker", "axis")),
        "landmark_local": xr.DataArray(
            local, {**coords, "landmark": landmarks}, ("side", "segment", "landmark", "axis")
        ),
        "segment_mass": xr.DataArray(mass, inertia_coords, ("side", "segment")),
        "segment_com": xr.DataArray(com, {**inertia_coords, "axis": list(AXES)}, ("side", "segment", "axis")),
        "segment_inertia": xr.DataArray(
            tensor, {**inertia_coords, "row": list(AXES), "column": list(AXES)}, ("side", "segment", "row", "column")
        ),
    }
    # one segment coordinate for all: those without inertia are NaN
    data = xr.Dataset({
        name: with_contract_attrs(array.reindex(segment=segments) if "segment" in array.dims else array, name)
        for name, array in arrays.items()
    })  # fmt: skip
    names = list(PARAMETERS)
    data["parameter"] = with_contract_attrs(
        xr.DataArray(values, {"side": list(SIDES), "name": names}, ("side", "name")), "parameter"
    )
    data["parameter_unit"] = ("name", np.array(list(PARAMETERS.values()), dtype=object))
    data["parameter_source"] = (("side", "name"), sources)
    return data
