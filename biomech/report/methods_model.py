"""Methods section: marker set, model, signals, kinematics, kinetics and muscles of a run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from biomech.config import Kinetics
from biomech.joints import JOINTS, SEGMENT_ANGLES
from biomech.kinetics.carriers import carriers_text
from biomech.report.facts import Facts
from biomech.report.methods_options import Options
from biomech.report.panels import task_title
from biomech.report.phrases import listed
from biomech.schema import MUSCLES

_HIPS = {
    "harrington": ("the regression of Harrington et al.", "harrington2007"),
    "harrington_reduced": (
        "the regression of Harrington et al. with one predictor per coordinate",
        "harrington2007,sangeux2015",
    ),
    "harrington_pelvis_width": ("the regression of Harrington et al. on pelvis width", "harrington2007"),
    "harrington_leg_length": ("the regression of Harrington et al. on leg length", "harrington2007"),
    "hara": ("the regression of Hara et al. on leg length", "hara2016"),
    "bell": ("the regression of Bell et al.", "bell1990"),
    "davis": ("the equations of the conventional gait model", "davis1991"),
    "dumas": ("the fractions of pelvis width of Dumas et al.", "dumas2007,dumas2018"),
}
_FUNCTIONAL = {
    "score": ("the symmetrical centre of rotation estimation", "ehrig2006"),
    "sphere": ("bias-corrected sphere fits", "halvorsen2003"),
    "ball": ("a fit of the thigh's markers as one body about a centre", "ehrig2006"),
}
_KNEE = {
    "sara": ("the symmetrical axis of rotation of functional trials", "ehrig2007"),
    "least_varus": ("the axis of least variance of knee abduction", "schache2006"),
    "pca": ("the axis at which knee abduction does not correlate with flexion", "baudet2014"),
}
_MARKERSETS = {
    "cast_lower_limb": "cappozzo1995,schallig2022",
    "landing_running": "cappozzo1995",
    "plug_in_gait": "davis1991,kadaba1990",
    "plug_in_gait_oxford_foot": "davis1991,stebbins2006",
    "running_visual3d": "fukuchi2017",
}
_INERTIA = {
    "dumas": ("Dumas and Wojtusch", "dumas2018,dumas2007"),
    "de_leva": ("de Leva", "deleva1996"),
    "plug_in_gait": ("the conventional gait model", "davis1991"),
    "dempster": ("Dempster as printed by Winter", "winter2009"),
}
_REARFOOT = {"oxford": "stebbins2006", "amsterdam": "schallig2022", "rizzoli": "leardini2007"}


def model(o: Options, facts: Facts) -> str:
    """Return how segments and joint centres were defined."""
    name, about = o("markerset"), facts.markerset
    if name in _MARKERSETS:
        title = f" {{@{_MARKERSETS[name]}}}"
    else:
        title = f" ({about['title']})" if about.get("title") else ""
        sources = [str(source) for source in about.get("sources", [])]
        title += f", after {'; '.join(sources)}" if sources else ""
    conventional = about.get("calibration") == "conventional"
    text = f"The marker set was `{name}`{title}. "
    text += (
        "Segment frames and joint centres of the knee and ankle were those of the conventional gait model {@davis1991,kadaba1990}. "
        if conventional
        else "Anatomical frames were defined in a static trial {@cappozzo1995,wu2002}. "
    )
    chosen = o("subject.hip_centre")
    regression = about.get("hip_centre", "") if chosen == "markerset" else chosen
    words, keys = _HIPS.get(regression, ("the definition of the marker set", ""))
    text += f"Hip joint centres were located by {words}{f' {{@{keys}}}' if keys else ''}"
    functional = o("subject.hip_functional")
    used, refused = facts.hips
    if functional != "none" and used + refused:
        words, keys = _FUNCTIONAL[functional]
        text += (
            f"; {words} of functional trials {{@{keys}}} replaced them in {used} of {used + refused} hips"
            if used
            else f"; functional trials {{@{keys}}} met the criteria in none of {refused} hips"
        )
    text += ". "
    axis = o("subject.knee_axis")
    turned, kept = facts.knees
    if conventional:
        text += "Knee flexion axes were those of the model. "
    else:
        text += "Knee flexion axes were defined by the epicondyle markers"
        if axis != "markers" and turned + kept:
            words, keys = _KNEE[axis]
            text += f", and in {turned} of {turned + kept} knees turned to {words} {{@{keys}}}"
        text += ". "
    rearfoot = o("subject.rearfoot")
    if rearfoot in _REARFOOT and "rearfoot" in _segments(facts):
        text += f"The rearfoot had the axes of the {rearfoot.capitalize()} foot model {{@{_REARFOOT[rearfoot]}}}. "
    flat, stored = o("subject.flat_foot"), o("subject.foot_offsets") == "file"
    if conventional:
        text += f"The foot was {'assumed to be flat' if flat else 'not assumed to be flat'} in the static trial. "
        if stored:
            text += "Foot offsets stored in the recordings were used where present. "
    if facts.plates:
        words, keys = _INERTIA[o("subject.inertia")]
        text += f"Segment inertial parameters were those of {words} {{@{keys}}}."
    return text.strip()


def _segments(facts: Facts) -> list[str]:
    """Return the segments whose angles a study has, in the order of the marker set; all of them where that is not known."""
    tracking = facts.markerset.get("tracking", {})
    if not facts.angles:
        return list(tracking)
    used = {
        segment
        for joint in (*SEGMENT_ANGLES, *JOINTS)
        if set(joint.quantities) & set(facts.angles)
        for segment in (joint.proximal, joint.distal)
    }
    return [name for name in tracking if name in used]


def signals(o: Options, facts: Facts) -> str:
    """Return how trajectories and forces were cleaned, filled and filtered."""
    gap, order = o("signals.gap_max_s"), o("signals.filter_order")
    step, longest = o("kinematics.outlier_step_m"), o("kinematics.outlier_longest_s")
    text = ""
    if step is not None:
        text = f"Marker jumps above {1000 * step:g} mm, frozen samples and exchanged labels of up to {longest:g} s were removed or relabelled. "
    clusters = [n for kind, n in facts.markerset.get("tracking", {}).values() if kind == "cluster"]
    fill = o("signals.cluster_fill") and any(n > 3 for n in clusters)
    text += "Missing markers were reconstructed from at least three others of the segment. " if fill else ""
    text += f"{'Remaining gaps' if fill else 'Gaps'} of up to {gap:g} s were filled by cubic splines. "
    correction = {
        "prewarped": "cutoff corrected for the second pass",
        "plain": "cutoff divided by the two-pass factor",
        "none": "cutoff not corrected for the second pass",
    }[o("signals.cutoff_correction")]
    cutoffs, forces = o("signals.cutoff_hz"), o("signals.force_cutoff_hz")
    tasks = [task.name for task in facts.tasks] or list(cutoffs)
    own = {name: value for name, value in forces.items() if name in tasks and facts.plates}
    what = "Trajectories" if own or not facts.plates else "Trajectories and forces"
    same = " {@bisseling2006,kristianslund2012}" if facts.plates and not own else ""
    how = f"with a zero-lag Butterworth low-pass filter of order {order} ({correction}){same}"
    text += _filtered(what, {name: cutoffs.get(name) for name in tasks}, how)
    if own:
        rest = [name for name in tasks if name not in own]
        text += " " + _filtered("Forces", own, "likewise" if any(cutoffs.get(name) for name in tasks) else how)
        text += (
            " Forces of other tasks were filtered as trajectories {@bisseling2006,kristianslund2012}." if rest else ""
        )
    return text


def _filtered(what: str, cutoffs: Mapping[str, float | None], how: str) -> str:
    """Say which tasks were filtered at what cutoff, and which were not."""
    shown = _by_value({name: _hertz(value) for name, value in cutoffs.items() if value is not None})
    raw = [task_title(name) for name, value in cutoffs.items() if value is None]
    if not shown:
        return f"{what} were not filtered."
    return f"{what} were filtered {how}: {shown}{f'; those of {listed(raw)} were not filtered' if raw else ''}."


def _hertz(value: float) -> str:
    return f"{value:g} Hz"


def _by_value(values: Mapping[str, str]) -> str:
    groups: dict[str, list[str]] = {}
    for name, value in values.items():
        groups.setdefault(value, []).append(task_title(name))
    return "; ".join(f"{value} for {listed(names)}" for value, names in groups.items())


_TRACKING = {
    "cluster": "tracked with six degrees of freedom by a least-squares fit of {their} markers {{@soderkvist1993}}",
    "triad": "tracked by technical frames through three markers in turn",
    "axial": "tracked by the line of the joint centres of {their} neighbours and one marker",
    "direct": "rebuilt from {their} markers in every frame",
}


def _tracked(facts: Facts) -> str:
    """Say how the segments that were used were followed, the same way together."""
    tracking = facts.markerset.get("tracking", {})
    ways: dict[str, list[str]] = {}
    for name in _segments(facts):
        title = name.removesuffix("_proximal").removesuffix("_distal")
        own = ways.setdefault(tracking[name][0], [])
        if title not in own:
            own.append(title)
    parts = [
        f"{listed(names)} {'was' if len(names) == 1 else 'were'} "
        + _TRACKING[kind].format(their="its" if len(names) == 1 else "their")
        for kind, names in ways.items()
    ]
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}. " if text else ""


def kinematics(o: Options, facts: Facts) -> str:
    """Return how segments were tracked and angles computed."""
    residual, spread = 1000 * o("kinematics.max_residual_m"), 1000 * o("kinematics.min_spread_m")
    text = _tracked(facts)
    if o("kinematics.method") == "multibody":
        text += "From these poses, pelvis and legs were fitted to the markers as one chain with joints {@lu1999,duprey2010}. "
    kinds = {facts.markerset["tracking"][name][0] for name in _segments(facts)}
    if kinds & {"cluster", "triad"}:
        text += f"Poses with a marker residual above {residual:g} mm, or from markers within {spread:g} mm of a line, were discarded. "
    sequence = o("kinematics.ankle_sequence")
    floating = "inversion" if sequence == "ZXY" else "internal rotation"
    known = _joints(facts)
    upper, lower = [name for name in ("hip", "knee") if name in known], [n for n in _FEET if n in known]
    angles = []
    if upper:
        angles.append(
            f"{listed(upper)} angles had the sequence flexion, adduction, rotation (ZXY, joint coordinate system) "
            "{@grood1983}"
        )
    if lower:
        axis = "floating" if sequence == "ZXY" else "second"
        angles.append(f"{listed(lower)} angles had the sequence {sequence} ({floating} about the {axis} axis)")
    if whole := [name for name in ("pelvis", "trunk") if name in known]:
        angles.append(
            f"{listed(whole)} angles relative to the direction of progression had the sequence rotation, obliquity, tilt {{@baker2001}}"
        )
    joined = "; ".join(angles)
    text += f"{joined[:1].upper()}{joined[1:]}." if joined else ""
    if o("kinematics.foot_model") == "oxford" and any(name.startswith("oxford_") for name in facts.angles):
        text += " Angles of the Oxford Foot Model were computed as well {@stebbins2006}."
    return text.strip()


_FEET = ("ankle", "rearfoot", "forefoot")


def _joints(facts: Facts) -> Sequence[str]:
    """Return the joints and segments whose angles a study has; all of them where that is not known."""
    every = (*SEGMENT_ANGLES, *JOINTS)
    return [joint.name for joint in every if not facts.angles or set(joint.quantities) & set(facts.angles)]


def kinetics(o: Options, facts: Facts) -> str:
    """Return how ground reaction forces and joint moments were computed."""
    if not facts.plates:
        return "No valid force plate contact was recorded, so moments and powers of the stance phase were not computed."
    on, off = o("contacts.threshold_n"), o("contacts.release_n")
    text = f"Foot contact began above {on:g} N and ended below {off:g} N of {o('contacts.force')} vertical force. "
    if o("kinetics.method") == "newton_euler":
        text += "Joint forces and moments were computed by inverse dynamics from the foot upwards {@dumas2004}"
    else:
        text += (
            "Joint moments were computed by the inverse dynamics of the conventional gait model {@davis1991,kadaba1990}"
        )
    names = ("joint_centres", "hip_centre", "knee_centre", "ankle_centre")
    centres = Kinetics.model_validate({name: o(f"kinetics.{name}") for name in names})
    text += (
        f", about joint centres carried by segments ({carriers_text(centres)}). Moments are internal, per body mass, in the joint coordinate "
        "system."
    )
    extra = o("kinetics.acceleration_cutoff_hz")
    if extra is not None:
        text += f" Accelerations were taken from segment motion filtered at {extra:g} Hz."
    return text


def muscles(o: Options, facts: Facts) -> str:
    """Return how surface EMG was processed."""
    names = listed([MUSCLES.get(name, name.replace("_", " ")) for name in facts.muscles])
    low, high = o("muscles.band_pass_hz")
    notch = o("muscles.notch_hz")
    text = f"Surface EMG of {names} was band-pass filtered ({low:g} to {high:g} Hz, zero-lag Butterworth)"
    text += f", freed of mains hum ({notch:g} Hz notch)" if notch is not None else ""
    if o("muscles.envelope") == "low_pass":
        cutoffs = o("muscles.envelope_cutoff_hz")
        shown = _by_value({task.name: _hertz(cutoffs[task.name]) for task in facts.tasks if task.name in cutoffs})
        text += f", rectified and low-pass filtered{f' ({shown})' if shown else ''}"
    else:
        text += f" and smoothed by a moving root mean square over {o('muscles.rms_window_s'):g} s"
    found = {unit for own in facts.emg_units for unit in re.findall(r"%\w+|\bV\b", own)}
    units = [unit for unit in _REFERENCES if unit in found]
    scaled = [_REFERENCES[unit] for unit in units if unit != "V"]
    text += (
        f"; envelopes were expressed relative to {' or '.join(scaled)}"
        if scaled
        else "; amplitudes were not normalised"
    )
    text += ", or in volts" if scaled and "V" in units else ""
    return f"{text}."


_REFERENCES = {
    "%MVC": "the maximum voluntary contraction",
    "%peak": "the peak of the session's movements",
    "%mean": "the mean of the session's movements",
    "V": "",
}
