"""The jobs of a workflow: read the inputs, call the stage's function, write the outputs."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import xarray as xr

from biomech.config import Config, parse_config
from biomech.config.variants import BASE
from biomech.errors import BiomechError, TrialError
from biomech.io.sheets import Session
from biomech.io.tree_file import TreeFile, TreeWriter
from biomech.quality import Quality
from biomech.stages import FINDINGS, STAGES

Trials = Iterator[tuple[str, xr.Dataset]]
T = TypeVar("T")

RESULTS = {
    "report.md": "the page that leads through everything",
    "study.nc": "every cycle as time-normalised curves, with all covariates",
    "metrics.csv": "one row per cycle and metric (metrics.parquet: the same)",
    "metrics_wide.csv": "one row per cycle, one column per metric (metrics_wide.parquet: the same)",
    "metrics": "the rows of metrics.parquet, one file per participant",
    "quality.tsv": "everything dropped, filled, repaired or doubtful",
    "data_dictionary.csv": "what every variable, metric and column means",
    "provenance.json": "version, config and hashes behind the tables",
    "statistics": "results of the analyses that the config names",
    "figures": "curves per participant and condition, headline outcomes; index.tsv lists them",
    "study.zarr": "study.nc as a Zarr store",
    "methods.md": "the methods section, with methods.bib (methods.tex: the same for LaTeX)",
    "variants.nc": "study.nc with a dimension `variant`",
    "variants/comparison.md": "what the variants change, in metrics, participants and conclusions",
    "bids": "participants and sessions in the manner of BIDS",
    "sessions": "what each stage computed, per session",
}


def run(
    stage: str, inputs: Mapping[str, Path], outputs: Mapping[str, Path], params: Mapping[str, Any], folder: Path
) -> None:
    """Run one stage of one session: read, compute, write.

    Parameters
    ----------
    stage : str
        A key of `STAGES`.
    inputs : mapping
        File of every stage in `Stage.reads`.
    outputs : mapping
        ``data`` (NetCDF) and ``quality`` (table) to write.
    params : mapping
        As `stage_params` gives them.
    folder : Path
        The study folder.

    Raises
    ------
    BiomechError
        Only where ``on_error`` is ``stop``; else a session that fails gives empty outputs and a quality row.
    """
    from biomech.io import store

    spec = STAGES[stage]
    session = Session.model_validate(params["session"])
    config = parse_config(dict(params["config"]))
    quality = Quality(session.participant, session.session, stage)
    with contextlib.ExitStack() as files:
        read = [_read(name, inputs[name], files) for name in spec.reads]
        # every file carries all choices behind it, those of the stages before it too
        sections = store.shared_config(item.attrs for item in read) | dict(params["config"])
        origin = store.provenance(stage, sections, *_provenance_inputs(stage, params, inputs, folder))
        job = _Job(session, config, quality, config.data.on_error, params, folder, read)
        if stage == "cycles":
            _write_cycles(job, outputs["data"], origin)
        elif spec.flat:
            result = xr.Dataset()
            with _caught(job):
                result = _DATASETS[stage](job)
            store.write_dataset(result.assign_attrs(origin), outputs["data"], compress=True)
        else:
            # trial by trial, so that memory does not grow with their number
            file = files.enter_context(TreeWriter(outputs["data"]))
            for name, dataset in _as_far_as_possible(job, _TRIALS[stage]):
                file.write(name, dataset)
            file.set_attributes({"participant": session.participant, "session": session.session} | origin)
    store.write_quality(quality.table(), outputs["quality"])


@contextlib.contextmanager
def logged(path: str | Path) -> Iterator[None]:
    """Send everything that is printed to a log; an error of the study ends the process with its message alone."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    failed = True
    with (
        open(path, "w", encoding="utf-8", buffering=1) as log,
        contextlib.redirect_stdout(log),
        contextlib.redirect_stderr(log),
    ):
        try:
            yield
            failed = False
        except BiomechError as error:
            action = getattr(error, "action", "")
            print(f"{error}{f' ({action})' if action else ''}")
        except Exception:
            traceback.print_exc()
    if failed:
        sys.exit(1)


