"""The examples of docs/exports.md run, and make what the page says."""

import re
from pathlib import Path

import numpy as np

from biomech.io.reference_curves import read_reference_curves
from biomech.io.store import write_dataset
from biomech.study.dataset import collect_study
from tests.made_up_study import session_cycles

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_reference_curves_of_ones_own_controls_can_be_read_back(tmp_path, monkeypatch):
    study = collect_study([session_cycles("P01", seed=0), session_cycles("P02", seed=1, n_cycles=2)])
    write_dataset(study, tmp_path / "results" / "study.nc")
    (tmp_path / "config").mkdir()
    monkeypatch.chdir(tmp_path)
    (example,) = [text for text in EXAMPLES if "our_controls" in text]
    exec(example, {})
    table = read_reference_curves(Path("config/our_controls.csv"))
    assert len(table) == 101 and set(table["quantity"]) == {"hip_adduction"}
    values = study["angle"].sel(quantity="hip_adduction").to_numpy()
    people = np.array([values[(study["participant"] == p).values].mean(axis=0) for p in ("P01", "P02")])
    np.testing.assert_allclose(table["mean"], people.mean(axis=0))
    np.testing.assert_allclose(table["sd"], people.std(axis=0, ddof=1))


def test_the_table_of_the_page_is_a_table_of_reference_curves(tmp_path):
    (text,) = re.findall(r"^```\n(task,.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    (tmp_path / "own.csv").write_text(text)
    assert len(read_reference_curves(tmp_path / "own.csv")) == 2
