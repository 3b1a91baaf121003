"""A foot on several plates: the sum of their forces, or none of it.

The plates of a simulated walk are cut in two at an edge beneath the foot. Each half carries what an even pressure around the
centre of pressure puts on its side of the edge, so both wrenches sum to that of the whole plate.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.config import parse_config
from biomech.io.ingest import ingest_session
from biomech.io.sheets import Session, Trial
from biomech.kinematics.session import kinematics_session
from biomech.kinetics.contacts import Contact, assign_contacts, stance_state
from biomech.kinetics.feet import belt_velocity, feet_motion
from biomech.kinetics.next_plates import NextPlates
from biomech.kinetics.session import kinetics_session
from biomech.model.markersets import load_markerset
from biomech.model.session import model_session
from biomech.quality import Quality
from tests.unit.kinetics.test_contacts import OPTIONS, TIME, N, assign, away, foot, plate

EXAMPLE = Path(__file__).parents[3] / "data_example" / "P01" / "pre"
# N m/kg; what is left is force below the thresholds of contact
CLOSE = 0.04
EVEN, SHARP = 0.04, 0.0005  # half length of the pressed area, m


@pytest.fixture(scope="module")
def chain() -> dict[str, dict[str, xr.Dataset]]:
    files = (("static", "static", "static"), ("walk", "dynamic", "walking"))
    trials = tuple(
        Trial(trial=name, file="static.c3d" if name == "static" else "walk1.c3d", role=role, task=task)
        for name, role, task in files
    )
    session = Session(participant="P01", session="pre", sex="female", mass_kg=60.0, height_m=1.7, trials=trials)
    config, quality = parse_config({}), Quality("P01", "pre", "")
    markerset = load_markerset(config.markerset)
    raw = ingest_session(session, EXAMPLE, config, quality, on_error="stop")
    model = model_session(raw, session, markerset, config, quality, on_error="stop")
    return {
        "raw": raw,
        "model": model,
        "kinematics": kinematics_session(raw, model, session, markerset, config, quality, on_error="stop"),
    }


def kinetics(chain: dict[str, dict[str, xr.Dataset]], walk: xr.Dataset) -> tuple[xr.Dataset, list[dict]]:
    quality = Quality("P01", "pre", "kinetics")
    raw = {"static": chain["raw"]["static"], "walk": walk}
    session = Session(participant="P01", session="pre", mass_kg=60.0, trials=())
    tree = kinetics_session(
        raw, chain["model"], chain["kinematics"], session, parse_config({}), quality, on_error="stop"
    )
    return tree["walk"], quality.rows


def cut(walk: xr.Dataset, plate: int, axis: int, edge: float, pressed: float, gap: float = 0.011) -> xr.Dataset:
    """Cut plate number `plate` at `edge` along an axis of the lab, with a gap between the halves; numbers 8 and 9."""
    k = walk["plate"].values.tolist().index(plate)
    force, moment, corner = (walk[f"plate_{name}"].values for name in ("force", "moment", "corner"))
    whole = force[:, k]
    upwards = np.where(np.abs(whole[:, 1]) < 5, np.nan, whole[:, 1])
    centre = np.stack([moment[:, k, 2] / upwards, 0 * upwards, -moment[:, k, 0] / upwards], axis=1)
    centre = np.nan_to_num(centre, nan=edge - 1)
    free = moment[:, k] - np.cross(centre, whole)
    back, front = centre[:, axis] - pressed, centre[:, axis] + pressed
    share = np.clip((front - edge) / (2 * pressed), 0, 1)
    parts, corners = [], []
    low, high = corner[k, :, axis].min(), corner[k, :, axis].max()
    for weight, middle, ends in (
        (1 - share, (np.minimum(front, edge) + back) / 2, (low, edge - gap / 2)),
        (share, (np.maximum(back, edge) + front) / 2, (edge + gap / 2, high)),
    ):
        place, outline = centre.copy(), corner[k].copy()
        place[:, axis] = middle
        outline[:, axis] = np.where(corner[k, :, axis] > (low + high) / 2, ends[1], ends[0])
        part = weight[:, None] * whole
        parts.append((part, np.cross(place, part) + weight[:, None] * free))
        corners.append(outline)
    assert np.abs(parts[0][1] + parts[1][1] - moment[:, k]).max() < 1e-9
    others = [j for j in range(walk.sizes["plate"]) if j != k]
    return xr.Dataset(
        {
            "plate_force": (
                walk["plate_force"].dims,
                np.concatenate([force[:, others], *(p[0][:, None] for p in parts)], axis=1),
            ),
            "plate_moment": (
                walk["plate_moment"].dims,
                np.concatenate([moment[:, others], *(p[1][:, None] for p in parts)], axis=1),
            ),
            "plate_corner": (walk["plate_corner"].dims, np.concatenate([corner[others], np.stack(corners)])),
        },
        coords={"plate": [*walk["plate"].values[others], 8, 9]},
        attrs=walk.attrs,
    )


def step(chain: dict[str, dict[str, xr.Dataset]], number: int) -> tuple[str, np.ndarray]:
    """Which foot stands on a plate of the walk, and its heel and toe in the middle of the stance (2, 3)."""
    whole, _ = kinetics(chain, chain["raw"]["walk"])
    k = whole["contact_plate_number"].values.tolist().index(number)
    side = str(whole["contact_foot"].values[k])
    time = float(whole["contact_start"].values[k] + whole["contact_end"].values[k]) / 2
    place = chain["kinematics"]["walk"]["landmark_position"].sel(side=side, landmark=["heel", "toe"])
    return side, place.sel(time=time, method="nearest").transpose("landmark", "axis").values


@pytest.mark.parametrize(("number", "pressed"), [(1, EVEN), (1, SHARP), (2, SHARP)])
@pytest.mark.parametrize("axis", [0, 2])
def test_moments_are_right_wherever_the_edge_lies(chain, number: int, axis: int, pressed: float) -> None:  # type: ignore[no-untyped-def]
    walk = chain["raw"]["walk"]
    right, before = kinetics(chain, walk)
    side, sole = step(chain, number)
    edges = np.arange(-0.03, 0.31, 0.045) + sole[0, 0] if axis == 0 else np.arange(-0.06, 0.07, 0.03) + sole[0, 2]
    stance = right["contact"].sel(side=side).values == 1
    summed = 0
    for edge in edges:
        found, rows = kinetics(chain, cut(walk, number, axis, edge, pressed))
        contact = found["contact"].sel(side=side).values
        assert (contact[stance] == 1).mean() > 0.98, edge
        error = abs(found["moment"] - right["moment"]).sel(side=side).values[(contact == 1) & stance]
        assert np.nanmax(error) < CLOSE, (edge, np.nanmax(error))
        # Neither a contact nor a plate is doubted: size and shear of the force are those of the whole step.
        assert states(rows) == states(before), edge
        plates = found["contact_plate_number"].values[found["contact_foot"].values == side]
        summed += {8, 9} <= set(plates.tolist())
    # A sharp edge along the foot meets the path of the centre of pressure only at some places.
    assert summed >= 2 or (axis == 2 and pressed == SHARP)


def states(rows: list[dict]) -> set[tuple[str, str]]:
    return {(row["code"], row["item"]) for row in rows}


def halves_with(chain, change: Callable[[np.ndarray, np.ndarray, np.ndarray], None]) -> set[tuple[str, str]]:  # type: ignore[no-untyped-def]
    """Codes of a walk whose plate 1 is cut across, after force, moment and corners of both halves were changed in place."""
    _, sole = step(chain, 1)
    both = cut(chain["raw"]["walk"], 1, 0, sole[0, 0] + 0.1, EVEN).copy(deep=True)
    force, moment, corner = (both[f"plate_{name}"].values for name in ("force", "moment", "corner"))
    change(force[:, -2:], moment[:, -2:], corner[-2:])
    return states(kinetics(chain, both)[1])


def test_two_plates_with_a_fault_of_their_own_are_still_named(chain) -> None:  # type: ignore[no-untyped-def]
    def doubled(force: np.ndarray, moment: np.ndarray, corner: np.ndarray) -> None:
        force *= 2
        moment *= 2

    def turned(force: np.ndarray, moment: np.ndarray, corner: np.ndarray) -> None:
        """Horizontal force with the other sign; the centre of pressure stays where it is."""
        force[..., [0, 2]] *= -1
        moment[..., 1] *= -1

    def displaced(force: np.ndarray, moment: np.ndarray, corner: np.ndarray) -> None:
        moment += np.cross([0.0, 0.0, 0.06], force)
        corner[..., 2] += 0.06

    both = "plate 8, plate 9"
    assert not {item for _, item in halves_with(chain, lambda *_: None)} & {both, "plate 8", "plate 9"}
    assert ("force_size", both) in halves_with(chain, doubled)
    assert ("plate_axes", both) in halves_with(chain, turned)
    assert ("plate_displaced", both) in halves_with(chain, displaced)


def test_load_that_goes_to_and_fro_across_an_edge_is_not_noise(chain) -> None:  # type: ignore[no-untyped-def]
    """The centre of pressure trembles by 3 mm at 40 Hz over an edge along the foot; the same loads with nobody near are noise."""
    walk = chain["raw"]["walk"].copy(deep=True)
    side, _ = step(chain, 1)
    k = walk["plate"].values.tolist().index(1)
    force, moment = (walk[f"plate_{name}"].values[:, k] for name in ("force", "moment"))
    rate = walk.attrs["analog_rate_hz"]
    tremble = 0.003 * np.sin(2 * np.pi * 40 * np.arange(len(force)) / rate)
    place = np.where(force[:, 1] > 50, -moment[:, 0] / np.where(force[:, 1] > 50, force[:, 1], 1), np.nan)
    moment += np.cross(np.stack([0 * tremble, 0 * tremble, tremble], axis=1), force)
    walk["plate_force"].values[:, k], walk["plate_moment"].values[:, k] = force, moment
    halves = cut(walk, 1, 2, float(np.nanmedian(place)), SHARP)
    loaded = halves["plate_force"].values[:, -2:, 1] > OPTIONS.threshold_n
    assert (np.diff(loaded.astype(int), axis=0) == 1).sum(axis=0).min() > 10
    found, rows = kinetics(chain, halves)
    assert (found["contact"].sel(side=side) == 1).sum() > 50
    assert states(rows) == states(kinetics(chain, walk)[1])
    noise = np.where(tremble[:, None] > 0, [0.0, 40.0, 0.0], 0.0)
    halves["plate_force"].values[:, -1] += np.where(np.arange(len(noise))[:, None] < 0.3 * len(noise), noise, 0.0)
    assert "noisy_plate" in {state for state, _ in states(kinetics(chain, halves)[1])}


def pressed_beside(walk: xr.Dataset, plate: int, offset: float) -> xr.Dataset:
    """A plate whose centre of pressure lies `offset` m to the right of where it was: at the rim of the sole."""
    moment = walk["plate_moment"].copy(deep=True)
    k = walk["plate"].values.tolist().index(plate)
    moment[:, k] += np.cross([0.0, 0.0, offset], walk["plate_force"].values[:, k])
    return walk.assign(plate_moment=moment)


@pytest.mark.parametrize(("axis", "offset"), [(2, -0.06), (2, 0.06), (0, 0.06)])
@pytest.mark.parametrize("pressed", [EVEN, SHARP])
def test_a_small_part_away_from_the_foot_never_goes_missing(chain, axis: int, offset: float, pressed: float) -> None:  # type: ignore[no-untyped-def]
    """The small part alone lies off the foot: it is the foot's all the same, or the stance is not used and says so."""
    walk = pressed_beside(chain["raw"]["walk"], 1, offset)
    right, before = kinetics(chain, walk)
    side, sole = step(chain, 1)
    stance = right["contact"].sel(side=side).values == 1
    assert stance.sum() > 50
    from_sole = np.arange(-0.12, 0.13, 0.03) if axis == 2 else np.arange(-0.04, 0.29, 0.04)
    whole = 0
    for edge in sole[0, axis] + from_sole:
        found, rows = kinetics(chain, cut(walk, 1, axis, edge, pressed))
        error = abs(found["moment"] - right["moment"]).sel(side=side).values[stance]
        # In every frame of the stance, also where the foot is taken to be in the air.
        assert not np.nanmax(error, initial=0.0) > CLOSE, (edge, np.nanmax(error))
        valid = found["contact"].sel(side=side).values[stance] == 1
        new = [row for row in rows if row["code"].startswith("contact_") and row not in before]
        assert valid.all() or {row["item"] for row in new} & {"plate 8", "plate 9"}, edge
        whole += bool(valid.all())
    assert whole >= len(from_sole) / 2


