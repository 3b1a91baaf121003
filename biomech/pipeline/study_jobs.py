"""The jobs of a whole study: tables, statistics, figures, variants, pages, files for other programs.

Every job is called with its input files (name to a list of paths, empty where the config asks for none), its output files
or folders, its params (`biomech.pipeline.narrowing.study_params`), and the study folder. Their names and paths:
`biomech.pipeline.targets` and the rules of the workflow.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from biomech.config import Config, parse_config
from biomech.config.variants import BASE
from biomech.io.sheets import Session

Inputs = Mapping[str, Sequence[Path]]
Outputs = Mapping[str, Path]
Params = Mapping[str, Any]
Job = Callable[[Inputs, Outputs, Params, Path], None]


def run_study(inputs: Inputs, outputs: Outputs, params: Params, folder: Path) -> None:
    """Join the ``cycles``, ``metrics``, ``findings`` and ``quality`` of all sessions; see `biomech.study.write_study.write_study`."""
    from biomech.study.write_study import write_study

    write_study(inputs, outputs, folder, params["sheet_notes"])


def run_provenance(inputs: Inputs, outputs: Outputs, params: Params, folder: Path) -> None:
    """Write what the ``results`` were made from, and with what software; ``raw`` is what was read of every session."""
    from biomech.study.provenance import write_provenance

    write_provenance(inputs["results"], inputs["raw"], params["config"], outputs["provenance"], folder)


def run_outcomes(inputs: Inputs, outputs: Outputs, params: Params, folder: Path) -> None:
    """Write mean, SD and number of cycles of the selected outcomes, from ``wide`` (Parquet) and ``dictionary`` (CSV)."""
    from biomech.statistics.outcome_files import write_outcomes

    write_outcomes(inputs["wide"][0], inputs["dictionary"][0], outputs)


def run_statistics(inputs: Inputs, outputs: Outputs, params: Params, folder: Path) -> None:
    """Run the config's analyses of ``metrics`` (Parquet) and ``dataset``; see `biomech.statistics.write_statistics.write_statistics`."""
    from biomech.report.norms import norm_curve
    from biomech.statistics.write_statistics import write_statistics

    config = parse_config(dict(params["config"]))
    own = own_curves(config, folder)

    def norm(task: str, variable: str, quantity: str, percent: Any) -> Any:
        found = norm_curve(task, variable, quantity, percent, own)
        return found and (found.mean, f"{found.population} ({found.source})")

    files = inputs["metrics"][0], inputs["dataset"][0]
    write_statistics(*files, outputs, config.statistics, params["config"], norm, folder)


def run_profile_scores(inputs: Inputs, outputs: Outputs, params: Params, folder: Path) -> None:
    """Write Gait Profile Score and Gait Deviation Index of every session and leg of ``dataset``, as ``csv`` and ``parquet``."""
    from biomech.io.csv_parquet import write_csv, write_parquet
    from biomech.io.store import open_dataset, provenance
    from biomech.report.norms import profile_norm
    from biomech.statistics.session_profiles import session_profiles

    config, dataset = parse_config(dict(params["config"])), inputs["dataset"][0]
    norm = profile_norm(own_curves(config, folder))
    with open_dataset(dataset) as study:
        table = session_profiles(study, config.profile_scores, norm)
    made_from = provenance("profile_scores", dict(params["config"]), [dataset], folder)
    write_parquet(table, outputs["parquet"], made_from)
    write_csv(table, outputs["csv"])


def run_profile_figures(inputs: Inputs, outputs: Outputs, params: Params, folder: Path) -> None:
    """Draw the movement analysis profiles of ``scores`` (Parquet)."""
    from biomech.io.store import provenance
    from biomech.report.profiles import write_profile_figures

    (table,), report = inputs["scores"], params["config"]
    made_from = provenance("profile_figures", {"report": dict(report)}, [table], folder)
    write_profile_figures(table, outputs["folder"], report, made_from)


def run_overview(inputs: Inputs, outputs: Outputs, params: Params, folder: Path) -> None:
    """Draw the headline outcomes of all participants (``metrics``, ``contrasts``), and list all ``figures``."""
    from biomech.report.write_figures import write_overview

    contrasts = next(iter(inputs.get("contrasts", [])), None)
    places = outputs["folder"], outputs["index"]
    write_overview(inputs["metrics"][0], inputs["figures"], *places, params["config"], contrasts=contrasts)


def run_variants(inputs: Inputs, outputs: Outputs, params: Params, folder: Path) -> None:
    """Put the datasets (``studies``) and tables (``metrics``) of all variants, the base first, into one of each."""
    from biomech.io.store import provenance
    from biomech.study.variants import write_variant_metrics, write_variants

    studies, metrics = inputs["studies"], inputs["metrics"]
    made_from = provenance("variants", {}, [*studies, *metrics], folder)
    joined = write_variants(_by_variant(studies), outputs["dataset"], made_from)
    write_variant_metrics(_by_variant(metrics), outputs["metrics"], joined, made_from)


def run_comparison(inputs: Inputs, outputs: Outputs, params: Params, folder: Path) -> None:
    """Write how outcomes move between variants; see `biomech.report.variant_report.write_comparison`.

    ``dataset`` and ``metrics`` are those of `run_variants`, ``studies`` and ``results`` (statistics) those of every variant.
    """
    from biomech.report.variant_report import write_comparison

    joined = inputs["dataset"][0], inputs["metrics"][0]
    each = _by_variant(inputs["studies"]), _by_variant(inputs.get("results", []))
    write_comparison(*joined, *each, dict(outputs), tuple(params["config"]["formats"]))


