"""The examples of docs/statistics.md, section "Taking the data elsewhere", run as they are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.memory import study_outputs
from biomech.io.store import write_dataset, write_quality
from biomech.quality import Quality
from biomech.statistics.outcome_files import write_outcomes
from biomech.study.write_study import write_study
from tests.made_up_study import session_cycles, session_metrics

ROOT = Path(__file__).parents[2]
SECTION = "## Taking the data elsewhere"


def examples(language: str) -> list[str]:
    text = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
    section = text.split(SECTION, 1)[1].split("\n## ", 1)[0]
    return re.findall(rf"```{language}\n(.*?)```", section, flags=re.DOTALL)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four participants before and after."""
    folder = tmp_path_factory.mktemp("study")
    inputs: dict[str, list[Path]] = {"cycles": [], "metrics": [], "quality": []}
    for i in range(8):
        session = session_cycles(f"P0{i // 2 + 1}", ("pre", "post")[i % 2], seed=i)
        write_dataset(session, folder / f"c{i}.nc")
        write_dataset(session_metrics(session), folder / f"m{i}.nc")
        write_quality(Quality("P01", "pre", "cycles").table(), folder / f"q{i}.tsv")
        for kind in inputs:
            inputs[kind].append(folder / {"cycles": f"c{i}.nc", "metrics": f"m{i}.nc", "quality": f"q{i}.tsv"}[kind])
    outputs = study_outputs(folder / "results")
    write_study(inputs, outputs, folder)
    files = {
        "csv": "outcomes.csv",
        "xlsx": "outcomes.xlsx",
        "dictionary": "outcomes_dictionary.csv",
        "by_task": "outcomes",
    }
    tables = {name: folder / "results" / file for name, file in files.items()}
    write_outcomes(outputs["metrics_wide_parquet"], outputs["dictionary"], tables)
    return folder


@pytest.mark.parametrize("code", examples("python"), ids=lambda code: code.splitlines()[0][:40])
def test_python(study: Path, code: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", code], cwd=study, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert not run.stderr, run.stderr  # no warning either


@pytest.mark.parametrize("code", examples("r"), ids=lambda code: code.splitlines()[0][:40])
def test_r(study: Path, code: str) -> None:
    if not shutil.which("Rscript"):
        pytest.skip("R is not installed: its examples were not run")
    for package in sorted(set(re.findall(r"(\w+)::", code))):
        asked = subprocess.run(
            ["Rscript", "-e", f"cat(requireNamespace('{package}', quietly=TRUE))"], capture_output=True
        )
        if b"TRUE" not in asked.stdout:
            pytest.skip(f"the R package {package} is not installed: this example was not run")
    run = subprocess.run(["Rscript", "-e", code], cwd=study, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_there_are_examples() -> None:
    assert len(examples("python")) >= 3 and len(examples("r")) >= 4


def test_every_kind_of_test_has_simulated_studies() -> None:
    """Null and planted ones; those whose assumptions hold lie within the limits, apart from what the page explains."""
    from benchmarks.statistics_designs import DESIGNS
    from benchmarks.statistics_kinds import KINDS
    from benchmarks.statistics_simulations import SECTIONS
    from docs.statistics_table import ROWS

    rows = pd.read_csv(ROWS)
    assert set(rows["section"]) == {*SECTIONS, *KINDS, *DESIGNS} and (rows["studies"] >= 1000).all()
    known = rows["nominal"].notna()
    inside = ~known | rows["share"].between(rows["low"], rows["high"])
    own = ("baseline, own spread", "mixed models, own spread")
    for section in ("matched pairs", "equivalence", "baseline", "trend", *own):
        mine = rows["section"] == section
        measures = " ".join(rows.loc[mine, "measure"])
        assert "false positives" in measures and "interval" in measures, section
        assert ("power" in measures) or ("found equivalent" in measures), section
        one_spread = ~rows["design"].str.contains("SD 2 : 1") if section == "baseline" else mine
        assert inside[mine & one_spread].all(), rows[mine & one_spread & ~inside]


def test_the_table_of_simulated_studies_is_up_to_date() -> None:
    """`python docs/statistics_table.py` writes it from the rows of the benchmark."""
    from benchmarks.statistics_simulations import SECTIONS
    from docs.statistics_table import PAGE, ROWS, with_table

    rows, page = pd.read_csv(ROWS), PAGE.read_text(encoding="utf-8")
    assert with_table(page, rows) == page
    groups = rows[(rows["section"] == list(SECTIONS)[-1]) & (rows["analysis"] == "groups, signs")]
    asked = groups[groups["design"].str.startswith(("6 and 18", "18 and 6")) & (groups["measure"] == "false positives")]
    assert len(asked) == 10 and (asked["studies"] >= 2000).all() and asked["share"].between(0.035, 0.065).all()
