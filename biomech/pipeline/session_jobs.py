"""The jobs of one session, or of one participant, that are no stage: findings, files for other programs, figures."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from biomech.config import parse_config
from biomech.io import store
from biomech.io.sheets import Session
from biomech.pipeline.reading import read_result
from biomech.pipeline.stages import EXPORT_READS, FINDINGS
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
    from biomech.findings.material import Material
    from biomech.findings.page import json_text, markdown

    session = Session.model_validate(params["session"])
    config = parse_config(dict(params["config"]))
    quality = Quality(session.participant, session.session, "findings")
    paths = {name: inputs[name][0] for name in FINDINGS.reads}
    with contextlib.ExitStack() as files, ThreadPoolExecutor(1) as beside:
        visits = {
            str(name): files.enter_context(store.open_dataset(path, without="reason"))
            for name, path in zip(params["visits"], inputs["visits"], strict=True)
        }
        read = {name: read_result(name, path, files) for name, path in paths.items() if name != "metrics"}
        read["metrics"] = files.enter_context(store.open_dataset(paths["metrics"], without="reason"))
        origin = beside.submit(store.provenance, "findings", dict(params["config"]), paths.values(), folder)
        found = FINDINGS.load()(Material(session, config, quality, **read, visits=visits))
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
    from biomech.report.outputs import no_figures, write_participant_figures

    try:
        write_participant_figures(inputs["visits"], outputs["folder"], params["config"])
    except (MemoryError, OSError, ImportError):
        raise  # the machine or the installation, not the data
    except Exception as error:  # the study's tables and its report do without
        traceback.print_exc()
        no_figures(outputs["folder"], f"{type(error).__name__}: {error}")


SESSION_JOBS: dict[str, Job] = {"findings": run_findings, "export": run_export, "figures": run_figures}
