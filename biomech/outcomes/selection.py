"""Selection of computed metrics and of the wide table's columns: a short list per task by default; names of at most 32 characters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from biomech.config.outcomes import Metrics
from biomech.outcomes.registry import EARLY, METRICS, Metric
from biomech.outcomes.windows import WINDOWS
from biomech.tasks import TASKS

LONGEST = 32
DEFAULT, ALL = "default", "all"
_EARLY = re.compile(r"first_[0-9_]+_ms$")

_FRONTAL = (
    "trunk_ipsilateral_lean__peak",
    "contralateral_pelvic_drop__peak",
    "hip_adduction__peak",
    "hip_internal_rotation__peak",
    "knee_abduction__peak",
    "knee_internal_rotation__peak",
    "fppa__peak",
    "knee_medial_to_hip_ankle_line__peak",
    "rearfoot_eversion__peak",
    "rearfoot_eversion__excursion",
    "navicular_drop__peak",
    "external_hip_adduction_moment__peak",
    "external_knee_flexion_moment__peak",
    "external_ankle_dorsiflexion_moment__peak",
)
_COLLAPSE = (
    "fppa__at_peak_knee_flexion",
    "fppa__excursion",
    "knee_medial_to_second_toe__peak",
    "knee_medial_to_hip__peak",
    "dynamic_valgus_index__peak",
    "external_knee_abduction_moment__peak",
)
# kind of cycle -> names, without the window where it is that of the whole cycle or contact
_OF_KIND: dict[str, tuple[str, ...]] = {
    "stride": (
        *(f"{name}__stance" for name in _FRONTAL),
        *(
            f"{name}__value__cycle"
            for name in (
                *("cadence", "stride_time", "stride_length", "step_length", "step_width"),
                *("stance_share", "double_support", "single_support"),
            )
        ),
        "speed__mean__cycle",
        "toe_clearance__minimum__swing",
        "pelvis_anterior_tilt__mean__stance",
        "pelvis_internal_rotation__range__stance",
        "hip_extension__peak__stance",
        "knee_flexion__first_peak__stance",
        "knee_flexion__peak__swing",
        "ankle_dorsiflexion__peak__stance",
        "foot_progression_in__mean__stance",
        "external_knee_adduction_moment__first_peak__stance",
        "external_knee_adduction_moment__impulse__stance",
        "vertical_ground_reaction__peak__stance",
        "ankle_power_generation__peak__stance",
    ),
    "squat": (
        *(f"{name}__cycle" for name in (*_FRONTAL, *_COLLAPSE)),
        "repetition_time__value__cycle",
        "squat_depth__value__cycle",
        *(f"{name}_flexion__peak__cycle" for name in ("knee", "hip", "trunk")),
        "ankle_dorsiflexion__peak__cycle",
        "pelvis_anterior_tilt__peak__cycle",
        "hip_adduction__at_peak_knee_flexion__cycle",
        "knee_abduction__at_peak_knee_flexion__cycle",
        "external_knee_adduction_moment__peak__cycle",
        "external_hip_flexion_moment__peak__cycle",
        "knee_power_absorption__work__descent",
        "knee_hip_separation_ratio__minimum__cycle",
    ),
    "repetition": (
        *(f"{name}__cycle" for name in _FRONTAL),
        "repetition_time__value__cycle",
        *(f"{name}_flexion__{what}__cycle" for name in ("knee", "hip", "trunk") for what in ("peak", "range")),
        *(f"{name}__range__cycle" for name in ("hip_adduction", "hip_internal_rotation", "contralateral_pelvic_drop")),
        "ankle_dorsiflexion__peak__cycle",
        "pelvis_anterior_tilt__peak__cycle",
        "hip_adduction__at_peak_knee_flexion__cycle",
        "knee_abduction__at_peak_knee_flexion__cycle",
        "external_knee_adduction_moment__peak__cycle",
        "external_hip_flexion_moment__peak__cycle",
    ),
    "landing": (
        *(f"{name}__contact" for name in (*_FRONTAL, *_COLLAPSE)),
        *(f"{name}__value__contact" for name in ("contact_time", "pelvis_fall", "leg_stiffness", "jump_height")),
        *(f"{name}_flexion__at_foot_strike__contact" for name in ("knee", "hip", "trunk")),
        *(f"{name}_flexion__peak__contact" for name in ("knee", "hip", "trunk")),
        "knee_abduction__at_foot_strike__contact",
        "ankle_plantarflexion__peak__contact",
        "vertical_ground_reaction__peak__contact",
        "vertical_loading_rate__mean__contact",
        "knee_power_absorption__work__contact",
        "knee_hip_separation_ratio__minimum__contact",
        *(
            f"less_{name}__value__contact"
            for name in ("sum", "items_scored", "sum_both_legs", "items_scored_both_legs")
        ),
    ),
    "steady": (
        *(f"{name}__cycle" for name in _FRONTAL),
        *(
            f"{name}__mean__cycle"
            for name in (
                "trunk_ipsilateral_lean",
                "contralateral_pelvic_drop",
                "hip_adduction",
                "hip_internal_rotation",
                "fppa",
            )
        ),
        *(f"{name}__range__cycle" for name in ("hip_adduction", "contralateral_pelvic_drop", "trunk_ipsilateral_lean")),
        *("steady_time__value__cycle", "margin_of_stability__minimum__cycle", "knee_flexion__peak__cycle"),
        *("pressure_path__value__cycle", "pressure_velocity__mean__cycle"),
        *("pressure_ap__range__cycle", "pressure_ml__range__cycle"),
    ),
}
# what findings, overview and checks read, whatever a study selects: all windows of these, and what ends so
_READ = (
    *("trunk_ipsilateral_lean__peak", "contralateral_pelvic_drop__peak", "hip_adduction__peak", "hip_adduction__range"),
    *("hip_internal_rotation__peak", "hip_internal_rotation__range", "knee_abduction__peak", "fppa__peak"),
    *("knee_medial_to_hip_ankle_line__peak", "rearfoot_eversion__peak"),
    *(f"external_knee_adduction_moment__{name}" for name in ("peak", "first_peak")),
    "external_knee_abduction_moment__peak",
)
_READ_STATISTICS = ("course_lag", "onset", "duration")


def default_of(task: str) -> tuple[str, ...]:
    """Return the metrics that a task has by default, those that are defined for it, in the order of the lists here.

    A lab's own metrics follow.
    """
    names = _OF_KIND.get(TASKS[task].cycle, ())
    names = (*names, *(name for name, item in METRICS.items() if item.origin))
    return tuple(name for name in dict.fromkeys(names) if name in METRICS and task in METRICS[name].tasks)


def selected(names: Iterable[str], tasks: Iterable[str], select: str | Sequence[str]) -> list[str]:
    """Return the names that are selected.

    Parameters
    ----------
    names : iterable of str
        Metrics that a study has.
    tasks : iterable of str
        Tasks of its cycles.
    select : str or sequence of str
        Option `metrics.select`: names of metrics, with or without their window; ``default`` means the lists of the tasks,
        ``all`` for every metric.

    Returns
    -------
    list of str
        Of `names`, in their order.
    """
    wanted = [select] if isinstance(select, str) else list(select)
    if ALL in wanted:
        return list(names)
    chosen = {_plain(name) for name in wanted}
    if DEFAULT in wanted:
        chosen |= {name for task in tasks if task in TASKS for name in default_of(task)}
    return [name for name in names if chosen & _named(_plain(name))]


def computed(items: Iterable[Metric], tasks: Iterable[str], settings: Metrics) -> list[Metric]:
    """Return the metrics that are computed: the selected ones, and those that findings, figures and checks read.

    Parameters
    ----------
    items : iterable of Metric
    tasks : iterable of str
        Of the cycles.
    settings : Metrics
    """
    checked = [name for table in settings.plausible.values() for name in table]
    select = [settings.select] if isinstance(settings.select, str) else settings.select
    own = {item.name: item for item in items}
    wanted = set(selected(own, tasks, [*select, *settings.also, *checked, *_READ]))
    return [
        item
        for name, item in own.items()
        if name in wanted or item.statistic in _READ_STATISTICS or name.endswith("_emg__mean__pre_activation")
    ]


def unknown(select: str | Sequence[str]) -> list[str]:
    """Return what option `metrics.select` or `metrics.also` names and no metric is."""
    wanted = [select] if isinstance(select, str) else list(select)
    known = {DEFAULT, ALL} | {part for name in METRICS for part in _named(name)}
    return [name for name in wanted if _plain(name) not in known]


def _plain(name: str) -> str:
    """Return a name with the early window as the registry calls it."""
    return _EARLY.sub(EARLY, name)


def _named(name: str) -> set[str]:
    """Return how a metric can be named: with its window, and without."""
    return {name, name.rsplit("__", 1)[0]}


_WORDS = {
    "external": "ext",
    "adduction": "add",
    "abduction": "abd",
    "flexion": "flex",
    "extension": "xten",
    "internal": "int",
    "rotation": "rot",
    "moment": "mom",
    "contralateral": "contra",
    "ipsilateral": "ipsi",
    "anterior": "ant",
    "pelvis": "pelv",
    "pelvic": "pelv",
    "dorsiflexion": "dflex",
    "plantarflexion": "pflex",
    "inversion": "inv",
    "eversion": "ev",
    "rearfoot": "rf",
    "forefoot": "ff",
    "pronation": "pron",
    "progression": "prog",
    "vertical": "vert",
    "ground": "g",
    "reaction": "rf",
    "generation": "gen",
    "absorption": "abs",
    "power": "pow",
    "medial": "med",
    "lateral": "lat",
    "distal": "dist",
    "proximal": "prox",
    "separation": "sep",
    "displacement": "disp",
    "dynamic": "dyn",
    "valgus": "valg",
    "index": "ix",
    "static": "st",
    "excursion": "exc",
    "velocity": "vel",
    "minimum": "min",
    "maximum": "max",
    "first": "1",
    "second": "2",
    "foot": "ft",
    "strike": "str",
    "contact": "con",
    "stance": "sta",
    "swing": "swi",
    "cycle": "cyc",
    "descent": "desc",
    "ascent": "asc",
    "bottom": "bot",
    "impulse": "imp",
    "positive": "pos",
    "share": "shr",
    "between": "btw",
    "peaks": "pks",
    "peak": "pk",
    "stability": "stab",
    "loading": "load",
    "left": "l",
    "right": "r",
    "minus": "m",
    "value": "val",
    "activation": "act",
    "metatarsal": "mt",
    "support": "sup",
    "terminal": "term",
    "initial": "init",
    "stiffness": "stiff",
    "width": "wid",
    "trunk": "trk",
    "ankle": "ank",
    "knee": "kn",
    "hip": "hp",
    "braking": "brk",
    "propulsive": "prop",
    "lever": "lev",
    "time": "t",
    "range": "rng",
    "mean": "mn",
    "to": "",
    "from": "fr",
    "at": "@",
}


def title_of(name: str) -> str:
    """Return a metric in words, with its window: ``knee abduction, peak (stance)``; another name as words."""
    item = METRICS.get(_EARLY.sub(EARLY, name))
    if item is None:
        return name.replace("__", ", ").replace("_", " ")
    return f"{item.title} ({WINDOWS[item.window].short})"


def short_name(name: str, longest: int = LONGEST) -> str:
    """Return a name of at most `longest` characters: the metric's own where it fits, else with its words cut short.

    The same metric has the same short name in every study; no two metrics of the registry share one of the same length.
    """
    if len(name) <= longest:
        return name
    return _squeezed(longest, tuple(METRICS)).get(name) or _shortened(name, longest)


def _shortened(name: str, longest: int) -> str:
    quantity, statistic, window = name.rsplit("__", 2)
    parts = [
        "_".join(cut for word in part.split("_") if (cut := _WORDS.get(word, word).replace("@", "at")))
        for part in (quantity.replace("__", "_"), statistic, window)
    ]
    short = "__".join(parts)
    return short if len(short) <= longest else _squeeze(short, longest)


def _squeeze(short: str, longest: int) -> str:
    """WindowSlice words to three letters, then to two, until the name fits."""
    for length in (3, 2, 1):
        cut = "_".join(word[:length] for word in re.split(r"_+", short))
        if len(cut) <= longest:
            return cut
    return cut[:longest]


@cache
def _squeezed(longest: int, names: tuple[str, ...]) -> dict[str, str]:
    """Give every metric whose name has to be cut one of its own: a number is appended to the later ones."""
    taken = {name for name in names if len(name) <= longest}
    out: dict[str, str] = {}
    for name in names:
        if len(name) <= longest:
            continue
        short = base = _shortened(name, longest)
        count = 1
        while short in taken:
            count += 1
            short = f"{base[: longest - len(str(count))]}{count}"
        taken.add(short)
        out[name] = short
    return out
