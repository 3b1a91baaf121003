"""A trial as OpenSim files: markers, ground reaction with its external loads, and angles as a motion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.io.opensim_files import write_external_loads, write_mot, write_trc
from biomech.schema import SIDES

Array = NDArray[np.float64]

BODIES = {"left": "calcn_l", "right": "calcn_r"}
_LETTER = {"left": "l", "right": "r"}


def write_trial(stem: Path, kinematics: xr.Dataset, kinetics: xr.Dataset | None) -> list[Path]:
    """Write ``<stem>.trc``, ``<stem>_angles.mot`` and, with kinetics, ``<stem>_forces.mot`` and ``<stem>_loads.xml``.

    Ground: X forward, Y up, Z right; m, N, N·m, degrees. A foot's force, point and free moment are those that inverse
    dynamics used: zero where the foot is in the air, ``nan`` where it stands without a valid plate. Angles carry this
    software's names and signs with the side's letter (``hip_adduction_r``), not those of a particular OpenSim model.

    Parameters
    ----------
    stem : Path
        Path without its ending.
    kinematics, kinetics : Dataset
        One trial; `kinetics` may be missing.
    """
    rate = float(kinematics.attrs["rate_hz"])
    markers = kinematics["marker_clean"].transpose("time", "marker", "axis")
    names = markers["marker"].to_numpy().astype(str).tolist()
    written = [write_trc(_path(stem, ".trc"), names, markers.to_numpy(), rate)]
    angle = kinematics["angle"].transpose("time", "side", "quantity")
    quantities = [q for q in angle["quantity"].to_numpy().astype(str).tolist() if not q.endswith("__static")]
    columns = [f"{quantity}_{_LETTER[side]}" for side in SIDES for quantity in quantities]
    table = np.concatenate([angle.sel(side=side, quantity=quantities).to_numpy() for side in SIDES], axis=1)
    seen = np.isfinite(table).any(axis=0)
    kept = [column for column, ok in zip(columns, seen.tolist(), strict=True) if ok]
    written.append(
        write_mot(_path(stem, "_angles.mot"), f"{stem.name}_angles", kept, table[:, seen], rate, degrees=True)
    )
    if kinetics is None or "ground_reaction" not in kinetics:
        return written
    forces = _path(stem, "_forces.mot")
    columns, parts = [], []
    for side in SIDES:
        prefix = f"ground_force_{_LETTER[side]}_"
        columns += [f"{prefix}{kind}{axis}" for kind in "vpm" for axis in "xyz"]
        parts.append(_wrench(kinetics.sel(side=side)))
    written.append(
        write_mot(forces, f"{stem.name}_forces", columns, np.concatenate(parts, axis=1), rate, degrees=False)
    )
    loads = [(f"{side}_foot", BODIES[side], f"ground_force_{_LETTER[side]}_") for side in SIDES]
    return [*written, write_external_loads(_path(stem, "_loads.xml"), forces.name, loads)]


def _wrench(one: xr.Dataset) -> Array:
    """Force, point and free moment of a foot, shape (n, 9); the moment is taken from the lab's origin to the point."""
    force, about_origin, point = (
        one[name].transpose("time", "axis").to_numpy()
        for name in ("ground_reaction", "ground_reaction_moment", "centre_of_pressure")
    )
    known = np.isfinite(force).all(axis=1)
    # below the threshold of the centre of pressure the wrench acts at the lab's origin: the same wrench, and no guess
    place = np.where(np.isfinite(point).all(axis=1, keepdims=True), point, 0.0)
    free = about_origin - np.cross(place, force)
    return np.where(known[:, None], np.concatenate([force, place, free], axis=1), np.nan)


def _path(stem: Path, ending: str) -> Path:
    return stem.with_name(stem.name + ending)
