"""Faults of markers made in the example: angles as without them, every fault named with place and size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.config import parse_config
from biomech.io.ingest import ingest_session
from biomech.io.sheets import Session, Trial
from biomech.kinematics.session import kinematics_session
from biomech.model.markersets import load_markerset
from biomech.model.session import model_session
from biomech.quality import Quality
from biomech.schema import SIDES

EXAMPLE = Path(__file__).parents[3] / "data_example"
MARKERSET = load_markerset("cast_lower_limb")
CONFIG = parse_config({"data": {"folder": "."}, "markerset": "cast_lower_limb"})
ANGLES = [
    "hip_flexion",
    "hip_adduction",
    "knee_flexion",
    "knee_abduction",
    "ankle_dorsiflexion",
    "pelvis_anterior_tilt",
]
SESSION = Session(
    participant="P01",
    session="pre",
    sex="female",
    mass_kg=60.0,
    height_m=1.7,
    trials=(
        Trial(trial="static", file="P01/pre/static.c3d", role="static", task="static"),
        Trial(trial="walk", file="P01/pre/walk1.c3d", role="dynamic", task="walking"),
    ),
)
# frames in which both legs are recorded; the middle of the trial is what strides are taken from
INSIDE = slice(20, -20)


@pytest.fixture(scope="module")
def raw():
    return ingest_session(SESSION, EXAMPLE, CONFIG, Quality("P01", "pre", "ingest"))


@pytest.fixture(scope="module")
def clean(raw):
    return run(raw)


def run(raw, config=CONFIG):
    """Angles of the walk by (side, quantity), its dataset, the model, and all quality rows."""
    rows = Quality("P01", "pre", "kinematics")
    model = model_session(raw, SESSION, MARKERSET, config, rows)
    data = kinematics_session(raw, model, SESSION, MARKERSET, config, rows)["walk"]
    angles = {(s, q): data["angle"].sel(side=s, quantity=q).values for s in SIDES for q in ANGLES}
    return angles, data, model, rows.table()


def altered(raw, change, trial="walk"):
    """The raw tree with one trial's positions, by label, changed in place."""
    data = raw[trial].copy(deep=True)
    labels = [str(x) for x in data["marker"].values]
    values = data["marker_position"].values.copy()
    change(values, labels.index)
    data["marker_position"] = data["marker_position"].copy(data=values)
    return {n: data if n == trial else raw[n] for n in raw}


def largest_change(angles, clean):
    return max(float(np.nanmax(np.abs(angles[key] - clean[key])[INSIDE])) for key in clean)


def rows_of(table, code):
    return table[table["code"] == code]


def test_clean_example_has_no_row(clean):
    assert not set(clean[3]["code"]) & {"outliers", "labels_exchanged", "marker_jumps", "static_marker_moved"}


@pytest.mark.parametrize("label", ["LTH1", "RSK2", "LASI", "RPSI", "RCALD", "LM5"])
@pytest.mark.parametrize(("frames", "size_m"), [(1, 0.03), (3, 0.06), (8, 0.2), (25, 0.03), (25, 0.5)])
def test_angles_are_those_of_the_clean_trial(raw, clean, label, frames, size_m):
    def change(x, column):
        x[160 : 160 + frames, column(label)] += size_m * np.array([0.6, -0.5, np.sqrt(0.39)])

    angles, data, _, table = run(altered(raw, change))
    assert largest_change(angles, clean[0]) < 0.6
    for key, values in clean[0].items():  # peaks within half a degree
        assert np.nanmax(angles[key][INSIDE]) == pytest.approx(np.nanmax(values[INSIDE]), abs=0.5)
    (row,) = rows_of(table, "outliers").itertuples()
    side = {"L": "left", "R": "right"}[label[0]]
    assert (row.level, row.trial, row.item, row.value) == ("info", "walk", f"{side}_{label[1:]}", frames)
    assert row.message.startswith(f"{frames} samples removed, up to ")
    assert "frame 161 (1.60 s)" in row.message or f"frames 161 to {160 + frames} (1.60 to " in row.message
    # every sample that is not recorded is flagged
    assert data["marker_filled"].sel(marker=row.item).values[160 : 160 + frames].all()


def test_without_the_check_the_same_fault_costs_degrees(raw, clean):
    def change(x, column):
        x[150:175, column("LTH1")] = x[150, column("LTH1")]

    config = parse_config(
        {"data": {"folder": "."}, "markerset": "cast_lower_limb", "kinematics": {"outlier_step_m": None}}
    )
    angles, _, _, table = run(altered(raw, change), config)
    assert largest_change(angles, clean[0]) > 5
    assert not len(rows_of(table, "outliers"))


