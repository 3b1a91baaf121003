"""The notebook of the documentation runs from the first to the last cell, and shows what its text says."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest

import biomech

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs" / "notebooks" / "first_steps.ipynb"


def test_the_notebook_runs_and_shows_angles_a_plot_metrics_and_quality(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = pytest.importorskip("nbclient", reason="nbclient is not installed (extra `test`)")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed (extra `test`)")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(biomech.__file__).parents[1])]))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    # the kernel of this very Python, whatever other kernels the machine has
    client.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    shown = {cell["id"]: cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code"}
    assert "'static'" in _text(shown["files"])
    low, high = (float(word) for word in _text(shown["process"]).split(": ")[1].split(" degree")[0].split(" to "))
    assert -10 < low < 20 and 50 < high < 80
    assert any("image/png" in one.get("data", {}) for one in shown["cycles"])
    assert "degree" in _text(shown["metrics"]) and "left" in _text(shown["metrics"])
    assert "code" in _text(shown["quality"])


def test_the_stored_notebook_holds_no_outputs() -> None:
    for cell in nbformat.read(NOTEBOOK, as_version=4)["cells"]:
        assert cell["cell_type"] == "markdown" or (not cell["outputs"] and cell["execution_count"] is None)


def _text(outputs: list) -> str:
    return "".join(one.get("text", "") + one.get("data", {}).get("text/plain", "") for one in outputs)
