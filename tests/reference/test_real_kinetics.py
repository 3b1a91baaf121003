"""Contacts and moments of recordings against what was seen in them and against other programs."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from biomech.config import Config, parse_config
from biomech.io.ingest import ingest_session
from biomech.io.sheets import Session, read_study
from biomech.kinematics.session import kinematics_session
from biomech.kinetics.session import kinetics_session
from biomech.model.markersets import load_markerset
from biomech.model.session import model_session
from biomech.quality import Quality
from biomech.signals.filters import lowpass

pytestmark = pytest.mark.realdata
STUDIES = Path(__file__).parents[1] / "studies"


class Chain:
    """Stages up to kinematics of one session; kinetics on demand."""

    def __init__(self, study: str, realdata: Path, participant: str = "") -> None:
        read = read_study(STUDIES / study, environ={"BIOMECH_DATA": str(realdata)})
        self.config: Config = read.config
        self.session: Session = next(s for s in read.sessions if not participant or s.participant == participant)
        markerset, quality = load_markerset(read.config.markerset), Quality("", "", "")
        self.raw = ingest_session(self.session, realdata, read.config, quality, on_error="stop")
        self.model = model_session(self.raw, self.session, markerset, read.config, quality, on_error="stop")
        self.kinematics = kinematics_session(
            self.raw, self.model, self.session, markerset, read.config, quality, on_error="stop"
        )

    def kinetics(
        self, model: dict[str, xr.Dataset] | None = None, **sections: dict
    ) -> tuple[dict[str, xr.Dataset], pd.DataFrame]:
        config = parse_config(self.config.model_dump(mode="json") | sections)
        quality = Quality(self.session.participant, self.session.session, "kinetics")
        tree = model or self.model
        result = kinetics_session(self.raw, tree, self.kinematics, self.session, config, quality, on_error="stop")
        return result, quality.table()


def contacts(trial: xr.Dataset) -> list[tuple[int, str, str]]:
    data = trial
    columns = (data[f"contact_{name}"].to_numpy().tolist() for name in ("plate_number", "foot", "reason"))
    return list(zip(*columns, strict=True))


@pytest.fixture(scope="module")
def landing(realdata: Path) -> tuple[dict[str, xr.Dataset], dict[str, xr.Dataset]]:
    chain = Chain("landing", realdata)
    return chain.kinetics()[0], chain.kinematics


def test_feet_of_the_landings_and_the_cut(landing) -> None:
    kinetics, _ = landing
    # One foot per plate, and a second landing at the end of both files; the cut is on the right foot.
    assert contacts(kinetics["static"]) == [(1, "right", ""), (2, "left", "")]
    assert contacts(kinetics["doubleleg"]) == [(2, "left", ""), (1, "right", ""), (1, "right", ""), (2, "left", "")]
    assert contacts(kinetics["singleleg"]) == [(2, "left", ""), (2, "left", "")]
    assert contacts(kinetics["cut"]) == [(2, "right", "")]


@pytest.mark.parametrize("trial", ["doubleleg", "singleleg", "cut"])
def test_centre_of_pressure_lies_under_the_foot(landing, trial: str) -> None:
    kinetics, kinematics = landing
    for side in ("left", "right"):
        cop = kinetics[trial]["centre_of_pressure"].sel(side=side).to_numpy()
        foot = kinematics[trial].sel(side=side, segment="foot")
        local = np.einsum("nji,nj->ni", foot["rotation"].to_numpy(), cop - foot["origin"].to_numpy())
        seen = np.isfinite(local[:, 0])
        # From behind the ankle to the toe tips of a foot about 24 cm long, not next to the shoe.
        assert (np.abs(np.median(local[seen], axis=0)[[0, 2]] - [0.07, 0]) < [0.08, 0.05]).all() if seen.any() else True


def test_standing_on_the_box_is_no_swing(landing) -> None:
    code = landing[0]["doubleleg"]["contact"]
    # The subject stands on a box for the first second, then drops.
    assert (code.sel(time=slice(0, 0.8)) == 2).mean() > 0.9
    assert (code.sel(time=slice(1.35, 1.5)) == 0).all()


@pytest.mark.parametrize(
    ("child", "trial", "expected"),
    [
        ("HC030A", "straight", [(2, "right", ""), (1, "left", "")]),
        ("HC031A", "turn", [(2, "right", ""), (1, "none", "double")]),  # two feet in succession on plate 1
        ("HC032A", "turn", [(2, "right", ""), (1, "none", "edge")]),  # partial hit of plate 1
    ],
)
def test_feet_of_the_children(realdata: Path, child: str, trial: str, expected: list) -> None:
    assert contacts(Chain("children", realdata, child).kinetics()[0][trial]) == expected


@pytest.mark.parametrize("child", ["HC002D", "HC033A"])
def test_moments_of_the_children_equal_the_file(realdata: Path, child: str) -> None:
    """Plug-in Gait moments in the distal frame, stance on a valid plate.

    Bound 0.02 N m/kg RMS: the differences left by the unknown angular differentiation of Plug-in Gait.
    """
    chain = Chain("children", realdata, child)
    kinetics, _ = chain.kinetics()
    stored = chain.raw["straight"]["reference_output"] / 1000
    names = {str(o)[-len("LKneeMoment") :]: o for o in stored["output"].to_numpy() if "KneeMoment" in str(o)}
    for side, letter in (("left", "L"), ("right", "R")):
        ours = kinetics["straight"]["moment"].sel(side=side, frame="distal")
        on = kinetics["straight"]["contact"].sel(side=side).to_numpy() == 1
        theirs = stored.sel(output=names[f"{letter}KneeMoment"]).to_numpy()
        assert on.sum() > 40
        for column, (quantity, sign) in enumerate(
            (("knee_flexion", -1), ("knee_abduction", 1), ("knee_internal_rotation", -1))
        ):
            difference = sign * ours.sel(quantity=quantity).to_numpy()[on] - theirs[on, column]
            assert np.sqrt(np.nanmean(difference**2)) < 0.02, (side, quantity)


@pytest.fixture(scope="module")
def run(realdata: Path) -> Chain:
    return Chain("running", realdata)


def test_feet_alternate_on_the_treadmill(run: Chain) -> None:
    kinetics, table = run.kinetics()
    data = kinetics["run35"]
    feet = data["contact_foot"].to_numpy()
    assert data.sizes["plate_contact"] == 86 and data["contact_valid"].all()
    assert (feet[1:] != feet[:-1]).all()
    # On the belt each foot swings or stands on the plate, nothing else.
    assert (data["contact"] != 2).all()
    assert "body_weight" not in table["code"].tolist()


def test_running_moments_against_visual3d(run: Chain, realdata: Path) -> None:
    """Ensemble means against Visual3D, with its joint ends and its segment masses (Dempster, long axis thin).

    Bounds are those that a reproduction of its template reaches with a margin: ankle 0.03, knee 0.04 N m/kg RMS (the
    hip needs the template's thigh cones, which are not in the data). Visual3D cuts contacts where the filtered force crosses 20 N, here the unfiltered one does; the 3 % next to the
    ends of stance are left out.
    """
    model = run.model["static"].copy(deep=True)
    for name, (mass, com, radius) in {
        "shank_proximal": (0.0465, 0.433, 0.302),
        "foot": (0.0145, 0.5, 0.475),
    }.items():
        local = model["landmark_local"].sel(segment=name)
        ends = {
            "shank_proximal": ("knee", "ankle"),
            "foot": ("ankle", "second_metatarsal_head"),
        }[name]
        start, end = (local.sel(landmark=landmark).to_numpy() for landmark in ends)
        length = np.linalg.norm(end - start, axis=-1)
        thin = np.array([0.1, 1, 1]) if name == "foot" else np.array([1, 0.1, 1])
        where = {"segment": name}
        model["segment_mass"].loc[where] = 62.0 * mass
        model["segment_com"].loc[where] = start + com * (end - start)
        model["segment_inertia"].loc[where] = (62.0 * mass * (radius * length) ** 2)[:, None, None] * np.diag(thin)
    kinetics, _ = run.kinetics({"static": model}, kinetics={"joint_centres": "distal_segment"})
    data = kinetics["run35"]
    time, step = data["time"].to_numpy(), 2
    force = lowpass(run.raw["run35"]["plate_force"].to_numpy()[:, 0, 1], 300, 10, 4, "plain")[::step]
    onsets = time[1:][(force[1:] > 20) & (force[:-1] <= 20)]
    curves = pd.read_csv(realdata / "running_visual3d" / "RBDS001processed.txt", sep="\t")
    percent = np.arange(101)
    inside = ((percent > 3) & (percent < 30)) | ((percent > 40) & (percent < 97))
    for side in ("left", "right"):
        own = data["contact_start"].to_numpy()[data["contact_foot"].to_numpy() == side]
        frames = [np.searchsorted(time, onsets[np.argmin(np.abs(onsets - start))] - 1e-6) for start in own[1:]]
        for quantity, joint, sign, bound in (
            ("ankle_dorsiflexion", "ankle", -1, 0.03),
            ("knee_flexion", "knee", -1, 0.04),
        ):
            moment = sign * data["moment"].sel(side=side, quantity=quantity, frame="jcs").to_numpy()
            strides = [np.interp(np.linspace(a, b, 101), np.arange(len(time)), moment) for a, b in pairwise(frames)]
            theirs = curves[f"{side[0].upper()}{joint}MomZ35"].to_numpy()
            rms = np.sqrt(np.mean((np.mean(strides, axis=0) - theirs)[inside] ** 2))
            assert rms < bound, f"{side} {joint}: RMS {rms:.3f} N m/kg"
