"""The benchmarks run; what they measure is not a test, as machines differ."""

from __future__ import annotations

import importlib

import pytest

from benchmarks import ingest, kinetics, variants


@pytest.mark.parametrize(
    "name", ["ingest", "kinetics", "multibody", "workflow", "memory", "collect", "variants", "session", "measure"]
)
def test_every_benchmark_can_be_imported(name: str) -> None:
    assert importlib.import_module(f"benchmarks.{name}").__doc__


def test_a_small_benchmark_gives_a_rate(capsys: pytest.CaptureFixture[str]) -> None:
    assert kinetics.measure(strides=2, repeats=1) > 0
    assert "frames/s" in capsys.readouterr().out


def test_small_ingest_gives_a_ratio(capsys: pytest.CaptureFixture[str]) -> None:
    assert ingest.measure(trials=2, repeats=1, strides=2) > 0
    assert "x ezc3d alone" in capsys.readouterr().out


def test_small_study_goes_through_collection_and_variants(capsys: pytest.CaptureFixture[str]) -> None:
    table = variants.measure((2,), variants=2, trials=2)
    assert list(table.index) == [(2, job) for job in variants.JOBS]
    assert (table["peak_mb"] > 50).all() and (table["seconds"] > 0).all()
    assert "grows" not in capsys.readouterr().out
