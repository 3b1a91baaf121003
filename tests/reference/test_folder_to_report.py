"""From a folder of C3D files to the opened report, with the answers that `biomech new` leaves open and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from biomech.cli import main
from biomech.run import run
from tests.browser import Opened, chromium

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def folder(realdata: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of one clinical laboratory, nothing else."""
    out = tmp_path_factory.mktemp("recordings") / "Patient Ä 1"
    out.mkdir()
    for file in (realdata / "walking_clinical_labs" / "QCMAS").glob("*.c3d"):
        shutil.copy(file, out)
    return out.parent


def test_from_recordings_to_a_report(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = tmp_path / "study"
    assert main(["new", str(study), "--from", str(folder), "--yes"]) == 0
    assert "0 answers" in capsys.readouterr().out
    assert main(["check", str(study)]) == 0
    printed = capsys.readouterr().out
    assert "0 cannot" in printed and "wrong_axes" not in printed and "wrong_markerset" not in printed
    assert run(study, arguments=["--quiet", "all"]) == 0
    assert (study / "results" / "report.html").is_file()
    (page,) = (study / "results" / "sessions").glob("*/*/report.html")
    text = page.read_text(encoding="utf-8")
    assert 'id="panels"' in text and page.stat().st_size < 12e6
    with chromium() as driver:
        shown = Opened(driver, page)
        assert shown.faults == [] and shown.fetched == []


@pytest.mark.parametrize("name", ["children", "running", "landing"])
def test_known_studies_pass_the_check_and_wrong_axes_are_its_only_cause(
    name: str, realdata: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / name
    shutil.copytree(Path(__file__).parents[1] / "studies" / name, study)
    monkeypatch.setenv("BIOMECH_DATA", str(realdata))
    assert main(["check", str(study)]) == 0
    printed = capsys.readouterr().out
    assert "ERROR" not in printed and "0 cannot" in printed and "labels_contradicted" not in printed
    wrong = {"children": "+x", "landing": "+x", "running": "+z"}[name]
    assert main(["set", f"lab.up={wrong}", str(study)]) == 0
    capsys.readouterr()
    assert main(["check", str(study)]) == 1
    printed = capsys.readouterr().out
    assert printed.count("ERROR") == 1 and "ERROR wrong_axes" in printed