def test_a_load_out_of_reach_of_the_foot_is_not_its_own(chain) -> None:  # type: ignore[no-untyped-def]
    """Somebody else on the plate next to the foot's: the step stays as it is."""
    walk = chain["raw"]["walk"]
    right, _ = kinetics(chain, walk)
    side, sole = step(chain, 1)
    halves = cut(walk, 1, 0, sole[1, 0] + 0.09, SHARP)
    stance = right["contact"].sel(side=side).values == 1
    time = np.arange(walk.sizes["analog_time"]) / walk.attrs["analog_rate_hz"]
    during = right["time"].values[stance]
    push = np.where((time > during[0] + 0.1) & (time < during[-1] - 0.2), 60.0, 0.0)
    for nearby, doubted in ((0.13, True), (0.3, False)):
        force, moment = halves["plate_force"].copy(deep=True), halves["plate_moment"].copy(deep=True)
        other = np.stack([0 * push, push, 0 * push], axis=1)
        force[:, 2] += other
        moment[:, 2] += np.cross([sole[1, 0] + 0.1, 0.0, sole[0, 2] + nearby], other)
        found, rows = kinetics(chain, halves.assign(plate_force=force, plate_moment=moment))
        parts = [row for row in rows if row["code"] == "contact_part"]
        assert bool(parts) == doubted, (nearby, rows)
        if doubted:
            assert not (found["contact"].sel(side=side).values[stance] == 1).any()
            assert any("plate 9" in row["message"] for row in parts if row["item"] == "plate 8")
        else:
            error = abs(found["moment"] - right["moment"]).sel(side=side).values[stance]
            assert np.nanmax(error) < CLOSE
            assert any(row["code"] == "contact_no_foot" and row["item"] == "plate 9" for row in rows)