def run_study(inputs: Mapping[str, Sequence[Path]], outputs: Mapping[str, Path], folder: Path) -> None:
    """Join all sessions into the study's dataset and tables.

    Parameters
    ----------
    inputs : mapping
        Lists of files: ``cycles``, ``metrics``, ``quality``.
    outputs : mapping
        Files to write, see `biomech.study.outputs.write_study`.
    folder : Path
        The study folder.
    """
    from biomech.study.outputs import write_study

    write_study(inputs, outputs, folder)


def run_statistics(
    inputs: Mapping[str, Any], outputs: Mapping[str, Path], config: Mapping[str, Any], folder: Path
) -> None:
    """Run the config's analyses.

    Parameters
    ----------
    inputs : mapping
        ``metrics`` (Parquet) and ``dataset`` of `run_study`; ``reference``: the lab's own curves, or nothing.
    outputs : mapping
        See `biomech.statistics.outputs.write_statistics`.
    config : mapping
        As `biomech.stages.statistics_params` gives it.
    folder : Path
        The study folder.
    """
    from biomech.io.reference_curves import read_reference_curves
    from biomech.report.norms import norm_curve
    from biomech.statistics.outputs import write_statistics

    parsed = parse_config(dict(config))
    own = read_reference_curves(folder / parsed.report.reference_curves) if parsed.report.reference_curves else None

    def norm(task: str, variable: str, quantity: str, percent: Any) -> Any:
        found = norm_curve(task, variable, quantity, percent, own)
        return found and (found.mean, f"{found.population} ({found.source})")

    write_statistics(
        Path(inputs["metrics"]),
        Path(inputs["dataset"]),
        {name: Path(path) for name, path in outputs.items()},
        parsed.statistics,
        config,
        norm,
        folder,
    )


def run_findings(
    inputs: Mapping[str, Any], outputs: Mapping[str, Path], params: Mapping[str, Any], folder: Path
) -> None:
    """Write a session's page of findings.

    Parameters
    ----------
    inputs : mapping
        File of every stage in `FINDINGS.reads`, and ``visits``: the metrics of every session of the participant.
    outputs : mapping
        ``json``, ``page`` (Markdown) and ``quality``.
    params : mapping
        As `stage_params` gives them, and ``visits``: the names of those sessions.
    folder : Path
        The study folder.
    """
    from biomech.findings.material import Material
    from biomech.findings.page import json_text, markdown
    from biomech.findings.session import findings_session
    from biomech.io import store

    session = Session.model_validate(params["session"])
    config = parse_config(dict(params["config"]))
    quality = Quality(session.participant, session.session, "findings")
    with contextlib.ExitStack() as files:
        visits = {
            str(name): files.enter_context(store.open_dataset(path, without="reason"))
            for name, path in zip(params["visits"], inputs["visits"], strict=True)
        }
        read = {name: _read(name, Path(inputs[name]), files) for name in FINDINGS.reads if name != "metrics"}
        read["metrics"] = files.enter_context(store.open_dataset(inputs["metrics"], without="reason"))
        origin = store.provenance(
            "findings", dict(params["config"]), [Path(inputs[name]) for name in FINDINGS.reads], folder
        )
        found = findings_session(Material(session, config, quality, **read, visits=visits))
    about = {"participant": session.participant, "session": session.session, "label": session.label}
    store.write_text(json_text(found, about | {"provenance": origin}), outputs["json"])
    store.write_text(markdown(found, **about), outputs["page"])
    store.write_quality(quality.table(), outputs["quality"])


def run_figures(inputs: Mapping[str, Any], folder: Path, report: Mapping[str, Any]) -> None:
    """Draw a participant's curves into `folder`.

    Parameters
    ----------
    inputs : mapping
        ``visits``: cycles of every session of the participant, in order.
    folder : Path
        Made if it is not there.
    report : mapping
        The config's section.
    """
    from biomech.report.outputs import write_participant_figures

    write_participant_figures([Path(path) for path in inputs["visits"]], folder, report)


