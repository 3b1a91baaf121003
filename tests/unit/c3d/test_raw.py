"""The parameters of C3D files, against the wrapper class of ezc3d, which reads them in Python of its own."""

from __future__ import annotations

from pathlib import Path

import ezc3d
import numpy as np
import pytest

from biomech.c3d.raw import read_raw
from biomech.errors import TrialError

ADDED = {
    "__METADATA__",
    "USED",
    "RATE",
    "SCALE",
    "OFFSET",
    "GEN_SCALE",
    "FORMAT",
    "BITS",
    "LABELS",
    "DESCRIPTIONS",
    "UNITS",
}
ADDED |= {"TYPE", "ZERO", "CORNERS", "ORIGIN", "CHANNEL", "CAL_MATRIX", "DATA_START", "FRAMES"}
EXAMPLE = Path(__file__).parents[3] / "data_example"


def differing(path: Path) -> tuple[list[str], int]:
    """Names of parameters that differ from ezc3d's, and how many there are; empty for a file that one of both does not read."""
    try:
        found, expected = read_raw(path).parameters, ezc3d.c3d(str(path))["parameters"]
    except (TrialError, OSError, RuntimeError, ValueError, IndexError):
        return [], 0
    names = [(group, name) for group in found for name in found[group]]
    # ezc3d adds what it misses, but leaves nothing out
    added = [(group, name) for group in expected for name in expected[group] if name not in found.get(group, {})]
    assert {name for _, name in added} <= ADDED, added
    return [
        f"{group}:{name}" for group, name in names if not same(found[group][name], expected[group][name]["value"])
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
    # without ANALOG:RATE ezc3d says that there are no channels
    odd = {f"c3d_samples/sample_28/{name}": ["ANALOG:USED"] for name in ("dynamic.C3D", "standing.C3D", "type1.C3D")}
    assert {name: wrong for name, (wrong, _) in found.items() if wrong} == odd
    assert sum(count for _, count in found.values()) > 3000