def test_an_unusable_stance_lasts_as_long_as_the_foot_is_loaded() -> None:
    """The last 20 N of 40 ms, after 4 ms on the other plate, are too short for a contact: no swing for all that."""
    rate, corners = 1000.0, np.array([plate(0, 0), plate(0, 0.405)])
    time = np.arange(2 * int(rate)) / rate
    force = np.zeros((len(time), 2, 3))
    force[:, 0, 1] = np.where((time > 0.5) & (time < 1.0), 500.0, np.where((time > 1.004) & (time < 1.04), 20.0, 0.0))
    force[:, 1, 1] = np.where((time >= 1.0) & (time <= 1.004), 20.0, 0.0)
    feet = {"left": away(), "right": foot(0.2, 0.35)}
    wrench = force, np.zeros(force.shape), force[..., 1], rate
    plates = NextPlates(np.array([1, 2]), corners, *wrench, TIME, feet, 6.0, parse_config({}).signals, OPTIONS)
    first = Contact(0, 1, 0.501, 0.999, "none", False, "part", ("right",))
    for contacts in ([first], [first, Contact(1, 2, 1.0, 1.004, "none", False, "part", ("right",))]):
        found = plates.whole_stances(contacts)
        assert [c.reason for c in found] == ["part"] * len(contacts)
        assert min(c.start for c in found) == 0.501 and max(c.end for c in found) == pytest.approx(1.039)
        state = stance_state(TIME, "right", found, np.zeros(N, dtype=bool), feet["right"], OPTIONS.max_foot_height_m)
        assert (state[(TIME > 0.501) & (TIME < 1.039)] == 2).all()
        assert not stance_state(TIME, "left", found, np.zeros(N, dtype=bool), away(), OPTIONS.max_foot_height_m).any()


