"""Situations: markers that are somewhere else for a while, or all the time."""

from __future__ import annotations

import numpy as np

from tests.robustness.draft import Draft
from tests.robustness.situation import Collection

MARKERS = Collection("markers")
STATIC = Collection("static trial")
_OUT = r"outlier|spike|jump|removed|frozen|repeat|ghost|moved|loose|against its cluster"
_START = 150


def _about(label: str) -> str:
    """Pattern of a row about an outlier that names the marker."""
    short = label[1:] if label[0] in "LR" else label
    return rf"(?=.*({_OUT}|filled))(?=.*(\b{label}\b|_{short}\b))"


@MARKERS.add("a cluster marker frozen for 25 frames", _about("LTH1"), must_name=True)
def frozen_cluster(draft: Draft) -> None:
    draft.walk.marker("LTH1")[_START : _START + 25] = draft.walk.marker("LTH1")[_START]


@MARKERS.add("a pelvis marker frozen for 15 frames", _about("RASI"), must_name=True)
def frozen_pelvis(draft: Draft) -> None:
    draft.walk.marker("RASI")[_START : _START + 15] = draft.walk.marker("RASI")[_START]


@MARKERS.add("a spike of 60 mm over three frames at the pelvis", _about("LASI"), must_name=True)
def spike_pelvis(draft: Draft) -> None:
    draft.walk.marker("LASI")[_START : _START + 3] += [0, 60, 0]


@MARKERS.add("a spike of 40 mm in one frame at the thigh", _about("RTH2"), must_name=True)
def spike_thigh(draft: Draft) -> None:
    draft.walk.marker("RTH2")[_START] += [25, 0, 31]


@MARKERS.add("a spike of 50 mm over two frames at the heel", _about("LCALD"), must_name=True)
def spike_heel(draft: Draft) -> None:
    draft.walk.marker("LCALD")[_START : _START + 2] += [0, 30, 40]


@MARKERS.add("a spike of 50 mm over four frames at a toe", _about("RM5"), must_name=True)
def spike_toe(draft: Draft) -> None:
    draft.walk.marker("RM5")[_START : _START + 4] += [30, 40, 0]


@MARKERS.add("a ghost taken for a shank marker over 40 frames", _about("LSK2"), must_name=True)
def ghost(draft: Draft) -> None:
    draft.walk.marker("LSK2")[_START : _START + 40] += [50, -60, 20]


@MARKERS.add(
    "two thigh markers exchanged for 30 frames",
    r"(?=.*(exchanged|swap|outlier|removed|filled))(?=.*TH1)",
    must_name=True,
)
def exchanged_for_a_while(draft: Draft) -> None:
    one, other = draft.walk.marker("LTH1"), draft.walk.marker("LTH2")
    part = slice(_START, _START + 30)
    one[part], other[part] = other[part].copy(), one[part].copy()


@MARKERS.add("two thigh markers exchanged in the walk", r"exchanged|swap", must_name=True)
def exchanged_thigh(draft: Draft) -> None:
    draft.walk.exchange("LTH1", "LTH3")


@MARKERS.add("two foot markers exchanged in the walk", r"exchanged|swap", must_name=True)
def exchanged_foot(draft: Draft) -> None:
    draft.walk.exchange("RM1", "RM5")


@MARKERS.add("left and right of the pelvis exchanged in the walk", r"exchanged|swap|left and right", must_name=True)
def exchanged_pelvis(draft: Draft) -> None:
    draft.walk.exchange("LASI", "RASI")
    draft.walk.exchange("LPSI", "RPSI")


@MARKERS.add("all markers of left and right exchanged in the walk", r"exchanged|swap|left and right", must_name=True)
def exchanged_sides(draft: Draft) -> None:
    other = {"L": "R", "R": "L"}
    draft.walk.labels = [other[label[0]] + label[1:] if label[0] in other else label for label in draft.walk.labels]


