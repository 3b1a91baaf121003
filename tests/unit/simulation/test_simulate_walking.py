"""A synthetic walk: physics that must hold exactly, and curves that must look like walking."""

from __future__ import annotations

from pathlib import Path

import ezc3d
import numpy as np
import pytest

from biomech.errors import BiomechError
from biomech.schema import SIDES
from biomech_simulation.curves import PAD, differentiate
from biomech_simulation.dynamics import joint_moments, momentum, share_between_feet
from biomech_simulation.fit import starting_gait
from biomech_simulation.gait import DUTY, STRIKE_PHASE, Gait, foot_motion, walking_body
from biomech_simulation.motion import Motion, compacted
from biomech_simulation.participant import Participant, Pattern
from biomech_simulation.study import write_study
from biomech_simulation.truth import joint_centres
from biomech_simulation.walking import static, usual_gait, walk

PERSON = Participant(patterns={"right": Pattern(4.0, 5.0, 5.0, 3.0, 1.0)})
RATE = 1000.0


@pytest.fixture(scope="module")
def gait() -> Gait:
    return usual_gait(PERSON)


@pytest.fixture(scope="module")
def trial(gait: Gait) -> Motion:
    return walk(PERSON, gait=gait, strides=3, rate_hz=100.0)


@pytest.fixture(scope="module")
def states(gait: Gait):  # type: ignore[no-untyped-def]
    """One stride at 1 kHz: bodies (padded), particles and feet."""
    time = np.arange(-PAD, round(gait.stride_s * RATE) + PAD) / RATE
    body = walking_body(gait, time)
    state = momentum(PERSON, body, 1 / RATE)
    phase = time[PAD:-PAD] / gait.stride_s
    return body, state, phase, share_between_feet(gait, phase, state)


def test_feet_bear_what_moves_the_body(states) -> None:  # type: ignore[no-untyped-def]
    """Sum of both feet's wrenches = rate of momentum less gravity, momentum differenced from velocities (1e-6 of BW)."""
    _, state, _, feet = states
    velocity = differentiate(state.place, 1 / RATE, 1)
    inner = state.place[PAD:-PAD]
    linear = np.einsum("k,nki->ni", state.mass, velocity)
    angular = np.einsum("k,nki->ni", state.mass, np.cross(inner, velocity))
    weight = PERSON.mass_kg * np.array([0, -9.81, 0])
    centre = np.einsum("k,nki->ni", state.mass, inner[PAD:-PAD]) / state.mass.sum()
    force = differentiate(linear, 1 / RATE, 1) - weight
    moment = differentiate(angular, 1 / RATE, 1) - np.cross(centre, weight)
    cut = slice(2 * PAD, -2 * PAD)
    for name, expected in (("force", force), ("moment", moment)):
        assert np.allclose(sum(feet[s][name] for s in SIDES)[cut], expected, atol=2e-3 * (1 if name == "force" else 2))


def test_force_is_zero_in_swing_positive_in_stance_and_without_steps(states) -> None:  # type: ignore[no-untyped-def]
    _, _, phase, feet = states
    for side in SIDES:
        own = (phase - STRIKE_PHASE[side]) % 1.0
        force = feet[side]["force"]
        assert (force[own > DUTY] == 0).all()
        assert (force[(own > 0.01) & (own < DUTY - 0.01), 1] > 0).all()
        assert np.abs(np.diff(force[:, 1])).max() < 0.03 * PERSON.mass_kg * 9.81, "per millisecond"
    total = sum(feet[s]["force"] for s in SIDES)[: len(phase)].mean(axis=0) / (PERSON.mass_kg * 9.81)
    assert np.allclose(total, [0, 1, 0], atol=1e-3)


def test_centre_of_pressure_stays_inside_the_foot(gait: Gait, states) -> None:  # type: ignore[no-untyped-def]
    _, _, phase, feet = states
    sole = PERSON.sole
    for side in SIDES:
        _, _, print_ = foot_motion(gait, side, phase)
        mirror = 1.0 if side == "right" else -1.0
        dx = feet[side]["pressure"][:, 0] - print_[:, 0]
        dz = mirror * feet[side]["pressure"][:, 2] - print_[:, 2]
        along = np.cos(gait.toe_out) * dx + np.sin(gait.toe_out) * dz
        across = -np.sin(gait.toe_out) * dx + np.cos(gait.toe_out) * dz
        loaded = feet[side]["force"][:, 1] > 20.0
        assert (along[loaded] > sole.back).all()
        assert (along[loaded] < sole.tip).all()
        assert np.abs(across[loaded]).max() < sole.half_width


