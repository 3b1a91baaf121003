"""All trials of a session as files of other programs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import xarray as xr

from biomech.config import Config
from biomech.export import c3d, opensim, opensim_model
from biomech.io.sheets import Session
from biomech.io.trial_files import Trials
from biomech.tasks import TASKS


def export_session(
    raw: Trials,
    kinematics: Trials,
    kinetics: Trials,
    cycles: xr.Dataset,
    session: Session,
    config: Config,
    folder: Path,
    model: Trials | None = None,
) -> list[Path]:
    """Write the movement trials of a session in the formats of `export.formats`, and its static ones for OpenSim's scaling.

    Parameters
    ----------
    raw, kinematics, kinetics : mapping of str to xr.Dataset
        A trial without kinematics is left out.
    cycles : Dataset
        Of the session; its events go into C3D files.
    session : Session
    config : Config
        Sections `export`, `lab` and `kinematics` are used.
    folder : Path
        Made if it is not there, also without a single trial.
    model : mapping of str to xr.Dataset, optional
        Of the static trials; without it no set-up files of OpenSim's tools are written.

    Returns
    -------
    list of Path
        ``<participant>_<session>_<trial>.c3d`` and their like.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table = cycle_table(cycles)
    written: list[Path] = []
    models = {} if model is None else dict(model)
    for trial in session.trials:
        if trial.role == "functional" or trial.trial not in kinematics:
            continue
        motion = kinematics[trial.trial]
        people = f"{session.participant}_{session.session}"
        stem = folder / f"{people}_{trial.trial}"
        if trial.role == "static":
            if "opensim" in config.export.formats and trial.trial in models:
                generic = config.export.opensim_model
                written += opensim_model.write_static(stem, motion, models[trial.trial], generic, session.height_m)
            continue
        forces = kinetics.get(trial.trial)
        if "c3d" in config.export.formats:
            path = stem.with_name(f"{stem.name}.c3d")
            own = table[table["trial"] == trial.trial] if len(table) else table
            recording = raw[trial.trial]
            c3d.write_trial(
                path, recording, motion, forces, own, config.lab, config.export, config.kinematics.ankle_sequence
            )
            written.append(path)
        if "opensim" in config.export.formats:
            of_static = models.get(str(motion.attrs.get("static", "")))
            written += opensim.write_trial(stem, motion, forces, of_static, people)
    return written


def cycle_table(cycles: xr.Dataset) -> pd.DataFrame:
    """Return the cycles of a session as `biomech.export.c3d.events_of` takes them: trial, side, times (s) and kind of each."""
    names = ("trial", "side", "start", "end", "foot_off_percent", "task")
    known = cycles[[name for name in names if name in cycles.coords]]
    table = known.drop_vars("percent", errors="ignore").to_dataframe()
    table["kind"] = [TASKS[task].cycle for task in table["task"]] if "task" in table else []
    return table
