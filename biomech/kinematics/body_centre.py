"""Centre of mass of the body, of the segments of the legs and of head, arms and trunk."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from biomech.schema import SIDES

Array = NDArray[np.float64]

_LEG = ("thigh", "shank_proximal", "foot")
# from the hips to the shoulders: head, arms and trunk, Winter 2009, Biomechanics and Motor Control of Human Movement, table 4.1
_UPPER_BODY = 0.626


def body_centre(kinematics: xr.Dataset, subject: xr.Dataset) -> Array:
    """Return the centre of mass of the body in a trial.

    Each segment of the legs has its own mass and centre. All that is above them has its centre on the line from the middle of the
    hip centres to the upper end of the trunk: the middle between seventh cervical vertebra and suprasternal notch, else the
    origin of the trunk.

    Parameters
    ----------
    kinematics : xr.Dataset
        The trial's group: ``rotation``, ``origin``, ``joint_centre``, ``landmark_position``.
    subject : xr.Dataset
        Its model: ``segment_mass``, ``segment_com`` and the attribute ``mass_kg``.

    Returns
    -------
    ndarray, shape (n, 3)
        m, lab axes; NaN where body mass, a leg or the trunk is not known.
    """
    mass_kg = float(subject.attrs.get("mass_kg", np.nan))
    if not np.isfinite(mass_kg) or not {*_LEG, "trunk"} <= set(subject["segment"].to_numpy().tolist()):
        return np.full((kinematics.sizes["time"], 3), np.nan)
    body = subject.sel(side=list(SIDES), segment=list(_LEG))
    mass = body["segment_mass"].transpose("side", "segment").to_numpy()
    local = body["segment_com"].transpose("side", "segment", "axis").to_numpy().copy()
    local[SIDES.index("left")] *= (1.0, 1.0, -1.0)  # the model of the left leg is that of its mirror image
    pose = kinematics.sel(side=list(SIDES), segment=list(_LEG))
    rotation = pose["rotation"].transpose("time", "side", "segment", "row", "column").to_numpy()
    places = pose["origin"].transpose("time", "side", "segment", "axis").to_numpy()
    places = places + np.einsum("nskij,skj->nski", rotation, local)
    hips = kinematics["joint_centre"].sel(joint="hip").transpose("time", "side", "axis").to_numpy().mean(axis=1)
    above = hips + _UPPER_BODY * (_upper_end(kinematics) - hips)
    return np.asarray((np.einsum("nski,sk->ni", places, mass) + (mass_kg - mass.sum()) * above) / mass_kg)


def _upper_end(kinematics: xr.Dataset) -> Array:
    """Return the upper end of the trunk, (n, 3); whichever side carries it."""
    origin = kinematics["origin"].sel(segment="trunk").transpose("side", "time", "axis").to_numpy()
    known = set(kinematics["landmark"].to_numpy().tolist())
    if {"c7", "suprasternal_notch"} <= known:
        ends = kinematics["landmark_position"].sel(landmark=["c7", "suprasternal_notch"])
        middle = ends.transpose("side", "time", "landmark", "axis").to_numpy().mean(axis=2)
        origin = np.where(np.isfinite(middle), middle, origin)
    return np.where(np.isfinite(origin[0]), origin[0], origin[-1])