def run_overview(inputs: Mapping[str, Any], outputs: Mapping[str, Path], report: Mapping[str, Any]) -> None:
    """Draw the headline outcomes of all participants, and list all figures.

    Parameters
    ----------
    inputs : mapping
        ``metrics`` (Parquet) of `run_study` and ``figures``, the folders of `run_figures`.
    outputs : mapping
        ``folder`` and ``index``.
    report : mapping
        The config's section.
    """
    from biomech.report.outputs import write_overview

    write_overview(inputs["metrics"], inputs["figures"], outputs["folder"], outputs["index"], report)


def run_variants(studies: Sequence[Path], metrics: Sequence[Path], outputs: Mapping[str, Path], folder: Path) -> None:
    """Put the study's files of all variants into one dataset and one table.

    Parameters
    ----------
    studies, metrics : sequence of Path
        ``study.nc`` and ``metrics.parquet`` of the base and then of each variant, in folders of their names.
    outputs : mapping
        ``dataset`` and ``metrics``.
    folder : Path
        The study folder.
    """
    from biomech.io.store import provenance
    from biomech.study.variants import write_variant_metrics, write_variants

    made_from = provenance("variants", {}, [*map(Path, studies), *map(Path, metrics)], folder)
    joined = write_variants(_by_variant(studies), outputs["dataset"], made_from)
    write_variant_metrics(_by_variant(metrics), outputs["metrics"], joined, made_from)


def run_comparison(
    inputs: Mapping[str, Path],
    studies: Sequence[Path],
    results: Sequence[Path],
    outputs: Mapping[str, Path],
    report: Mapping[str, Any],
) -> None:
    """Write how outcomes move between variants.

    Parameters
    ----------
    inputs : mapping
        ``dataset`` and ``metrics`` of `run_variants`.
    studies, results : sequence of Path
        ``study.nc`` and tables of statistical results of the base and each variant.
    outputs : mapping
        See `biomech.report.comparison.write_comparison`.
    report : mapping
        The config's section.
    """
    from biomech.report.comparison import write_comparison

    write_comparison(
        Path(inputs["dataset"]),
        Path(inputs["metrics"]),
        _by_variant(studies),
        _by_variant(results),
        {name: Path(path) for name, path in outputs.items()},
        tuple(report["formats"]),
    )


def run_methods(inputs: Mapping[str, Any], outputs: Mapping[str, Path], params: Mapping[str, Any]) -> None:
    """Write the methods section.

    Parameters
    ----------
    inputs : mapping
        ``dataset`` and ``quality`` of `run_study`, and ``results``, the table of statistical results, if there is one.
    outputs : mapping
        ``markdown``, ``latex`` and ``bibtex``.
    params : mapping
        As `biomech.stages.methods_params` gives them.
    """
    from biomech.report.run_facts import write_methods

    files = _single(inputs)
    about = params["config"], params["markerset"]
    write_methods(files["dataset"], files["quality"], *about, outputs, files.get("results"))


def run_statistics_report(inputs: Mapping[str, Any], folder: Path, report: Mapping[str, Any]) -> None:
    """Write tables and figures of the statistical results.

    Parameters
    ----------
    inputs : mapping
        ``results``, ``clusters``, ``curves``, ``metrics`` and ``dataset``.
    folder : Path
        Where they go.
    report : mapping
        The config's section.
    """
    from biomech.report.statistics_outputs import write_statistics

    paths = _single(inputs)
    write_statistics(
        paths["results"],
        paths["clusters"],
        paths["metrics"],
        paths["dataset"],
        Path(folder),
        tuple(report["formats"]),
        curves=paths["curves"],
    )


