"""`biomech markerset new`: a set from a recording validates, runs, and says what it does not know."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.cli import main
from biomech.config import parse_config
from biomech.errors import BiomechError
from biomech.io.ingest import ingest_session
from biomech.io.sheets import Session, Trial
from biomech.kinematics.session import kinematics_session
from biomech.markerset_new import copy_markerset, new_markerset
from biomech.model.markerset_draft import draft
from biomech.model.markersets import load_markerset, parse_markerset, shipped
from biomech.model.proposals import propose
from biomech.model.session import model_session
from biomech.quality import Quality
from tests.unit.model.test_recognition import standing
from tests.walks import recorded

FOREIGN = {"ASI": "_SIAS", "PSI": "_SIPS", "LFE": "_KneeLat", "MFE": "_KneeMed", "LM": "_AnkleLat", "MM": "_AnkleMed", "CALD": "_Heel",
           "M1": "_MT1", "M2": "_MT2", "M5": "_MT5", "TH1": "_q7", "TH2": "_q8", "TH3": "_q9"}  # fmt: skip


def renamed(labels: list[str], prefix: str = "") -> list[str]:
    """The simulator's labels as another laboratory writes them; thigh markers have names that say nothing."""
    return [prefix + label[0] + FOREIGN.get(label[1:], label[1:]) for label in labels]


def written(folder: Path, prefix: str = "") -> tuple[Path, Path]:
    still, walk = recorded(1)
    for name, motion in (("static", still), ("walk", walk)):
        replace(motion, labels=renamed(list(motion.labels), prefix)).write(folder / f"{name}.c3d")
    return folder / "static.c3d", folder / "walk.c3d"


@pytest.mark.parametrize("prefix", ["", "P01-"])
def test_a_set_for_unknown_labels_runs_and_gives_the_true_angles(tmp_path: Path, prefix: str) -> None:
    """Flexion within 2 degrees of the truth after its mean offset: the bound of the shipped sets, stated beforehand."""
    static, walk = written(tmp_path, prefix)
    path = new_markerset("my_lab", static, [walk], tmp_path)
    text = path.read_text(encoding="utf-8")
    assert "moves with" in text
    assert not prefix or prefix not in text, "a prefix may be a person's name"
    markerset = load_markerset("my_lab", tmp_path)
    assert {"_q7", "_q8", "_q9"} <= {label.replace("{s}", "") for m in markerset.markers.values() for label in m.labels}
    assert markerset.markers[next(n for n, m in markerset.markers.items() if "{s}_q7" in m.labels)].body == "thigh"
    person = recorded(1)[0].participant
    session = Session(
        participant="P", session="1", sex=person.sex, mass_kg=person.mass_kg, height_m=person.height_m,
        trials=(Trial(trial="static", file=static.name, role="static", task="static"), Trial(trial="walk", file=walk.name, role="dynamic", task="walking")),
    )  # fmt: skip
    config = parse_config({"signals": {"cutoff_hz": {"walking": None, "static": None}}})
    quality = Quality("P", "1", "test")
    raw = ingest_session(session, tmp_path, config, quality, "stop")
    model = model_session(raw, session, markerset, config, quality, "stop")
    kinematics: dict[str, xr.Dataset] = kinematics_session(raw, model, session, markerset, config, quality, "stop")
    assert [row["message"] for row in quality.rows if row["level"] == "error"] == []
    truth = recorded(1)[1].truth["angle"]
    for quantity in ("hip_flexion", "knee_flexion", "ankle_dorsiflexion"):
        error = (
            (kinematics["walk"]["angle"].sel(quantity=quantity) - truth.sel(quantity=quantity))
            .transpose("side", "time")
            .values
        )
        assert np.isfinite(error).all() and error.std(axis=1).max() < 2, quantity


def test_what_a_set_needs_is_named_with_the_labels_it_may_have() -> None:
    labels, position = standing("cast_lower_limb")
    keep = [i for i, label in enumerate(labels) if label[1:] != "LFE"]
    with pytest.raises(BiomechError, match=r"lateral femoral epicondyle on both sides \(labels known for it: KNE"):
        draft("mine", propose([labels[i] for i in keep], position[:, keep]), "static.c3d")


