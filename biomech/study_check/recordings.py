"""Every recording of a session opened, and its static trials with a few movements taken through the pipeline's own stages."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial

import numpy as np
import xarray as xr

from biomech.config import Config
from biomech.events.session import cycles_session
from biomech.io.ingest import ingest_trials
from biomech.io.sheets import Session, Study, Trial
from biomech.kinematics.session import kinematics_session
from biomech.kinetics.session import kinetics_session
from biomech.model.label_geometry import body_axes
from biomech.model.landmark_names import read_labels
from biomech.model.markersets import MarkerSet, load_markerset
from biomech.model.recognition import recognise
from biomech.model.session import model_session
from biomech.pipeline.own import own_rows
from biomech.quality import Quality
from biomech.study_check.axes import axes_cause
from biomech.study_check.causes import Cause, Checked, Fix

#: Movement trials of a session that are computed: the first of each task, at most so many. The others are opened only.
MOVING = 3
#: Angles of standing that the contact sheet shows.
STANDING = ("knee_flexion", "knee_abduction", "hip_adduction")
#: What is computed of them.
STAGES = ("model", "kinematics", "kinetics", "cycles")
_STOP = {"missing_marker", "missing_static", "missing_parameter"}


def check_recordings(study: Study, progress: Callable[[int], None] = lambda done: None) -> Iterator[Checked]:
    """Check the recordings of every session, several sessions at once.

    Parameters
    ----------
    study : Study
    progress : callable, optional
        Receives the number of sessions done.

    Yields
    ------
    Checked
        In the order of the sheets.
    """
    work = partial(check_session, study)
    if len(study.sessions) < 2:
        for number, session in enumerate(study.sessions, 1):
            yield work(session, each_apart=True)
            progress(number)
        return
    done = 0
    try:
        with ProcessPoolExecutor() as pool:
            for one in pool.map(work, study.sessions):
                done += 1
                yield one
                progress(done)
    except BrokenProcessPool:  # a recording took its process down: the rest one by one
        for session in study.sessions[done:]:
            done += 1
            yield work(session, each_apart=True)
            progress(done)


def check_session(study: Study, session: Session, each_apart: bool = False) -> Checked:
    """Open every recording of a session, and compute its static trials and a few movements.

    Parameters
    ----------
    study : Study
    session : Session
    each_apart : bool
        Read each recording in a process of its own first, so that one that ends the process is only left out.

    Returns
    -------
    Checked
        Rows of the stages from ingest to cycles as a run would write them. Where the axes or the marker set are
        wrong, rows that follow from this are left out.
    """
    with own_rows(study.folder):
        try:
            return _checked(study, session, each_apart)
        except Exception as error:  # one session never ends the check of the others
            traceback.print_exc()
            message = (
                f"{session.participant}, session {session.session} cannot be checked: {type(error).__name__}: {error}"
            )
            cure = "this is a fault of the software, met on these data: please report it"
            places = ((session.participant, session.session, ""),)
            cause = Cause("error", "internal_error", "ingest", message, cure, places)
            return Checked(
                session.participant, session.session, [cause], lost={trial.trial for trial in session.trials}
            )


def _checked(study: Study, session: Session, each_apart: bool) -> Checked:
    out = Checked(session.participant, session.session)
    markerset = load_markerset(study.config.markerset, study.folder)
    there = tuple(trial for trial in session.trials if (study.data_folder / trial.file).is_file())
    present = session.model_copy(update={"trials": there})
    out.lost = {trial.trial for trial in session.trials} - {trial.trial for trial in there}
    if not there:
        return out
    ingest = Quality(session.participant, session.session, "ingest")
    kept: dict[str, xr.Dataset] = {}
    by_name = {trial.trial: trial for trial in there}
    chosen = _chosen(there)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # markers that are not there are NaN
        for name, data in ingest_trials(present, study.data_folder, study.config, ingest, each_apart=each_apart):
            _check_markers(by_name[name], data, markerset, ingest)
            if name in chosen:
                kept[name] = data
        out.rows += ingest.rows
        out.lost |= {row["trial"] for row in ingest.rows if row["level"] == "error" and row["trial"]}
        read = tuple(trial for trial in there if trial.trial not in out.lost)
        axes = axes_cause(study, session.model_copy(update={"trials": read}))
        if axes is not None:
            out.causes.append(axes)
            if axes.level == "error":
                out.rows = [row for row in out.rows if row["code"] != "lab_axes"]
                out.lost |= set(by_name)
                return out
        if not any(trial.role == "static" for trial in there):
            out.lost |= set(by_name)
            return out
        out.causes += _contradictions(kept, by_name, out)
        _compute(kept, present, markerset, study.config, out)
        out.causes += _exchanges(out)
        if other := _other_set(study, kept, by_name, out):
            out.causes.append(other)
            out.lost |= set(by_name)
            out.rows = [row for row in out.rows if row["code"] not in _STOP]
    return out


def _chosen(trials: tuple[Trial, ...]) -> set[str]:
    """Return the trials that are computed: all static and functional ones, and the first movement of each task."""
    first: dict[str, str] = {}
    for trial in trials:
        if trial.role == "dynamic":
            first.setdefault(trial.task, trial.trial)
    return {trial.trial for trial in trials if trial.role != "dynamic"} | set(list(first.values())[:MOVING])


def _check_markers(trial: Trial, data: xr.Dataset, markerset: MarkerSet, quality: Quality) -> None:
    """Name the markers that the set requires in a movement and the recording does not hold; statics are the model's to judge."""
    if trial.role != "dynamic":
        return
    labels = [str(label) for label in data["marker"].values]
    for side in markerset.sides:
        if lacking := markerset.missing(labels, "dynamic", side):
            quality.add(
                "warning",
                "missing_marker",
                f"marker set {markerset.name} expects {', '.join(lacking)} on the {side} side of {trial.file}, which holds none of them: "
                "segments that rest on them have no pose",
                trial=trial.trial,
                item=side,
                action="label the marker, or rename it by a `relabel` entry in trials.tsv",
            )


