"""The methods section of a study, written from its config and from what the run really used.

Sentences state the choices that a reader expects by name; every further option that changes results follows at the end of
its paragraph, so that none is missing. Citations stand in the text as a key with an at sign, in braces, until it is printed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from biomech.kinetics.carriers import ENDS
from biomech.report.methods_options import OTHER_SECTIONS, Options, remaining
from biomech.report.methods_statistics import profiles_text, statistics_text
from biomech.report.panels import task_title
from biomech.report.phrases import listed, plural


@dataclass(frozen=True)
class TaskFacts:
    """What was computed of one task.

    Parameters
    ----------
    name : str
    participants, sessions, cycles : int
    cutoffs_hz : sequence of float
        Cutoffs that its trials were filtered with.
    sources : mapping
        Number of cycles by the source of their events.
    """

    name: str
    participants: int
    sessions: int
    cycles: int
    cutoffs_hz: Sequence[float] = ()
    sources: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What a run really used.

    Parameters
    ----------
    tasks : sequence of TaskFacts
    hips, knees : tuple of int
        Functional hip centres and knee axes: used, and refused (the fallback stayed).
    versions : mapping
        Version of the program and of the packages that it stands on.
    analyses : sequence of mapping
        Statistical analyses that were run: ``analysis``, ``kind``, ``outcomes`` (texts), ``contrasts`` (texts) and
        ``n_participants``; skipped ones are left out.
    markerset : mapping
        Of the marker set: ``title``, ``sources`` (texts), ``hip_centre``, ``calibration``, ``hip_offset``.
    """

    tasks: Sequence[TaskFacts] = ()
    hips: tuple[int, int] = (0, 0)
    knees: tuple[int, int] = (0, 0)
    versions: Mapping[str, str] = field(default_factory=dict)
    markerset: Mapping[str, Any] = field(default_factory=dict)
    analyses: Sequence[Mapping[str, Any]] = ()


def methods_paragraphs(config: Mapping[str, Any], facts: Facts) -> list[tuple[str, str]]:
    """Return heading and text of every paragraph.

    Parameters
    ----------
    config : mapping
        The whole config, JSON-ready.
    facts : Facts
    """
    options = Options(config)
    parts: list[tuple[str, str, tuple[str, ...]]] = [
        ("Recordings", _recordings(options, facts), ("lab", "force_plates")),
        ("Marker set and model", _model(options, facts), ("markerset", "subject")),
        ("Signals", _signals(options, facts), ("signals",)),
        ("Kinematics", _kinematics(options), ("kinematics", "multibody")),
        ("Kinetics", _kinetics(options), ("contacts", "kinetics")),
        ("Events and cycles", _cycles(options, facts), ("cycles",)),
        ("Outcomes", _outcomes(options), ("metrics",)),
    ]
    if "muscles" in config and config["muscles"]["channels"]:
        parts.append(("Muscle activity", _muscles(options), ("muscles",)))
    if config.get("statistics"):
        parts.append(("Statistics", statistics_text(options("statistics"), facts.analyses), ("statistics",)))
    placed = {section for *_, sections in parts for section in sections} | {"muscles", "statistics"}
    left = tuple(name for name in config if name not in placed and name not in OTHER_SECTIONS)
    parts.append(("Software", _variants(config) + _software(facts), left))
    tasks = [task.name for task in facts.tasks]
    out = []
    for heading, text, sections in parts:
        rest = remaining(options, sections, tasks)
        out.append((heading, f"{text} {rest}".strip()))
    return out