def run_report(inputs: Mapping[str, Any], page: Path) -> None:
    """Write the page that leads through the results.

    Parameters
    ----------
    inputs : mapping
        See `biomech.report.page.write_report`; ``findings`` is a list, and so may be the others, of one file or none.
    page : Path
        The page to write.
    """
    from biomech.report.page import write_report

    others = {name: value for name, value in inputs.items() if name != "findings"}
    write_report({**_single(others), "findings": list(inputs.get("findings", []))}, Path(page))


def _single(inputs: Mapping[str, Any]) -> dict[str, Path]:
    """Return the one file of every input; inputs given as empty lists are left out."""
    files = {name: value if isinstance(value, (list, tuple)) else [value] for name, value in inputs.items()}
    return {name: Path(value[0]) for name, value in files.items() if value}


def _by_variant(files: Sequence[Path]) -> dict[str, Path]:
    """Name each file by the folder of its variant: ``results/variants/NAME/...``, all others are the base's."""
    named = {}
    for path in map(Path, files):
        parts = path.parts
        place = len(parts) - 1 - parts[::-1].index("variants") if "variants" in parts else -1
        named[parts[place + 1] if place >= 0 else BASE] = path
    return named


def run_export(inputs: Mapping[str, Path], folder: Path, params: Mapping[str, Any]) -> None:
    """Write a session's trials as files of other programs.

    Parameters
    ----------
    inputs : mapping
        ``ingest``, ``kinematics``, ``kinetics`` and ``cycles``.
    folder : Path
        Where they go.
    params : mapping
        As `biomech.stages.export_params` gives them.
    """
    from biomech.export.session import export_session
    from biomech.io import store

    session = Session.model_validate(params["session"])
    with contextlib.ExitStack() as files:
        raw, kinematics, kinetics = (
            files.enter_context(TreeFile(inputs[name])) for name in ("ingest", "kinematics", "kinetics")
        )
        cycles = files.enter_context(store.open_dataset(inputs["cycles"]))
        export_session(raw, kinematics, kinetics, cycles, session, parse_config(dict(params["config"])), folder)  # type: ignore[arg-type]


def run_zarr(dataset: Path, folder: Path) -> None:
    """Write the study's dataset as a Zarr store; see `biomech.export.zarr_store.write_zarr`."""
    from biomech.export.zarr_store import write_zarr

    write_zarr(dataset, folder)


