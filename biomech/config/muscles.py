"""Section about surface EMG."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from biomech.config.section import Section


class Muscles(Section):
    """Channels and processing of surface EMG."""

    channels: dict[Literal["left", "right"], dict[str, str]] = Field(
        default_factory=dict,
        description="Analog channel of every muscle, per side: `{left: {gluteus_medius: EMG1}, right: {gluteus_medius: EMG2}}`. "
        "Empty: no EMG is read.",
    )