def _recordings(o: Options, facts: Facts) -> str:
    parts = [
        f"{task_title(task.name)} ({plural(task.participants, 'participant')}, {plural(task.sessions, 'session')}, "
        f"{plural(task.cycles, 'cycle')})"
        for task in facts.tasks
    ]
    text = f"Marker trajectories and ground reaction forces were read from C3D files{': ' + listed(parts) if parts else ''}."
    axes = o("lab.axes")
    if axes == "config":
        text += f" The laboratory's {o('lab.up')} axis points upwards and {o('lab.forward')} forwards;"
    else:
        text += " The laboratory's axes are those that the files name (X_SCREEN, Y_SCREEN);"
    text += " results are in axes x forward, y up, z to the right {@wu2002}."
    unit = o("lab.point_unit")
    if unit != "c3d":
        text += f" Marker positions were taken to be stored in {unit}."
    zero = {
        "auto": "the frames that the file names, or else the longest unloaded stretch of the trial",
        "c3d": "the frames that the file names",
        "unloaded": "the longest unloaded stretch of the trial",
    }.get(o("force_plates.zero"))
    return text + (
        f" Force plate offsets were removed from {zero}." if zero else " Force plate offsets were left as stored."
    )


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


def _model(o: Options, facts: Facts) -> str:
    name, about = o("markerset"), facts.markerset
    title = f" ({about['title']})" if about.get("title") else ""
    if name in _MARKERSETS:
        title += f" {{@{_MARKERSETS[name]}}}"
    elif sources := [str(source) for source in about.get("sources", [])]:
        title += f", after {'; '.join(sources)}"
    conventional = about.get("calibration") == "conventional"
    text = f"The marker set was `{name}`{title}; "
    text += (
        "segments follow the conventional gait model {@davis1991,kadaba1990}. "
        if conventional
        else "anatomical frames were calibrated in a static trial and carried by the segments' markers {@cappozzo1995,wu2002}. "
    )
    chosen = o("subject.hip_centre")
    regression = about.get("hip_centre", "") if chosen == "markerset" else chosen
    source = " (the marker set's)" if chosen == "markerset" else ""
    if regression in _HIPS:
        words, keys = _HIPS[regression]
        text += f"Hip joint centres were placed by {words}{source} {{@{keys}}}"
    else:
        text += f"Hip joint centres were placed by the marker set's own definition{source}"
    functional = o("subject.hip_functional")
    if functional != "none":
        words, keys = _FUNCTIONAL[functional]
        used, refused = facts.hips
        text += f", and where functional trials allowed by {words} {{@{keys}}} ({used} of {used + refused} hips)"
    offset = o("subject.hip_offset")
    resolved = about.get("hip_offset", "") if offset == "markerset" else offset
    diameter, base = o("subject.marker_diameter_m"), o("subject.marker_base_m")
    size = "as stored, 14 mm where the file has none" if diameter is None else f"{1000 * diameter:g} mm"
    size = f"{size}, base {1000 * base:g} mm"
    text += {
        "marker": f", from the bone behind the markers (diameter {size}). ",
        "none": f", from the markers' centres (marker diameter {size}). ",
    }.get(resolved, f" (marker diameter {size}). ")
    text += f"The option of offsets behind the markers was `{offset}`. " if offset != "markerset" else ""
    axis = o("subject.knee_axis")
    if axis == "markers":
        text += (
            "Knee axes are those of the epicondyle markers. " if not conventional else "Knee axes are the model's own. "
        )
    else:
        words, keys = _KNEE[axis]
        used, refused = facts.knees
        text += (
            f"Thigh frames were turned about their long axis to {words} {{@{keys}}} where it was found well enough ({used} of "
            f"{used + refused} knees). "
        )
    rearfoot = o("subject.rearfoot")
    if rearfoot in _REARFOOT:
        text += f"The rearfoot has the axes of the {rearfoot.capitalize()} foot model {{@{_REARFOOT[rearfoot]}}}. "
    else:
        text += "The rearfoot has the marker set's axes. "
    flat, stored = o("subject.flat_foot"), o("subject.foot_offsets") == "file"
    if conventional:
        text += f"The sole was {'taken as flat' if flat else 'not taken as flat'} in the static trial"
        text += ", unless the sheets say otherwise. "
        if stored:
            text += "The foot's offsets are those stored in the recordings, where they are. "
    words, keys = _INERTIA[o("subject.inertia")]
    return text + f"Segment masses, centres of mass and inertia are those of {words} {{@{keys}}}."