def test_loaded_feet_do_not_slide(gait: Gait, states) -> None:  # type: ignore[no-untyped-def]
    """Speed of the foot's material point at the centre of pressure while it bears 20 N, flat or rolling: mm/s.

    Not at the pressure of a foot in between, where it is not on the contact line of the rolling sole.
    """
    body, _, phase, feet = states
    for side in SIDES:
        mirror = np.array([1, 1, -1 if side == "left" else 1])
        rotation, ankle = body.rotation[(side, "foot")], body.origin[(side, "foot")]
        pitch, _, _ = foot_motion(gait, side, phase)
        own = (phase - STRIKE_PHASE[side]) % 1.0
        rolling = (feet[side]["force"][:, 1] > 20.0) & ((np.abs(pitch) < 1e-12) | (own > 0.45))
        local = np.einsum("nji,nj->ni", rotation[PAD:-PAD], feet[side]["pressure"] * mirror - ankle[PAD:-PAD])
        speed = differentiate(ankle, 1 / RATE, 1) + np.einsum("nij,nj->ni", differentiate(rotation, 1 / RATE, 1), local)
        assert np.linalg.norm(speed[rolling], axis=1).max() < 5e-3


def test_power_into_a_leg_changes_its_energy(states) -> None:  # type: ignore[no-untyped-def]
    """Hip force and moment, ground wrench and gravity: together the rate of kinetic and potential energy (0.01 W/kg)."""
    body, state, _, feet = states
    centres = joint_centres(body)
    moments = joint_moments(state, feet, {s: {j: c[PAD:-PAD] for j, c in centres[s].items()} for s in SIDES})
    velocity = differentiate(state.place, 1 / RATE, 1)
    for side in SIDES:
        mine = state.part(("thigh", "shank", "foot"), side)
        mass, place = state.mass[mine], state.place[:, mine]
        energy = 0.5 * np.einsum("k,nki,nki->n", mass, velocity[:, mine], velocity[:, mine])
        energy = energy + 9.81 * place[PAD:-PAD, :, 1] @ mass
        rate = differentiate(energy, 1 / RATE, 1)
        flip = np.outer([1, 1, -1], [1, 1, -1]) if side == "left" else np.ones((3, 3))
        spin = {name: _spin(body.rotation[(side, name)] * flip) for name in ("thigh", "shank", "foot")}
        spin["pelvis"] = _spin(body.rotation["pelvis"])
        force, _ = moments[side]["hip"]
        power = np.einsum("ni,ni->n", force, differentiate(centres[side]["hip"], 1 / RATE, 1))
        for joint, distal, proximal in (
            ("hip", "thigh", "pelvis"),
            ("knee", "shank", "thigh"),
            ("ankle", "foot", "shank"),
        ):
            power = power + np.einsum("ni,ni->n", moments[side][joint][1], spin[distal] - spin[proximal])
        # what the hip moment gives to the thigh is counted against the lab, not against the pelvis
        power = power + np.einsum("ni,ni->n", moments[side]["hip"][1], spin["pelvis"])
        ankle = centres[side]["ankle"]
        about = feet[side]["moment"] - np.cross(ankle[PAD:-PAD], feet[side]["force"])
        power = power + np.einsum("ni,ni->n", feet[side]["force"], differentiate(ankle, 1 / RATE, 1))
        power = power + np.einsum("ni,ni->n", about, spin["foot"])
        cut = slice(2 * PAD, -2 * PAD)
        assert np.allclose(power[cut], rate, atol=0.01 * PERSON.mass_kg)


def _spin(rotation: np.ndarray) -> np.ndarray:
    skew = differentiate(rotation, 1 / RATE, 1) @ np.swapaxes(rotation[PAD:-PAD], 1, 2)
    return np.stack([skew[:, 2, 1], skew[:, 0, 2], skew[:, 1, 0]], axis=-1)


