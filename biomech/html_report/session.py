"""The report of one session, from the files of its stages."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from biomech.columns import AGE_COLUMNS
from biomech.findings.finding import Finding
from biomech.findings.page import FOOT
from biomech.html_report.card import answer_sentences, cards, evidence
from biomech.html_report.curves import curve_pages
from biomech.html_report.page import colours, render
from biomech.html_report.print_panels import print_panels
from biomech.html_report.quality import LIGHTS, WORDS, doubts, trial_lights
from biomech.html_report.scene import AXIS_LENGTH_M, FORCE_SCALE_M_PER_N, RATE_HZ, trial_scene
from biomech.html_report.sources import methods_facts, sources
from biomech.html_report.tables import outcome_rows, profile_rows, spatiotemporal
from biomech.html_report.timing import timing
from biomech.io.sheets import Session
from biomech.io.trial_files import Trials
from biomech.report.curve_groups import Options
from biomech.report.panels import task_title

SCRIPTS = ("app.js", "scene.js", "compare.js", "player.js", "export.js", "curves.js", "timing.js", "tables.js")


@dataclass(frozen=True)
class SessionMaterial:
    """What the report of a session is made from.

    Attributes
    ----------
    session : Session
        Who, and the trials in the order of the sheets.
    cycles, metrics : xr.Dataset
        Of this session; either may have no cycles.
    visits : sequence of xr.Dataset
        Cycles of the participant's sessions up to this one, in order, this one last.
    raw, kinematics, kinetics : mapping of str to xr.Dataset
        One dataset per trial.
    findings : mapping
        As `biomech.findings.page.json_text` writes them.
    quality : pd.DataFrame
        Rows of all stages.
    provenance : mapping
        As `biomech.io.store.provenance` gives it.
    options : Options
        What is drawn.
    reference : pd.DataFrame, optional
        A lab's own reference curves.
    profiles : callable, optional
        Returns the profile scores of cycles (`biomech.statistics.session_profiles`); none where the config asks for none.
    """

    session: Session
    cycles: xr.Dataset
    metrics: xr.Dataset
    visits: Sequence[xr.Dataset]
    raw: Trials
    kinematics: Trials
    kinetics: Trials
    findings: Mapping[str, Any]
    quality: pd.DataFrame
    provenance: Mapping[str, str]
    options: Options = field(default_factory=Options)
    reference: pd.DataFrame | None = None
    profiles: Callable[[xr.Dataset], pd.DataFrame] | None = None


def session_page(material: SessionMaterial) -> str:
    """Return the HTML of a session's report.

    Parameters
    ----------
    material : SessionMaterial
    """
    session, cycles = material.session, material.cycles
    found = [Finding.of_json(one) for one in material.findings.get("findings", [])]
    pages = curve_pages(material.visits, session.session, material.options, material.reference)
    timings = sorted(timing(found, cycles), key=lambda one: one["curves"] is None)  # what is drawn first
    drawn = [one for one in timings if one["curves"]]
    timings = [one | {"drawn": place if one["curves"] else None} for place, one in enumerate(timings)]
    rows = outcome_rows(material.metrics)
    own_cards = cards(found)
    for card in own_cards:
        card["doubts"] = doubts(material.quality, _trials_of(session, cycles, card["place"]))
    trials, moved, loaded = scenes(material)
    data = {
        "colours": colours(material.options.colours),
        "y_limits": material.options.y_limits,
        "pages": pages,
        "trials": trials,
        "timing": [one["curves"] for one in drawn],
        "force_scale": FORCE_SCALE_M_PER_N,
        "axis_length": AXIS_LENGTH_M,
        "file": f"{session.participant}_{session.session}",
    }
    on_paper, undrawn = print_panels(pages)
    listed = [(trial.trial, task_title(trial.task)) for trial in session.trials]
    return render(
        "session.html.j2",
        SCRIPTS,
        data,
        about=_about(session, cycles),
        title=f"{session.participant}, session {session.session}",
        sentences=answer_sentences(found),
        cards=own_cards,
        evidence=evidence(found),
        foot=FOOT,
        pages=pages,
        drawn=on_paper,
        undrawn=undrawn,
        trials=[one["name"] for one in trials],
        scene_hz=f"{RATE_HZ:g}",
        timing=timings,
        steps=spatiotemporal(rows),
        outcomes=rows,
        profiles=profile_rows(material.profiles(cycles)) if material.profiles and cycles.sizes.get("cycle") else [],
        lights=trial_lights(material.quality, listed),
        light_words=WORDS,
        lights_order=list(LIGHTS.values()),
        methods=methods_facts(moved, loaded, cycles),
        sources=sources(found, pages),
        provenance=_provenance(material.provenance),
    )


def scenes(material: SessionMaterial) -> tuple[list[dict[str, Any]], list[Mapping[Any, Any]], list[Mapping[Any, Any]]]:
    """Return the scenes of all trials but functional ones, movements first, and the attributes of their kinematics and kinetics."""
    roles = {trial.trial: trial.role for trial in material.session.trials}
    names = [name for name in material.kinematics if roles.get(name, "dynamic") != "functional"]
    names.sort(key=lambda name: roles.get(name) == "static")
    out: list[dict[str, Any]] = []
    moved: list[Mapping[Any, Any]] = []
    loaded: list[Mapping[Any, Any]] = []
    for name in names:
        kinematics, kinetics = material.kinematics[name], material.kinetics.get(name)
        moved.append(kinematics.attrs)
        loaded += [] if kinetics is None else [kinetics.attrs]
        if scene := trial_scene(name, kinematics, kinetics, material.raw.get(name)):
            out.append(scene)
    return out, moved, loaded


def _trials_of(session: Session, cycles: xr.Dataset, place: Sequence[str]) -> list[str]:
    """Return the trials of a task, condition and footwear, of the cycles and of the sheets, and the statics that they rest on."""
    names = [trial.trial for trial in session.trials if trial.role in ("static", "functional")]
    names += [trial.trial for trial in session.trials if trial.task == place[0] and trial.condition == place[1]]
    if cycles.sizes.get("cycle"):
        same = np.all(
            [
                cycles[name].to_numpy().astype(str) == value
                for name, value in zip(("task", "condition", "footwear"), place, strict=True)
            ],
            axis=0,
        )
        names += cycles["trial"].to_numpy().astype(str)[same].tolist()
    return list(dict.fromkeys(names))


def _about(session: Session, cycles: xr.Dataset) -> list[tuple[str, str]]:
    """Return what the sheets say of the person and the visit, where they say it."""
    n_static = sum(trial.role == "static" for trial in session.trials)
    rows: list[tuple[str, Any]] = [
        ("participant", session.participant),
        ("session", session.session),
        ("label", session.label if session.label != session.session else ""),
        ("group", session.group),
        ("sex", session.sex if session.sex != "unknown" else ""),
        ("age", _first(session.covariates, AGE_COLUMNS, " years")),
        ("body mass", f"{session.mass_kg:g} kg" if session.mass_kg is not None else ""),
        ("height", f"{session.height_m:g} m" if session.height_m is not None else ""),
        ("dominant side", session.dominant_side),
        ("footwear", ", ".join(dict.fromkeys(trial.footwear for trial in session.trials if trial.footwear))),
        ("trials", f"{len(session.trials)}, of them {n_static} static" if session.trials else ""),
        ("cycles", str(cycles.sizes.get("cycle", 0))),
    ]
    return [(name, str(value)) for name, value in rows if value]


def _first(cells: Mapping[str, Any], names: Sequence[str], unit: str) -> str:
    return next((f"{cells[name]}{unit}" for name in names if cells.get(name) not in (None, "")), "")


def _provenance(made_from: Mapping[str, str]) -> dict[str, Any]:
    return {
        "version": made_from.get("biomech_version", ""),
        "config": json.dumps(json.loads(made_from.get("config") or "{}"), indent=1, sort_keys=True),
        "inputs": sorted(json.loads(made_from.get("input_sha256") or "{}").items()),
    }