def _signals(o: Options, facts: Facts) -> str:
    gap, fill, order = o("signals.gap_max_s"), o("signals.cluster_fill"), o("signals.filter_order")
    step, longest = o("kinematics.outlier_step_m"), o("kinematics.outlier_longest_s")
    text = ""
    if step is not None:
        text = (
            f"Stretches of up to {longest:g} s in which a marker stepped to another place (by more than {1000 * step:g} mm from "
            "one frame to the next beyond its movement and that of its segment), repeated its value or carried another "
            "marker's label were removed or relabelled. "
        )
    text += "Missing markers were filled from at least three others of the same segment, and " if fill else ""
    text += f"{'gaps' if fill else 'Gaps'} of up to {gap:g} s by a cubic spline; longer gaps stay missing. "
    correction = {
        "prewarped": "the cutoff corrected exactly for the second pass",
        "plain": "the cutoff divided by the factor of two passes",
        "none": "the cutoff not corrected for the second pass",
    }[o("signals.cutoff_correction")]
    cutoffs, forces = o("signals.cutoff_hz"), o("signals.force_cutoff_hz")
    tasks = [task.name for task in facts.tasks] or list(cutoffs)
    shown = _by_value({name: _hertz(cutoffs.get(name)) for name in tasks})
    text += (
        f"Trajectories and forces passed the same zero-lag Butterworth low-pass filter of order {order} ({correction}) "
        f"{{@bisseling2006,kristianslund2012}}: {shown}."
    )
    if own := {name: _hertz(value) for name, value in forces.items() if name in tasks}:
        text += f" Forces had other cutoffs: {_by_value(own)}."
    return text


def _hertz(value: float | None) -> str:
    return "unfiltered" if value is None else f"{value:g} Hz"


def _by_value(values: Mapping[str, str]) -> str:
    groups: dict[str, list[str]] = {}
    for name, value in values.items():
        groups.setdefault(value, []).append(task_title(name))
    return "; ".join(f"{value} for {listed(names)}" for value, names in groups.items())


def _kinematics(o: Options) -> str:
    residual, spread = 1000 * o("kinematics.max_residual_m"), 1000 * o("kinematics.min_spread_m")
    if o("kinematics.method") == "sixdof":
        text = "Every segment was tracked on its own with six degrees of freedom by a least-squares fit of its markers {@soderkvist1993}; "
    else:
        text = "Pelvis and legs were fitted to the markers as one chain with joints {@lu1999,duprey2010}, from least-squares poses of the segments {@soderkvist1993}; "
    text += f"poses with a residual above {residual:g} mm, or from markers that lie within {spread:g} mm of a line, were left out. "
    sequence = o("kinematics.ankle_sequence")
    floating = "inversion" if sequence == "ZXY" else "internal rotation"
    text += (
        "Hip and knee angles are Cardan angles of the sequence flexion, adduction, rotation (ZXY), the joint coordinate system "
        f"{{@grood1983}}; ankle, rearfoot and forefoot angles have the sequence {sequence} ({floating} on the "
        f"{'floating' if sequence == 'ZXY' else 'second'} axis); pelvis and trunk angles, relative to the direction of progression, the sequence rotation, obliquity, tilt "
        "{@baker2001}."
    )
    if o("kinematics.foot_model") == "oxford":
        text += " The outputs of the Oxford Foot Model were computed besides {@stebbins2006}."
    return text


def _kinetics(o: Options) -> str:
    on, off = o("contacts.threshold_n"), o("contacts.release_n")
    force = o("contacts.force")
    text = f"Contact begins above {on:g} N and ends below {off:g} N of {force} vertical force; "
    text += f"the centre of pressure counts above {o('contacts.cop_threshold_n'):g} N. "
    if o("kinetics.method") == "newton_euler":
        text += "Joint forces and moments come from inverse dynamics of the segments from the foot upwards {@dumas2004}"
    else:
        text += "Joint moments repeat the inverse dynamics of the conventional gait model {@davis1991,kadaba1990}"
    one = o("kinetics.joint_centres")
    if one == "by_joint":
        by = {joint: o(f"kinetics.{joint}_centre") for joint in ENDS}
    else:
        by = {joint: pair[one == "distal_segment"] for joint, pair in ENDS.items()}
    centres = ", ".join(
        f"{joint} midway between those of {' and '.join(ENDS[joint])}" if part == "both" else f"{joint} by the {part}"
        for joint, part in by.items()
    )
    text += (
        f" with a gravity of {o('kinetics.gravity_m_s2'):g} m/s², about joint centres carried by segments ({centres}). Moments are "
        "internal, per body mass, and given in the joint coordinate system and in the proximal, distal and laboratory frames; "
        "external moments are their opposites and named so; figures and metrics take the joint coordinate system."
    )
    extra = o("kinetics.acceleration_cutoff_hz")
    if extra is not None:
        text += f" Accelerations were taken from segment motion filtered at {extra:g} Hz."
    return text