def test_a_guess_by_place_is_never_used_without_a_question() -> None:
    labels, position = standing("cast_lower_limb")
    foreign = ["xx1" if label == "RLFE" else "xx2" if label == "LLFE" else label for label in labels]
    proposals = propose(foreign, position)
    guess = next(one for one in proposals.markers if one.label == "xx1")
    assert (guess.side, guess.landmark, guess.confidence) == ("right", "lateral_epicondyle", "guess")
    with pytest.raises(BiomechError, match="lateral femoral epicondyle"):
        draft("mine", proposals, "static.c3d")
    asked = []

    def ask(landmark: str, side: str, choices: list[str]) -> str:
        asked.append((landmark, side))
        return choices[0]

    foreign = [{"xx1": "R_xx", "xx2": "L_xx"}.get(label, label) for label in foreign]
    text = draft("mine", propose(foreign, position), "static.c3d", ask)
    assert asked == [("lateral_epicondyle", "left"), ("lateral_epicondyle", "right")]
    assert parse_markerset(text, "mine").markers["LFE"].labels == ("{s}_xx",)


def test_exchanged_labels_of_the_file_are_written_into_the_head() -> None:
    labels, position = standing("cast_lower_limb")
    a, b = labels.index("LCALD"), labels.index("LLM")
    labels[a], labels[b] = labels[b], labels[a]
    text = draft("mine", propose(labels, position), "static.c3d")
    assert "# CONTRADICTED in this file" in text and "LCALD (left back of the calcaneus)" in text
    assert parse_markerset(text, "mine").label_of("left", "LM") == "LLM"


def test_a_hostile_label_stays_in_its_comment() -> None:
    labels, position = standing("cast_lower_limb")
    labels[labels.index("LNAV")] = 'x"]}\nsegments: {}'
    parse_markerset(draft("mine", propose(labels, position), "static.c3d"), "mine")


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_set_can_be_copied(tmp_path: Path, name: str) -> None:
    path = copy_markerset("my_lab", name, tmp_path)
    assert load_markerset("my_lab", tmp_path).markers == load_markerset(name).markers
    before = path.read_bytes()
    with pytest.raises(BiomechError, match="nothing is overwritten"):
        copy_markerset("my_lab", name, tmp_path)
    assert path.read_bytes() == before


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["markerset", "new", "my_lab", str(tmp_path), "--copy", "plug_in_gate"]) == 1
    assert "did you mean 'plug_in_gait'" in capsys.readouterr().err
    assert main(["markerset", "new", "my lab", str(tmp_path), "--copy", "ior"]) == 1
    assert "letters, digits and underscores" in capsys.readouterr().err
    assert main(["markerset", "new", "my_lab", str(tmp_path / "absent"), "--copy", "ior"]) == 1
    assert "found no such folder" in capsys.readouterr().err
    assert main(["markerset", "new", "my_lab", str(tmp_path), "--copy", "ior"]) == 0
    assert "markerset: my_lab" in capsys.readouterr().out


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("static", "movement", "tracked"),
    [
        ("landing_running/aStaticTrial_2.c3d", "landing_running/singleLegLanding.c3d", "cluster"),
        ("walking_clinical_labs/AUC/CB_Static0001.c3d", "walking_clinical_labs/AUC/CB_Dynamic0003.c3d", "cluster"),
        ("walking_opensim/Static03/c3dfile.c3d", "walking_opensim/trial1/c3dfile.c3d", "cluster"),
        ("running_visual3d/RBDS001static.c3d", "running_visual3d/RBDS001runT35.c3d", "cluster"),
        ("walking_clinical_labs/QCMAS/QCMAS.static.c3d", "walking_clinical_labs/QCMAS/QCMAS.dynamic.c3d", "direct"),
        ("cgm_nexus/Static_trial.c3d", "cgm_nexus/Movement_trial.c3d", "direct"),
    ],
)
def test_public_recordings_get_a_set_that_fits_both_trials(realdata: Path, tmp_path: Path, static: str, movement: str, tracked: str) -> None:  # fmt: skip
    from biomech.io.recordings import read_recording

    new_markerset("my_lab", realdata / static, [realdata / movement], tmp_path)
    markerset = load_markerset("my_lab", tmp_path)
    assert markerset.tracking_of_segments()["thigh"][0] == tracked
    for role, file in (("static", static), ("dynamic", movement)):
        labels = read_recording(realdata / file).marker_names
        assert [markerset.missing(labels, role, side) for side in ("left", "right")] == [[], []]
