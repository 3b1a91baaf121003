"""All stages of one session in memory, as the workflow chains them; for reference tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import xarray as xr

from biomech.config import Config
from biomech.events.session import cycles_session
from biomech.io.ingest import ingest_session
from biomech.io.sheets import Session, Trial
from biomech.kinematics.session import kinematics_session
from biomech.kinetics.session import kinetics_session
from biomech.model.markersets import load_markerset
from biomech.model.session import model_session
from biomech.muscles.session import muscles_trials
from biomech.outcomes.session import metrics_session
from biomech.quality import Quality
from biomech_simulation.participant import Participant


@dataclass
class Results:
    """What the stages of one session gave."""

    raw: dict[str, xr.Dataset]
    model: dict[str, xr.Dataset]
    kinematics: dict[str, xr.Dataset]
    kinetics: dict[str, xr.Dataset]
    muscles: dict[str, xr.Dataset]
    cycles: xr.Dataset
    metrics: xr.Dataset
    quality: pd.DataFrame


def session_of(person: Participant, *trials: Trial) -> Session:
    """Return the session of a simulated participant, with ``static.c3d`` first where no trial is static."""
    static = Trial(trial="static", file="static.c3d", role="static", task="static")
    given = any(trial.role == "static" for trial in trials)
    return Session(
        participant=person.name,
        session="1",
        sex=person.sex,
        mass_kg=person.mass_kg,
        height_m=person.height_m,
        trials=trials if given else (static, *trials),
    )


def run_session(session: Session, config: Config, data_folder: Path) -> Results:
    """Run every stage of a session, stopping at the first error; all metrics are computed, whatever the config selects."""
    tables: list[Quality] = []

    def quality(stage: str) -> Quality:
        tables.append(Quality(session.participant, session.session, stage))
        return tables[-1]

    markerset = load_markerset(config.markerset)
    raw = ingest_session(session, data_folder, config, quality("ingest"), on_error="stop")
    model = model_session(raw, session, markerset, config, quality("model"), on_error="stop")
    kinematics = kinematics_session(raw, model, session, markerset, config, quality("kinematics"), on_error="stop")
    kinetics = kinetics_session(raw, model, kinematics, session, config, quality("kinetics"), on_error="stop")
    active = dict(muscles_trials(raw, session, config, quality("muscles"), on_error="stop"))
    muscles = {name: data for name, data in active.items()}
    cycles = cycles_session(
        raw, kinematics, kinetics, session, config, quality("cycles"), on_error="stop", muscles=muscles
    )
    every = config.model_copy(update={"metrics": config.metrics.model_copy(update={"select": "all"})})
    metrics = metrics_session(
        cycles, session, every, quality("metrics"), model=model, kinematics=kinematics, muscles=muscles
    )
    table = pd.concat([q.table() for q in tables], ignore_index=True)
    return Results(raw, model, kinematics, kinetics, muscles, cycles, metrics, table)