_SOURCES = {
    "force": "unfiltered vertical force",
    "c3d": "events stored in the C3D files",
    "kinematic": "foot and pelvis kinematics {@zeni2008,milner2015,fellin2010}",
}


def _in_words(labels: Mapping[str, str]) -> dict[str, str]:
    return {label: meaning.replace("_", " ") for label, meaning in labels.items()}


def _cycles(o: Options, facts: Facts) -> str:
    trust = [_SOURCES[name] for name in o("cycles.event_sources")]
    text = f"Events come, in this order, from {listed(trust)}"
    if "c3d" in o("cycles.event_sources"):
        text += ", less those of the C3D files that force or kinematics deny"
    if labels := o("lab.event_labels"):
        text += f" (labels beside the usual ones: {listed([f'{label} is a {m}' for label, m in _in_words(labels).items()])})"
    used: dict[str, int] = {}
    for task in facts.tasks:
        for name, n in task.sources.items():
            used[name] = used.get(name, 0) + n
    if used:
        text += f" (cycles: {', '.join(f'{n} by {name}' for name, n in used.items())})"
    if o("cycles.align_kinematic") and "kinematic" in o("cycles.event_sources"):
        text += "; kinematic events were moved by their median difference to force events of the same task and session"
    text += (
        f". Each cycle was normalised to {o('cycles.n_points')} points by {o('cycles.interpolation')} interpolation without filling missing "
        "frames."
    )
    landings = any("land" in task.name or "jump" in task.name for task in facts.tasks)
    if landings:
        first = o("cycles.first_landing_only")
        text += " Only the first landing of a trial counts." if first else " All landings of a trial count."
    return text


def _outcomes(o: Options) -> str:
    window = o("metrics.windows_ms")
    return (
        "Discrete outcomes are taken per cycle and named by quantity, statistic and window; windows of early contact last "
        f"{window:g} ms. A missing sample inside a window gives a missing value, never a guess."
        + profiles_text(o.config)
    )


def _muscles(o: Options) -> str:
    channels = o("muscles.channels")
    names = dict.fromkeys(name for side in channels.values() for name in side)
    text = f"Surface EMG was recorded from {listed([name.replace('_', ' ') for name in names])}"
    wired = "; ".join(
        f"{side}: {', '.join(f'{m} {c}' for m, c in muscles.items())}" for side, muscles in channels.items()
    )
    return f"{text} (channels {wired})."


def _variants(config: Mapping[str, Any]) -> str:
    names = list(config.get("variants") or {})
    if not names:
        return ""
    return (
        f"All of it was repeated under {plural(len(names), 'variant')} of the methods ({listed([f'`{name}`' for name in names])}) and the "
        "results compared {@simonsohn2020}. "
    )


def _software(facts: Facts) -> str:
    versions = dict(facts.versions)
    own = versions.pop("biomech", "")
    cited = {"numpy": "harris2020", "scipy": "virtanen2020", "xarray": "hoyer2017", "ezc3d": "michaud2021"}
    cited |= {"snakemake": "molder2021", "statsmodels": "seabold2010", "pingouin": "vallat2018", "spm1d": "pataky2010"}
    names = [
        f"{name} {number}" + (f" {{@{cited[name]}}}" if name in cited else "") for name, number in versions.items()
    ]
    text = f"All steps were run by biomech {own}".rstrip()
    return f"{text} with {listed(names)}." if names else f"{text}."
