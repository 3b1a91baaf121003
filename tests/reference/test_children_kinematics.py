"""Hip, knee and ankle angles of six children in all planes, equal to the Plug-in Gait outputs in their files.

The bound is 0.01 degrees, 25 times what an independent reconstruction of the same files reached at worst (0.0004).
Source: C3D files of `walking_pig_ofm` (Nexus 2.2.3).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from biomech.io.ingest import ingest_session
from biomech.io.sheets import read_study
from biomech.kinematics.session import kinematics_session
from biomech.model.markersets import load_markerset
from biomech.model.session import model_session
from biomech.quality import Quality

pytestmark = pytest.mark.realdata
STUDY = Path(__file__).parents[1] / "studies" / "children"
CHILDREN = ("HC002D", "HC030A", "HC031A", "HC032A", "HC033A", "HC036A")
# Plug-in Gait: flexion, adduction (varus), internal rotation; dorsiflexion, eversion, internal rotation. The foot's axis
# points backward there and its rotation about it is stored with the sign of a right foot, so the second component of the
# ankle is eversion.
OUTPUTS = {
    "HipAngles": (("hip_flexion", 1), ("hip_adduction", 1), ("hip_internal_rotation", 1)),
    "KneeAngles": (("knee_flexion", 1), ("knee_abduction", -1), ("knee_internal_rotation", 1)),
    "AnkleAngles": (("ankle_dorsiflexion", 1), ("ankle_inversion", -1), ("ankle_internal_rotation", 1)),
}


@pytest.fixture(scope="module")
def trees(realdata: Path) -> dict[str, tuple[xr.DataTree, xr.DataTree]]:
    study = read_study(STUDY, environ={"BIOMECH_DATA": str(realdata)})
    # Plug-in Gait has the ankle's internal rotation on the floating axis.
    config = study.config.model_copy(
        update={"kinematics": study.config.kinematics.model_copy(update={"ankle_sequence": "ZYX"})}
    )
    markerset = load_markerset(config.markerset)
    out = {}
    for session in study.sessions:
        quality = Quality(session.participant, session.session, "kinematics")
        raw = ingest_session(session, realdata, config, quality, "stop")
        model = model_session(raw, session, markerset, config, quality, "stop")
        out[session.participant] = raw, kinematics_session(raw, model, session, markerset, config, quality, "stop")
    return out


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("trial", ["straight", "turn"])
@pytest.mark.parametrize("child", CHILDREN)
def test_joint_angles_equal_the_file(trees, child: str, trial: str, side: str) -> None:
    raw, kinematics = (tree[trial].to_dataset() for tree in trees[child])
    for output, quantities in OUTPUTS.items():
        stored = raw["reference_output"].sel(output=side[0].upper() + output).values
        for component, (quantity, sign) in enumerate(quantities):
            ours = kinematics["angle"].sel(side=side, quantity=quantity).values
            theirs = sign * stored[:, component]
            both = np.isfinite(ours) & np.isfinite(theirs)
            assert both.sum() > 100
            rms = np.sqrt(np.mean((ours[both] - theirs[both]) ** 2))
            assert rms < 0.01, f"{child} {trial} {side} {quantity}: RMS {rms:.4f} degrees"


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("child", CHILDREN)
def test_foot_axis_points_where_the_files_foot_progression_says(trees, child: str, side: str) -> None:
    """Plug-in Gait stores the angle of the foot's axis with the vertical plane through the lab's walking axis."""
    raw, kinematics = (tree["straight"].to_dataset() for tree in trees[child])
    along = np.sign(float(kinematics["progression"].values[0, 0]))
    sign = along if side == "right" else -along
    axis = kinematics["rotation"].sel(side=side, segment="foot").values[:, 2, 0]
    stored = raw["reference_output"].sel(output=side[0].upper() + "FootProgressAngles").values[:, 2]
    theirs = (stored + 90) % 180 - 90  # the left side of some trials is stored with half a turn added
    both = np.isfinite(axis) & np.isfinite(theirs)
    assert both.sum() > 100
    np.testing.assert_allclose(np.degrees(np.arcsin(-sign * axis[both])), theirs[both], atol=0.01)
