"""Base class of all sections of the config."""

from __future__ import annotations

import difflib
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

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
