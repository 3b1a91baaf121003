"""Settings of the config in the supplement to the methods section: those that had an effect, with value, unit and meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from biomech.columns import unit_of_name
from biomech.config import Config
from biomech.report.formatting import unit_text

# sections that change no result: where files lie, what is drawn, written for other programs, or held against norms
OTHER_SECTIONS = ("data", "report", "export", "findings", "profile_scores", "variants")
# options that decide what is reported, not what is computed
REPORTED_ONLY = (
    "metrics.also",
    "kinematics.warn_residual_m",
    "kinematics.gimbal_warn_deg",
    "kinematics.heading_warn_deg",
    "kinematics.static_swap_tolerance",
    "subject.source_difference_deg",
    "subject.source_difference_m",
    "subject.marker_width_difference_m",
    "subject.marker_length_difference_m",
    "kinematics.static_person_tolerance",
    "kinematics.cluster_slide_m",
    "subject.height_tolerance",
    "subject.mass_tolerance",
    "subject.upright_deg",
    "metrics.plausible",
    "metrics.also",
    "cycles.running_steps_per_min",
    "cycles.walking_steps_per_min",
    "cycles.walking_foot_off_percent",
    "cycles.walking_step_ratio_max",
    "cycles.cut_min_angle_deg",
    "muscles.mvc_max_percent",
    "muscles.mvc_min_percent",
    "muscles.hum_max_share",
    "muscles.clipped_max_share",
    "muscles.still_min_s",
)
# options that have no effect unless another has a value (or has not)
ONLY_IF: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "multibody": lambda c: c["kinematics"]["method"] == "multibody",
    "lab.up": lambda c: c["lab"]["axes"] == "config",
    "lab.forward": lambda c: c["lab"]["axes"] == "config",
    "cycles.align_kinematic": lambda c: "kinematic" in c["cycles"]["event_sources"],
    "subject.functional_": lambda c: c["subject"]["hip_functional"] != "none",
    "subject.knee_axis_": lambda c: c["subject"]["knee_axis"] != "markers",
    "force_plates.unloaded_": lambda c: c["force_plates"]["zero"] in ("auto", "unloaded"),
    "muscles": lambda c: bool(c["muscles"]["channels"]),
}


class Options:
    """The config as JSON-ready values, by dotted paths."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config

    def __call__(self, path: str) -> Any:
        """Return the value at a dotted path."""
        value: Any = self.config
        for part in path.split("."):
            value = value[part]
        return value


def settings(
    config: Mapping[str, Any], tasks: Sequence[str], without: Sequence[str] = ()
) -> list[tuple[str, str, str]]:
    """Return every option that has an effect as path, value with unit, and meaning.

    Parameters
    ----------
    config : mapping
        The whole config, JSON-ready.
    tasks : sequence of str
        Of values by task, those of other tasks are left out.
    without : sequence of str
        Sections that nothing was computed with.
    """
    rows = []
    for section in config:
        if section in (*OTHER_SECTIONS, *without, "statistics"):
            continue
        for path, value in _leaves(config[section], section, Config.model_fields[section].annotation):
            if path in REPORTED_ONLY or not _has_effect(path, config):
                continue
            if isinstance(value, Mapping) and tasks and any(name in value for name in tasks):
                value = {name: value[name] for name in tasks if name in value}
            rows.append((path, _setting(path, value), _meaning(path)))
    return rows


def _meaning(path: str) -> str:
    """Return what the config's schema says about an option."""
    model: Any = Config
    *sections, name = path.split(".")
    for section in sections:
        model = model.model_fields[section].annotation
    return str(model.model_fields[name].description or "")


def _leaves(values: Any, path: str, model: Any) -> Iterable[tuple[str, Any]]:
    """Yield the options of a section and of the sections in it; any other mapping is one option."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        for name, value in values.items():
            yield from _leaves(value, f"{path}.{name}", model.model_fields[name].annotation)
    else:
        yield path, values


def _has_effect(path: str, config: Mapping[str, Any]) -> bool:
    return all(
        check(config)
        for start, check in ONLY_IF.items()
        if path == start or (path.startswith(start) and (start.endswith("_") or path[len(start)] == "."))
    )


def _setting(path: str, value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, (Mapping, list, tuple)) and not value:
        return "none given"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, Mapping):
        return f"({'; '.join(f'{name}: {_setting(path, one)}' for name, one in value.items())})"
    if isinstance(value, (list, tuple)):
        return f"({'; '.join(_setting(path, one) for one in value)})"
    unit = unit_text(unit_of_name(path)) if isinstance(value, (int, float)) else ""
    return f"{_number(value)}{unit}" if unit == "°" else f"{_number(value)} {unit}".strip()


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