def test_one_plate_of_two_is_not_the_whole_step(chain) -> None:  # type: ignore[no-untyped-def]
    """Far apart, the strip between the plates takes an unknown part of the force: nothing of the step is used."""
    walk = chain["raw"]["walk"]
    side, sole = step(chain, 1)
    found, rows = kinetics(chain, cut(walk, 1, 0, sole[0, 0] + 0.1, SHARP, gap=0.06))
    assert not (found["contact"].sel(side=side) == 1).any()
    assert any(row["code"] == "contact_edge" for row in rows)


def test_a_plate_shared_with_the_other_foot_spoils_both_steps(chain) -> None:  # type: ignore[no-untyped-def]
    """Toes of one foot and heel of the other on the middle one of three plates: never a part as the whole."""
    walk = chain["raw"]["walk"]
    right, _ = kinetics(chain, walk)
    _, first = step(chain, 1)
    _, second = step(chain, 2)
    invalid = 0
    for toes in (0.09, 0.15, 0.21, 0.24):
        halves = cut(cut(walk, 1, 0, first[0, 0] + toes, EVEN), 2, 0, second[0, 0] + 0.1, EVEN)
        force, moment, corner = (halves[f"plate_{name}"].values for name in ("force", "moment", "corner"))
        middle = np.where(corner[1, :, :1] > corner[1, :, 0].mean(), corner[2, :, :1].max(), corner[1, :, :1].min())
        three = xr.Dataset(
            {
                "plate_force": (halves["plate_force"].dims, np.stack([force[:, 0], force[:, 1] + force[:, 2], force[:, 3]], 1)),
                "plate_moment": (
                    halves["plate_moment"].dims,
                    np.stack([moment[:, 0], moment[:, 1] + moment[:, 2], moment[:, 3]], 1),
                ),
                "plate_corner": (
                    halves["plate_corner"].dims,
                    np.stack([corner[0], np.concatenate([middle, corner[1, :, 1:]], axis=1), corner[3]]),
                ),
            },
            coords={"plate": [1, 2, 3]},
            attrs=walk.attrs,
        )  # fmt: skip
        found, rows = kinetics(chain, three)
        used = (found["contact"] == 1) & (right["contact"] == 1)
        error = abs(found["moment"] - right["moment"]).max(("quantity", "frame")).where(used)
        assert not (error > CLOSE).any(), toes
        invalid += {"contact_double", "contact_part"} <= {row["code"] for row in rows}
    assert invalid >= 2


