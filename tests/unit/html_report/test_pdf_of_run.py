"""`report.pdf`: written next to the report where the config asks for it and a browser is there; never one of an older page."""

from __future__ import annotations

from pathlib import Path

import pytest

from biomech.config import parse_config
from biomech.html_report import pdf
from biomech.io.sheets import Session, Study
from biomech.pipeline.messages import ending
from biomech.pipeline.session_jobs import _print


def page_in(folder: Path) -> Path:
    page = folder / "results" / "sessions" / "P1" / "1" / "report.html"
    page.parent.mkdir(parents=True)
    page.write_text("<!doctype html><title>t</title><p>one page")
    return page


def study(folder: Path) -> Study:
    return Study(folder, parse_config({"report": {"pdf": True}}), (Session(participant="P1", session="1"),), folder)


def test_a_run_prints_the_report(tmp_path: Path) -> None:
    if pdf.browser() is None:
        pytest.skip("no Chromium, Chrome or Edge is installed: nothing can be printed")
    page = page_in(tmp_path)
    _print(page, True)
    assert page.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    assert "No report.pdf" not in ending(tmp_path, study(tmp_path))
    _print(page, False)
    assert not page.with_suffix(".pdf").exists(), "a PDF of an older page does not stay"


def test_without_a_browser_the_run_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pdf, "browser", lambda: None)
    page = page_in(tmp_path)
    _print(page, True)
    assert "none is installed" in capsys.readouterr().out
    assert "No report.pdf for 1 of the session reports" in ending(tmp_path, study(tmp_path))
