"""All that is checked of a study before any job: config, sheets, marker sets, files and packages that its options need."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from biomech.config import Config, Data, read_config
from biomech.config.variants import deep_merge
from biomech.errors import StudyError
from biomech.io.sheets import Study, read_sheets, read_study
from biomech.pipeline.narrowing import config_of, variant_names
from biomech.pipeline.own import own_rows


def load_study(
    folder: Path, environ: Mapping[str, str] = os.environ, overrides: Mapping[str, Any] | None = None
) -> Study:
    """Read a study and check all that can be checked before any job; see `biomech.io.sheets.read_study`.

    Parameters
    ----------
    folder : Path
        The study folder.
    environ : mapping, optional
        ``BIOMECH_DATA`` replaces the config's data folder.
    overrides : mapping, optional
        Config values laid over those of the file; an option of the section `data` may be given by its name alone, for
        example ``on_error``.

    Raises
    ------
    StudyError
        With every fault of config, sheets and marker set, and, where ``on_error`` is ``stop``, every absent recording.
    """
    try:
        values = read_config(folder / "config" / "config.yaml")
    except StudyError as error:
        raise StudyError([*error.faults, *read_sheets(folder / "config")[1]]) from None
    if isinstance(values, dict):
        values = deep_merge(values, _in_sections(overrides or {}))
    with own_rows(folder) as own:
        return _checked(folder, environ, values, own)


def _checked(folder: Path, environ: Mapping[str, str], values: Any, own: list[str]) -> Study:
    """Return the checked study, given the values of its config and the faults of its own metrics and tasks, which are registered."""
    faults = [*own, *(fault for name in markersets(values) for fault in markerset_faults(folder, name))]
    try:
        study = read_study(folder, environ, values)
    except StudyError as error:
        raise StudyError([*error.faults, *faults]) from None
    if study.config.data.on_error == "stop":
        faults += [
            f"trials.tsv: {study.data_folder / trial.file} of trial {trial.trial!r} ({session.participant}, session "
            f"{session.session}) does not exist, and `data.on_error` is `stop`"
            for session in study.sessions
            for trial in session.trials
            if not (study.data_folder / trial.file).is_file()
        ]
    if curves := study.config.report.reference_curves:
        faults += reference_faults(folder / curves)
    if study.config.report.panels:
        faults += panel_faults(study.config)
    if "zarr" in study.config.export.formats:
        faults += zarr_faults()
    if "bids" in study.config.export.formats and any(study.config.muscles.channels.values()):
        faults += emg_faults()
    if any((c := config_of(study, name)).statistics or c.profile_scores.controls for name in variant_names(study)):
        faults += _statistics_faults(study)
    if faults:
        raise StudyError(faults)
    return study


def reference_faults(path: Path) -> list[str]:
    """Return the faults of the lab's own reference curves."""
    from biomech.io.reference_curves import read_reference_curves

    try:
        read_reference_curves(path)
    except StudyError as error:
        return error.faults
    return []


def panel_faults(config: Config) -> list[str]:
    """Return the faults of the panels of figures."""
    from biomech.report import panels

    return panels.panel_faults(
        config.report.panels, [name for side in config.muscles.channels.values() for name in side]
    )


def zarr_faults() -> list[str]:
    """Return that the package of a Zarr store is missing, if it is."""
    from biomech.export.zarr_store import zarr_is_missing

    return [fault] if (fault := zarr_is_missing()) else []


def emg_faults() -> list[str]:
    """Return that the package that writes EMG is missing, if it is."""
    from biomech.export.bids_emg import edfio_is_missing

    return [fault] if (fault := edfio_is_missing()) else []


def markersets(values: Any) -> list[Any]:
    """Return the marker sets that a config and its variants name, each once; faults of the config are reported elsewhere."""
    if not isinstance(values, dict):
        return []
    variants = values.get("variants")
    layers = [values, *(variants.values() if isinstance(variants, dict) else [])]
    named = [layer.get("markerset") for layer in layers if isinstance(layer, dict)]
    base = Config().markerset if named[0] is None else named[0]
    return list(dict.fromkeys(name for name in [base, *named[1:]] if isinstance(name, str)))


def markerset_faults(folder: Path, name: str) -> list[str]:
    """Return the faults of a marker set."""
    from biomech.model.markersets import load_markerset

    try:
        load_markerset(name, folder)
    except StudyError as error:
        return error.faults
    return []


def _statistics_faults(study: Study) -> list[str]:
    from biomech.statistics.checks import statistics_faults

    faults = [statistics_faults(replace(study, config=config_of(study, name))) for name in variant_names(study)]
    return list(dict.fromkeys(fault for found in faults for fault in found))


def _in_sections(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Put options that are given by their name alone (`--config on_error=stop`) into the section `data`."""
    short = {
        name: value
        for name, value in overrides.items()
        if name in Data.model_fields and name not in Config.model_fields
    }
    rest = {name: value for name, value in overrides.items() if name not in short}
    return deep_merge({"data": short}, rest) if short else rest