def test_toes_on_the_next_plate_side_by_side_and_on_two_belts() -> None:
    behind, before = plate(0, 0, length=0.3), plate(0.305, 0, length=0.3)
    on_both = foot(0.2, 0.2)
    for plates in ([behind, before], [before, behind], [plate(0, -0.2), plate(0, 0.205)]):
        found = assign({"left": away(), "right": on_both}, plates, [(0, 0.5, 0.9), (1, 0.6, 1.0)])
        assert [(c.foot, c.valid) for c in found] == [("right", True)] * 2
    # The second plate is not loaded by the foot that stands on it: what it carries is not known.
    assert not assign({"left": away(), "right": on_both}, [behind, before], [(0, 0.5, 1.0)])[0].valid
    # Steps of stairs next to each other are not a floor.
    high = before + np.array([0, 0.18, 0])
    assert not any(
        c.valid for c in assign({"left": away(), "right": on_both}, [behind, high], [(0, 0.5, 1), (1, 0.5, 1)])
    )


def test_a_foot_partly_on_the_floor_stays_invalid() -> None:
    behind, before = plate(0, 0, length=0.3), plate(0.305, 0, length=0.1)
    found = assign({"left": away(), "right": foot(0.28, 0.2)}, [behind, before], [(0, 0.5, 0.9), (1, 0.6, 1.0)])
    assert not any(c.valid for c in found)
    assert {c.reason for c in found} <= {"edge", "no_foot", "part"}