def run_methods(inputs: Inputs, outputs: Outputs, params: Params, folder: Path) -> None:
    """Write the methods section from ``dataset``, ``quality`` and, if there are any, ``results`` of the statistics."""
    from biomech.report.run_facts import write_methods

    files = _first(inputs)
    about = params["config"], params["markerset"]
    write_methods(files["dataset"], files["quality"], *about, outputs, files.get("results"))


def run_statistics_report(inputs: Inputs, outputs: Outputs, params: Params, folder: Path) -> None:
    """Write tables and figures of the statistics: ``results``, ``values``, ``clusters``, ``curves``, ``points`` of reliability."""
    from biomech.report.statistics_report import write_statistics

    files, formats = _first(inputs), tuple(params["config"]["formats"])
    tables = files["results"], files["values"], files["clusters"], files["curves"]
    write_statistics(*tables, outputs["folder"], formats, points=files.get("points"))


def run_report(inputs: Inputs, outputs: Outputs, params: Params, folder: Path) -> None:
    """Write the page that leads through the results; see `biomech.report.page.write_report`."""
    from biomech.report.page import write_report

    write_report({**_first(inputs), "findings": list(inputs.get("findings", []))}, outputs["page"])


def run_study_report(inputs: Inputs, outputs: Outputs, params: Params, folder: Path) -> None:
    """Write the study's report as one HTML file; inputs as of `run_report`, with ``contrasts``, as far as the config asks for them."""
    from biomech.html_report.study import StudyMaterial, study_page
    from biomech.io.csv_parquet import read_parquet
    from biomech.io.store import open_dataset, provenance, read_quality, write_text
    from biomech.report.overview import read_headlines, yardsticks

    files, page = _first(inputs), outputs["page"]
    with open_dataset(files["dataset"]) as study:
        about = pd.DataFrame({str(n): c.to_numpy() for n, c in study.coords.items() if c.dims == ("cycle",)})
    known = ("methods", "comparison")
    links = {name: Path(os.path.relpath(files[name], page.parent)).as_posix() for name in known if name in files}
    material = StudyMaterial(
        about=about,
        metrics=read_headlines(files["metrics"]),
        held=yardsticks({}, files["contrasts"]),
        quality=read_quality(files["quality"]),
        sessions=[tuple(one) for one in params["sessions"]],
        results=read_parquet(files["results"]) if "results" in files else None,
        statistics=files.get("statistics"),
        figures=files.get("figures"),
        links=links,
        provenance=provenance("study_report", {}, [files["dataset"], files["metrics"], files["quality"]], folder),
    )
    write_text(study_page(material), page)


def run_zarr(inputs: Inputs, outputs: Outputs, params: Params, folder: Path) -> None:
    """Write the study's dataset as a Zarr store; see `biomech.export.zarr_store.write_zarr`."""
    from biomech.export.zarr_store import write_zarr

    write_zarr(inputs["dataset"][0], outputs["folder"])


def run_bids(inputs: Inputs, outputs: Outputs, params: Params, folder: Path) -> None:
    """Write the study as BIDS datasets, from one file per session of every stage in `BIDS_READS`."""
    import contextlib

    from biomech.export.bids import write_bids
    from biomech.export.session import cycle_table
    from biomech.pipeline.reading import read_result
    from biomech.pipeline.stages import BIDS_READS

    def results() -> Iterator[tuple[Any, Any, Any]]:
        for paths in zip(*(inputs[name] for name in BIDS_READS), strict=True):
            with contextlib.ExitStack() as files:
                raw, motion, cycles = (
                    read_result(name, path, files) for name, path in zip(BIDS_READS, paths, strict=True)
                )
                yield raw, motion, cycle_table(cycles)

    sessions = [Session.model_validate(session) for session in params["sessions"]]
    write_bids(sessions, outputs["folder"], results(), parse_config(dict(params["config"])).muscles)


def describe_tables(folder: Path) -> None:
    """Describe all tables that lie in the results of a study after a run; see `biomech.export.datapackage`.

    It is not a job of its own: every table of every job is in it, and it says what lies there.

    Parameters
    ----------
    folder : Path
        The study folder.
    """
    from biomech.export.datapackage import write_datapackage

    if (folder / "results").is_dir():
        write_datapackage(folder / "results")


def own_curves(config: Config, folder: Path) -> Any:
    """The lab's own reference curves, if the config names a file."""
    from biomech.io.reference_curves import read_reference_curves

    own = config.report.reference_curves
    return read_reference_curves(folder / own) if own else None


def _first(inputs: Inputs) -> dict[str, Path]:
    """Return the one file of every input; inputs without any are left out."""
    return {name: paths[0] for name, paths in inputs.items() if paths}


def _by_variant(files: Sequence[Path]) -> dict[str, Path]:
    """Name each file by the folder of its variant: ``results/variants/NAME/...``, all others are the base's."""
    named = {}
    for path in map(Path, files):
        parts = path.parts
        place = len(parts) - 1 - parts[::-1].index("variants") if "variants" in parts else -1
        named[parts[place + 1] if place >= 0 else BASE] = path
    return named


STUDY_JOBS: dict[str, Job] = {
    "bids": run_bids,
    "comparison": run_comparison,
    "methods": run_methods,
    "outcomes": run_outcomes,
    "overview": run_overview,
    "profile_figures": run_profile_figures,
    "profile_scores": run_profile_scores,
    "provenance": run_provenance,
    "report": run_report,
    "statistics": run_statistics,
    "statistics_report": run_statistics_report,
    "study_report": run_study_report,
    "study": run_study,
    "variants": run_variants,
    "zarr": run_zarr,
}
