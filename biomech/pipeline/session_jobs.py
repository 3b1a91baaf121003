"""The jobs of one session, or of one participant, that are not stages: findings, files for other programs, figures."""

from __future__ import annotations

import contextlib
import json
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from biomech.config import parse_config
from biomech.errors import BiomechError
from biomech.io import store
from biomech.io.sheets import Session
from biomech.io.trial_files import TrialFolder
from biomech.pipeline.reading import read_result
from biomech.pipeline.stages import EXPORT_READS, FINDINGS, REPORT_READS
from biomech.pipeline.study_jobs import own_curves
from biomech.quality import Quality

Inputs = Mapping[str, Sequence[Path]]
Outputs = Mapping[str, Path]
Params = Mapping[str, Any]
Job = Callable[[Inputs, Outputs, Params, Path], None]


def run_findings(inputs: Inputs, outputs: Outputs, params: Params, folder: Path) -> None:
    """Write a session's page of findings.

    Parameters
    ----------
    inputs : mapping
        File of every stage in `FINDINGS.reads`, and ``visits``: the metrics of every session of the participant.
    outputs : mapping
        ``json``, ``page`` (Markdown) and ``quality``.
    params : mapping
        As `biomech.pipeline.narrowing.stage_params` gives them, and ``visits``: the names of those sessions.
    folder : Path
        The study folder.
    """
    from biomech.findings.inputs import FindingInputs
    from biomech.findings.page import json_text, markdown

    session = Session.model_validate(params["session"])
    config = parse_config(dict(params["config"]))
    quality = Quality(session.participant, session.session, "findings")
    paths = {name: inputs[name][0] for name in FINDINGS.reads}
    with contextlib.ExitStack() as files, ThreadPoolExecutor(1) as executor:
        visits = {
            str(name): files.enter_context(store.open_dataset(path, without="reason"))
            for name, path in zip(params["visits"], inputs["visits"], strict=True)
        }
        read = {name: read_result(name, path, files) for name, path in paths.items() if name != "metrics"}
        read["metrics"] = files.enter_context(store.open_dataset(paths["metrics"], without="reason"))
        origin = executor.submit(store.provenance, "findings", dict(params["config"]), paths.values(), folder)
        found = FINDINGS.load()(FindingInputs(session, config, quality, **read, visits=visits))
    about = {"participant": session.participant, "session": session.session, "label": session.label}
    store.write_text(json_text(found, about | {"provenance": origin.result()}), outputs["json"])
    store.write_text(markdown(found, **about, details=outputs["json"].name), outputs["page"])
    store.write_quality(quality.table(), outputs["quality"])


def run_export(inputs: Inputs, outputs: Outputs, params: Params, folder: Path) -> None:
    """Write a session's trials as files of other programs.

    Parameters
    ----------
    inputs : mapping
        File of every stage in `EXPORT_READS`.
    outputs : mapping
        ``folder``: where they go.
    params : mapping
        As `biomech.pipeline.narrowing.export_params` gives them.
    folder : Path
        The study folder.
    """
    from biomech.export.session import export_session

    session = Session.model_validate(params["session"])
    with contextlib.ExitStack() as files:
        read = {name: read_result(name, inputs[name][0], files) for name in EXPORT_READS}
        config, place = parse_config(dict(params["config"])), outputs["folder"]
        stages = read["ingest"], read["kinematics"], read["kinetics"], read["cycles"]
        export_session(*stages, session, config, place, read["model"])


def run_figures(inputs: Inputs, outputs: Outputs, params: Params, folder: Path) -> None:
    """Draw a participant's curves.

    Parameters
    ----------
    inputs : mapping
        ``visits``: cycles of every session of the participant, in order.
    outputs : mapping
        ``folder``: made if it is not there.
    params : mapping
        ``config``: section `report`.
    folder : Path
        The study folder.
    """
    from biomech.report.write_figures import no_figures, write_participant_figures

    try:
        write_participant_figures(inputs["visits"], outputs["folder"], params["config"])
    except (MemoryError, OSError, ImportError):
        raise  # the machine or the installation, not the data
    except Exception as error:  # the study's tables and its report do without
        traceback.print_exc()
        no_figures(outputs["folder"], f"{type(error).__name__}: {error}")


def run_session_report(inputs: Inputs, outputs: Outputs, params: Params, folder: Path) -> None:
    """Write a session's report as one HTML file.

    Parameters
    ----------
    inputs : mapping
        File of every stage in `REPORT_READS`, ``findings`` (JSON), ``quality`` of all stages, and ``visits``: cycles of the
        participant's sessions up to this one, in order, this one last.
    outputs : mapping
        ``page``.
    params : mapping
        As `biomech.pipeline.narrowing.report_params` gives them.
    folder : Path
        The study folder.
    """
    from biomech.html_report.scene import SHOWN
    from biomech.html_report.session import SessionMaterial, session_page
    from biomech.report.curve_groups import Options
    from biomech.report.norms import profile_norm
    from biomech.statistics.session_profiles import session_profiles

    session = Session.model_validate(params["session"])
    config = parse_config(dict(params["config"]))
    own = own_curves(config, folder)
    files_read = [path for name in (*REPORT_READS, "findings", "quality", "visits") for path in inputs[name]]
    origin = store.provenance("session_report", dict(params["config"]), dict.fromkeys(files_read), folder)

    def profiles(cycles: xr.Dataset) -> pd.DataFrame:
        return session_profiles(cycles, config.profile_scores, profile_norm(own))

    with contextlib.ExitStack() as files:
        trials = {name: TrialFolder(inputs[stage][0], shown) for name, (stage, shown) in SHOWN.items()}
        cycles = files.enter_context(store.open_dataset(inputs["cycles"][0]))
        material = SessionMaterial(
            session=session,
            cycles=cycles,
            metrics=files.enter_context(store.open_dataset(inputs["metrics"][0], without="reason")),
            visits=[files.enter_context(store.open_dataset(path)) for path in inputs["visits"]],
            **trials,
            findings=json.loads(inputs["findings"][0].read_text(encoding="utf-8")),
            quality=pd.concat([store.read_quality(path) for path in inputs["quality"]], ignore_index=True),
            provenance=origin,
            options=Options.of(params["config"]["report"]),
            reference=own,
            profiles=profiles if config.profile_scores.reference == "norms" else None,
        )
        page = session_page(material)
    store.write_text(page, outputs["page"])
    _print(outputs["page"], config.report.pdf)


def _print(page: Path, wanted: bool) -> None:
    """Print a report to PDF where the config asks for it; one of an earlier report does not stay."""
    from biomech.html_report.pdf import print_pdf

    pdf = page.with_suffix(".pdf")
    pdf.unlink(missing_ok=True)
    if wanted:
        try:
            print_pdf(page, pdf)
        except BiomechError as error:  # the report is there; the ending of the run names it
            print(error)


SESSION_JOBS: dict[str, Job] = {
    "findings": run_findings,
    "export": run_export,
    "figures": run_figures,
    "session_report": run_session_report,
}
