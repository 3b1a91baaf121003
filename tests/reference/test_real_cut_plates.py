"""A child's walk over five plates of which one is cut in two beneath the foot: never a part for the whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.config import parse_config
from biomech.io.ingest import ingest_session
from biomech.kinematics.session import kinematics_session
from biomech.kinetics.session import kinetics_session
from biomech.model.markersets import load_markerset
from biomech.model.session import model_session
from biomech.quality import Quality
from biomech.stages import load_study
from tests.unit.kinetics.test_several_plates import CLOSE, EVEN, SHARP, cut

pytestmark = pytest.mark.realdata

STUDIES = Path(__file__).parents[2] / "validation" / "studies"


def walk_of(realdata: Path, name: str, participant: str):  # type: ignore[no-untyped-def]
    """Walk of a participant, and what computes its kinetics."""
    study = load_study(STUDIES / name, {"BIOMECH_DATA": str(realdata)})
    (session,) = [s for s in study.sessions if s.participant == participant]
    markerset, quality = load_markerset(study.config.markerset, study.folder), Quality(participant, "1", "")
    raw = ingest_session(session, study.data_folder, study.config, quality, on_error="stop")
    model = model_session(raw, session, markerset, study.config, quality, on_error="stop")
    kinematics = kinematics_session(raw, model, session, markerset, study.config, quality, on_error="stop")

    def kinetics(walk: xr.Dataset) -> tuple[xr.Dataset, list[dict]]:
        rows = Quality(participant, "1", "kinetics")
        groups = {name: group for name, group in raw.items()} | {"walk": walk}
        tree = kinetics_session(groups, model, kinematics, session, parse_config(study.config.model_dump()), rows)
        return tree["walk"], rows.rows

    return raw["walk"], kinetics


@pytest.fixture(scope="module")
def child(realdata: Path):  # type: ignore[no-untyped-def]
    return walk_of(realdata, "clinical_labs", "RCH")


# Edges (m, lab) at which the small plate was refused while the large one counted.
@pytest.mark.parametrize(
    ("plate", "axis", "pressed", "edges"),
    [
        (4, 2, EVEN, (-0.187, -0.167, -0.147, -0.137)),
        (4, 2, SHARP, (-0.177, -0.147, -0.127)),
        (4, 0, SHARP, (-0.51, -0.50)),
        (2, 0, SHARP, (0.406,)),
        (3, 2, SHARP, (-0.163, -0.153)),
        (1, 2, EVEN, (-0.053,)),
    ],
)
def test_no_moment_is_wrong_without_a_row(
    child, plate: int, axis: int, pressed: float, edges: tuple[float, ...]
) -> None:  # type: ignore[no-untyped-def]
    walk, kinetics = child
    right, before = kinetics(walk)
    assert not [row for row in before if row["code"].startswith("contact_")]
    k = right["contact_plate_number"].values.tolist().index(plate)
    side = str(right["contact_foot"].values[k])
    span = slice(float(right["contact_start"].values[k]), float(right["contact_end"].values[k]))
    for edge in edges:
        found, rows = kinetics(cut(walk, plate, axis, edge, pressed, gap=0.004))
        valid = found["contact"].sel(side=side, time=span).values == 1
        error = abs(found["moment"] - right["moment"]).sel(side=side, time=span).values
        assert not np.nanmax(error, initial=0.0) > CLOSE, edge
        named = {row["item"] for row in rows if row["code"].startswith("contact_")}
        assert valid.mean() > 0.98 or {"plate 8", "plate 9"} <= named, edge


def test_the_last_frames_of_an_unusable_stance_are_not_swing(realdata: Path) -> None:
    """Toes of another child that leave the ground along an edge: two frames were swing, with moments off by 0.06 N m/kg."""
    walk, kinetics = walk_of(realdata, "opensim_walk", "child")
    right, _ = kinetics(walk)
    stance = right["contact"].sel(side="right").values == 1
    for edge in (-0.311, -0.3014):
        found, rows = kinetics(cut(walk, 1, 2, edge, SHARP, gap=0.004))
        contact = found["contact"].sel(side="right").values
        assert (contact[stance] > 0).all(), edge
        error = abs(found["moment"] - right["moment"]).sel(side="right").values[stance]
        assert not np.nanmax(error, initial=0.0) > CLOSE, edge
        assert (contact[stance] == 1).all() or "contact_part" in {row["code"] for row in rows}