def test_walking_looks_like_walking(trial: Motion) -> None:
    """Plausible adult ranges (peaks over the strides); the right leg has the valgus pattern, the left has none."""
    angle = trial.truth["angle"]
    right, left = (angle.sel(side=side).max("time") for side in ("right", "left"))
    for side in (right, left):
        assert 50 < side.sel(quantity="knee_flexion") < 70
        assert 30 < side.sel(quantity="hip_flexion") < 46
    assert 5 < left.sel(quantity="hip_adduction") < 10
    assert 2.5 < right.sel(quantity="hip_adduction") - left.sel(quantity="hip_adduction") < 5.5
    assert right.sel(quantity="knee_abduction") - left.sel(quantity="knee_abduction") == pytest.approx(5.0, abs=0.6)
    assert right.sel(quantity="fppa") - left.sel(quantity="fppa") > 3
    weight = PERSON.mass_kg * 9.81
    assert 1.0 < (trial.truth["ground_reaction"].sel(axis="y").max() / weight) < 1.4
    moment = trial.truth["moment"].sel(frame="jcs", side="left")
    assert 0.2 < moment.sel(quantity="knee_abduction").max() < 0.9
    assert 1.0 < -moment.sel(quantity="ankle_dorsiflexion").min() < 2.0
    assert 0.5 < -moment.sel(quantity="hip_adduction").min() < 1.5


def test_sagittal_moments_turn_no_more_than_in_people(states) -> None:  # type: ignore[no-untyped-def]
    """Stance: hip extensor, then flexor; knee flexor at the touch, extensor, flexor, extensor (Winter 2009, Schwartz 2008).

    Signs count from 0.1 N m/kg on; horizontally the force brakes, then pushes, once each.
    """
    body, state, phase, feet = states
    centres = joint_centres(body)
    moments = joint_moments(state, feet, {s: {j: c[PAD:-PAD] for j, c in centres[s].items()} for s in SIDES})
    for side in SIDES:
        own = (phase - STRIKE_PHASE[side]) % 1.0
        stance = np.argsort(own)[: int((own < 0.60).sum())]
        for joint, expected in (("hip", [-1, 1]), ("knee", [1, -1, 1, -1])):
            flexing = (1 if joint == "hip" else -1) * moments[side][joint][1][stance, 2] / PERSON.mass_kg
            clear = np.sign(flexing[np.abs(flexing) > 0.1])
            signs = clear[np.concatenate([[True], clear[1:] != clear[:-1]])]
            assert signs.tolist() == expected, f"{side} {joint}"
        along = feet[side]["force"][stance, 0] / PERSON.mass_kg
        clear = np.sign(along[np.abs(along) > 0.3])
        assert clear.tolist() == sorted(clear.tolist())
        braking, pushing = -along.min() / 9.81, along.max() / 9.81
        assert 0.1 < braking < 0.25
        assert 0.1 < pushing < 0.25


@pytest.mark.parametrize("side", SIDES)
def test_feet_move_as_people_have_them(trial: Motion, side: str) -> None:
    """Rearfoot on the shank: inverted before the strike, excursion 6 to 10 degrees, most everted at 30 to 50 % of stance.

    McPoil & Cornwall 1994 (Foot Ankle Int 15:141): 38 %. Navicular 4 to 8 mm lower than in standing (Nielsen et al. 2009).
    The right foot everts by 3 degrees more (pattern).
    """
    truth = trial.truth
    own = (truth["event_side"] == side).values
    strikes, offs = (
        truth["event_time"].values[own & (truth["event_name"] == name).values] for name in ("foot_strike", "foot_off")
    )
    start = strikes[0]
    stance = offs[offs > start][0] - start
    share = np.linspace(-0.08, 1.0, 109)
    eversion = np.interp(
        start + share * stance, truth["time"], truth["angle"].sel(side=side, quantity="rearfoot_eversion")
    )
    assert -5 < eversion[0] < 0
    assert 6 < eversion[8:].max() - eversion[8] < 10
    assert 0.30 < share[eversion.argmax()] < 0.50
    marker = trial.labels.index(side[0].upper() + "NAV")
    standing = static(PERSON)
    height = np.interp(start + share * stance, truth["time"], trial.markers[:, marker, 1])
    drop = standing.markers[0, standing.labels.index(side[0].upper() + "NAV"), 1] - height[8:80].min()
    assert 0.004 < drop < 0.008


