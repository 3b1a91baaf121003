"""Faults of the config's analyses that can be found before any job."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping

from biomech.config import did_you_mean
from biomech.config.statistics import Analysis, MixedModel, ProfileScore, Reliability, Spm
from biomech.io.sheets import Study
from biomech.outcomes import METRICS
from biomech.quantities import MEASURES, MOMENT_QUANTITIES, POWER_QUANTITIES, QUANTITIES
from biomech.statistics.participant_means import BLANK, DOMINANCE, INJURY, level_text
from biomech.tasks import TASKS

_AXES = ("x", "y", "z")


def statistics_faults(study: Study) -> list[str]:
    """Return one line for every metric, curve, task, factor or level that an analysis names and nobody knows."""
    analyses = study.config.statistics
    columns = factor_levels(study)
    curves = curve_names(dict.fromkeys(muscle for side in study.config.muscles.channels.values() for muscle in side))
    names = [analysis.name for analysis in analyses]
    faults = [
        f"config: statistics: the name {name!r} is given twice"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    controls = {name: [level] for name, level in study.config.profile_scores.controls.items()}
    faults += [f"config: profile_scores: {fault}" for fault in _level_faults(controls, controls, columns)]
    for analysis in analyses:
        own = _faults(analysis, columns, curves)
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
    if "injured_side" in out:
        out[INJURY] = ["injured", "uninjured"]
    return out | {"side": ["left", "right"], DOMINANCE: ["dominant", "non_dominant"], "rep": []}


def curve_names(muscles: Iterable[str]) -> list[str]:
    """Return all curves that an analysis can name, with the EMG of these muscles."""
    names = {
        "angle": QUANTITIES,
        "moment": MOMENT_QUANTITIES,
        "power": POWER_QUANTITIES,
        "ground_reaction": _AXES,
        "distance": tuple(MEASURES),
        "emg": tuple(muscles),
    }
    return [f"{variable}.{quantity}" for variable, quantities in names.items() for quantity in quantities]


def _faults(analysis: Analysis, columns: dict[str, list[str]], curves: list[str]) -> list[str]:
    of_curves = isinstance(analysis, Spm | ProfileScore) or (isinstance(analysis, Reliability) and analysis.curves)
    known, what = (curves, "curve") if of_curves else (list(METRICS), "metric")
    faults = [f"unknown {what} {name!r}{did_you_mean(name, known)}" for name in analysis.outcomes if name not in known]
    if analysis.task and analysis.task not in TASKS:
        faults.append(f"unknown task {analysis.task!r}{did_you_mean(analysis.task, TASKS)}")
    elif analysis.task and not of_curves:
        for name in analysis.outcomes:
            if name in METRICS and analysis.task not in METRICS[name].tasks:
                faults.append(f"{name} is not defined for {analysis.task}; it is for {', '.join(METRICS[name].tasks)}")
    named = (name for name in dict.fromkeys([*analysis.factors_used, *analysis.levels_used]) if name != INJURY)
    faults += _level_faults(named, analysis.levels_used, columns)
    for name in getattr(analysis, "against", []):
        if name not in METRICS and name not in columns:
            faults.append(f"unknown metric or column {name!r}{did_you_mean(name, [*METRICS, *columns])}")
    injury = analysis.sides in ("injured", "uninjured") or INJURY in analysis.factors_used
    if injury and INJURY not in columns:
        faults.append(
            "injured and uninjured legs need the column `injured_side` (left or right) in participants.tsv or sessions.tsv"
        )
    elif injury and (other := sorted(set(columns["injured_side"]) - {"left", "right", BLANK})):
        faults.append(f"injured_side must be left, right or empty; found {', '.join(other[:3])}")
    if analysis.sides == "each" and not isinstance(analysis, MixedModel):
        faults.append(
            "`sides: each` counts legs as participants; only a mixed model, with side within participant, can take it"
        )
    scores = [name for name in getattr(analysis, "against", []) if name not in METRICS]
    numbers = [*getattr(analysis, "covariates", []), *scores, *filter(None, [getattr(analysis, "covariate", "")])]
    for name in numbers:
        if name in columns and not (columns[name] and all(_is_number(x) for x in columns[name] if x != BLANK)):
            faults.append(
                f"the covariate {name!r} must hold numbers; found {', '.join(columns[name][:3]) or 'nothing'}"
            )
    return faults


def _level_faults(
    factors: Iterable[str], levels_used: Mapping[str, Iterable[str]], columns: Mapping[str, list[str]]
) -> list[str]:
    faults = []
    for name in factors:
        if name not in columns:
            faults.append(f"unknown factor {name!r}{did_you_mean(name, columns)}; the sheets have {', '.join(columns)}")
    for name, levels in levels_used.items():
        for level in levels:
            if name in columns and (level or BLANK) not in columns[name]:
                near = did_you_mean(level, columns[name])
                faults.append(
                    f"unknown level {level!r} of {name}{near}; the sheets have {', '.join(columns[name]) or 'none'}"
                )
    return faults


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
