"""Default ranges beyond which a metric is reported as implausible: warn outside `low` to `high`, more so outside `fail_*`.

They are wide screening limits of this software, set around published means of healthy people; they judge the recording
and its processing, not the participant.
"""

from __future__ import annotations

_SCHWARTZ = "set around Schwartz 2008 (J Biomech 41:1639, children) and adult walking norms"
_KNEE_MOMENT = "set around young adults' peaks of 0.45 N m/kg (PLoS One 12:e0179260) and Schwartz 2008"
_RUNNING = "set around Heiderscheit 2011 (Med Sci Sports Exerc 43:296) and Sinclair 2017 (Foot Ankle Online J 10:4)"
_JUMP = "set around Nilstad 2011 (BJSM 45:310) and Hewett 2005 (AJSM 33:492)"
_SEPARATION = "set around 51 +- 19 % (Noyes 2005, AJSM 33:197)"
_HEIGHT = "wide: 0.1 m is a hop, 0.7 m an elite athlete's jump"
_RATE = "set around runners' 30 to 100 BW/s (Crowell & Davis 2011, Clin Biomech 26:78)"
_RISE = "chosen: 0.6 of 4 body weights (Niu 2014, Biomed Res Int 2014:126860) within 6 ms, stiffer than shoe, heel pad and leg are"
_STEEPEST = "chosen: one and a half times the limit of the mean rise"
_CUT = "set around cutting peaks of 0.5 to 2 N m/kg (Robinson 2014, Med Sci Sports Exerc 46:1269; Kristianslund 2012)"
_FPPA = "set around Munro 2012 (J Sport Rehabil 21:7) and Nakagawa 2012 (JOSPT 42:491)"
_SQUAT = "set around Nakagawa 2012 (JOSPT 42:491), controls and patients"
_STAIRS = (
    "set around young adults' 94 degrees up and 91 down (Protopapadaki 2007, Clin Biomech 22:203), stairs of 18 cm"
)
_STAIRS_MOMENT = "set around 0.42 (SD 0.15) N m/kg on stairs (Costigan 2002, Gait Posture 16:31)"
_STAIRS_FRONTAL = "chosen: the range of walking, widened, since no frontal norms of stairs were found"
_STAIRS_FORCE = "chosen: little more than body weight up, an impact down; little affected by the stairs (Riener 2002, Gait Posture 15:32)"
_STEP = "set around single-leg squats (Nakagawa 2012), with more hip adduction (Lewis 2015, PLoS One 10:e0126258)"
_STEP_DEPTH = "chosen: boxes of 10 to 30 cm ask for less than the deepest squat on one leg"
_STANDING = "set around 7 degrees (SD 3, -4 to 14) in one-legged standing (Youdas 2007, J Sport Rehabil 16:326)"
_STANDING_LEVEL = "chosen: the pelvis goes with the hip over a leg that stands upright"
_STANDING_STRAIGHT = "chosen: a leg that stands is nearly straight"
_SQUAT_DEPTH = (
    "chosen: from a counted squat to heel on thigh; squats to maximal depth: Zawadka 2020 (J Sports Sci Med 19:500)"
)
_REPETITION_TIME = "chosen: from a quick exercise to one that is held"
_BENT_AT_MOST = "chosen: from a knee that is extended beyond straight to heel on thigh"
_SQUAT_BOTH = "chosen: wider than single-leg squats (Nakagawa 2012), for wide and narrow feet (Lorenzetti 2018, BMC Sports Sci Med Rehabil 10:14)"
_LANDING_FORCE = (
    "chosen: 1 to 4 body weights a foot over heights of 0.1 to 1 m (Niu 2014, Biomed Res Int 2014:126860, review)"
)
_LANDING_BENT = "chosen: stiff to deep landings; drop jumps reach 60 to 110 degrees (Nilstad 2011, Hewett 2005)"