@MARKERS.add("a marker is knocked 25 mm away in the middle of the trial", _about("RSK1"), must_name=True)
def knocked(draft: Draft) -> None:
    draft.walk.marker("RSK1")[_START:] += [0, 15, -20]


@MARKERS.add("a marker comes loose and drifts by 40 mm", _about("RTH4"), must_name=True)
def drifts(draft: Draft) -> None:
    n = len(draft.walk.points)
    draft.walk.marker("RTH4")[:] += np.linspace(0, 1, n)[:, None] * np.array([0, 0, -40.0])


@MARKERS.add("a pelvis marker is knocked 30 mm away", _about("LPSI"), must_name=True)
def knocked_pelvis(draft: Draft) -> None:
    draft.walk.marker("LPSI")[_START:] += [-5, 0, -30]


@MARKERS.add("the whole shank cluster slides down by 30 mm between static and walk", r"cluster|slid", must_name=True)
def cluster_slides(draft: Draft) -> None:
    shank = np.nanmean(draft.walk.marker("LTT") - draft.walk.marker("LLM"), axis=0)
    along = draft.walk.marker("LLM") - draft.walk.marker("LFH")
    along = along / np.linalg.norm(along, axis=1, keepdims=True)
    assert np.isfinite(shank).all()
    for label in ("LSK1", "LSK2", "LSK3", "LSK4"):
        draft.walk.marker(label)[:] += 30 * along


@MARKERS.add(
    "the whole thigh cluster turns by 12 degrees between static and walk", r"cluster|slid|thigh", must_name=True
)
def cluster_turns(draft: Draft) -> None:
    labels = ["RTH1", "RTH2", "RTH3", "RTH4"]
    hip, knee = draft.walk.marker("RASI"), draft.walk.marker("RLFE")
    axis = hip - knee
    axis = axis / np.linalg.norm(axis, axis=1, keepdims=True)
    angle = np.radians(12)
    for label in labels:
        arm = draft.walk.marker(label) - knee
        turned = (
            arm * np.cos(angle)
            + np.cross(axis, arm) * np.sin(angle)
            + axis * (axis * arm).sum(axis=1, keepdims=True) * (1 - np.cos(angle))
        )
        draft.walk.marker(label)[:] = knee + turned


@MARKERS.add("noise of 10 mm on one marker", _about("RTH2") + r"|noise|noisy", must_name=True)
def noisy(draft: Draft) -> None:
    draft.walk.marker("RTH2")[:] += np.random.default_rng(0).normal(0, 10, (len(draft.walk.points), 3))


@MARKERS.add("a cluster marker is hidden for 0.4 s", r"filled|gap|missing")
def gap_cluster(draft: Draft) -> None:
    draft.walk.marker("LTH2")[_START : _START + 40] = np.nan


@MARKERS.add("a pelvis marker is hidden for 0.4 s", r"filled|gap|missing|pose_lost|cluster")
def gap_pelvis(draft: Draft) -> None:
    draft.walk.marker("LASI")[_START : _START + 40] = np.nan


@MARKERS.add("a cluster marker is hidden all the time", r"missing|LTH1|TH1")
def never_seen(draft: Draft) -> None:
    draft.walk.marker("LTH1")[:] = np.nan


@MARKERS.add("all markers of the left shank are hidden for 0.3 s", r"pose|missing|gap|shank")
def gap_segment(draft: Draft) -> None:
    for label in ("LSK1", "LSK2", "LSK3", "LSK4", "LFH", "LTT", "LLM"):
        draft.walk.marker(label)[_START : _START + 30] = np.nan


@MARKERS.add("all markers stand still for 10 frames (camera drop-out)", r"frozen|repeat|drop", must_name=True)
def all_frozen(draft: Draft) -> None:
    draft.walk.points[_START : _START + 10] = draft.walk.points[_START]


