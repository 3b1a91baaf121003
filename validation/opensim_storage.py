"""OpenSim's storage files (.sto, .mot) as tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd


def read_storage(path: Path) -> pd.DataFrame:
    """Read an OpenSim table (.sto, .mot)."""
    lines = path.read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.strip().lower() == "endheader") + 1
    return pd.read_csv(path, sep=r"\s+", skiprows=start)