def _contradictions(kept: dict[str, xr.Dataset], by_name: dict[str, Trial], out: Checked) -> list[Cause]:
    """Name labels of a static trial that lie where their landmark cannot: on the other side, above the joint above, behind."""
    causes = []
    for name in (name for name in kept if by_name[name].role == "static"):
        labels = [str(label) for label in kept[name]["marker"].values]
        found = body_axes(labels, kept[name]["marker_position"].values, read_labels(labels)[1])
        for one in found.contradictions:
            cure = f"look at {', '.join(one.labels)} in the picture of the static trial; exchange labels by a `relabel` entry in trials.tsv"
            places = ((out.participant, out.session, name),)
            message = f"static trial {name}: {one.message}"
            causes.append(Cause("warning", "labels_contradicted", "model", message, cure, places))
    return causes


def _compute(kept: dict[str, xr.Dataset], session: Session, markerset: MarkerSet, config: Config, out: Checked) -> None:
    few = session.model_copy(update={"trials": tuple(trial for trial in session.trials if trial.trial in kept)})
    moving = {trial.trial for trial in session.trials if trial.role == "dynamic"}
    tables = {stage: Quality(session.participant, session.session, stage) for stage in STAGES}
    model = {}
    with tables["model"].guard():
        model = model_session(kept, few, markerset, config, tables["model"])
    if not model:
        out.lost |= moving
        out.rows += tables["model"].rows
        return
    with tables["kinematics"].guard():
        motion = kinematics_session(kept, model, few, markerset, config, tables["kinematics"])
        forces: dict[str, xr.Dataset] = {}
        with tables["kinetics"].guard():
            forces = kinetics_session(kept, model, motion, few, config, tables["kinetics"])
        with tables["cycles"].guard():
            cycles_session(kept, motion, forces, few, config, tables["cycles"])
        for name in model:
            if name in motion and "angle" in motion[name]:
                out.standing[name] = _standing(motion[name])
    _drop_consequences(tables)
    # markers that a whole recording lacks were named when it was opened
    known = {(row["code"], row["trial"]) for row in out.rows}
    out.rows += [row for quality in tables.values() for row in quality.rows if (row["code"], row["trial"]) not in known]


def _exchanges(out: Checked) -> list[Cause]:
    """Take the rows of exchanged labels out, as causes with the cell that cures them."""
    causes = []
    for row in [row for row in out.rows if row["code"] == "swapped_labels" and row["level"] == "error"]:
        out.rows.remove(row)
        one, _, other = row["item"].partition(", ")
        place = (out.participant, out.session, row["trial"])
        fix = Fix(relabel=(place, f"{one}={other}; {other}={one}"))
        causes.append(Cause("error", "swapped_labels", "model", row["message"], row["action"], (place,), fix))
    return causes


def _drop_consequences(tables: dict[str, Quality]) -> None:
    """Leave out that there are no moments where the mass is missing: that is the cause."""
    if any(row["code"] == "missing_mass" for row in tables["model"].rows):
        tables["kinetics"].rows = [row for row in tables["kinetics"].rows if row["code"] != "no_mass"]


def _standing(motion: xr.Dataset) -> dict[str, dict[str, float]]:
    angle = motion["angle"]
    known = [name for name in STANDING if name in angle["quantity"].values]
    return {
        str(side): {name: float(np.nanmedian(angle.sel(side=side, quantity=name))) for name in known}
        for side in angle["side"].values
    }


def _other_set(study: Study, kept: dict[str, xr.Dataset], by_name: dict[str, Trial], out: Checked) -> Cause | None:
    """Name the marker set that fits a static trial where the config's set lacks markers in it; certain if only one fits."""
    lacks = {row["trial"] for row in out.rows if row["code"] == "missing_marker" and row["stage"] == "model"}
    for name in (name for name in kept if name in lacks and by_name[name].role == "static"):
        labels = [str(label) for label in kept[name]["marker"].values]
        fits = recognise(labels, kept[name]["marker_position"].values, study.folder)
        whole = [fit for fit in fits if not fit.missing]
        if not whole or whole[0].name == study.config.markerset:
            continue
        also = f" ({', '.join(fit.name for fit in whole[1:])} would fit, too)" if whole[1:] else ""
        return Cause(
            "error",
            "wrong_markerset",
            "markerset",
            f"marker set {study.config.markerset} lacks markers in {by_name[name].file}; {whole[0].name} fits it{also}",
            f"write markerset: {whole[0].name} into config.yaml",
            ((out.participant, out.session, ""),),
            Fix((f"markerset={whole[0].name}",)) if not whole[1:] else None,
        )
    return None