def test_mirror_images_walk_alike() -> None:
    """Without a pattern the left curves are the right ones half a stride later.

    Within 0.2 degree: the trunk of the inertia tables is itself not symmetric.
    """
    person = Participant(height_m=1.75, sex="male", mass_kg=75.0)
    gait = usual_gait(person)
    motion = walk(person, gait=gait, strides=3, rate_hz=200.0)
    half = gait.stride_s * 200 / 2
    if abs(half - round(half)) > 1e-9:
        pytest.skip("half a stride is not a whole number of frames")
    angle = motion.truth["angle"].values
    later = round(half)
    assert np.abs(angle[later:, 0] - angle[:-later, 1]).max() < 0.2


@pytest.mark.parametrize("plate_type", [2, 4])
@pytest.mark.parametrize("heading", [0.0, 180.0])
def test_plates_in_the_file_give_the_true_forces(gait: Gait, tmp_path: Path, plate_type: int, heading: float) -> None:
    """Read by ezc3d's own platform code: force within 0.01 N, moment about the plate's centre within 0.02 N·m."""
    motion = walk(PERSON, gait=gait, strides=3, rate_hz=100.0, heading_deg=heading, plate_type=plate_type, plates=3)  # type: ignore[arg-type]
    motion.write(tmp_path / "walk.c3d")
    read = ezc3d.c3d(str(tmp_path / "walk.c3d"), extract_forceplat_data=True)["data"]["platform"]
    to_lab = np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]])
    n = len(motion.plate_force)
    for number, plate in enumerate(read):
        force = (to_lab @ plate["force"]).T[:n]
        moment = (to_lab @ plate["moment"]).T[:n] / 1000
        centre = np.array([motion.plates[number].centre[0], 0, motion.plates[number].centre[1]])
        expected = motion.plate_moment[:, number] - np.cross(centre, motion.plate_force[:, number])
        assert np.abs(force - motion.plate_force[:, number]).max() < 0.01
        assert np.abs(moment - expected).max() < 0.02
        assert motion.plate_force[:, number, 1].max() > 500


def test_truth_says_which_steps_are_on_plates(trial: Motion) -> None:
    contact = trial.truth["contact"]
    recorded = trial.plate_force[::10, :, 1].sum(axis=1)
    true = trial.truth["ground_reaction"].sel(axis="y").where(contact == 1, 0.0).sum("side").values
    assert np.allclose(recorded[: len(true)], true, atol=1e-9)
    assert ((contact == 1).any("time")).all()
    assert ((contact == 2).any("time")).all()


def test_standing_is_as_the_posture_says() -> None:
    truth = static(PERSON).truth["angle"]
    right = truth.sel(side="right").isel(time=0)
    posture = PERSON.posture
    for quantity in ("knee_flexion", "knee_abduction", "knee_internal_rotation", "hip_internal_rotation"):
        assert float(right.sel(quantity=quantity)) == pytest.approx(getattr(posture, quantity), abs=1e-9)
    assert float(right.sel(quantity="pelvis_anterior_tilt")) == pytest.approx(posture.pelvis_anterior_tilt, abs=1e-9)
    assert (truth.std("time") < 1e-12).all()


def test_study_has_the_same_bytes_for_the_same_seed(tmp_path: Path) -> None:
    options = {"participants": 1, "sessions": ("pre",), "trials": 1, "strides": 2, "rate_hz": 100.0}
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        write_study(tmp_path / name, seed=seed, **options)  # type: ignore[arg-type]
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file())
    assert {"participants.tsv", "sessions.tsv", "trials.tsv"} <= {p.name for p in files}
    same = [(tmp_path / "a" / p).read_bytes() == (tmp_path / "b" / p).read_bytes() for p in files]
    assert all(same), [str(p) for p, equal in zip(files, same, strict=True) if not equal]
    walked = Path("data/P01/pre/walk1.c3d")
    assert (tmp_path / "a" / walked).read_bytes() != (tmp_path / "c" / walked).read_bytes()


def test_compact_truth_is_near_the_truth(trial: Motion) -> None:
    """Angles keep 17 significant bits: 5e-4 degree at 60 degrees."""
    small = compacted(trial.truth)
    assert small["angle"].dtype == np.float32
    assert np.abs(small["angle"] - trial.truth["angle"]).max() < 5e-4


def test_impossible_requests_say_what_to_do() -> None:
    with pytest.raises(BiomechError, match="multiple of 100 Hz"):
        walk(PERSON, rate_hz=120.0)
    assert starting_gait(PERSON, 1.2, 110.0, 0.09, 7.0).stride_m == pytest.approx(1.2 * 120 / 110)
