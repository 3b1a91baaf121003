"""A trial as OpenSim files: markers, ground reaction with its external loads, angles as a motion, and set-up files of its tools."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.export.opensim_model import scaled_model_name, tracking_weights
from biomech.io.csv_parquet import write_bytes
from biomech.io.opensim_files import write_external_loads, write_mot, write_trc
from biomech.io.opensim_setups import write_id_setup, write_ik_setup
from biomech.schema import SIDES

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

BODIES = {"left": "calcn_l", "right": "calcn_r"}
_LETTER = {"left": "l", "right": "r"}
_WRENCH = ("ground_reaction", "ground_reaction_moment", "centre_of_pressure")


def write_trial(
    stem: Path, kinematics: xr.Dataset, kinetics: xr.Dataset | None, model: xr.Dataset | None = None, people: str = ""
) -> list[Path]:
    """Write a movement trial for OpenSim.

    ``<stem>.trc``, ``<stem>_angles.mot``; with kinetics ``<stem>_forces.mot``, ``<stem>_loads.xml`` and ``<stem>_valid.tsv``;
    with a model ``<stem>_ik_setup.xml`` and, where the force on both feet is measured, ``<stem>_id_setup.xml``.

    Ground: X forward, Y up, Z right; m, N, N·m, degrees. A foot's force, point and free moment are those that inverse
    dynamics used. They are finite everywhere: zero in the air and where the foot stands without a valid plate;
    ``_valid.tsv`` says where the force of each foot, and of both, is the measured one. Angles carry this software's names
    and signs with the side's letter (``hip_adduction_r``), not those of a particular OpenSim model.

    Parameters
    ----------
    stem : Path
        Path without its ending.
    kinematics, kinetics : Dataset
        One trial; `kinetics` may be missing.
    model : Dataset, optional
        Subject model of the trial's static; says which markers the set-up files track.
    people : str, optional
        ``<participant>_<session>``, with which the names of the static's files begin; else what comes before the last ``_``
        of `stem`.
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
    tracked = longest(_tracked(kinematics))
    name = scaled_model_name(people or stem.name.rpartition("_")[0], kinematics)
    ik_setup, coordinates = _path(stem, "_ik_setup.xml"), f"{stem.name}_ik.mot"
    if model is not None and tracked:
        written.append(
            write_ik_setup(
                ik_setup,
                name=stem.name,
                model=name,
                trc=f"{stem.name}.trc",
                time_range=_seconds(tracked, rate),
                tasks=tracking_weights(model, names),
                output=coordinates,
            )
        )
    if kinetics is None or "ground_reaction" not in kinetics:
        return written
    forces, loads = _path(stem, "_forces.mot"), _path(stem, "_loads.xml")
    columns = [f"ground_force_{_LETTER[side]}_{kind}{axis}" for side in SIDES for kind in "vpm" for axis in "xyz"]
    table = np.concatenate([_wrench(kinetics.sel(side=side)) for side in SIDES], axis=1)
    written.append(write_mot(forces, f"{stem.name}_forces", columns, table, rate, degrees=False))
    acting = [(f"{side}_foot", BODIES[side], f"ground_force_{_LETTER[side]}_") for side in SIDES]
    written.append(write_external_loads(loads, forces.name, acting))
    measured = {side: _known(kinetics.sel(side=side)) for side in SIDES}
    measured["both"] = measured["left"] & measured["right"]
    written.append(_write_intervals(_path(stem, "_valid.tsv"), measured, rate))
    valid = longest(measured["both"] & _tracked(kinematics))
    if ik_setup in written and valid:
        written.append(
            write_id_setup(
                _path(stem, "_id_setup.xml"),
                name=stem.name,
                model=name,
                coordinates=coordinates,
                loads=loads.name,
                time_range=_seconds(valid, rate),
                output=f"{stem.name}_id.sto",
            )
        )
    return written


def intervals(mask: Mask) -> list[tuple[int, int]]:
    """Return first and last frame of every run of true values, shape of `mask` (n,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(first), int(after) - 1) for first, after in edges.reshape(-1, 2)]


def longest(mask: Mask) -> tuple[int, int] | None:
    """Return the first of the longest runs of at least two true values, as first and last frame."""
    return max(
        (run for run in intervals(mask) if run[1] > run[0]), key=lambda run: (run[1] - run[0], -run[0]), default=None
    )


def _write_intervals(path: Path, measured: dict[str, Mask], rate: float) -> Path:
    rows = ["foot\tstart_s\tend_s\tframes"]
    for foot, mask in measured.items():
        rows += [
            f"{foot}\t{first / rate:.6f}\t{last / rate:.6f}\t{last - first + 1}" for first, last in intervals(mask)
        ]
    return write_bytes(("\n".join(rows) + "\n").encode(), path)


def _tracked(kinematics: xr.Dataset) -> Mask:
    """Frames in which every joint centre that the trial has at all is known, shape (n,)."""
    centres = kinematics["joint_centre"].transpose("time", "side", "joint", "axis").to_numpy()
    known = np.isfinite(centres).all(axis=3).reshape(len(centres), -1)
    had = known.any(axis=0)
    return np.asarray(known[:, had].all(axis=1) & had.any())


def _known(one: xr.Dataset) -> Mask:
    wrench = (one[name].transpose("time", "axis").to_numpy() for name in _WRENCH[:2])
    return np.asarray(np.logical_and.reduce([np.isfinite(part).all(axis=1) for part in wrench]))


def _wrench(one: xr.Dataset) -> Array:
    """Force, point and free moment of a foot, finite, shape (n, 9); the moment is taken from the lab's origin to the point."""
    force, about_origin, point = (one[name].transpose("time", "axis").to_numpy() for name in _WRENCH)
    known = _known(one)[:, None]
    force, about_origin = np.where(known, force, 0.0), np.where(known, about_origin, 0.0)
    # below the threshold of the centre of pressure its nearest place carries the same wrench, with a free moment about all axes
    place = _nearest(np.where(known, point, np.nan))
    free = about_origin - np.cross(place, force)
    return np.concatenate([force, place, free], axis=1)


def _nearest(point: Array) -> Array:
    """Fill missing rows of (n, 3) with the known row nearest in time; zero where none is."""
    have = np.flatnonzero(np.isfinite(point).all(axis=1))
    if not len(have):
        return np.zeros_like(point)
    frames = np.arange(len(point))
    after = np.clip(np.searchsorted(have, frames), 0, len(have) - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.where(np.abs(have[before] - frames) <= np.abs(have[after] - frames), before, after)
    return point[have[nearer]]


def _seconds(run: tuple[int, int], rate: float) -> tuple[float, float]:
    return run[0] / rate, run[1] / rate


def _path(stem: Path, ending: str) -> Path:
    return stem.with_name(stem.name + ending)
