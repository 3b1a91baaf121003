"""The benchmarks run; what they measure is no test, as machines differ."""

from __future__ import annotations

import importlib

import pytest

from benchmarks import kinetics


@pytest.mark.parametrize(
    "name", ["ingest", "kinetics", "multibody", "workflow", "memory", "collect", "variants", "session", "measure"]
)
def test_every_benchmark_can_be_imported(name: str) -> None:
    assert importlib.import_module(f"benchmarks.{name}").__doc__


def test_a_small_benchmark_gives_a_rate(capsys: pytest.CaptureFixture[str]) -> None:
    assert kinetics.measure(strides=2, repeats=1) > 0
    assert "frames/s" in capsys.readouterr().out
