"""`biomech new --from` on every public recording: right, or asked; never wrong without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from biomech.io.sheets import read_study
from biomech.onboarding.asking import Nobody
from biomech.onboarding.new import start_study
from biomech.pipeline.preflight import load_study

pytestmark = pytest.mark.realdata

W, S = ("dynamic", "walking", ""), ("static", "static", "")
#: Folder to what its files truly are, the true mass of those that have one (kg), and the stored axis that points up.
TRUE = {
    "cgm_nexus": ({"Static_trial": S, "Movement_trial": W}, {85.0}, "+z"),
    "landing_running": (
        {
            "aStaticTrial_2": S,
            "doubleLegLanding": ("dynamic", "double_leg_drop_landing", ""),
            "singleLegLanding": ("dynamic", "single_leg_drop_landing", ""),
            "sideCutting": ("dynamic", "side_cut", ""),
            "jogging": ("dynamic", "running", ""),
        },
        {67.79},
        "+z",
    ),
    "running_visual3d": ({"RBDS001static": S, "RBDS001runT35": ("dynamic", "running", "")}, set(), "+y"),
    "walking_clinical_labs": (
        {
            "CB_Static0001": S, "MH0222_BP01": S, "MH0222_BP08": S, "QCMAS-static": S, "RCH-01": S,
            "CB_Dynamic0003": W, "MH0222_BP06": W, "MH0222_BP15": W, "QCMAS-dynamic": W, "RCH-08": W,
        },
        {81.0, 70.23, 48.8},
        "+z",
    ),
    "walking_opensim": ({"Static03": S, "trial1": W}, {32.9}, "+z"),
    "walking_pig_ofm": (
        {f"HC0{n}": S for n in ("02D02", "30A01", "31A01", "32A01", "33A01", "36A01")}
        | {f"HC0{n}": W for n in ("02D06", "02D25", "30A05", "30A22", "31A06", "31A23", "32A03", "32A18", "33A10", "33A22", "36A10", "36A23")},
        {32.1, 45.8, 27.7, 60.3, 51.5, 33.0},
        "+z",
    ),
}  # fmt: skip
#: Marker sets that a study may name: made for the protocol.
SETS = {
    "cgm_nexus": {"plug_in_gait", "plug_in_gait_full_body"},
    "landing_running": {"landing_running"},
    "running_visual3d": {"running_visual3d"},
    "walking_pig_ofm": {"plug_in_gait_oxford_foot"},
}
#: People of each folder; the two templates of one person in `landing_running` are one.
PEOPLE = {"cgm_nexus": 1, "landing_running": 2, "running_visual3d": 1, "walking_clinical_labs": 4, "walking_opensim": 1, "walking_pig_ofm": 6}  # fmt: skip


@pytest.mark.parametrize("name", sorted(TRUE))
def test_what_is_not_said_to_be_unsure_is_true(name: str, realdata: Path, tmp_path: Path) -> None:
    uses, masses, up = TRUE[name]
    draft = start_study(tmp_path, realdata / name, Nobody()).draft
    found = {row.trial: row for row in draft.trials}
    assert set(found) == set(uses), "every file is there"
    for trial, row in found.items():
        unsure = any(line.startswith("UNSURE task") for line in row.comment)
        assert unsure or (row.role, row.task, row.side) == uses[trial], f"{trial}: {row}"
        assert not unsure or row.include == "no", "what is unsure is not computed"
    assert draft.options["lab.up"] == up and draft.options["markerset"] in SETS.get(name, {draft.options["markerset"]})
    assert len(draft.people) == PEOPLE[name]
    given = {float(cells["mass_kg"]) for cells in draft.people.values() if cells.get("mass_kg")}
    assert given == masses, "a stored mass, or none: what plates weigh is asked"
    study = load_study(tmp_path, {})
    assert study.data_folder == (realdata / name).resolve() and study.sessions
    assert not study.notes


def test_few_files_are_unsure(realdata: Path, tmp_path: Path) -> None:
    """Of all recordings of movements with a protocol, one: a movement trial of a single stride at half of walking speed."""
    unsure = []
    for name in TRUE:
        rows = start_study(tmp_path / name, realdata / name, Nobody()).draft.trials
        unsure += [row.trial for row in rows if any(line.startswith("UNSURE task") for line in row.comment)]
    assert unsure == ["Movement_trial"]


def test_sample_files_of_many_programs_do_no_harm(realdata: Path, tmp_path: Path) -> None:
    """No study, but every bad kind of file: damaged, without units, without markers, of several people and programs."""
    draft = start_study(tmp_path, realdata / "c3d_samples", Nobody()).draft
    files = [path for path in (realdata / "c3d_samples").rglob("*") if path.suffix.lower() == ".c3d"]
    assert len(draft.trials) == len(files), "no file is lost without a word"
    assert any("cannot be read and are left out" in doubt for doubt in draft.doubts)
    assert any("no standing (static) trial" in doubt for doubt in draft.doubts)
    assert read_study(tmp_path, environ={}).sessions
