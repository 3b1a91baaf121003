"""The jobs of a whole study: tables, statistics, figures, variants, pages, files for other programs."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from biomech.config import parse_config
from biomech.config.variants import BASE
from biomech.io.sheets import Session
from biomech.stages import BIDS_READS


def run_study(inputs: Mapping[str, Sequence[Path]], outputs: Mapping[str, Path], folder: Path) -> None:
    """Join all sessions into the study's dataset and tables.

    Parameters
    ----------
    inputs : mapping
        Lists of files: ``cycles``, ``metrics``, ``findings``, ``quality``.
    outputs : mapping
        Files to write, see `biomech.study.outputs.write_study`.
    folder : Path
        The study folder.
    """
    from biomech.study.outputs import write_study

    write_study(inputs, outputs, folder)


def run_provenance(
    inputs: Mapping[str, Sequence[Path]], outputs: Mapping[str, Path], config: Mapping[str, Any], folder: Path
) -> None:
    """Write what the results were made from, and with what software.

    Parameters
    ----------
    inputs : mapping
        ``results``, and ``raw``: what `biomech.jobs.run` read of every session.
    outputs : mapping
        ``provenance`` (JSON).
    config : mapping
        The whole config, JSON-ready.
    folder : Path
        The study folder.
    """
    from biomech.study.provenance import write_provenance

    results, raw = (list(map(Path, inputs[name])) for name in ("results", "raw"))
    write_provenance(results, raw, config, Path(outputs["provenance"]), Path(folder))


def run_outcomes(inputs: Mapping[str, Any], outputs: Mapping[str, Path]) -> None:
    """Write mean, SD and number of cycles of the selected outcomes, for statistics programs.

    Parameters
    ----------
    inputs : mapping
        ``wide`` (Parquet) and ``dictionary`` (CSV) of `run_study`.
    outputs : mapping
        See `biomech.statistics.outcome_files.write_outcomes`.
    """
    from biomech.statistics.outcome_files import write_outcomes

    paths = _single(inputs)
    write_outcomes(paths["wide"], paths["dictionary"], {name: Path(path) for name, path in outputs.items()})


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


def run_profile_scores(
    inputs: Mapping[str, Any], outputs: Mapping[str, Path], config: Mapping[str, Any], folder: Path
) -> None:
    """Write Gait Profile Score and Gait Deviation Index of every session and leg.

    Parameters
    ----------
    inputs : mapping
        ``dataset`` of `run_study`; ``reference``: the lab's own curves, or nothing.
    outputs : mapping
        ``csv`` and ``parquet``.
    config : mapping
        As `biomech.stages.statistics_params` gives it for the section `profile_scores`.
    folder : Path
        The study folder.
    """
    from biomech.io.reference_curves import read_reference_curves
    from biomech.io.store import open_dataset, provenance
    from biomech.io.table_files import write_csv, write_parquet
    from biomech.report.norms import norm_curve
    from biomech.statistics.session_profiles import session_profiles

    parsed, dataset = parse_config(dict(config)), Path(inputs["dataset"])
    own = read_reference_curves(folder / parsed.report.reference_curves) if parsed.report.reference_curves else None

    def norm(task: str, quantity: str, percent: Any, age: float) -> Any:
        found = norm_curve(task, "angle", quantity, percent, own, age)
        return found and (found.mean, f"{found.population} ({found.source})", found.sd)

    with open_dataset(dataset) as study:
        table = session_profiles(study, parsed.profile_scores, norm)
    write_parquet(table, Path(outputs["parquet"]), provenance("profile_scores", dict(config), [dataset], folder))
    write_csv(table, Path(outputs["csv"]))


def run_profile_figures(table: Path, folder: Path, report: Mapping[str, Any]) -> None:
    """Draw the movement analysis profiles into `folder`.

    Parameters
    ----------
    table : Path
        ``parquet`` of `run_profile_scores`.
    folder : Path
    report : mapping
        ``formats`` and ``side_colours`` of the config's section.
    """
    from biomech.io.store import provenance
    from biomech.report.profiles import write_profile_figures

    made_from = provenance("profile_figures", {"report": dict(report)}, [table], Path())
    write_profile_figures(table, folder, report, made_from)


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
    from biomech.report.outputs import no_figures, write_participant_figures

    try:
        write_participant_figures([Path(path) for path in inputs["visits"]], folder, report)
    except (MemoryError, OSError, ImportError):
        raise  # the machine or the installation, not the data
    except Exception as error:  # the study's tables and its report do without
        traceback.print_exc()
        no_figures(folder, f"{type(error).__name__}: {error}")


def run_overview(inputs: Mapping[str, Any], outputs: Mapping[str, Path], report: Mapping[str, Any]) -> None:
    """Draw the headline outcomes of all participants, and list all figures.

    Parameters
    ----------
    inputs : mapping
        ``metrics`` (Parquet) of `run_study`, ``contrasts`` (Parquet) of it, if there are any, and ``figures``, the folders of
        `run_figures`.
    outputs : mapping
        ``folder`` and ``index``.
    report : mapping
        Of the config's section; ``metric_norms`` are those of the section `findings`.
    """
    from biomech.report.outputs import write_overview

    write_overview(
        inputs["metrics"],
        inputs["figures"],
        outputs["folder"],
        outputs["index"],
        report,
        contrasts=inputs.get("contrasts"),
    )


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
        ``markdown``, ``latex``, ``bibtex`` and ``supplement``.
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
        ``results``, ``values``, ``clusters``, ``curves`` and, of curves' reliability, ``points``.
    folder : Path
        Where they go.
    report : mapping
        The config's section.
    """
    from biomech.report.statistics_outputs import write_statistics

    paths = _single(inputs)
    write_statistics(
        paths["results"],
        paths["values"],
        paths["clusters"],
        paths["curves"],
        Path(folder),
        tuple(report["formats"]),
        points=paths.get("points"),
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


def run_zarr(dataset: Path, folder: Path) -> None:
    """Write the study's dataset as a Zarr store; see `biomech.export.zarr_store.write_zarr`."""
    from biomech.export.zarr_store import write_zarr

    write_zarr(dataset, folder)


def run_bids(inputs: Mapping[str, Sequence[Path]], folder: Path, params: Mapping[str, Any]) -> None:
    """Write the study as BIDS datasets.

    Parameters
    ----------
    inputs : mapping
        Lists of files, one per session: ``ingest``, ``kinematics`` and ``cycles``.
    folder : Path
        Where they go.
    params : mapping
        As `biomech.stages.bids_params` gives them.
    """
    from biomech.export.bids import write_bids
    from biomech.export.session import cycle_table
    from biomech.io.store import open_dataset
    from biomech.io.trial_files import TrialFolder

    def results() -> Iterator[tuple[Any, Any, Any]]:
        for ingest, kinematics, cycles in zip(*(inputs[name] for name in BIDS_READS), strict=True):
            with open_dataset(cycles) as found:
                yield TrialFolder(ingest), TrialFolder(kinematics), cycle_table(found)

    sessions = [Session.model_validate(session) for session in params["sessions"]]
    write_bids(sessions, folder, results(), parse_config(dict(params["config"])).muscles)


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
