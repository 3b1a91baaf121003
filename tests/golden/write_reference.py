"""Write the reference table of `test_golden_metrics.py` from the results of the example.

    snakemake && python -m tests.golden.write_reference results

Only after a change that is meant to change numbers: the commit that holds the new table says which ones and why.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from biomech.io.csv_parquet import read_parquet, write_parquet

PARTICIPANT, SESSION = "P01", "pre"
REFERENCE = Path(__file__).with_name("metrics_P01_pre.parquet")


def filled(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that hold something; `metrics.parquet` has those of all sessions."""
    return table.loc[:, [(column.notna() & (column != "")).any() for _, column in table.items()]]


def rows_of_session(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return what `metrics.parquet` says about one session."""
    mine = metrics[(metrics["participant"] == PARTICIPANT) & (metrics["session"] == SESSION)]
    return filled(mine.reset_index(drop=True))


if __name__ == "__main__":
    write_parquet(rows_of_session(read_parquet(Path(sys.argv[1]) / "metrics.parquet")), REFERENCE)
