"""A study is read one curve at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.errors import BiomechError
from biomech.study.dataset import study_layout, write_study_dataset
from biomech.study.reading import curve, curve_table, cycles_where, open_study
from tests.made_up_study import session_cycles


@pytest.fixture(scope="module")
def sessions() -> list[xr.Dataset]:
    names = [("P01", "pre"), ("P01", "post"), ("P02", "pre")]
    return [session_cycles(p, s, seed=i, n_cycles=30) for i, (p, s) in enumerate(names)]


@pytest.fixture(scope="module")
def path(sessions: list[xr.Dataset], tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("study") / "study.nc"
    write_study_dataset(study_layout(sessions), file, {})
    return file


def test_one_curve_of_chosen_cycles(path: Path, sessions: list[xr.Dataset]) -> None:
    with open_study(path) as study:
        found = curve(study, "moment", "knee_abduction", "jcs", session="pre", side="right")
        assert study["moment"].variable._in_memory is False
    assert found.dims == ("cycle", "percent") and found.sizes["cycle"] == 60
    assert set(found["participant"].to_numpy()) == {"P01", "P02"}
    for session in (sessions[0], sessions[2]):
        own = session["moment"].sel(quantity="knee_abduction", frame="jcs")[session["side"].to_numpy() == "right"]
        mine = found[found["participant"].to_numpy() == session["participant"].to_numpy()[0]]
        np.testing.assert_array_equal(mine.sortby("rep"), own.sortby("rep"))
    table = curve_table(found)
    assert len(table) == 60 * 101 and table["percent"].tolist()[:3] == [0.0, 1.0, 2.0]
    np.testing.assert_array_equal(table["value"].to_numpy()[:101], found.to_numpy()[0])
    assert table["participant"].iloc[-1] == "P02"


def test_what_is_not_there_is_named_with_what_is_near(path: Path) -> None:
    with open_study(path) as study:
        assert cycles_where(study, session=["pre", "post"]).sizes["cycle"] == study.sizes["cycle"]
        assert cycles_where(study, task="running").sizes["cycle"] == 0
        for call, message in (
            (lambda: curve(study, "angel", "knee_abduction"), "did you mean 'angle'"),
            (lambda: curve(study, "angle", "knee_abduktion"), "did you mean 'knee_abduction'"),
            (lambda: curve(study, "moment", "knee_abduction"), "expected a frame"),
            (lambda: curve(study, "angle", "knee_abduction", sides="left"), "did you mean 'side'"),
        ):
            with pytest.raises(BiomechError, match=message):
                call()
