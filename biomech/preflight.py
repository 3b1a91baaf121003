"""What is checked of a study before any job, besides config and sheets: files and packages that its options need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from biomech.config import Config
from biomech.errors import StudyError


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