def run_bids(sessions: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Write participants and sessions in the manner of BIDS.

    Parameters
    ----------
    sessions : sequence of mapping
        Rows of the sheets, JSON-ready.
    folder : Path
        Where they go.
    """
    from biomech.export.bids import write_bids

    write_bids([Session.model_validate(session) for session in sessions], folder)


def ending(folder: Path) -> str:
    """Return what a person is told after a run: where the results are and how much of them is doubtful."""
    results = folder / "results"
    lines = ["", f"Done. The results are in {results.resolve()}:"]
    for name, meaning in RESULTS.items():
        if (results / name).exists():
            lines.append(f"  {name:<24}{meaning}")
    counts = _quality_counts(results / "quality.tsv")
    if counts:
        lines += ["", f"Quality: {counts}."]
    return "\n".join(lines)


def failure(folder: Path) -> str:
    """Return what a person is told after a failed run."""
    return "\n".join(
        [
            "",
            f"A job failed; its message stands above and in {(folder / 'logs').resolve()}.",
            "Results of the other jobs are kept: mend the cause and run the same command again.",
        ]
    )


def _quality_counts(path: Path) -> str:
    from biomech.io.store import read_quality

    if not path.is_file():
        return ""
    levels = read_quality(path)["level"].value_counts()
    names = {"error": "error", "warning": "warning", "info": "note"}
    counts = {name: int(levels.get(level, 0)) for level, name in names.items()}
    return ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items())


@dataclass
class _Job:
    """What a stage's function is called with."""

    session: Session
    config: Config
    quality: Quality
    on_error: Literal["skip", "stop"]
    params: Mapping[str, Any]
    folder: Path
    read: Sequence[Any]

    def markerset(self) -> Any:
        from biomech.model.markersets import load_markerset

        return load_markerset(self.params["markerset"]["name"], self.folder)


def _read(stage: str, path: Path, files: contextlib.ExitStack) -> Any:
    from biomech.io import store

    return files.enter_context(store.open_dataset(path) if STAGES[stage].flat else TreeFile(path))


def _ingest(job: _Job) -> Trials:
    from biomech.io.ingest import ingest_trials

    data_folder = Path(job.params["data"]["folder"])
    return ingest_trials(job.session, data_folder, job.config, job.quality, on_error=job.on_error)


def _model(job: _Job) -> Trials:
    from biomech.model.session import model_trials

    (raw,) = job.read
    return model_trials(raw, job.session, job.markerset(), job.config, job.quality, on_error=job.on_error)


def _kinematics(job: _Job) -> Trials:
    from biomech.kinematics.session import kinematics_trials

    raw, model = job.read
    return kinematics_trials(raw, model, job.session, job.markerset(), job.config, job.quality, on_error=job.on_error)


def _kinetics(job: _Job) -> Trials:
    from biomech.kinetics.session import kinetics_trials

    raw, model, kinematics = job.read
    return kinetics_trials(raw, model, kinematics, job.session, job.config, job.quality, on_error=job.on_error)


def _muscles(job: _Job) -> Trials:
    from biomech.muscles.session import muscles_trials

    (raw,) = job.read
    return muscles_trials(raw, job.session, job.config, job.quality, on_error=job.on_error)


def _write_cycles(job: _Job, path: Path, origin: Mapping[str, str]) -> None:
    from biomech.cycles.dataset import TrialCycles, write_cycles
    from biomech.cycles.session import cycles_trials, session_labels

    raw, kinematics, kinetics, muscles = job.read
    labels = session_labels()
    with _caught(job):
        labels = session_labels(kinematics, kinetics, muscles)

    def parts(job: _Job) -> Iterator[TrialCycles]:
        return cycles_trials(
            raw,
            kinematics,
            kinetics,
            job.session,
            job.config,
            job.quality,
            labels,
            on_error=job.on_error,
            muscles=muscles,
        )

    write_cycles(job.session, _as_far_as_possible(job, parts), labels, path, origin)


def _metrics(job: _Job) -> xr.Dataset:
    from biomech.metrics.session import metrics_session

    cycles, model, kinematics, muscles = job.read
    return metrics_session(
        cycles, job.session, job.config, job.quality, model=model, kinematics=kinematics, muscles=muscles
    )


_TRIALS: dict[str, Callable[[_Job], Trials]] = {
    "ingest": _ingest,
    "model": _model,
    "kinematics": _kinematics,
    "kinetics": _kinetics,
    "muscles": _muscles,
}
_DATASETS: dict[str, Callable[[_Job], xr.Dataset]] = {"metrics": _metrics}


def _as_far_as_possible(job: _Job, call: Callable[[_Job], Iterator[T]]) -> Iterator[T]:
    with _caught(job):
        yield from call(job)


@contextlib.contextmanager
def _caught(job: _Job) -> Iterator[None]:
    """Make a quality row of what cannot be computed, unless the run must stop; results up to there are kept."""
    try:
        yield
    except TrialError as error:
        if job.on_error == "stop":
            raise
        job.quality.add_error(error)
    except (MemoryError, OSError, ImportError):
        raise  # the machine or the installation, not the data: the job must fail, and run again
    except Exception as error:
        if job.on_error == "stop":
            raise
        traceback.print_exc()
        job.quality.add(
            "error",
            "internal_error",
            f"{type(error).__name__}: {error}",
            action="this is a fault of the software, met on these data: please report it with the log of this job",
        )


def _provenance_inputs(
    stage: str, params: Mapping[str, Any], inputs: Mapping[str, Path], folder: Path
) -> tuple[list[Path], Path]:
    if stage == "ingest":
        data_folder = Path(params["data"]["folder"])
        files = dict.fromkeys(data_folder / trial["file"] for trial in params["session"]["trials"])
        return list(files), data_folder
    return [Path(inputs[name]) for name in STAGES[stage].reads], folder
