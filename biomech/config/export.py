"""Section about files for other programs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from biomech.config.section import Section


class Export(Section):
    """Files for other programs, written next to the results."""

    formats: list[Literal["c3d", "opensim", "bids", "zarr"]] = Field(
        default=[],
        description="`c3d`: every movement trial with joint centres, angles, moments, powers and events as model outputs; "
        "`opensim`: its markers as .trc, ground reaction as .mot and ExternalLoads .xml, with set-up files of OpenSim's tools; "
        "`bids`: recordings as Motion-BIDS and EMG-BIDS, joint angles as a derivative dataset (EMG needs the extra `bids`); "
        "`zarr`: `study.nc` as a Zarr store (needs the extra `zarr`).",
    )
    convention: Literal["biomech", "plug_in_gait", "visual3d"] = Field(
        "biomech",
        description="Order, signs and units of the angles and moments in exported C3D files: this software's own, or another's.",
    )
    moment_frame: Literal["jcs", "proximal", "distal", "lab"] = Field(
        "jcs",
        description="Frame of exported moments where `convention` is `biomech`; the other conventions have their own.",
    )
    opensim_model: str = Field(
        "generic.osim",
        min_length=1,
        description="Generic model that the set-up file of OpenSim's Scale tool names, as seen from the folder of the exported "
        "files; its bodies are called as in gait2392 and Rajagopal 2015 (`pelvis`, `femur_r`, `tibia_r`, `talus_r`, `calcn_r` …).",
    )
