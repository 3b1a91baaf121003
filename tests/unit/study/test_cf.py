"""`study.nc` by the CF conventions, as another program checks it."""

from __future__ import annotations

from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr

from biomech.study.cf import cf_attributes, cf_values
from biomech.study.dataset import study_layout, write_study_dataset
from biomech.study.variants import write_variants
from tests.made_up_study import session_cycles

# the checker subtracts the labels of every dimension from each other, text too: it does not judge, it fails
_ITS_OWN_ERROR = "check_coordinate_variables_strict_monotonicity"


def session(participant: str, seed: int) -> xr.Dataset:
    """Return cycles with a code on each frame, muscles and text of the sheets."""
    cycles = session_cycles(participant, seed=seed, covariates={"sport": "ä", "age_years": 30.0 + seed})
    rng = np.random.default_rng(seed)
    n = cycles.sizes["cycle"]
    cycles["contact"] = (("cycle", "percent"), rng.integers(0, 3, (n, 101)).astype(float))
    cycles["emg"] = (("cycle", "percent", "muscle"), rng.random((n, 101, 1)))
    cycles = cycles.assign_coords(
        muscle=["gluteus_medius"], emg_unit=("cycle", ["%peak"] * n), moment_valid=("cycle", rng.integers(0, 2, n))
    )
    return cycles


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.nc"
    write_study_dataset(study_layout([session("P01", 0), session("P02", 1)]), path, {"config": "{}"})
    return path


def complaints(path: Path) -> list[str]:
    """Everything that the checker says against a file, and its own failures."""
    runner = pytest.importorskip(
        "compliance_checker.runner", reason="compliance-checker is not installed (extra `exports`)"
    )
    suite = runner.CheckSuite()
    suite.load_all_available_checkers()
    results = suite.run_all(suite.load_dataset(str(path)), ["cf:1.8"])
    groups, failures = results["cf:1.8"]
    # a group that has all its points also tells what it looked at: no complaint
    reported = [message for group in groups if not _whole(group.value) for message in group.msgs]
    return reported + [f"{name}: {error[0]}" for name, error in failures.items() if name != _ITS_OWN_ERROR]


def _whole(points: bool | tuple[int, int]) -> bool:
    """Whether a group of the checker has all its points: a truth value, or points got and to be had."""
    return points[0] == points[1] if isinstance(points, tuple) else bool(points)


def test_a_cf_checker_has_nothing_against_the_study(study: Path) -> None:
    assert complaints(study) == []


def test_a_cf_checker_has_nothing_against_the_variants(study: Path, tmp_path: Path) -> None:
    write_variants({"base": study, "other": study}, tmp_path / "variants.nc", {"config": "{}"})
    assert complaints(tmp_path / "variants.nc") == []


def test_the_checker_finds_a_unit_that_nobody_knows(study: Path) -> None:
    with netCDF4.Dataset(study, "a") as file:
        file["angle"].units = "see elsewhere"
    assert any("angle" in text for text in complaints(study))


def test_every_number_has_a_unit_that_udunits_knows(study: Path) -> None:
    units = pytest.importorskip("cf_units", reason="cf-units is not installed (extra `exports`)")
    with xr.open_dataset(study) as found:
        assert found.attrs["Conventions"] == "CF-1.8"
        for name, variable in found.variables.items():
            given = variable.attrs.get("units")
            if variable.dtype.kind not in "fiu":
                assert given is None, f"{name} is text"
            elif given is None:
                assert variable.attrs["comment"] == "unit: see emg_unit", name
            else:
                assert not units.Unit(given).is_unknown(), (name, given)


def test_units_of_the_contract_are_known(study: Path) -> None:
    """Every unit that any variable or column can have."""
    from biomech.columns import CYCLE_COLUMNS, DIMENSIONS, describe_column
    from biomech.schema import VARIABLES

    units = pytest.importorskip("cf_units", reason="cf-units is not installed (extra `exports`)")
    given = {variable.units for variable in VARIABLES.values()}
    given |= {column.unit for column in (*CYCLE_COLUMNS.values(), *DIMENSIONS.values())}
    given |= {describe_column(f"own_{end}").unit for end in ("kg", "m_s", "nm_kg", "years", "deg", "percent", "ms")}
    plain = {unit for unit in given if unit and unit != "text" and not unit.startswith("see ")}
    assert not {unit for unit in plain if units.Unit(unit).is_unknown()}


def test_codes_are_flags(study: Path) -> None:
    with netCDF4.Dataset(study) as file:
        contact, valid = file["contact"], file["moment_valid"]
        assert contact.flag_values.tolist() == [0, 1, 2] and contact.flag_values.dtype == contact.dtype
        assert contact.flag_meanings == "swing on_a_valid_plate stance_without_a_valid_plate"
        assert valid.dtype == np.int32 == valid.flag_values.dtype and len(valid.flag_meanings.split()) == 2
        assert "_FillValue" not in file["percent"].ncattrs() and np.isnan(file["angle"]._FillValue)
        assert {"participant", "side", "start"} <= set(file["angle"].coordinates.split())
        assert not any(variable.dtype == np.int64 for variable in file.variables.values() if variable.dtype is not str)


def test_whole_numbers_too_large_for_32_bits_become_floats() -> None:
    assert cf_values(np.array([1, 2])).dtype == np.int32
    assert cf_values(np.array([1, 2**40])).tolist() == [1.0, float(2**40)]
    assert cf_values(np.array([0.5])).dtype == float
    assert "units" not in cf_attributes("sport", {"units": "text", "long_name": "x"}, np.dtype("U3"))
