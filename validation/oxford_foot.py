"""Oxford Foot Model outputs that are stored in C3D files."""

from __future__ import annotations

import json

import numpy as np

from biomech.io.trial_files import Trials
from biomech.joints import ARCH, OXFORD_TRIPLES
from validation.chain import Results
from validation.pairs import Array, Pair

#: Stored output of each pair of segments, its components in the order flexion, rotation, tilt, and the bound in degrees.
OUTPUTS = {
    ("tibia", "hindfoot"): ("HFTBA", "hindfoot-tibia", 0.06),
    ("hindfoot", "forefoot"): ("FFHFA", "forefoot-hindfoot", 0.06),
    ("tibia", "forefoot"): ("FFTBA", "forefoot-tibia", 0.01),
    ("forefoot", "hallux"): ("HXFFA", "hallux-forefoot", 0.01),
}
ARCH_BOUND = 0.001  # percent of foot length
_PLANES = ("sagittal", "transverse", "frontal")


def foot_pairs(comparison: str, trees: Results, trial: str, bounded: bool = True) -> list[Pair]:
    """Compare all outputs of one trial, first frame left out (the reference evaluates it twice)."""
    stored = trees.raw[trial]["reference_output"]
    angle = trees.kinematics[trial]["angle"]
    source = f"{trees.session.participant} {trial}"
    pairs = []
    for side in ("left", "right"):
        letter = side[0].upper()
        for segments, (output, name, bound) in OUTPUTS.items():
            quantities = [quantity for quantity in OXFORD_TRIPLES[segments] if quantity]
            ours = angle.sel(side=side, quantity=quantities).values
            theirs = _nearer(stored.sel(output=letter + output).values, ours)
            for k, plane in enumerate(_PLANES[: len(quantities)]):
                limit = bound if bounded else np.nan
                pairs.append(Pair(comparison, source, name, plane, side, "degree", ours[1:, k], theirs[1:, k], limit))
        index = stored.sel(output=f"{letter}ArchHeightIndex").values[1:, 2]
        mine = angle.sel(side=side, quantity=ARCH).values[1:]
        limit = ARCH_BOUND if bounded else np.nan
        pairs.append(Pair(comparison, source, "arch height index", "", side, "%", mine, index, limit))
    return pairs


def forget_landmarks(raw: Trials) -> None:
    """Take landmarks and foot lengths out of what the files store, so that they come from the static trial; in place."""
    for group in raw.values():
        stored = json.loads(group.attrs.get("parameters", "{}"))
        kept = {
            name: value
            for name, value in stored.get("PROCESSING", {}).items()
            if not name.startswith("%") and not name.endswith("FootLength")
        }
        group.attrs["parameters"] = json.dumps(stored | {"PROCESSING": kept}, sort_keys=True)


def _nearer(stored: Array, ours: Array) -> Array:
    """Stored triples on the branch nearer to ours: (a, b, c) and (a+180, 180-b, c+180) are one rotation."""
    turned = np.stack([stored[:, 0] + 180, 180 - stored[:, 1], stored[:, 2] + 180], axis=-1)
    first, second = ((branch[:, : ours.shape[1]] - ours + 180) % 360 - 180 for branch in (stored, turned))
    nearer = np.abs(second).sum(axis=1) < np.abs(first).sum(axis=1)
    return ours + np.where(nearer[:, None], second, first)
