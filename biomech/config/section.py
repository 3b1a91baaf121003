"""Base class of all sections of the config."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from biomech.tasks import TASKS

Axis = Literal["+x", "-x", "+y", "-y", "+z", "-z"]
Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$")]
MarkersetName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
Hertz = Annotated[float, Field(ge=1.0, le=500.0)]


class Section(BaseModel):
    """A strict section: unknown keys are an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def did_you_mean(name: str, known: Any) -> str:
    """Return ``" (did you mean 'x'?)"`` for the nearest known name, or an empty string."""
    near = difflib.get_close_matches(str(name), [str(k) for k in known], n=1, cutoff=0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""


#: Options that hold a value for each task, by section.
BY_TASK: dict[str, tuple[str, ...]] = {
    "signals": ("cutoff_hz", "force_cutoff_hz"),
    "muscles": ("envelope_cutoff_hz",),
    "metrics": ("plausible",),
    "findings": ("norms", "gluteal"),
}


def check_tasks(names: Iterable[str]) -> None:
    """Refuse names of tasks that are not in the registry, with the nearest known name; for the options of `BY_TASK`."""
    unknown = [name for name in names if name not in TASKS]
    if unknown:
        raise ValueError("; ".join(f"unknown task {name!r}{did_you_mean(name, TASKS)}" for name in unknown))