def test_other_foot_on_the_second_plate_makes_both_invalid() -> None:
    plates = [plate(0, 0, length=0.3), plate(0.305, 0, length=0.6)]
    found = assign({"left": foot(0.45, 0.1), "right": foot(0.2, 0.3)}, plates, [(0, 0.5, 0.9), (1, 0.5, 1.0)])
    assert not any(c.valid for c in found)
    assert [c.reason for c in found if c.number == 2] == ["double"]
    # Once the other foot is elsewhere, the same step is whole.
    found = assign({"left": foot(1.2, 0.1), "right": foot(0.2, 0.3)}, plates, [(0, 0.5, 0.9), (1, 0.5, 1.0)])
    assert all(c.valid for c in found)


def test_declared_contacts_prevail_on_several_plates() -> None:
    plates = [plate(0, 0, length=0.3), plate(0.305, 0, length=0.6)]
    feet = {"left": foot(0.45, 0.1), "right": foot(0.2, 0.3)}
    found = assign(feet, plates, [(0, 0.5, 0.9), (1, 0.5, 1.0)], manual="1:right 2:right")
    assert [(c.foot, c.valid, c.reason) for c in found] == [("right", True, "manual")] * 2


def test_a_plate_that_shakes_with_its_neighbour_is_not_stepped_on() -> None:
    from biomech.kinetics.contacts import Interval

    plates = np.array([plate(0, 0), plate(0.605, 0)])
    feet = {"left": away(), "right": foot(0.38, 0.2)}
    cop = np.full((N, 2, 3), np.nan)
    loads = [Interval(0, 1, 0.5, 1.0)]
    for shake, plates_used in ((0.002, [1]), (0.03, [1, 2])):
        found = assign_contacts(loads, TIME, plates, cop, feet, [], OPTIONS, True, [Interval(1, 2, 0.99, 0.99 + shake)])
        assert [c.number for c in found] == plates_used


def test_each_belt_has_its_own_speed() -> None:
    """Two belts at 0.6 and 1.5 m/s: each foot keeps still on its own."""
    rate, n = 100.0, 400
    time = np.arange(n) / rate
    paths = {}
    for side, speed, offset in (("left", 0.6, 0.0), ("right", 1.5, 0.5)):
        phase = (time + offset) % 1.0
        on = phase < 0.6
        x = np.where(on, -speed * phase, -speed * 0.6 * (1 - (phase - 0.6) / 0.4))
        lift = np.where(on, 0.0, 0.1 * np.sin(np.pi * (phase - 0.6) / 0.4))
        paths[side] = (np.stack([x, lift, np.full(n, 0.1)], axis=1), on)
    sole = np.stack([np.stack([p, p + np.array([0.2, 0, 0])], axis=1) for p, _ in paths.values()], axis=1)
    motion = xr.Dataset(
        {
            "landmark_position": (("time", "side", "landmark", "axis"), sole),
            "joint_centre": (("time", "side", "joint", "axis"), sole[:, :, :1] + np.array([0.05, 0.08, 0])),
            "origin": (("time", "side", "segment", "axis"), np.zeros((n, 2, 2, 3))),
            "rotation": (("time", "side", "segment", "row", "column"), np.tile(np.eye(3), (n, 2, 2, 1, 1))),
        },
        coords={
            "time": time,
            "side": ["left", "right"],
            "landmark": ["heel", "toe"],
            "joint": ["ankle"],
            "segment": ["pelvis", "foot"],
        },
    )
    feet = feet_motion(motion, {"left": np.zeros(4), "right": np.zeros(4)}, rate, 0.04, 0.3)
    for side, (_, on) in paths.items():
        inside = on & np.roll(on, 3) & np.roll(on, -3)
        assert feet[side].speed[inside, :2].max() < 0.05, side
    both = np.concatenate([np.diff(p[on], axis=0)[:, [0, 2]] * rate for p, on in paths.values()])
    assert np.abs(belt_velocity(both, np.zeros((n, 2)), 0.3)[0]) < 1.5  # one speed for both cannot be that of either
