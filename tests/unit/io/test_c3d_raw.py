"""The parameters of C3D files, against the wrapper class of ezc3d, which reads them in Python of its own."""

from __future__ import annotations

from pathlib import Path

import ezc3d
import numpy as np
import pytest

from biomech.errors import TrialError
from biomech.io.c3d_raw import read_raw

EXAMPLE = Path(__file__).parents[3] / "data_example"


def differing(path: Path) -> tuple[list[str], int]:
    """Names of parameters that differ from ezc3d's, and how many there are; empty for a file that is not read with it."""
    try:
        found = read_raw(path)
    except TrialError:
        return [], 0
    if not found.reader.startswith("ezc3d"):
        return [], 0
    expected = ezc3d.c3d(str(path))["parameters"]
    names = [(group, name) for group in expected for name in expected[group] if name != "__METADATA__"]
    assert names == [(group, name) for group in found.parameters for name in found.parameters[group]]
    return [
        f"{group}:{name}"
        for group, name in names
        if not same(found.parameters[group][name], expected[group][name]["value"])
    ], len(names)


def same(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and np.array_equal(one, other, equal_nan=True)
    return type(one) is type(other) and one == other


def test_parameters_of_the_example() -> None:
    path = next(EXAMPLE.rglob("*walk*.c3d"))
    wrong, count = differing(path)
    assert wrong == [] and count > 25
    kinds = {np.asarray(value).dtype.kind for group in read_raw(path).parameters.values() for value in group.values()}
    assert {"U", "i", "f"} <= kinds


@pytest.mark.realdata
def test_parameters_of_recordings(realdata: Path) -> None:
    paths = [path for path in realdata.rglob("*") if path.suffix.lower() == ".c3d"]
    found = {str(path.relative_to(realdata)): differing(path) for path in paths}
    assert len(found) == len(paths)
    assert {name: wrong for name, (wrong, _) in found.items() if wrong} == {}
    assert sum(count for _, count in found.values()) > 3000
