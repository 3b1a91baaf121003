"""OpenSim's inverse dynamics of the child's walk, run again; needs the extra `validation`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from biomech.signals.filters import lowpass
from validation.opensim_storage import read_storage

#: What the force file next to the stored result turned out to be filtered with, without a correction for the two passes.
FORCE_CUTOFF_HZ = 20.0
COORDINATE_CUTOFF_HZ = 6.0
LEAST_FORCE_N = 10.0
PLATES = (1, 2, 3)


def recorded_forces(raw: xr.Dataset) -> pd.DataFrame:
    """Ground reaction of the recording as OpenSim's table: filtered as the stored one, its moment about the lab's origin.

    Parameters
    ----------
    raw : Dataset
        One trial of the stage ingest.
    """
    rate = float(raw.attrs["analog_rate_hz"])
    force, moment = (
        lowpass(raw[name].values, rate, FORCE_CUTOFF_HZ, correction="none") for name in ("plate_force", "plate_moment")
    )
    loaded = force[..., 1:2] > LEAST_FORCE_N
    columns = {"time": np.arange(len(force)) / rate}
    for k, plate in enumerate(PLATES):
        for i, axis in enumerate("xyz"):
            columns[f"ground_force_{plate}_v{axis}"] = (force * loaded)[:, k, i]
            columns[f"ground_force_{plate}_p{axis}"] = np.zeros(len(force))
            columns[f"ground_moment_{plate}_m{axis}"] = (moment * loaded)[:, k, i]
    return pd.DataFrame(columns)


def inverse_dynamics(folder: Path, forces: pd.DataFrame) -> pd.DataFrame:
    """Generalised forces of the stored coordinates under given ground reactions.

    Parameters
    ----------
    folder : Path
        With model, coordinates and the assignment of plates to feet (``torsion_scaled.osim``, ``trial1/ik.mot``, ``GRF.xml``).
    forces : DataFrame
        Columns as in ``grf.mot``.

    Returns
    -------
    DataFrame
        N m and N, with ``time``.
    """
    import opensim

    opensim.Logger.setLevelString("off")
    opensim.Logger.removeFileSink()
    coordinates = read_storage(folder / "trial1" / "ik.mot")
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        head = f"forces\nversion=1\nnRows={len(forces)}\nnColumns={len(forces.columns)}\ninDegrees=yes\nendheader\n"
        rows = forces.to_csv(sep="\t", index=False, float_format="%.9g", lineterminator="\n")
        (place / "forces.mot").write_text(head + rows)
        loads = (folder / "trial1" / "GRF.xml").read_text().replace("grf.mot", str(place / "forces.mot"))
        (place / "loads.xml").write_text(loads)
        tool = opensim.InverseDynamicsTool()
        body = opensim.Model(str(folder / "torsion_scaled.osim"))  # the tool keeps no reference of its own
        tool.setModel(body)
        tool.setCoordinatesFileName(str(folder / "trial1" / "ik.mot"))
        tool.setLowpassCutoffFrequency(COORDINATE_CUTOFF_HZ)
        tool.setExternalLoadsFileName(str(place / "loads.xml"))
        tool.setStartTime(float(coordinates["time"].iloc[0]))
        tool.setEndTime(float(coordinates["time"].iloc[-1]))
        without = opensim.ArrayStr()
        without.append("Muscles")
        tool.setExcludedForces(without)
        tool.setResultsDir(made)
        tool.setOutputGenForceFileName("moments.sto")
        if not tool.run():
            raise RuntimeError("OpenSim's inverse dynamics did not run; see its log opensim.log")
        return read_storage(place / "moments.sto")
