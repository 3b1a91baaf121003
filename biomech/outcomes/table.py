"""The table of metrics: curves, statistics, windows and, where not all, tasks."""

from __future__ import annotations

from collections.abc import Sequence

from biomech.outcomes.both_sides import SEPARATIONS, register_differences
from biomech.outcomes.collapse_index import INDICES
from biomech.outcomes.distances import FIRST_METATARSAL, HIP, LINE, NAVICULAR, NAVICULAR_DROP, SECOND_TOE
from biomech.outcomes.families import WHOLE, MetricSource, relative
from biomech.outcomes.foot import FOOT_PROGRESSION, FOREFOOT_ABDUCTION, PRONATION, REARFOOT_EVERSION
from biomech.outcomes.ground import ALONG, VERTICAL
from biomech.outcomes.loads import (
    ABDUCTION_IN_UNITS,
    ADDUCTION_IN_UNITS,
    HIP_ADDUCTION,
    IN_FRAMES,
    KNEE_ABDUCTION,
    KNEE_ADDUCTION,
    LEVER_ARM,
    MOMENTS,
    SAGITTAL,
)
from biomech.outcomes.power import POWERS
from biomech.outcomes.registry import rows
from biomech.outcomes.sagittal import (
    DORSIFLEXION,
    HIP_EXTENSION,
    HIP_FLEXION,
    PELVIS_ROTATION,
    PLANTARFLEXION,
    TRUNK_FLEXION,
    TRUNK_ROTATION,
)
from biomech.outcomes.valgus import ANGLES, BY_NAME, FLEXION
from biomech.task_groups import BOTH_LEG_SQUATS, ONE_LEG_STANCE, REPEATED, SQUATS, STRIDES, WALKING, TaskGroup

_GROUND = ("stance", "contact")
_LEGS = (*ANGLES, REARFOOT_EVERSION)
_DISTANCES = (LINE, SECOND_TOE, HIP)
_SAGITTAL = (HIP_FLEXION, DORSIFLEXION, TRUNK_FLEXION)
_TURNS = (PELVIS_ROTATION, TRUNK_ROTATION)
_FOOT = (FOREFOOT_ABDUCTION, PRONATION)
_PEAK_FLEXION, _STRIKE = "at_peak_knee_flexion", "at_foot_strike"

# curves, statistics, windows, tasks (None: all that have the window)
TABLE: tuple[tuple[Sequence[MetricSource], str, tuple[str, ...], TaskGroup | None], ...] = (
    (_LEGS, "peak range excursion time_to_peak", WHOLE, None),
    (_LEGS, f"{_STRIKE} {_PEAK_FLEXION}", _GROUND, None),
    (_LEGS, _PEAK_FLEXION, ("cycle",), REPEATED),
    (_LEGS, "mean", ("cycle",), ONE_LEG_STANCE),
    (ANGLES, "mean", ("bottom",), None),  # a knee that is held bent has no one instant of peak flexion
    ([relative(curve) for curve in (*_LEGS, *_FOOT)], "peak", WHOLE, None),
    ([BY_NAME["knee_abduction"]], "minimum", WHOLE, None),
    ([BY_NAME["pelvis_anterior_tilt"], TRUNK_FLEXION], "mean", ("stance",), None),
    ([FLEXION], "peak range", WHOLE, None),
    ([FLEXION], "peak", ("swing",), None),
    ([FLEXION], f"{_STRIKE} minimum", _GROUND, None),
    ([FLEXION], f"first_peak {_PEAK_FLEXION}", ("stance",), None),
    (list(INDICES.values()), "peak", WHOLE, None),
    ([REARFOOT_EVERSION], "peak_velocity", WHOLE, None),
    ([relative(REARFOOT_EVERSION)], "share_positive", WHOLE, None),
    (_FOOT, "peak excursion time_to_peak", WHOLE, None),
    ([FOOT_PROGRESSION], "mean", WHOLE, None),
    ((*_SAGITTAL, *_TURNS), "peak range", WHOLE, None),
    ((*_SAGITTAL, *_TURNS), _STRIKE, _GROUND, None),
    (_SAGITTAL, _PEAK_FLEXION, ("contact",), None),
    (_SAGITTAL, _PEAK_FLEXION, ("cycle",), REPEATED),
    ([HIP_FLEXION, DORSIFLEXION], "peak", ("swing",), None),
    ([DORSIFLEXION], "mean", ("swing",), None),
    ([HIP_EXTENSION], "peak", ("stance", "cycle"), STRIDES),
    ([PLANTARFLEXION], "peak", ("stance", "swing", "contact"), None),
    # of distances the excursion is the medial displacement from contact: in the foot's, the pelvis's or the frontal plane
    (_DISTANCES, "peak excursion", WHOLE, None),
    (_DISTANCES, f"{_STRIKE} {_PEAK_FLEXION}", _GROUND, None),
    (_DISTANCES, _PEAK_FLEXION, ("cycle",), REPEATED),
    (_DISTANCES, "mean", ("bottom",), None),
    ([FIRST_METATARSAL], "peak share_positive", WHOLE, None),
    ([NAVICULAR], "minimum", WHOLE, None),
    ([NAVICULAR_DROP], "peak", _GROUND, None),
    ([NAVICULAR_DROP], "peak", ("cycle",), SQUATS | ONE_LEG_STANCE),
    (list(MOMENTS.values()), "peak", WHOLE, None),
    ((KNEE_ADDUCTION, KNEE_ABDUCTION, *IN_FRAMES), "peak", ("first_100_ms",), None),
    (IN_FRAMES, "peak", WHOLE, None),
    ((KNEE_ADDUCTION, *IN_FRAMES[::2], HIP_ADDUCTION), "first_peak second_peak", ("stance",), WALKING),
    # one number, one name: at an event the adduction moment would be the same number with its sign turned
    ((KNEE_ABDUCTION, LEVER_ARM), _PEAK_FLEXION, _GROUND, None),
    ([LEVER_ARM], _PEAK_FLEXION, ("cycle",), REPEATED),
    ((KNEE_ADDUCTION, VERTICAL), "minimum_between_peaks", ("stance",), WALKING),
    ((KNEE_ADDUCTION, KNEE_ABDUCTION, HIP_ADDUCTION, *SAGITTAL), "impulse", WHOLE, None),
    ((*ADDUCTION_IN_UNITS, *ABDUCTION_IN_UNITS), "peak", _GROUND, None),
    (ADDUCTION_IN_UNITS, "first_peak", ("stance",), WALKING),
    ((*ALONG, VERTICAL), "peak impulse", _GROUND, None),
    ([VERTICAL], "first_peak second_peak", ("stance",), WALKING),
    (POWERS, "peak", (*WHOLE, "swing"), None),
    (POWERS, "work", (*WHOLE, "swing", "descent", "ascent"), None),
    (SEPARATIONS, f"minimum {_STRIKE} {_PEAK_FLEXION}", ("contact",), None),
    (SEPARATIONS, f"minimum {_PEAK_FLEXION}", ("cycle",), BOTH_LEG_SQUATS),
)

for _curves, _statistics, _windows, _tasks in TABLE:
    rows(_curves, _statistics, _windows, _tasks)
register_differences()