def test_a_frozen_marker_and_a_ghost(raw, clean):
    def change(x, column):
        x[150:175, column("LTH1")] = x[150, column("LTH1")]
        x[150:175, column("RSK3")] = x[150, column("RSK3")] + [0.0, 0.05, 0.02]

    angles, _, _, table = run(altered(raw, change))
    assert largest_change(angles, clean[0]) < 0.6
    assert dict(rows_of(table, "outliers")[["item", "value"]].values) == {"left_TH1": 24, "right_SK3": 25}


def test_exchanged_labels_change_nothing_and_are_named(raw, clean):
    def change(x, column):
        pair = [column("RSK1"), column("RSK3")]
        x[150:190, pair] = x[150:190, pair[::-1]]

    angles, _, _, table = run(altered(raw, change))
    assert largest_change(angles, clean[0]) == 0
    (row,) = rows_of(table, "labels_exchanged").itertuples()
    assert (row.level, row.item, row.value) == ("info", "right_SK1, right_SK3", 40)
    assert "frames 151 to 190 (1.50 to 1.89 s)" in row.message


def test_what_cannot_be_filled_stays_missing_and_warns(raw, clean):
    """One of four pelvis markers and one of the others at once: too few are left to follow the pelvis."""

    def change(x, column):
        x[150:175, column("LASI")] += [0.1, 0, 0]
        x[150:175, column("RPSI")] += [0, 0.1, 0]

    angles, _, _, table = run(altered(raw, change))
    lost = np.isnan(angles["left", "hip_flexion"])
    assert lost[150:175].all()
    assert not lost[140:148].any()
    assert largest_change(angles, clean[0]) < 0.6
    rows = rows_of(table, "outliers")
    assert set(rows["level"]) == {"warning"}
    assert rows["message"].str.contains("25 of them stay missing").all()


def noisy(label):
    """10 mm of noise on one marker of the walk."""

    def change(x, column):
        x[:, column(label)] += np.random.default_rng(0).normal(0, 0.01, (len(x), 3))

    return change


def kept(places):
    return parse_config({"markerset": "cast_lower_limb", "kinematics": {"outlier_places": places}})


def error_to_truth(data, side):
    """Largest RMS error (degrees) of the angles of one leg against the angles that the trial was made from."""
    with xr.open_dataset(EXAMPLE / "P01" / "pre" / "walk1.truth.nc") as truth:
        true = {name: truth["angle"].sel(side=side, quantity=name).values for name in ANGLES}
    found = {name: data["angle"].sel(side=side, quantity=name).values for name in ANGLES}
    return max(float(np.sqrt(np.nanmean((found[name] - true[name])[INSIDE] ** 2))) for name in ANGLES)


@pytest.mark.parametrize(("label", "item"), [("RTH2", "right_TH2"), ("LSK3", "left_SK3")])
def test_a_noisy_marker_is_left_out_where_its_cluster_suffices(raw, clean, label, item):
    """The angles are those of a trial without the marker, and nearer to the truth than with it."""
    tree, side = altered(raw, noisy(label)), item.split("_")[0]
    angles, data, _, table = run(tree)
    (row,) = rows_of(table, "noisy_marker_left_out").itertuples()
    assert (row.level, row.trial, row.item, row.unit) == ("warning", "walk", item, "places") and row.value > 5
    assert not data["marker_filled"].sel(marker=item).any()
    (other,) = rows_of(table, "outliers").itertuples()
    assert other.level == "info" and "left out" in other.message

    def missing(x, column):
        x[:, column(label)] = np.nan

    without = run(altered(raw, missing))[0]
    assert largest_change(angles, without) < 1e-9
    _, inside, _, warned = run(tree, kept(None))
    errors = {name: error_to_truth(one, side) for name, one in (("out", data), ("in", inside), ("clean", clean[1]))}
    assert errors["out"] < errors["in"]
    assert rows_of(warned, "noisy_marker_left_out").empty


def test_a_noisy_marker_stays_and_warns_where_its_cluster_does_not_suffice(raw):
    """Another marker of the four is missing for a while: three with the noisy one are all there is."""

    def change(x, column):
        noisy("RTH2")(x, column)
        x[150:190, column("RTH1")] = np.nan

    table = run(altered(raw, change))[3]
    assert rows_of(table, "noisy_marker_left_out").empty
    (row,) = rows_of(table, "outliers").itertuples()
    assert (row.level, row.item) == ("warning", "right_TH2") and "noisy" in row.message and row.action


def test_how_many_places_make_a_marker_noisy_is_an_option(raw):
    places = rows_of(run(altered(raw, noisy("RTH2")))[3], "noisy_marker_left_out")["value"].item()
    at, below = (run(altered(raw, noisy("RTH2")), kept(int(n)))[3] for n in (places, places - 1))
    assert rows_of(at, "noisy_marker_left_out").empty and len(rows_of(below, "noisy_marker_left_out")) == 1


