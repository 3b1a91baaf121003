"""Spatio-temporal outcomes of six children against heel markers and events of the raw recordings, computed directly.

The files' ANALYSIS groups are empty, so the reference is made here: the unfiltered heel markers as they lie in the C3D file, read at
the events of the cycles, with arithmetic of its own.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biomech.io.sheets import read_study
from tests.pipeline import Results, run_session

pytestmark = pytest.mark.realdata
STUDY = Path(__file__).parents[1] / "studies" / "children"
HEEL = {"left": "LHEE", "right": "RHEE"}


@pytest.fixture(scope="module")
def children(realdata: Path) -> dict[str, Results]:
    study = read_study(STUDY, environ={"BIOMECH_DATA": str(realdata)})
    return {s.participant: run_session(s, study.config, realdata) for s in study.sessions}


def test_steps_are_those_of_the_heel_markers(children: dict[str, Results]) -> None:
    compared = 0
    for child, result in children.items():
        metrics = result.metrics
        named = {name: metrics["value"].sel(metric=f"{name}__value__cycle").to_numpy() for name in WANTED}
        for i, row in enumerate(rows_of(metrics)):
            other = next((o for o in rows_of(metrics) if follows(row, o)), None)
            if other is None:  # the other foot's strike inside this stride begins no stride of its own
                continue
            raw = result.raw[row["trial"]]
            rate = float(raw.attrs["rate_hz"])

            def heel(side: str, time: float, raw=raw, rate=rate) -> np.ndarray:
                marker = raw["marker_position"].sel(marker=HEEL[side]).to_numpy()[:, [0, 2]]
                frame = int(time * rate)
                share = time * rate - frame
                return (1 - share) * marker[frame] + share * marker[min(frame + 1, len(marker) - 1)]

            a, b = heel(row["side"], row["start"]), heel(row["side"], row["end"])
            c = heel(other["side"], other["start"])
            length = np.hypot(*(b - a))
            step = (b - c) @ (b - a) / length
            across = (b - a)[0] * (c - a)[1] - (b - a)[1] * (c - a)[0]
            width = across / length * (-1 if row["side"] == "right" else 1)
            expected = {
                "stride_length": length,
                "step_length": step,
                "step_width": width,
                "stride_time": row["end"] - row["start"],
                "step_time": row["end"] - other["start"],
                "cadence": 120 / (row["end"] - row["start"]),
            }
            for name, truth in expected.items():
                found = named[name][i]
                bound = 1 / rate if name.endswith("time") else 0.01 * abs(truth)
                if name == "step_width":
                    bound = 0.01 * length  # a width near zero has no per cent
                assert found == pytest.approx(truth, abs=bound), f"{child} {row} {name}"
                compared += 1
    assert compared >= 150


def test_phases_of_a_stride_add_up(children: dict[str, Results]) -> None:
    for result in children.values():
        value = {name: result.metrics["value"].sel(metric=name).to_numpy() for name in PHASES}
        stance = value["initial_double_support__value__cycle"] + value["single_support__value__cycle"]
        stance = stance + value["terminal_double_support__value__cycle"]
        known = np.isfinite(stance)
        assert known.sum() >= 4
        np.testing.assert_allclose(stance[known], value["stance_share__value__cycle"][known], atol=1e-9)
        speed = value["stride_length__value__cycle"] / value["stride_time__value__cycle"]
        straight = known & (result.metrics["condition"].to_numpy() != "turn")
        # the pelvis goes with the feet on a straight way; in one stride its speed may differ from theirs
        straight &= result.metrics["trial"].to_numpy() == "straight"
        np.testing.assert_allclose(speed[straight], value["speed__mean__cycle"][straight], rtol=0.05)


PHASES = (
    *(f"{name}_double_support__value__cycle" for name in ("initial", "terminal")),
    *(f"{name}__value__cycle" for name in ("single_support", "stance_share", "stride_length", "stride_time")),
    "speed__mean__cycle",
)
WANTED = ("stride_length", "step_length", "step_width", "stride_time", "step_time", "cadence")


def rows_of(metrics) -> list[dict]:
    names = ("trial", "side", "start", "end")
    return [
        dict(zip(names, row, strict=True)) for row in zip(*(metrics[n].to_numpy().tolist() for n in names), strict=True)
    ]


def follows(row: dict, other: dict) -> bool:
    return (
        other["trial"] == row["trial"] and other["side"] != row["side"] and row["start"] < other["start"] < row["end"]
    )
