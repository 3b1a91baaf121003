"""The methods section of a study, written from its config and from the facts of the run.

The main text states what a reader expects by name, and nothing that did not run; every setting with an effect, and every
analysis with its options, is in the supplement (`biomech.report.methods_supplement`). Citations are in the text as keys with
an at sign, in braces, until it is printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from biomech.report import methods_model
from biomech.report.facts import Facts as Facts
from biomech.report.facts import TaskFacts as TaskFacts
from biomech.report.methods_options import Options
from biomech.report.methods_statistics import profiles_text
from biomech.report.methods_summary import summary_text
from biomech.report.panels import task_title
from biomech.report.phrases import listed, plural
from biomech.task_groups import DROP_LANDINGS
from biomech.tasks import TASKS


def methods_paragraphs(config: Mapping[str, Any], facts: Facts) -> list[tuple[str, str]]:
    """Return heading and text of every paragraph of the main text.

    Parameters
    ----------
    config : mapping
        The whole config, JSON-ready.
    facts : Facts
    """
    options = Options(config)
    parts = [
        ("Recordings", _recordings(options, facts)),
        ("Marker set and model", methods_model.model(options, facts)),
        ("Signals", methods_model.signals(options, facts)),
        ("Kinematics", methods_model.kinematics(options, facts)),
        ("Kinetics", methods_model.kinetics(options, facts)),
    ]
    if facts.muscles:
        parts.append(("Muscle activity", methods_model.muscles(options, facts)))
    parts.append(("Events and cycles", _cycles(options, facts)))
    parts.append(("Outcomes and missing data", _outcomes(options, facts)))
    if config.get("statistics"):
        parts.append(("Statistics", summary_text(config["statistics"], facts)))
    parts.append(("Software", _variants(config) + _software(facts)))
    return parts


def _recordings(o: Options, facts: Facts) -> str:
    parts = []
    for task in facts.tasks:
        counts = [plural(task.participants, "participant"), plural(task.sessions, "session")]
        counts += [plural(task.trials, "trial")] if task.trials else []
        counts.append(plural(task.cycles, "cycle") + _per_leg(task))
        parts.append(f"{task_title(task.name)} ({', '.join(counts)})")
    what = ["marker trajectories"]
    what += ["ground reaction forces"] if facts.plates else []
    what += ["surface electromyograms (EMG)"] if facts.muscles else []
    text = f"{listed(what)} were read from C3D files".capitalize().replace("c3d", "C3D").replace("emg", "EMG")
    text += f" of {listed(parts)}." if parts else "."
    return text + " Axes are x forward, y up, z right {@wu2002}."


def _per_leg(task: TaskFacts) -> str:
    """Say how many cycles a leg has in a session: median and range."""
    if task.per_leg is None:
        return ""
    median, low, high = task.per_leg
    return (
        f"; {low} per leg and session" if low == high else f"; median {median:g} ({low} to {high}) per leg and session"
    )


_SOURCES = {
    "force": ("unfiltered vertical force", ""),
    "c3d": ("events stored in the C3D files", "those that force or kinematics contradicted discarded"),
    "kinematic": ("foot and pelvis kinematics {@zeni2008,milner2015,fellin2010}", ""),
}


def _cycles(o: Options, facts: Facts) -> str:
    used: dict[str, int] = {}
    several = 0
    for task in facts.tasks:
        for joined, n in task.sources.items():
            names = joined.split("+")  # events of one cycle may be of several sources
            several += n if len(names) > 1 else 0
            for name in names:
                used[name] = used.get(name, 0) + n
    text = ""
    if used:
        trust = [name for name in o("cycles.event_sources") if name in used]
        trust += [name for name in used if name not in trust]
        parts = []
        for name in trust:
            words, more = _SOURCES.get(name, (name, ""))
            if name == "kinematic" and facts.aligned:
                more = "shifted by their median difference from force events"
            parts.append(f"{words} ({plural(used[name], 'cycle')}{f'; {more}' if more else ''})")
        text = f"Foot contact events were taken from {', else '.join(parts)}"
        text += f"; {plural(several, 'cycle')} had events of several sources. " if several else ". "
    text += f"Cycles were normalised to {o('cycles.n_points')} points by {o('cycles.interpolation')} interpolation; missing frames stayed missing."
    if any(task.name in DROP_LANDINGS for task in facts.tasks):
        first = o("cycles.first_landing_only")
        text += (
            " Only the first landing of a trial was analysed." if first else " All landings of a trial were analysed."
        )
    return text


def _outcomes(o: Options, facts: Facts) -> str:
    """Return what outcomes are, and what is missing of trials, cycles and moments, and why."""
    text = ""
    if any("windows_ms" in name for name in o.config["metrics"]) and any(
        TASKS[task.name].impact for task in facts.tasks
    ):
        text = f"The window of early contact lasted {o('metrics.windows_ms'):g} ms. "
    lost = sum(facts.lost_trials.values())
    text += f"{plural(lost, 'recording')} gave no cycle ({_reasons(facts.lost_trials)}). " if lost else ""
    rejected = sum(facts.lost_cycles.values())
    text += (
        f"{plural(rejected, 'cycle')} {_were(rejected)} rejected ({_reasons(facts.lost_cycles)}). " if rejected else ""
    )
    left = sum(facts.without_moments.values())
    if facts.plates and facts.with_moments + left:
        text += (
            f"Moments were valid in {facts.with_moments} of {facts.cycles} cycles (not valid: {_reasons(facts.without_moments)}). "
            if left
            else f"Moments were valid in all {facts.cycles} cycles. "
        )
    text += "Missing values were not imputed; an outcome with a missing sample in its window is missing."
    return text + profiles_text(o.config)


def _were(n: int) -> str:
    return "was" if n == 1 else "were"


def _reasons(counts: Mapping[str, int]) -> str:
    """Return reasons with their numbers, the most frequent first; a fourth and further ones together."""
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    parts = [f"{name.replace('_', ' ')}: {n}" for name, n in ordered[:3]]
    rest = sum(n for _, n in ordered[3:])
    return ", ".join([*parts, *([f"other reasons: {rest}"] if rest else [])])


def _variants(config: Mapping[str, Any]) -> str:
    names = list(config.get("variants") or {})
    if not names:
        return ""
    return (
        f"The analysis was repeated under {plural(len(names), 'variant')} of the methods ({listed([f'`{name}`' for name in names])}) and the "
        "results were compared {@simonsohn2020}. "
    )


_CITED = {
    "numpy": "harris2020",
    "scipy": "virtanen2020",
    "xarray": "hoyer2017",
    "ezc3d": "michaud2021",
    "snakemake": "molder2021",
    "statsmodels": "seabold2010",
    "spm1d": "pataky2010",
}


def _software(facts: Facts) -> str:
    versions = dict(facts.versions)
    own = versions.pop("biomech", "")
    names = [
        f"{name} {number}" + (f" {{@{_CITED[name]}}}" if name in _CITED else "") for name, number in versions.items()
    ]
    text = f"All steps were run with biomech {own}".rstrip()
    return f"{text} and {listed(names)}." if names else f"{text}."
