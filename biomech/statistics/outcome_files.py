"""Files of the table of outcomes: CSV, a workbook with its dictionary, and one CSV per task."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from biomech.io.csv_parquet import read_parquet, write_csv
from biomech.io.workbook import write_workbook
from biomech.statistics.outcomes import outcome_dictionary, outcome_table, without_empty


def write_outcomes(wide: Path, dictionary: Path, outputs: Mapping[str, Path]) -> None:
    """Write mean, SD and number of cycles of the selected outcomes.

    Parameters
    ----------
    wide : Path
        The study's wide table (Parquet).
    dictionary : Path
        Its data dictionary (CSV).
    outputs : mapping
        ``csv``: all tasks; ``xlsx``: the same with a sheet ``dictionary``; ``dictionary``: that sheet as CSV; ``by_task``: a folder
        for one ``outcomes_<task>.csv`` per task, in which no column is empty for all.
    """
    study = pd.read_csv(dictionary, keep_default_na=False, dtype="str")
    cycles = read_parquet(wide)
    of_metric = study[study["kind"] == "metric"]
    own = dict(zip(of_metric["short_name"], of_metric["name"], strict=True))
    made, names = outcome_table(cycles, [own[name] for name in cycles.columns if name in own])
    table = without_empty(made)
    about = outcome_dictionary(table, names, study)
    write_csv(table, outputs["csv"])
    write_csv(about, outputs["dictionary"])
    write_workbook({"outcomes": table, "dictionary": about}, outputs["xlsx"])
    folder = Path(outputs["by_task"])
    folder.mkdir(parents=True, exist_ok=True)
    written = {
        write_csv(without_empty(rows), folder / f"outcomes_{task}.csv").name
        for task, rows in table.groupby("task", sort=False)
    }
    for left in folder.glob("outcomes_*.csv"):
        if left.name not in written:
            left.unlink()
