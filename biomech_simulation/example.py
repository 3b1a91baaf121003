"""The example study: four people whose pages of findings have four different answers, all of them planted here.

| | P01 | P02 | P03 | P04 |
|---|---|---|---|---|
| collapse | of the right leg | of the right leg | of the right leg | none |
| where from | the hip moves: nothing of it in standing or bones | bones: Craig's test, tibial torsion, knees inward in standing | the foot everts far, the hip follows | |
| hip or foot first, squats | hip, by 70 ms | | foot, by 70 ms | |
| under the cue | 40 % of the pattern left | nothing changes | not recorded | not recorded |
| after training | 45 % left | nothing changes | nothing changes | nothing to change |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from biomech.schema import SIDES
from biomech_simulation.order import Order
from biomech_simulation.participant import Participant, Pattern, Posture
from biomech_simulation.study import Enrolled, Options, write_people

SESSIONS = ("pre", "post")
TASKS = ("functional", "walking", "single_leg_squat", "drop_vertical_jump")
OPTIONS = Options(
    trials=2,
    strides=3,
    rate_hz=100.0,
    analog_rate_hz=1000.0,
    repetitions=5,
    repetition_s=1.5,
    rest_s=0.4,
    later_trials=1,
    bent_share=1.4,
    jumps=5,
    short_jumps=True,
)
LEAD_S = 0.07
CRAIG_DEG = 27.0
TORSION_DEG = 42.0


def _examined(**both: float) -> dict[str, float | str]:
    """Columns of the sheet, alike on both sides."""
    return {f"{side}_{name}": value for name, value in both.items() for side in SIDES}


def example_people() -> list[Enrolled]:
    """Return the four people of the example with what is planted in each."""
    usual = {
        "craig_test_deg": 12.0,
        "hip_internal_rotation_range_deg": 40.0,
        "hip_external_rotation_range_deg": 42.0,
        "thigh_foot_angle_deg": 12.0,
        "navicular_drop_m": 0.006,
        "ankle_dorsiflexion_range_deg": 42.0,
    }
    from_hip = Pattern(4.0, 3.0, 5.5, 2.0, 1.5, hip_lead_s=0.05, order=Order(LEAD_S))
    from_foot = Pattern(2.5, 2.5, 2.5, 5.0, 0.5, hip_lead_s=-0.05, order=Order(-LEAD_S))
    slight = Pattern(0.3, 0.3, 0.3, 1.0, 0.0)
    stand = Posture(pelvis_anterior_tilt=11.5, rearfoot_eversion=2.0)
    people = [
        Enrolled(
            Participant(
                "P01",
                "female",
                1.70,
                65.5,
                tibial_torsion_deg=17.0,
                patterns={"right": from_hip, "left": slight},
                posture=stand,
            ),
            "training",
            22,
            {"post": 0.45},
            cue=0.4,
            sheet=_examined(**usual),
        ),
        Enrolled(
            Participant(
                "P02",
                "male",
                1.76,
                68.9,
                tibial_torsion_deg=TORSION_DEG,
                patterns={"right": replace(slight, knee_abduction_deg=1.0), "left": slight},
                posture=stand,
                leg_postures={"right": replace(stand, hip_internal_rotation=6.0, knee_abduction=4.5)},
            ),
            "training",
            23,
            {},
            cue=1.0,
            sheet=_examined(**usual)
            | {
                "right_craig_test_deg": CRAIG_DEG,
                "right_hip_internal_rotation_range_deg": 66.0,
                "right_hip_external_rotation_range_deg": 22.0,
                "right_tibial_torsion_deg": TORSION_DEG,
                "left_tibial_torsion_deg": TORSION_DEG,
            },
        ),
        Enrolled(
            Participant(
                "P03",
                "female",
                1.70,
                67.8,
                tibial_torsion_deg=15.5,
                patterns={"right": from_foot, "left": slight},
                posture=stand,
                arch_drop_m=0.010,
            ),
            "control",
            24,
            {},
            sheet=_examined(**usual | {"navicular_drop_m": 0.013}),
        ),
        Enrolled(
            Participant(
                "P04",
                "male",
                1.82,
                72.1,
                tibial_torsion_deg=16.5,
                patterns={side: slight for side in SIDES},
                posture=stand,
            ),
            "control",
            25,
            {},
            sheet=_examined(**usual),
        ),
    ]
    only: dict[str, Mapping[str, tuple[str, ...]]] = {
        "P01": {"functional": ("pre",)},
        "P02": {"functional": (), "drop_vertical_jump": ("pre",)},
        "P03": {"functional": (), "drop_vertical_jump": ("pre",)},
        "P04": {"functional": (), "drop_vertical_jump": ("pre",)},
    }
    return [replace(one, only=only[one.participant.name]) for one in people]


def write_example(folder: Path | str, data: str = "data_example") -> list[Path]:
    """Write the example's recordings and sheets into a study folder; the same bytes every time on one computer."""
    return write_people(folder, example_people(), SESSIONS, TASKS, OPTIONS, seed=0, data=data)
