"""One person, calibrated from a standing trial, and the trials that are processed with that model.

The functions here call the stage functions of the pipeline; nothing is computed in a second way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import xarray as xr

from biomech.config import Config
from biomech.errors import BiomechError
from biomech.events.alignment import find_bias
from biomech.events.events import merge_events, shifted
from biomech.events.session import Recording as Movement
from biomech.events.session import find_events, usable_events
from biomech.io.ingest import ingest_trial
from biomech.io.sheets import Session, Trial
from biomech.kinematics.session import kinematics_trials
from biomech.kinetics.session import kinetics_trials
from biomech.model.markersets import MarkerSet, load_markerset
from biomech.model.session import model_trials
from biomech.quality import Quality
from biomech.recording import ConfigLike, Side, as_config, label_of, quality_text
from biomech.tasks import TASKS

Functional = Path | str | tuple[Path | str, str, str]


@dataclass(frozen=True)
class Subject:
    """A person with a calibrated model.

    Attributes
    ----------
    session : Session
        Sex, mass, height, anthropometry, and the trials that the model was made from.
    config : Config
    markerset : MarkerSet
    raw : mapping
        Name of a trial to its recording, of the static and the functional trials.
    model : mapping
        Name of the static trial to the model; variables of the stage ``model`` in `biomech.schema.VARIABLES`.
    standing : mapping
        Name of the static trial to its kinematics.
    quality : DataFrame
        Everything missing, replaced or doubtful; columns of `biomech.quality.COLUMNS`.
    """

    session: Session
    config: Config
    markerset: MarkerSet
    raw: Mapping[str, xr.Dataset]
    model: Mapping[str, xr.Dataset]
    standing: Mapping[str, xr.Dataset]
    quality: pd.DataFrame

    @property
    def parameters(self) -> pd.DataFrame:
        """Subject parameters (leg length, knee width, hip centre, ...): ``side``, ``name``, ``value``, ``unit``, ``source``."""
        (model,) = self.model.values()
        names = {"parameter": "value", "parameter_unit": "unit", "parameter_source": "source"}
        table = model[list(names)].to_dataframe().reset_index().rename(columns=names)
        return table[["side", "name", "value", "unit", "source"]].dropna(subset=["value"]).reset_index(drop=True)

    def process(
        self,
        file: Path | str,
        *,
        task: str,
        side: Side = "both",
        condition: str = "",
        name: str | None = None,
        relabel: Mapping[str, str] | None = None,
        contacts: str = "",
        progression: str = "",
    ) -> xr.Dataset:
        """Compute angles, moments, powers and events of one movement trial.

        Parameters
        ----------
        file : Path or str
            C3D file.
        task : str
            A key of `biomech.tasks.TASKS`, for example ``walking``.
        side : {"both", "left", "right"}
            The leg of a task of one leg.
        condition : str
        name : str, optional
            Label of the trial; by default that of the file.
        relabel : mapping, optional
            Label of the file to the one to use instead.
        contacts, progression : str
            As in the columns of trials.tsv of these names.

        Returns
        -------
        xr.Dataset
            ``angle(time, side, quantity)`` degree, ``moment(time, side, quantity, frame)`` N m kg-1, ``power(time, side, quantity)``
            W kg-1 and all other variables of the stages ``kinematics`` and ``kinetics``, and of ``ingest`` except the markers as
            recorded; `biomech.schema.VARIABLES` describes them. ``dataset.biomech.events`` and ``dataset.biomech.quality``
            are tables.

        Raises
        ------
        TrialError
            If the file cannot be read or holds no pose.
        BiomechError
            For an unknown task.

        Notes
        -----
        Events from markers are aligned to those of the plates of this trial; `biomech.cycles` does it over all trials.

        Examples
        --------
        >>> import biomech
        >>> files = biomech.example_files()
        >>> subject = biomech.calibrate(files["static"], mass_kg=65.5, height_m=1.70, sex="female")
        >>> walk = subject.process(files["walk1"], task="walking")
        >>> walk.angle.sel(side="left", quantity="knee_flexion").max().item() > 50
        True
        >>> sorted(set(walk.biomech.events["name"]))
        ['foot_off', 'foot_strike']
        """
        _check_task(task)
        row = Trial(
            trial=name or label_of(file),
            file=str(file),
            role="dynamic",
            task=task,
            condition=condition,
            footwear=self.session.trials[0].footwear,
            side=side,
            relabel=dict(relabel or {}),
            contacts=contacts,
            progression=progression,
        )
        if row.trial in self.raw:
            raise BiomechError(
                f"{file}: the name {row.trial!r} is that of a trial of the model; give another as `name`"
            )
        session = with_trials(self.session, [*self.session.trials, row])
        stages = {stage: _quality(session, stage) for stage in ("ingest", "kinematics", "kinetics", "cycles")}
        (static,) = self.model
        recorded = ingest_trial(row, Path(), self.config, stages["ingest"])
        raw = {static: self.raw[static], row.trial: recorded}
        model, config = self.model, self.config
        moved = dict(kinematics_trials(raw, model, session, self.markerset, config, stages["kinematics"], "stop"))
        loaded = dict(kinetics_trials(raw, model, moved, session, config, stages["kinetics"], "stop"))
        out = _joined(recorded, moved[row.trial], loaded.get(row.trial))
        out = out.assign(
            _events(Movement(row, recorded, moved[row.trial], loaded.get(row.trial), None), config, stages)
        )
        rows = [item for table in stages.values() for item in table.rows if item["trial"] in ("", row.trial)]
        quality = pd.DataFrame(rows, columns=self.quality.columns)
        about = row.model_copy(update={"file": Path(file).name})  # a path may bear the name of a person
        return out.assign_attrs(trial=about.model_dump_json(), quality=quality_text(quality))


def calibrate(
    static: Path | str,
    *,
    markerset: str | None = None,
    mass_kg: float | None = None,
    height_m: float | None = None,
    sex: str = "unknown",
    functional: Sequence[Functional] = (),
    anthropometry: Mapping[str, float] | None = None,
    config: ConfigLike = None,
    participant: str = "1",
    footwear: str = "",
) -> Subject:
    """Build the subject model from a standing trial.

    Parameters
    ----------
    static : Path or str
        C3D file of quiet standing.
    markerset : str, optional
        Instead of the config's: the name of one that ships, or of `config/markersets/NAME.yaml` below the current folder.
    mass_kg, height_m : float, optional
        By default those that the file stores; without a mass, moments are NaN.
    sex : {"unknown", "female", "male"}
        Decides the table of segment inertia.
    functional : sequence of Path, str or (file, joint, side)
        Trials that hip centres and knee axes are fitted to, with the options `subject.hip_functional` and `subject.knee_axis`
        of the config. A file alone says joint and side by its name, for example ``hip-left.c3d``; joint is ``hip``, ``knee``,
        or ``mvc`` for a maximal contraction.
    anthropometry : mapping, optional
        Columns of participants.tsv, for example ``{"left_leg_length_m": 0.88}``.
    config : mapping, Path, Config or None
        Options as in `config/config.yaml`, that file, or the checked config.
    participant : str
        Named in tables.
    footwear : str

    Returns
    -------
    Subject

    Raises
    ------
    TrialError
        If a file cannot be read, or if the markers do not suffice for a model.
    StudyError
        For a fault of `config`.
    BiomechError
        For a functional trial whose joint or side is not known.

    Examples
    --------
    >>> import biomech
    >>> files = biomech.example_files()
    >>> subject = biomech.calibrate(files["static"], markerset="cast_lower_limb", mass_kg=65.5, height_m=1.70)
    >>> round(subject.model["static"].attrs["mass_kg"], 1)
    65.5
    """
    chosen = as_config(config)
    found = load_markerset(markerset or chosen.markerset, Path())
    row = Trial(trial=label_of(static), file=str(static), role="static", task="static", footwear=footwear)
    trials = [row, *(_functional(item, footwear) for item in functional)]
    session = Session.model_validate(
        {
            "participant": participant,
            "session": "1",
            "sex": sex,
            "mass_kg": mass_kg,
            "height_m": height_m,
            "anthropometry": dict(anthropometry or {}),
            "trials": [trial.model_dump() for trial in trials],
        }
    )
    read, built, moved = (_quality(session, stage) for stage in ("ingest", "model", "kinematics"))
    raw = {trial.trial: ingest_trial(trial, Path(), chosen, read) for trial in session.trials}
    model = dict(model_trials(raw, session, found, chosen, built, "stop"))
    alone = with_trials(session, [row])
    one = {row.trial: raw[row.trial]}
    standing = dict(kinematics_trials(one, model, alone, found, chosen, moved, "stop"))
    quality = pd.concat([table.table() for table in (read, built, moved)], ignore_index=True)
    return Subject(session, chosen, found, raw, model, standing, quality)


def with_trials(session: Session, trials: Sequence[Trial]) -> Session:
    """Return a session with these trials."""
    return session.model_copy(update={"trials": tuple(trials)})


def _quality(session: Session, stage: str) -> Quality:
    return Quality(session.participant, session.session, stage)


def _check_task(task: str) -> None:
    from biomech.config import did_you_mean

    moving = [name for name, about in TASKS.items() if name not in ("static", "functional") and about.title]
    if task not in moving:
        raise BiomechError(f"unknown task {task!r}{did_you_mean(task, moving)}; known: {', '.join(moving)}")


def _functional(item: Functional, footwear: str) -> Trial:
    """Return the row of a functional trial, whose joint and side are given or are in the name of its file."""
    file, joint, side = item if isinstance(item, tuple) else (item, "", "")
    label = label_of(file)
    if not isinstance(item, tuple):
        words = label.lower()
        joint = next((name for name in ("hip", "knee", "mvc") if words.startswith(name)), "")
        sides = [name for name in get_args(Side) if re.search(name, words)]
        side = sides[0] if len(sides) == 1 else "both" if joint == "mvc" else ""
    if joint not in ("hip", "knee", "mvc") or side not in get_args(Side):
        raise BiomechError(
            f"{file}: expected joint and side of a functional trial, found {joint or 'no joint'} and {side or 'no side'}; "
            'give (file, joint, side), for example ("trial07.c3d", "hip", "left")'
        )
    cells: dict[str, Any] = {"side": side, "condition": joint, "footwear": footwear}
    return Trial(trial=label, file=str(file), role="functional", task="functional", **cells)


def _joined(raw: xr.Dataset, kinematics: xr.Dataset, kinetics: xr.Dataset | None) -> xr.Dataset:
    """Return the results of one trial as one dataset; a quantity that angles, moments or powers lack is NaN in them."""
    raw = raw.drop_vars(["marker_position", "marker"], errors="ignore")
    attrs = dict(raw.attrs)
    if kinetics is not None:
        attrs |= {("kinetics_method" if name == "method" else name): value for name, value in kinetics.attrs.items()}
        own = {
            str(name): part["quantity"].to_numpy().tolist()
            for name, part in kinetics.data_vars.items()
            if "quantity" in part.dims
        }
        labels = kinematics["quantity"].to_numpy().tolist() if "quantity" in kinematics.coords else []
        labels = list(dict.fromkeys([*labels, *(label for names in own.values() for label in names)]))
        both = [
            part.reindex(quantity=np.array(labels, dtype=object)) if "quantity" in part.dims else part
            for part in (kinematics, kinetics)
        ]
        kinematics, kinetics = both
    parts = [part for part in (raw, kinematics, kinetics) if part is not None]
    return xr.merge(parts, join="exact", compat="equals", combine_attrs="override").assign_attrs(
        attrs | kinematics.attrs
    )


def _events(movement: Movement, config: Config, stages: Mapping[str, Quality]) -> dict[str, Any]:
    """Return the merged events of a trial as variables on ``gait_event``."""
    task = movement.trial.task
    movement.events = find_events(movement, config)
    bias = find_bias([(task, movement.events)], config).get(task, {})
    used, _ = usable_events(movement.events, movement, bias, config)
    tables = list(shifted(used, bias).values())
    table = merge_events(tables, config.cycles.merge_s, config.cycles.stride_min_s) if tables else pd.DataFrame()
    about = {
        "time": ("s", "event time from the first stored frame"),
        "name": ("", "foot_strike or foot_off"),
        "side": ("", "left or right"),
        "source": ("", "force, c3d or kinematic"),
    }
    return {
        f"gait_event_{name}": (
            "gait_event",
            table[name].to_numpy(dtype=float if name == "time" else object) if len(table) else np.array([], float),
            {"units": units, "long_name": words},
        )
        for name, (units, words) in about.items()
    }
