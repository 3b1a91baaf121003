"""No verdict of structure or function without a collapse, beyond what was measured, or on a doubtful knee axis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from biomech.config import Config
from biomech.config.findings import Cause
from biomech.findings.axis import KneeAxis, corrected_peak, knee_axis
from biomech.findings.cause import cause, standing_values, tibial_torsion, weigh
from biomech.findings.inputs import FindingInputs, groups
from biomech.findings.size import size
from biomech.io.sheets import Session, Trial
from biomech.kinematics.session import kinematics_session
from biomech.model.markersets import load_markerset, shipped
from biomech.quality import Quality
from biomech.schema import SIDES
from tests.contract.test_markersets import model, standing

SETTINGS = Cause()
SCATTER = np.array([0.0, 0.3, -0.3, 0.2, -0.2, 0.1])


def measured(
    task: str,
    window: str,
    legs: dict[str, dict[str, float]],
    age: float | None = 25.0,
    sex: str = "female",
    footwear: str = "barefoot",
    cycles: xr.Dataset | None = None,
    clinical: dict[str, float] | None = None,
) -> FindingInputs:
    """Six repetitions a leg with the peaks of each quantity (degrees; m), from one trial a leg."""
    names = sorted({name for own in legs.values() for name in own})
    sides = [side for side in legs for _ in SCATTER]
    rows = [
        [legs[side].get(name, np.nan) + spread * (0.001 if "medial" in name else 1) for name in names]
        for side in legs
        for spread in SCATTER
    ]
    n = len(sides)
    coords = {
        "metric": [f"{name}__peak__{window}" for name in names],
        "start": ("cycle", 3.0 * np.arange(n)),
        "side": ("cycle", sides),
        "task": ("cycle", [task] * n),
        "condition": ("cycle", [""] * n),
        "footwear": ("cycle", [footwear] * n),
        "trial": ("cycle", [f"{side}_1" for side in sides]),
        "sex": ("cycle", [sex] * n),
    }
    if age is not None:
        coords["age_years"] = ("cycle", np.full(n, age))
    metrics = xr.Dataset({"value": (("cycle", "metric"), np.array(rows))}, coords=coords)
    session = Session(participant="P1", session="1", sex=sex, trials=(), clinical=clinical or {})
    empty = {}
    return FindingInputs(
        session, Config(), Quality("P1", "1", "findings"), metrics if cycles is None else cycles, metrics,
        empty, empty, empty, {"1": metrics},
    )  # fmt: skip


def verdicts(given: FindingInputs) -> dict[str, str]:
    return {found.side: str(found.evidence["verdict"]) for found in cause(given)}


def test_a_side_cut_without_adduction_is_no_collapse() -> None:
    """Hip abducted and knee in varus at their largest: what the frontal plane shows of a bent knee is not a collapse."""
    legs = {
        "right": {"knee_abduction": -1.3, "hip_adduction": -3.6, "fppa": 22.0, "knee_medial_to_hip_ankle_line": 0.05},
        "left": {"knee_abduction": -0.9, "hip_adduction": -3.0, "fppa": 4.0, "knee_medial_to_hip_ankle_line": 0.0},
    }
    given = measured("side_cut", "contact", legs, clinical={"right_craig_test_deg": 40.0})
    assert set(verdicts(given).values()) == {"no_collapse"}
    alone = measured("side_cut", "contact", {"right": legs["right"]})
    assert verdicts(alone)["right"] == "no_collapse", "a knee that is not inward needs nothing to be held against"
    small = {"knee_abduction": 1.9, "hip_adduction": 12.9, "fppa": -0.6}
    assert verdicts(measured("running", "stance", {"right": small}, age=None))["right"] == "no_collapse"
    inward = {"knee_abduction": 1.9, "hip_adduction": 12.9, "fppa": 9.0}
    assert verdicts(measured("running", "stance", {"right": inward}, age=None))["right"] == "not_judged"
    # the same angles in a landing, whose error is known, with the hip abducted and with it adducted
    assert verdicts(measured("single_leg_drop_landing", "contact", legs))["right"] == "no_collapse"
    legs["right"]["hip_adduction"] = 6.0
    assert verdicts(measured("single_leg_drop_landing", "contact", legs))["right"] == "undetermined"


def test_a_collapse_is_beyond_the_norm_or_the_other_leg() -> None:
    def squat(right: dict[str, float], left: dict[str, float] | None = None, **whom: object) -> str:
        legs = {"right": right} | ({"left": left} if left else {})
        return verdicts(measured("single_leg_squat", "cycle", legs, **whom))["right"]  # type: ignore[arg-type]

    # norm 5.8 (SD 3.4): 12.6
    assert squat({"knee_abduction": 12.0}) == "no_collapse"
    assert squat({"knee_abduction": 14.0}) == "undetermined"
    assert squat({"knee_abduction": 14.0}, age=10.0) == "not_judged", "no adult norm for a child"
    assert squat({"knee_abduction": 14.0}, age=None) == "not_judged", "an unknown age fits no norm"
    # frontal plane projection angle against the other leg: MDC95 8.3 degrees
    sizes = {"fppa": 19.4, "hip_adduction": 12.0}
    assert squat(sizes, {"fppa": 8.2, "hip_adduction": 9.0}) == "undetermined"
    assert squat(sizes, {"fppa": 13.0, "hip_adduction": 9.0}) == "no_collapse"


def test_bones_count_only_where_they_turn_the_knee_inward() -> None:
    still, moved = {"knee_abduction": 1.0}, {"knee_abduction": 5.0}
    out = weigh(
        {"craig_test_deg": 7.0, "tibial_torsion_deg": 0.0, "thigh_foot_angle_deg": -12.0}, still, moved, {}, SETTINGS
    )
    assert out.verdict == "undetermined" and not out.structural
    assert sum("turns the knee outward" in text for text in out.against_structural) == 3
    for angle, verdict in ((25.0, "undetermined"), (30.0, "undetermined"), (42.0, "structural")):
        assert weigh({"thigh_foot_angle_deg": angle}, still, moved, {}, SETTINGS).verdict == verdict


def test_an_unreliable_test_is_weak_evidence_unless_another_agrees() -> None:
    still, moved = {"knee_abduction": 1.0}, {"knee_abduction": 5.0}
    alone = weigh({"craig_test_deg": 16.0}, still, moved, {}, SETTINGS)
    assert alone.verdict == "undetermined" and "weak" in alone.structural[0]
    both = weigh({"craig_test_deg": 18.0, "hip_rotation_middle_deg": 18.0}, still, moved, {}, SETTINGS)
    assert both.verdict == "structural"
    assert weigh({"craig_test_deg": 30.0}, still, moved, {}, SETTINGS).verdict == "structural"
    child = weigh({"craig_test_deg": 30.0}, still, moved, {}, SETTINGS, age=6.0)
    assert child.verdict == "undetermined", "a child's femur is turned otherwise"


@pytest.mark.parametrize("name", shipped())
def test_torsion_that_was_not_measured_is_not_counted(name: str) -> None:
    """Without a parameter: measured only where knee and malleoli have axes of their own."""
    markerset = load_markerset(name)
    medial = tuple(markerset.label_of(s, m) for s in SIDES for m in ("MED", "MKN") if m in markerset.markers)
    raw = standing(markerset, skip=medial if name.startswith("plug_in_gait") else ())
    if (
        name == "helen_hayes_medial"
    ):  # its shank marker stands on a wand; fibula head, wand and malleolus on a line have no pose
        wand = [markerset.label_of(side, "TIB") for side in SIDES]
        raw["marker_position"].values[:, raw["marker"].isin(wand), 0] += 0.05
    tree, quality = model(markerset, raw)
    trial = Trial(trial="static", file="standing.c3d", role="static", task="static")
    session = Session(participant="P", session="1", trials=(trial,))
    moved = kinematics_session({"static": raw}, tree, session, markerset, Config(), quality)
    moved["static"].attrs["role"] = "static"
    given = replace(measured("walking", "stance", {"right": {"fppa": 5.0}}), model=tree, kinematics=moved)
    apart = name in ("cast_lower_limb", "cgm2_medial", "helen_hayes_medial", "landing_running", "uwa")
    for side, own in standing_values(given, "barefoot").items():
        assert ("tibial_torsion" in own) == apart, (name, side, own.get("tibial_torsion"))
        assert np.isfinite(tibial_torsion(moved["static"]["rotation"].sel(side=side), side)), "the frames are there"
    if not apart:  # a sheet that gives it, zero included, has measured it
        entered = tree["static"].copy(deep=True)
        entered["parameter_source"].loc[{"side": "right", "name": "tibial_torsion"}] = "sheet"
        found = standing_values(replace(given, model={"static": entered}), "barefoot")
        assert "tibial_torsion" in found["right"] and "tibial_torsion" not in found["left"]


def strides(axis_turn_deg: float, task: str = "walking", depth: float = 60.0) -> xr.Dataset:
    """Cycles in which a knee that bends by `depth` and abducts by 2 degrees is seen along a turned axis."""
    percent = np.linspace(0, 1, 101)
    flexion = 5 + depth * np.exp(-(((percent - 0.72) / 0.11) ** 2)) + 12 * np.exp(-(((percent - 0.15) / 0.07) ** 2))
    abduction = 1 + np.sin(2 * np.pi * percent) + axis_turn_deg * np.sin(np.radians(flexion))
    curves = np.repeat(np.stack([flexion, abduction], axis=1)[None], 6, axis=0)
    return xr.Dataset(
        {"angle": (("cycle", "percent", "quantity"), curves)},
        coords={
            "quantity": ["knee_flexion", "knee_abduction"],
            "foot_off_percent": ("cycle", np.full(6, 60.0)),
            **{
                name: ("cycle", [word] * 6)
                for name, word in {"task": task, "side": "right", "condition": "", "footwear": "barefoot"}.items()
            },
        },
    )


@pytest.mark.parametrize("turn", [18.0, -18.0])
def test_a_turned_knee_axis_is_said_and_its_abduction_not_used(turn: float) -> None:
    found = knee_axis(strides(turn), "right", "barefoot", SETTINGS)
    assert found.doubtful and found.walking and found.turn_deg == pytest.approx(turn, abs=4)
    legs = {
        "right": {"knee_abduction": 18.0, "fppa": 20.0, "hip_adduction": 9.0},
        "left": {"fppa": 5.0, "hip_adduction": 5.0},
    }
    for cycles, says in ((strides(turn), "it is not used"), (strides(turn, "single_leg_squat"), "look the same")):
        right = next(
            one for one in cause(measured("single_leg_squat", "cycle", legs, cycles=cycles)) if one.side == "right"
        )
        assert "knee axis turned by" in right.sentence and says in right.sentence
        blocked = says == "it is not used"
        assert any("knee axis is in doubt" in text for text in right.evidence["not_used"]) == blocked
        evidence = " ".join([*right.evidence["for_functional"], *right.evidence["for_structural"]])
        assert ("knee abduction" in evidence) <= (not blocked)
        assert ("Knee abduction, peak less standing" in right.sentence) == (not blocked), (
            "nor is it the number of the line"
        )


@pytest.mark.parametrize("turn", [6.0, -6.0])
def test_taking_cross_talk_off_makes_no_evidence(turn: float) -> None:
    """Of a turn one way the peak is 6 sin(flexion) too large and corrected; the other way it is left as it was measured."""
    walks, squats = strides(turn), strides(turn, "single_leg_squat")
    axis = KneeAxis(turn_deg=turn, walking=True, range_walking_deg=7.0)
    (group,) = groups(squats)
    raw = float(squats["angle"].sel(quantity="knee_abduction").max("percent").mean())
    peak, allowance, words = corrected_peak(squats, group, axis, 5.0, SETTINGS)
    assert allowance == 0.0 and words
    assert peak <= raw and (peak < raw - 0.1) == (turn > 0)
    assert knee_axis(walks, "right", "barefoot", SETTINGS).turn_deg == pytest.approx(turn, abs=2)


def test_a_knee_as_bones_have_it_raises_no_doubt() -> None:
    found = knee_axis(strides(0.0), "right", "barefoot", SETTINGS)
    assert not found.doubtful and found.range_walking_deg == pytest.approx(2.0, abs=0.1)
    assert not knee_axis(strides(0.0), "left", "barefoot", SETTINGS).doubtful, "nothing is known of the other leg"


def test_all_frames_of_a_session_show_a_turned_axis_that_its_cycles_hide() -> None:
    """Landings end at their lowest point; the frames around them bend the knee as much and say as the quality row does."""
    squats = strides(0.0, "single_leg_squat")
    flexion = 40 + 35 * np.sin(np.linspace(0, 12, 400))
    angle = np.stack([flexion, 18 * np.sin(np.radians(flexion))], axis=1)[:, None, :]
    trial = xr.Dataset(
        {"angle": (("time", "side", "quantity"), angle)},
        coords={"side": ["right"], "quantity": ["knee_flexion", "knee_abduction"]},
        attrs={"role": "dynamic", "footwear": "barefoot"},
    )
    moves = {"a": trial}
    found = knee_axis(squats, "right", "barefoot", SETTINGS, moves)
    assert found.doubtful and not found.walking and found.turn_deg == pytest.approx(18, abs=0.5)
    assert not knee_axis(squats, "right", "barefoot", SETTINGS).doubtful


def test_size_is_held_against_norms_that_fit_and_names_those_that_do_not() -> None:
    legs = {"right": {"hip_adduction": 24.0}}
    (adult,) = size(measured("single_leg_squat", "cycle", legs))
    assert "larger than" in adult.sentence and "10.8 (SD 5.6)" in adult.norm
    for age in (9.0, None):
        (child,) = size(measured("single_leg_squat", "cycle", legs, age=age))
        assert (
            child.norm.startswith("none fits (40 healthy")
            and "no norm" in child.sentence.lower()
            and "Nakagawa" not in child.source
        )
        assert child.evidence["norm_not_used"] and child.value == pytest.approx(adult.value)
    (grown,) = size(measured("walking", "stance", {"right": {"hip_adduction": 9.0}}, age=30.0))
    assert grown.norm.startswith("none fits (children") and "children" in str(grown.evidence["norm_not_used"])
    (young,) = size(measured("walking", "stance", {"right": {"hip_adduction": 9.0}}, age=9.0))
    assert young.norm.startswith("5.2 (SD 3.4) degree, children")
    (shod,) = size(measured("walking", "stance", {"right": {"hip_adduction": 9.0}}, age=9.0, footwear="trainers"))
    assert shod.norm.startswith("none fits (children") and "barefoot" in str(shod.evidence["norm_not_used"])
    jump = {"right": {"knee_abduction": 9.0}}
    assert "footballers" in size(measured("drop_vertical_jump", "contact", jump))[0].norm
    assert size(measured("drop_vertical_jump", "contact", jump, sex="unknown"))[0].norm.startswith("none fits (136")
