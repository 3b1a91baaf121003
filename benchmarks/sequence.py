"""Planted leads of hip or foot in markers with default errors, compared with the findings.

``python -m benchmarks.sequence [participants per class] [seed]`` prints one line per task and range of leads;
`docs/sequence_table.py` puts the same table into `docs/findings.md`.

Every simulated participant has a body, a valgus pattern, a timing, skin and misplaced markers of their own; recordings
go through C3D files and the stages of the pipeline. Jumps take 5 s to solve and a lead moves nothing but the rearfoot
(`biomech_simulation.jump.with_leads`), so a few bodies jump for all and are recorded again with each lead and each set of errors.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import xarray as xr
from scipy.interpolate import CubicSpline
from scipy.optimize import minimize_scalar

from biomech.config import Config
from biomech.errors import BiomechError
from biomech.events.session import cycles_session
from biomech.findings.inputs import FindingInputs
from biomech.findings.sequence import sequence
from biomech.io.ingest import ingest_session
from biomech.io.sheets import Session, Trial
from biomech.kinematics.session import kinematics_session
from biomech.kinetics.session import kinetics_session
from biomech.model.markersets import load_markerset
from biomech.model.session import model_session
from biomech.quality import Quality
from biomech_simulation.errors import Errors, apply
from biomech_simulation.jump import _plan as jump_plan
from biomech_simulation.jump import recorded, with_leads
from biomech_simulation.jump_solve import Solver, solve
from biomech_simulation.motion import Motion
from biomech_simulation.order import Order
from biomech_simulation.participant import Participant, Pattern, Posture
from biomech_simulation.squat import squat
from biomech_simulation.walking import static

TASKS = ("single_leg_squat", "drop_vertical_jump")
REPETITIONS = {"single_leg_squat": 5, "drop_vertical_jump": 5}
RATE_HZ = {"single_leg_squat": 100.0, "drop_vertical_jump": 200.0}
SIDE: Literal["left", "right"] = "right"  # the leg that is looked at: one a participant
BODIES = 6  # that jump
LEAST_HIP_DEG = 4.0  # a hip that moves less in the true curves leads nothing
# ms, from and to; the verdicts about such a lead that are not wrong
CLASSES: dict[str, tuple[tuple[float, float], ...]] = {
    "top_down": ((40.0, 120.0),),
    "bottom_up": ((-120.0, -40.0),),
    "simultaneous": ((-15.0, 15.0),),
    "between": ((-40.0, -15.0), (15.0, 40.0)),
}
VERDICTS = ("top_down", "bottom_up", "simultaneous", "indeterminate")


@dataclass(frozen=True)
class Outcome:
    """One participant: lead as planted, as it is in the true curves, as found with its interval (ms), and the verdict.

    What is found is held against the true curves on the way down; they differ from what was planted by the foot's own form.
    """

    planted: float
    true: float
    found: float
    low: float
    high: float
    verdict: str


@dataclass(frozen=True)
class Jumper:
    """Jumps of one body, and the lead that its hip has in the true curves while none is planted, ms.

    On two legs hip adduction follows from where the pelvis goes, which has a course of its own.
    """

    jumps: list[Solver]
    own_lead_ms: float


def person(random: np.random.Generator, size: float = 1.0) -> Participant:
    """Somebody with a valgus pattern of 2 to 6 degrees times `size` in each part."""
    sex: Literal["female", "male"] = "female" if random.random() < 0.5 else "male"
    height = float(np.clip(random.normal(1.67 if sex == "female" else 1.79, 0.05), 1.5, 1.95))
    sizes = {
        "hip_adduction_deg": random.uniform(2, 6),
        "hip_internal_rotation_deg": random.uniform(1, 6),
        "knee_abduction_deg": random.uniform(2, 6),
        "rearfoot_eversion_deg": random.uniform(2, 6),
        "trunk_lean_deg": random.uniform(0, 3),
    }
    pattern = Pattern(**{name: float(size * value) for name, value in sizes.items()})
    return Participant(
        "P01",
        sex,
        round(height, 3),
        round(22.5 * height**2 * (1 + 0.08 * float(random.uniform(-1, 1))), 1),
        tibial_torsion_deg=float(random.uniform(12, 20)),
        patterns={"left": pattern, "right": pattern},
        posture=Posture(
            pelvis_anterior_tilt=float(random.uniform(8, 14)), rearfoot_eversion=float(random.uniform(0, 4))
        ),
    )


def squats(lead_s: float, seed: int, plain: bool = False) -> tuple[Participant, list[Motion]]:
    """One trial of single-leg squats of a new participant, with an order of hip and foot on the way down.

    Every second participant returns in another order, drawn within 120 ms; the foot rises in a form of its own. `plain` leaves out both.
    """
    random = np.random.default_rng([seed, 21])
    one = person(random)
    duration = float(random.uniform(1.7, 2.8))
    other, shape = (float(random.uniform(-width, width)) for width in (0.12, 0.3))
    back = other if random.random() < 0.5 else lead_s
    order = Order(lead_s) if plain else Order(lead_s, back, shape)
    one = replace(one, patterns={s: replace(p, order=order) for s, p in one.patterns.items()})
    task: Literal["single_leg_squat"] = "single_leg_squat"
    rate = RATE_HZ[task]
    motion = squat(
        one,
        task,
        SIDE,
        repetitions=REPETITIONS[task],
        repetition_s=duration,
        rate_hz=rate,
        analog_rate_hz=2 * rate,
        seed=seed,
    )
    return one, [motion]


def jumpers(bodies: int, jumps: int, seed: int) -> list[Jumper]:
    """Drop jumps of a few participants; variations that cannot be balanced are drawn again.

    So are bodies whose hip hardly adducts: pelvis and trunk turn with the legs in flight as angular momentum wants it.
    """
    out: list[Jumper] = []
    for number in range(5 * bodies):
        if len(out) == bodies:
            break
        one = person(np.random.default_rng([seed, 22, number]))
        found: list[Solver] = []
        for attempt in range(3 * jumps):
            if len(found) == jumps:
                break
            try:
                found.append(solve(jump_plan(one, 0.30, 0.37, 1.8, 0.0, 1000 * seed + 100 * number + attempt), 1000.0))
            except BiomechError:
                continue
            if _hip_excursion(found[0]) < LEAST_HIP_DEG:
                break
        if len(found) == jumps:
            out.append(Jumper(found, float(np.mean([_own_lead(one) for one in found]))))
    return out


def _hip_excursion(jump: Solver) -> float:
    """Of the leg that is looked at, in the first landing, degrees."""
    truth, times = recorded(jump, 100.0).truth, jump.plan.times
    hip = truth["angle"].sel(side=SIDE, quantity="hip_adduction", time=slice(times["first_on"], times["first_off"]))
    return float(np.ptp(hip.to_numpy()))


def _own_lead(jump: Solver) -> float:
    return true_lead_ms(recorded(jump, 200.0).truth, jump.plan.times["first_on"], jump.plan.times["first_off"])


def jumps_of(library: Sequence[Jumper], lead_s: float, seed: int) -> tuple[Participant, list[Motion]]:
    """The jumps of one of the bodies, both feet moved in time so that the true curves have the lead."""
    body = library[seed % len(library)]
    moved = lead_s - body.own_lead_ms / 1000
    led = [with_leads(one, {"left": moved, "right": moved}) for one in body.jumps]
    return led[0].plan.participant, [recorded(one, RATE_HZ["drop_vertical_jump"]) for one in led]


def cycles_through_markers(one: Participant, motions: Sequence[Motion], errors: Errors, seed: int) -> xr.Dataset:
    """Write C3D files with errors and run the stages on them up to cycles."""
    config, quality = Config(), Quality(one.name, "1", "cycles")
    task = str(motions[0].truth.attrs["task"])
    side: Literal["right", "both"] = SIDE if task == "single_leg_squat" else "both"  # type: ignore[assignment]
    rows = [Trial(trial="static", file="static.c3d", role="static", task="static")]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        apply(static(one, rate_hz=motions[0].rate_hz), errors, seed, 10_000 + seed).write(home / "static.c3d")
        for k, motion in enumerate(motions):
            apply(motion, errors, seed, 1_000_003 * (k + 2) + seed).write(home / f"t{k}.c3d")
            rows.append(Trial(trial=f"t{k}", file=f"t{k}.c3d", role="dynamic", task=task, side=side))
        session = Session(
            participant=one.name,
            session="1",
            sex=one.sex,
            mass_kg=one.mass_kg,
            height_m=one.height_m,
            trials=tuple(rows),
        )
        raw = ingest_session(session, home, config, quality, "stop")
    markerset = load_markerset(config.markerset)
    model = model_session(raw, session, markerset, config, quality, "stop")
    kinematics = kinematics_session(raw, model, session, markerset, config, quality, "stop")
    # landings begin and end with the force; squats are counted by the knee
    kinetics = {}
    if task != "single_leg_squat":
        kinetics = kinetics_session(raw, model, kinematics, session, config, quality, "stop")
    return cycles_session(raw, kinematics, kinetics, session, config, quality, "stop")


def true_lead_ms(truth: xr.Dataset, start: float, end: float) -> float:
    """Lead in the true curves of hip adduction and eversion against the floor between two times (s).

    The shift of the proximal curve with which a straight line of it meets the distal one best, by least squares.
    """
    angle = truth["angle"].sel(side=SIDE)
    hip, foot = (
        CubicSpline(truth["time"].to_numpy(), angle.sel(quantity=name).to_numpy())
        for name in ("hip_adduction", "rearfoot_eversion_floor")
    )

    def misfit(lag: float) -> float:
        time = np.arange(start + max(lag, 0.0), end + min(lag, 0.0), 0.002)
        design = np.stack([np.ones_like(time), hip(time - lag)], axis=1)
        target = foot(time)
        rest = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
        return float((rest @ rest) / np.var(target) / len(time))

    tried = np.arange(-0.15, 0.151, 0.01)
    best = tried[int(np.argmin([misfit(lag) for lag in tried]))]
    return 1000.0 * float(minimize_scalar(misfit, bounds=(best - 0.01, best + 0.01), method="bounded").x)


def true_rise_lead_ms(truth: xr.Dataset, start: float, bottom: float) -> float:
    """Lead in the true curves on the way into the collapse: mean of the leads at a quarter, half and three quarters of the rise.

    Parameters
    ----------
    truth : xr.Dataset
    start, bottom : float
        Of the cycle and of its lowest point, s; a peak may lie 0.15 s later.
    """
    angle = truth["angle"].sel(side=SIDE)
    time = np.arange(start, bottom + 0.15, 0.001)
    passed = []
    for name in ("hip_adduction", "rearfoot_eversion_floor"):
        curve = CubicSpline(truth["time"].to_numpy(), angle.sel(quantity=name).to_numpy())(time)
        peak = int(curve.argmax())
        low = int(curve[: peak + 1].argmin())
        rise = np.maximum.accumulate(curve[low : peak + 1])
        passed.append(
            np.interp(rise[0] + np.array([0.25, 0.5, 0.75]) * (rise[-1] - rise[0]), rise, time[low : peak + 1])
        )
    return 1000.0 * float(np.mean(passed[1] - passed[0]))


def true_lead_of_cycles(motions: Sequence[Motion], cycles: xr.Dataset) -> float:
    """Mean of the true leads of the leg that is looked at, on the way into the collapse, ms.

    Squats: at half of the rise and at the peak, as the simulator stores them; jumps: read from the true curves.
    """
    planted = [ordered_lead_ms(motion.truth) for motion in motions]
    if np.isfinite(planted).all():
        return float(np.mean(planted))
    start, end, bottom = (cycles[name].to_numpy().astype(float) for name in ("start", "end", "bottom_percent"))
    return float(
        np.mean(
            [
                true_rise_lead_ms(
                    motions[int(str(cycles["trial"].to_numpy()[i])[1:])].truth,
                    start[i],
                    start[i] + bottom[i] / 100 * (end[i] - start[i]),
                )
                for i in np.flatnonzero(cycles["side"].to_numpy() == SIDE)
            ]
        )
    )


def ordered_lead_ms(truth: xr.Dataset) -> float:
    """Mean over repetitions of the stored leads at half of the rise and at the peak; NaN where no order was planted."""
    name, time = truth["event_name"].to_numpy().astype(str), truth["event_time"].to_numpy()
    own = truth["event_side"].to_numpy().astype(str) == SIDE
    leads = [
        np.mean(time[own & (name == f"foot_rise_{part}")] - time[own & (name == f"hip_rise_{part}")])
        for part in ("half", "peak")
        if (name == f"foot_rise_{part}").any()
    ]
    return 1000.0 * float(np.mean(leads)) if leads else float("nan")


def judged(cycles: xr.Dataset, config: Config | None = None) -> tuple[float, float, float, str]:
    """Lead, interval and verdict of the leg that is looked at."""
    empty, one = {}, Session(participant="P01", session="1")
    own = cycles.isel(cycle=np.flatnonzero(cycles["side"].to_numpy() == SIDE))
    material = FindingInputs(one, config or Config(), Quality("P01", "1", "findings"), own, own, empty, empty, empty)
    (finding,) = sequence(material)
    return finding.value, finding.low, finding.high, str(finding.evidence["verdict"])


def outcome(
    task: str,
    lead_ms: float,
    seed: int,
    library: Sequence[Jumper] = (),
    errors: Errors | None = None,
    plain: bool = False,
) -> Outcome:
    """Simulate one participant with a planted lead."""
    made = (
        squats(lead_ms / 1000, seed, plain) if task == "single_leg_squat" else jumps_of(library, lead_ms / 1000, seed)
    )
    cycles = cycles_through_markers(*made, Errors() if errors is None else errors, seed)
    return Outcome(lead_ms, true_lead_of_cycles(made[1], cycles), *judged(cycles))


def planted_leads(name: str, participants: int, seed: int) -> list[float]:
    """Leads of one class, ms, drawn evenly."""
    random = np.random.default_rng([seed, list(CLASSES).index(name), 23])
    ranges = CLASSES[name]
    return [float(random.uniform(*ranges[k % len(ranges)])) for k in range(participants)]


def simulate(task: str, participants: int, seed: int, library: Sequence[Jumper] = ()) -> dict[str, list[Outcome]]:
    """Outcomes of every class; half as many between the classes."""
    out: dict[str, list[Outcome]] = {}
    for number, name in enumerate(CLASSES):
        count = participants if name != "between" else participants // 2
        leads = planted_leads(name, count, seed)
        first = 100_000 * seed + 1000 * number
        out[name] = [outcome(task, lead, first + k, library) for k, lead in enumerate(leads)]
    return out


def wrong(one: Outcome) -> bool:
    """A direction that is not there (opposite, or of a lead within 15 ms), or a lead beyond the resolution called none."""
    if one.verdict == "simultaneous":
        return abs(one.true) >= Config().findings.sequence.resolution_ms
    sign = {"top_down": 1, "bottom_up": -1}.get(one.verdict, 0)
    return sign != 0 and sign * one.true <= CLASSES["simultaneous"][0][1]


def table(results: dict[str, dict[str, list[Outcome]]]) -> str:
    """Confusion table over ranges of leads, with the errors of the participants' leads."""
    edges = [-120, -80, -60, -40, -15, 15, 40, 60, 80, 120]
    head = ["task", "true lead, ms", "participants", *VERDICTS, "wrong"]
    head += [
        "error of the lead, ms: median, 90 % below",
        "within 10 ms",
        "truth in the interval",
    ]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]

    def row(task: str, words: str, group: list[Outcome]) -> str:
        names = [one.verdict for one in group]
        errors = np.abs([one.found - one.true for one in group])
        held = [one.low <= one.true <= one.high for one in group]
        cells = [task, words, str(len(group)), *(str(names.count(v)) for v in VERDICTS), str(sum(map(wrong, group)))]
        cells += [
            f"{np.nanmedian(errors):.1f}, {np.nanpercentile(errors, 90):.1f}",
            f"{100 * np.mean(errors <= 10):.0f} %",
            f"{100 * np.mean(held):.0f} %",
        ]
        return "| " + " | ".join(cells) + " |"

    for task, classes in results.items():
        for name in ("top_down", "bottom_up", "simultaneous"):
            low, high = CLASSES[name][0]
            lines.append(row(task, f"**{name}: {low:g} to {high:g}**", classes[name]))
        every = [one for group in classes.values() for one in group]
        for low, high in pairwise(edges):
            inside = [one for one in every if low <= one.true < high]
            if inside:
                lines.append(row(task, f"{low} to {high}", inside))
        lines.append(row(task, "all", every))
    return "\n".join(lines)


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    drawn = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    bodies = jumpers(BODIES, REPETITIONS["drop_vertical_jump"], drawn)
    print(table({task: simulate(task, number, drawn, bodies) for task in TASKS}))
