"""`biomech view` and `biomech pdf`: a page of one recording, and a word where something is missing."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from biomech.cli import main
from biomech.html_report import pdf
from biomech.html_report.packed import unpacked
from biomech.io.recordings import read_recording

FILE = Path(__file__).parents[3] / "data_example" / "P01" / "pre" / "squat-left.c3d"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("view") / "squat.html"
    assert main(["view", str(FILE), str(path), "--no-browser", "--study", str(path.parent)]) == 0
    return path.read_text(encoding="utf-8")


def test_a_recording_is_shown_as_it_was_recorded(page):
    (trial,) = json.loads(re.search(r'<script id="data"[^>]*>(.*?)</script>', page, re.S)[1])["trials"]
    recording = read_recording(FILE)
    assert trial["markers"]["labels"] == list(recording.marker_names)
    kept = np.round(unpacked(trial["time"]) * recording.rate_hz).astype(int)
    assert len(kept) <= 50 * len(recording.time) / recording.rate_hz + 1
    np.testing.assert_allclose(unpacked(trial["markers"]["place"]), recording.position[kept], atol=0.0003)


def test_it_says_that_no_angle_is_computed(page):
    assert "No joint angle is computed here" in page and 'id="scene-a"' in page


def test_a_page_needs_a_name_of_a_page(tmp_path, capsys):
    assert main(["view", str(FILE), str(tmp_path / "walk.png"), "--no-browser"]) == 1
    assert "expected a name that ends in .html" in capsys.readouterr().err


def test_without_a_browser_the_page_is_printed_by_hand(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(pdf, "browser", lambda: None)
    (tmp_path / "report.html").write_text("x")
    assert main(["pdf", str(tmp_path / "report.html")]) == 1
    assert "print it with any browser" in capsys.readouterr().err
    assert main(["pdf", str(tmp_path / "none.html")]) == 1
    assert "biomech run STUDY" in capsys.readouterr().err