@pytest.mark.parametrize("since", [60, 180, 280])
def test_a_marker_that_stays_elsewhere_is_replaced_by_its_cluster(raw, clean, since):
    def change(x, column):
        x[since:, column("LTH2")] += [0.05, 0.0, 0.02]

    angles, _, _, table = run(altered(raw, change))
    assert largest_change(angles, clean[0]) < 1.0  # of one marker's own skin movement, over seconds
    (row,) = rows_of(table, "outliers").itertuples()
    assert row.item == "left_TH2"
    assert row.value == 337 - since
    assert not len(rows_of(table, "marker_jumps"))


def test_a_marker_without_a_cluster_that_stays_elsewhere_warns(raw):
    def change(x, column):
        x[180:, column("RLFE")] += [0.05, 0.0, 0.02]

    table = run(altered(raw, change))[3]
    (row,) = rows_of(table, "marker_jumps").itertuples()
    assert (row.level, row.item, row.unit) == ("warning", "right_LFE", "mm")
    assert row.value == pytest.approx(54, abs=25)
    assert "1.80 s" in row.message


@pytest.mark.parametrize(("label", "item"), [("LLFE", "left"), ("RMM", "right")])
@pytest.mark.parametrize("part", [slice(0, 50), slice(50, None), slice(30, 60), slice(0, 70)])
def test_of_a_static_marker_that_jumps_the_right_part_is_used(raw, clean, label, item, part):
    """Whichever half is wrong: the movement trials know where the marker sits."""

    def change(x, column):
        x[part, column(label)] += [0.0, 0.0, 0.04]

    angles, _, model, table = run(altered(raw, change, "static"))
    assert largest_change(angles, clean[0]) < 0.2
    for name in ("thigh", "shank_proximal"):
        before, after = (m["static"]["landmark_local"].sel(side=item, segment=name) for m in (clean[2], model))
        assert float(np.abs(after - before).max()) < 0.002
    named = table[table["code"].isin(["static_marker_moved", "outliers"])]
    assert (named["trial"] == "static").all()
    assert named["item"].str.contains(label[1:]).all()
    if part != slice(30, 60):  # a short fault is taken out like in any trial
        (row,) = rows_of(table, "static_marker_moved").itertuples()
        assert (row.level, row.item) == ("warning", label)


def test_a_static_marker_that_slides_is_named(raw):
    def change(x, column):
        x[:, column("LTH3")] += np.linspace(0, 0.03, len(x))[:, None] * [0.0, 0.0, 1.0]

    (row,) = rows_of(run(altered(raw, change, "static"))[3], "static_marker_moved").itertuples()
    assert (row.level, row.item) == ("warning", "LTH3")
    assert row.value == pytest.approx(27, abs=5)


def test_functional_trials_lose_their_outliers_too(raw, clean):
    """The hip centre from a trial with a ghost is that of the clean trial."""
    trial = Trial(
        trial="hip", file="P01/pre/hip-left.c3d", role="functional", task="other", condition="hip", side="left"
    )
    session = SESSION.model_copy(update={"trials": (*SESSION.trials, trial)})
    config = parse_config(
        {"data": {"folder": "."}, "markerset": "cast_lower_limb", "subject": {"hip_functional": "ball"}}
    )
    recorded = ingest_session(session, EXAMPLE, config, Quality("P01", "pre", "ingest"))

    def change(x, column):
        for start in range(60, 440, 40):
            x[start : start + 8, column("LTH2")] += [0.3, 0.1, 0.2]

    def hip(tree):
        model = model_session(tree, session, MARKERSET, config, Quality("P01", "pre", "model"))["static"]
        return model["parameter"].sel(side="left", name=["hip_x", "hip_y", "hip_z"])

    assert float(np.abs(hip(altered(recorded, change, "hip")) - hip(recorded)).max()) < 0.001


@pytest.mark.parametrize("label", ["RTH4", "LSK2"])
def test_a_marker_that_comes_loose_is_named(raw, clean, label):
    def change(x, column):
        x[:, column(label)] += np.linspace(0, 1, len(x))[:, None] * [0.0, -0.01, 0.04]

    table = run(altered(raw, change))[3]
    (row,) = rows_of(table, "marker_drifts").itertuples()
    side = {"R": "right", "L": "left"}[label[0]]
    assert row.level == "warning" and row.item == f"{side}_{label[1:]}" and row.value == pytest.approx(37, abs=6)
    assert rows_of(clean[3], "marker_drifts").empty


def test_a_pelvis_with_the_labels_of_the_other_side_is_named(raw, clean):
    def change(x, column):
        for name in ("ASI", "PSI"):
            pair = [column(f"L{name}"), column(f"R{name}")]
            x[:, pair] = x[:, pair[::-1]]

    angles, _, _, table = run(altered(raw, change))
    assert largest_change(angles, clean[0]) > 100  # no distance between markers shows it
    (row,) = rows_of(table, "segment_facing").itertuples()
    assert row.level == "error" and row.item == "pelvis, left thigh, right thigh" and row.value > 150
    assert rows_of(clean[3], "segment_facing").empty