@MARKERS.add(
    "20 frames of the markers are lost, the rest moves up",
    r"jump|frames|delay|lost",
    must_name=True,
    accept=("warned", "refused with reason"),
)
def frames_lost(draft: Draft) -> None:
    file, n = draft.walk, 20
    file.points = np.concatenate(
        [file.points[:_START], file.points[_START + n :], np.repeat(file.points[-1:], n, axis=0)]
    )


@MARKERS.add("a label is misspelt in the walk", r"M5|missing|label", must_name=True)
def misspelt(draft: Draft) -> None:
    draft.walk.labels[draft.walk.labels.index("LM5")] = "LMT5"


@MARKERS.add(
    "the lab is mirrored: one axis has the other sign",
    r"mirror|[xyz] axis|axes|left and right|left-handed",
    must_name=True,
)
def mirrored_lab(draft: Draft) -> None:
    for file in draft.files.values():
        file.points = file.points * [1, -1, 1]


# --- static


@STATIC.add("a marker of the static jumps by 40 mm", r"(?=.*(moves|moved|still|outlier|jump))(?=.*LFE)", must_name=True)
def static_jump(draft: Draft) -> None:
    draft.static.marker("LLFE")[50:] += [0, 40, 0]


@STATIC.add("a marker of the static is wrong in three frames", r"(?=.*(moves|moved|still|outlier|jump|spike))(?=.*MM)")
def static_spike(draft: Draft) -> None:
    draft.static.marker("RMM")[40:43] += [0, 70, 30]


@STATIC.add("the person begins to walk before the static ends", r"still|moves|moved")
def static_walks_off(draft: Draft) -> None:
    n = len(draft.static.points)
    t = np.clip(np.arange(n) - n // 3, 0, None) / 100.0
    left = np.array([label.startswith("L") for label in draft.static.labels])
    draft.static.points[:, left] += (600.0 * t**2)[:, None, None] * np.array([1.0, 0, 0.4])
    draft.static.points[:, ~left] += (150.0 * t**2)[:, None, None] * np.array([1.0, 0, 0])


@STATIC.add("medial and lateral knee markers exchanged", r"exchanged|swap|medial", must_name=True)
def static_medial_lateral(draft: Draft) -> None:
    draft.static.exchange("RLFE", "RMFE")


@STATIC.add("left and right of the pelvis exchanged", r"exchanged|swap|left and right", must_name=True)
def static_left_right(draft: Draft) -> None:
    draft.static.exchange("LASI", "RASI")


@STATIC.add("front and back of the pelvis exchanged", r"exchanged|swap|front|back", must_name=True)
def static_front_back(draft: Draft) -> None:
    draft.static.exchange("LASI", "LPSI")
    draft.static.exchange("RASI", "RPSI")


@STATIC.add("medial markers are missing", r"MFE|MM|missing")
def static_no_medial(draft: Draft) -> None:
    draft.static.drop("LMFE", "LMM")


def bent(points: np.ndarray, labels: list[str], degrees: float) -> np.ndarray:
    """Points of a static with thighs, pelvis and trunk turned backwards about the knees."""
    knee = np.nanmean([points[:, labels.index(name)] for name in ("LLFE", "RLFE", "LMFE", "RMFE")], axis=(0, 1))
    above = [
        i
        for i, name in enumerate(labels)
        if name[1:3] == "TH" or name[1:] in ("ASI", "PSI") or name in ("C7", "IJ", "T8", "PX")
    ]
    angle = -np.radians(degrees)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    out = points.copy()
    out[:, above] = (points[:, above] - knee) @ turn.T + knee
    return out


@STATIC.add("the person does not stand upright but with bent knees", r"upright|bent|stand|flex", must_name=True)
def static_bent(draft: Draft) -> None:
    draft.static.points = bent(draft.static.points, draft.static.labels, 40.0)


@STATIC.add("there is no static trial", r"static")
def no_static(draft: Draft) -> None:
    draft.remove("static")


@STATIC.add("two statics for one footwear", r"two static|statics|another static|one footwear", must_name=True)
def two_statics(draft: Draft) -> None:
    draft.add("static2", draft.static, "static")
