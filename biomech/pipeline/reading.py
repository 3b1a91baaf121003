"""Reading the results of a stage, for the jobs that come after it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from biomech.io import store
from biomech.io.trial_files import TrialFolder
from biomech.pipeline.stages import STAGES


def read_result(stage: str, path: Path, files: contextlib.ExitStack) -> Any:
    """Open the results of a stage; a dataset stays open until `files` closes."""
    return files.enter_context(store.open_dataset(path)) if STAGES[stage].flat else TrialFolder(path)
