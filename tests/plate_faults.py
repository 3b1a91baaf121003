"""A walk of the example with a fault put into its plates, and the kinetics that come out; for tests."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.c3d import recording_file
from biomech.c3d.raw import RawC3d
from biomech.config import Config
from biomech.io.ingest import ingest_session
from biomech.io.sheets import Session, read_study
from biomech.kinematics.session import kinematics_session
from biomech.kinetics.session import kinetics_session
from biomech.model.markersets import load_markerset
from biomech.model.session import model_session
from biomech.quality import Quality

ROOT = Path(__file__).parents[1]
Fault = Callable[[RawC3d], None]


class Outcome(NamedTuple):
    """Kinetics of the walk and all rows of ingest and kinetics about it."""

    raw: xr.Dataset
    kinetics: xr.Dataset
    quality: pd.DataFrame

    def rows(self, code: str) -> pd.DataFrame:
        """Return the rows of a code."""
        return self.quality[self.quality["code"] == code]

    @property
    def codes(self) -> set[str]:
        """Codes of all rows."""
        return set(self.quality["code"])

    def differs(self, other: Outcome) -> float:
        """Largest difference of the joint moments, N m/kg; infinite where one has none."""
        mine, theirs = self.kinetics["moment"].values, other.kinetics["moment"].values
        if (np.isfinite(mine) != np.isfinite(theirs)).any():
            return float("inf")
        return float(np.nanmax(np.abs(mine - theirs)))


@cache
def _known(trial: str) -> tuple[Session, Config, dict[str, xr.Dataset], dict[str, xr.Dataset]]:
    """Session with its static trial and one other, and the stages that plates do not touch."""
    study = read_study(ROOT, environ={})
    whole = study.sessions[0]
    trials = tuple(row for row in whole.trials if row.trial in ("static", trial))
    session = whole.model_copy(update={"trials": trials})
    markerset, quality = load_markerset(study.config.markerset), Quality("", "", "")
    raw = ingest_session(session, study.data_folder, study.config, quality, on_error="stop")
    model = model_session(raw, session, markerset, study.config, quality, on_error="stop")
    kinematics = kinematics_session(raw, model, session, markerset, study.config, quality, on_error="stop")
    return session, study.config, model, kinematics


def walk_with(fault: Fault | None = None, trial: str = "walk1", **force_plates: object) -> Outcome:
    """Run a trial of the example whose recording a fault has changed.

    Parameters
    ----------
    fault : callable, optional
        Changes the recording in place.
    trial : str
        Of the first session of the example.
    **force_plates
        Options of that section.
    """
    session, config, model, kinematics = _known(trial)
    options = config.force_plates.model_copy(update=force_plates)
    config = config.model_copy(update={"force_plates": options})
    read = recording_file.read_raw

    def changed(path: Path, needs_markers: bool = True) -> RawC3d:
        recording = deepcopy(read(path))
        if fault is not None and path.stem == trial:
            fault(recording)
        return recording

    quality = Quality("", "", "")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording_file, "read_raw", changed)
        data = ingest_session(session, ROOT / "data_example", config, quality, on_error="stop")
    result = kinetics_session(data, model, kinematics, session, config, quality, on_error="stop")
    return Outcome(data[trial], result[trial], quality.table())


def channels(raw: RawC3d, plate: int) -> np.ndarray:
    """Rows of the analog data that belong to a plate, counted from 1."""
    return raw.parameters["FORCE_PLATFORM"]["CHANNEL"][:, plate - 1].astype(int) - 1


def plates(raw: RawC3d) -> range:
    """Numbers of the plates of the file."""
    return range(1, raw.parameters["FORCE_PLATFORM"]["CHANNEL"].shape[1] + 1)
