"""Faults of the config's analyses that can be found before any job."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable

import pandas as pd

from biomech.config import did_you_mean
from biomech.config.statistics import Analysis, Comparison, MixedModel, ProfileScore, Reliability, Spm
from biomech.io.sheets import Study
from biomech.kinematics.joints import QUANTITIES
from biomech.kinematics.measures import MEASURES
from biomech.kinetics.moments import MOMENT_QUANTITIES, POWER_QUANTITIES
from biomech.metrics import METRICS
from biomech.statistics.pooling import KINDS, pooled
from biomech.statistics.values import BLANK, DOMINANCE, level_text, with_levels
from biomech.tasks import TASKS

_AXES = ("x", "y", "z")


def statistics_faults(study: Study) -> list[str]:
    """Return one line for every metric, curve, task, factor or level that an analysis names and nobody knows."""
    analyses = study.config.statistics
    columns = factor_levels(study)
    curves = curve_names(study.config.muscles.channels)
    names = [analysis.name for analysis in analyses]
    faults = [
        f"config: statistics: the name {name!r} is given twice"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    for analysis in analyses:
        own = _faults(analysis, columns, curves) or _pooled_by(analysis, study)
        faults += [f"config: statistics: {analysis.name}: {fault}" for fault in own]
    if any(isinstance(analysis, Spm) for analysis in analyses) and importlib.util.find_spec("spm1d") is None:
        faults.append(
            "config: statistics: analyses of kind `spm` need the package spm1d: pip install 'biomech[statistics]'"
        )
    return faults


def factor_levels(study: Study) -> dict[str, list[str]]:
    """Return the columns of the sheets with their levels, as text, in the order of the sheets."""
    found: dict[str, dict[str, None]] = {}

    def add(name: str, value: object) -> None:
        levels = found.setdefault(name, {})
        text = level_text(value)
        if not text and name in blanks:
            text = BLANK
        if text:
            levels[text] = None

    trials = [trial for session in study.sessions for trial in session.trials if trial.role == "dynamic"]
    blanks = {"condition", "footwear", *(name for trial in trials for name in trial.free)}
    blanks = {n for n in blanks if any(level_text(t.free.get(n, getattr(t, n, ""))) for t in trials)}

    for session in study.sessions:
        for name in ("participant", "session", "label", "group", "sex", "dominant_side", "mass_kg", "height_m"):
            add(name, getattr(session, name))
        for name, value in session.covariates.items():
            add(name, value)
        for trial in session.trials:
            if trial.role != "dynamic":
                continue
            for name in ("trial", "task", "condition", "footwear"):
                add(name, getattr(trial, name))
            for name, value in trial.free.items():
                add(name, value)
    out = {name: list(levels) for name, levels in found.items()}
    return out | {"side": ["left", "right"], DOMINANCE: ["dominant", "non_dominant"], "rep": []}


def curve_names(channels: Iterable[str]) -> list[str]:
    """Return all curves that an analysis can name."""
    names = {
        "angle": QUANTITIES,
        "moment": MOMENT_QUANTITIES,
        "power": POWER_QUANTITIES,
        "ground_reaction": _AXES,
        "distance": tuple(MEASURES),
        "emg": tuple(channels),
    }
    return [f"{variable}.{quantity}" for variable, quantities in names.items() for quantity in quantities]


def _faults(analysis: Analysis, columns: dict[str, list[str]], curves: list[str]) -> list[str]:
    of_curves = isinstance(analysis, Spm | ProfileScore)
    known, what = (curves, "curve") if of_curves else (list(METRICS), "metric")
    faults = [f"unknown {what} {name!r}{did_you_mean(name, known)}" for name in analysis.outcomes if name not in known]
    if analysis.task and analysis.task not in TASKS:
        faults.append(f"unknown task {analysis.task!r}{did_you_mean(analysis.task, TASKS)}")
    elif analysis.task and not of_curves:
        for name in analysis.outcomes:
            if name in METRICS and analysis.task not in METRICS[name].tasks:
                faults.append(f"{name} is not defined for {analysis.task}; it is for {', '.join(METRICS[name].tasks)}")
    for name in dict.fromkeys([*analysis.factors_used, *analysis.levels_used]):
        if name not in columns:
            faults.append(f"unknown factor {name!r}{did_you_mean(name, columns)}; the sheets have {', '.join(columns)}")
    for name, levels in analysis.levels_used.items():
        for level in levels:
            if name in columns and (level or BLANK) not in columns[name]:
                near = did_you_mean(level, columns[name])
                faults.append(
                    f"unknown level {level!r} of {name}{near}; the sheets have {', '.join(columns[name]) or 'none'}"
                )
    if analysis.sides == "each" and not isinstance(analysis, MixedModel):
        faults.append(
            "`sides: each` counts legs as participants; only a mixed model, with side within participant, can take it"
        )
    numbers = [*getattr(analysis, "covariates", []), *filter(None, [getattr(analysis, "covariate", "")])]
    for name in numbers:
        if name in columns and not (columns[name] and all(_is_number(x) for x in columns[name] if x != BLANK)):
            faults.append(
                f"the covariate {name!r} must hold numbers; found {', '.join(columns[name][:3]) or 'nothing'}"
            )
    return faults


def _pooled_by(analysis: Analysis, study: Study) -> list[str]:
    """Return what the sheets show that an analysis would pool without naming it."""
    about = _trials(study)
    if about.empty:
        return []
    tasks = [analysis.task] if analysis.task else []
    if not tasks and all(name in METRICS for name in analysis.outcomes):
        tasks = [task for task in about["task"].unique() if all(task in METRICS[n].tasks for n in analysis.outcomes)]
    if len(tasks) != 1:
        return []  # which task has values is not known yet
    keep = about["task"] == tasks[0]
    for name, wanted in analysis.where.items():
        levels = [wanted] if isinstance(wanted, str) else wanted
        if name in about:
            keep &= about[name].isin([level or BLANK for level in levels])
    by = _compared(analysis)
    named = [level or BLANK for level in getattr(analysis, "levels", [])]
    for name in by:
        if name in about:
            keep &= about[name].isin([*named, getattr(analysis, "reference", "")]) if named else about[name] != ""
    by = [name for name in by if name in about]
    within = isinstance(analysis, Reliability) or (isinstance(analysis, Comparison) and analysis.design == "paired")
    within |= isinstance(analysis, Spm) and analysis.test in ("paired", "anova_repeated", "hotelling_paired")
    about = about[keep]
    if isinstance(analysis, MixedModel) and by:
        # sessions and free columns of several factors are looked at with the values
        about = about[[name for name in about if name in (*KINDS, "participant", *by)]].assign(session="")
    free = [name for name in _free(study) if name in about]
    problem = pooled(about, by, analysis.where, within=within, free=free)
    return [problem] if problem else []


def _compared(analysis: Analysis) -> list[str]:
    if isinstance(analysis, MixedModel):
        return list(analysis.factors)
    if isinstance(analysis, Reliability):
        return ["session"]
    factors = [getattr(analysis, "by", ""), getattr(analysis, "factor", "")]
    return [name for name in factors if name]


def _free(study: Study) -> list[str]:
    trials = [trial for session in study.sessions for trial in session.trials]
    names = dict.fromkeys(name for trial in trials for name in trial.free)
    cells = {n: [t.free.get(n) for t in trials if t.free.get(n) not in ("", None)] for n in names}
    return [name for name, found in cells.items() if not all(_is_number(str(x)) for x in found)]


def _trials(study: Study) -> pd.DataFrame:
    """Return one row per trial of movement with the levels that its cycles will have."""
    rows = []
    for session in study.sessions:
        about = {name: getattr(session, name) for name in ("participant", "session", "label", "group", "sex")}
        about |= dict(session.covariates)
        for trial in session.trials:
            if trial.role == "dynamic":
                own = {name: getattr(trial, name) for name in ("trial", "task", "condition", "footwear")}
                rows.append(about | own | dict(trial.free))
    return with_levels(pd.DataFrame(rows))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