# task -> metric -> low, high, fail_low, fail_high, source
TABLE: dict[str, dict[str, tuple[float | None, float | None, float | None, float | None, str]]] = {
    "walking": {
        "knee_flexion__peak__swing": (50, 75, 35, 90, _SCHWARTZ),
        "hip_adduction__peak__stance": (2, 14, -5, 22, _SCHWARTZ),
        "contralateral_pelvic_drop__peak__stance": (2, 9, None, None, _SCHWARTZ),
        "knee_abduction__peak__stance": (None, 10, None, None, _SCHWARTZ),
        "knee_abduction__minimum__stance": (-10, None, None, None, _SCHWARTZ),
        "external_ankle_dorsiflexion_moment__peak__stance": (1.0, 1.8, None, None, _SCHWARTZ),
        "external_knee_adduction_moment__first_peak__stance": (0.2, 0.7, -0.1, 1.2, _KNEE_MOMENT),
        "external_hip_adduction_moment__peak__stance": (0.5, 1.2, None, None, _SCHWARTZ),
        "vertical_ground_reaction__peak__stance": (0.9, 1.3, None, None, _SCHWARTZ),
    },
    "running": {
        "hip_adduction__peak__stance": (5, 18, None, None, _RUNNING),
        "rearfoot_eversion__peak__stance": (4, 16, None, None, _RUNNING),
        "vertical_ground_reaction__peak__stance": (2.2, 3.0, None, None, _RUNNING),
        "vertical_loading_rate__mean__stance": (20, 150, None, None, _RATE),
    },
    "drop_vertical_jump": {
        "vertical_loading_rate__mean__contact": (3, 400, None, None, _RISE),
        "vertical_loading_rate__peak__contact": (3, 600, None, None, _STEEPEST),
        "knee_flexion__peak__contact": (60, 110, None, None, _JUMP),
        "knee_abduction__peak__contact": (-10, 20, None, None, _JUMP),
        "external_knee_abduction_moment__peak__contact": (-0.1, 1.2, None, None, _JUMP),
        "vertical_ground_reaction__peak__contact": (1, 3, None, None, _JUMP),
        "knee_hip_separation_ratio__minimum__contact": (0.1, 1.6, None, None, _SEPARATION),
        "jump_height__value__contact": (0.1, 0.7, None, None, _HEIGHT),
    },
    "double_leg_drop_landing": {
        "vertical_loading_rate__mean__contact": (3, 400, None, None, _RISE),
        "vertical_loading_rate__peak__contact": (3, 600, None, None, _STEEPEST),
        "knee_flexion__peak__contact": (40, 130, None, None, _LANDING_BENT),
        "knee_abduction__peak__contact": (-10, 20, None, None, _JUMP),
        "external_knee_abduction_moment__peak__contact": (-0.1, 1.2, None, None, _JUMP),
        "vertical_ground_reaction__peak__contact": (1, 4, None, None, _LANDING_FORCE),
        "knee_hip_separation_ratio__minimum__contact": (0.1, 1.6, None, None, _SEPARATION),
    },
    "single_leg_drop_landing": {
        "vertical_loading_rate__mean__contact": (3, 400, None, None, _RISE),
        "vertical_loading_rate__peak__contact": (3, 600, None, None, _STEEPEST),
        "knee_abduction__peak__contact": (-10, 20, None, None, _JUMP),
        "fppa__at_peak_knee_flexion__contact": (-20, 30, None, None, _FPPA),
    },
    "side_cut": {
        "vertical_loading_rate__mean__contact": (3, 400, None, None, _RISE),
        "vertical_loading_rate__peak__contact": (3, 600, None, None, _STEEPEST),
        "knee_abduction__peak__contact": (-10, 25, None, None, _JUMP),
        "external_knee_abduction_moment__peak__contact": (-0.1, 3, None, None, _CUT),
    },
    "single_leg_squat": {
        "contralateral_pelvic_drop__peak__cycle": (0, 15, None, None, _SQUAT),
        "hip_adduction__peak__cycle": (3, 22, None, None, _SQUAT),
        "knee_abduction__peak__cycle": (-5, 15, None, None, _SQUAT),
        "fppa__at_peak_knee_flexion__cycle": (-20, 30, None, None, _FPPA),
    },
    "double_leg_squat": {
        "knee_flexion__peak__cycle": (40, 160, None, None, _SQUAT_DEPTH),
        "knee_abduction__peak__cycle": (-15, 15, None, None, _SQUAT_BOTH),
        "hip_adduction__peak__cycle": (-30, 15, None, None, _SQUAT_BOTH),
    },
    "step_down": {
        "knee_flexion__peak__cycle": (40, 110, None, None, _STEP_DEPTH),
        "contralateral_pelvic_drop__peak__cycle": (-5, 15, None, None, _STEP),
        "hip_adduction__peak__cycle": (3, 30, None, None, _STEP),
        "knee_abduction__peak__cycle": (-10, 15, None, None, _STEP),
    },
    "repetition": {
        "repetition_time__value__cycle": (0.5, 30, None, None, _REPETITION_TIME),
        "knee_flexion__peak__cycle": (-15, 160, None, None, _BENT_AT_MOST),
    },
    "single_leg_stance": {
        "hip_adduction__mean__cycle": (-6, 16, None, None, _STANDING),
        "contralateral_pelvic_drop__mean__cycle": (-10, 10, None, None, _STANDING_LEVEL),
        "knee_flexion__peak__cycle": (-10, 30, None, None, _STANDING_STRAIGHT),
    },
    "stairs_up": {
        "knee_flexion__peak__swing": (70, 120, None, None, _STAIRS),
        "hip_adduction__peak__stance": (-2, 20, None, None, _STAIRS_FRONTAL),
        "knee_abduction__peak__stance": (None, 12, None, None, _STAIRS_FRONTAL),
        "external_knee_adduction_moment__peak__stance": (0.0, 0.9, None, None, _STAIRS_MOMENT),
        "vertical_ground_reaction__peak__stance": (0.9, 1.5, None, None, _STAIRS_FORCE),
    },
    "stairs_down": {
        "knee_flexion__peak__swing": (70, 120, None, None, _STAIRS),
        "hip_adduction__peak__stance": (-2, 20, None, None, _STAIRS_FRONTAL),
        "knee_abduction__peak__stance": (None, 12, None, None, _STAIRS_FRONTAL),
        "external_knee_adduction_moment__peak__stance": (0.0, 0.9, None, None, _STAIRS_MOMENT),
        "vertical_ground_reaction__peak__stance": (0.9, 2.2, None, None, _STAIRS_FORCE),
    },
}
