"""The command `biomech`: check a study, start one, look into a C3D file, simulate a lab session."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from biomech import __version__
from biomech.errors import BiomechError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.call(options) or 0)
    except BiomechError as error:
        action = getattr(error, "action", "")
        print(f"{error}{f' ({action})' if action else ''}", file=sys.stderr)
    except OSError as error:
        print(error, file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="biomech", description="Marker-based motion capture, from C3D files to tidy joint angles and moments."
    )
    parser.add_argument("--version", action="version", version=f"biomech {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    check = commands.add_parser("check", help="check config and sheets of a study and list every fault")
    check.add_argument("folder", type=Path, nargs="?", default=Path(), help="study folder (default: this one)")
    check.add_argument("--strict", action="store_true", help="exit code 1 for anything doubtful or absent as well")
    check.set_defaults(call=_check)

    new = commands.add_parser("new", help="start a study folder with a commented config and empty sheets")
    new.add_argument("folder", type=Path)
    new.set_defaults(call=_new)

    labels = commands.add_parser("labels", help="show what a C3D file holds and which marker set fits it")
    labels.add_argument("file", type=Path)
    labels.add_argument("--study", type=Path, default=Path(), help="study folder whose own marker sets count too")
    labels.set_defaults(call=_labels)

    clean = commands.add_parser("clean", help="remove results of people and sessions that the sheets no longer name")
    clean.add_argument("folder", type=Path, nargs="?", default=Path(), help="study folder (default: this one)")
    clean.add_argument("--yes", action="store_true", help="remove them; without it they are only listed")
    clean.set_defaults(call=_clean)

    schema = commands.add_parser("schema", help="write the config's JSON schema, for editors")
    schema.add_argument("file", type=Path, nargs="?", default=Path("config/schema.json"))
    schema.set_defaults(call=_schema)

    simulate = commands.add_parser("simulate", help="write a synthetic lab session with its known truth")
    simulate.add_argument("folder", type=Path)
    simulate.add_argument("--participants", type=int, default=2, metavar="N")
    simulate.add_argument(
        "--sessions", nargs="+", default=["pre", "post"], metavar="LABEL", help="`post` shows the effect of training"
    )
    simulate.add_argument(
        "--tasks",
        nargs="+",
        default=["walking"],
        metavar="TASK",
        help="besides standing: functional walking single_leg_squat double_leg_squat drop_vertical_jump",
    )
    simulate.add_argument("--trials", type=int, default=3, metavar="N", help="repetitions of each task")
    simulate.add_argument(
        "--errors",
        choices=("none", "instruments", "all"),
        default="instruments",
        help="instruments: cameras and plates; all: markers beside their landmarks and moving skin too",
    )
    simulate.add_argument("--seed", type=int, default=0, help="same seed, same bytes")
    simulate.set_defaults(call=_simulate)

    bent = commands.add_parser("by-knee-flexion", help="write curves over knee flexion instead of time as a table")
    bent.add_argument("study", type=Path, metavar="STUDY.nc", help="results/study.nc, or the cycles of a session")
    bent.add_argument("table", type=Path, metavar="OUT.csv")
    bent.add_argument("--variable", default="angle", help="angle, moment, distance, ...")
    bent.add_argument(
        "--step", type=float, default=5.0, metavar="DEGREES", help="from one level of flexion to the next"
    )
    bent.add_argument("--quantity", nargs="+", default=[], metavar="NAME", help="such as knee_abduction; default: all")
    bent.set_defaults(call=_by_knee_flexion)

    animate = commands.add_parser("animate", help="draw a C3D file as a moving stick figure, or as a contact sheet")
    animate.add_argument("file", type=Path, metavar="FILE.c3d")
    animate.add_argument("picture", type=Path, metavar="OUT.gif", help="a GIF moves, a PNG shows frames side by side")
    animate.add_argument("--speed", type=float, default=1.0, help="1: real time; 0.25: four times slower")
    animate.add_argument("--study", type=Path, default=Path(), help="study folder whose lab axes and marker sets count")
    animate.set_defaults(call=_animate)
    return parser


def _check(options: argparse.Namespace) -> int:
    from biomech import study_check
    from biomech.errors import StudyError
    from biomech.pipeline.preflight import load_study

    faults, notes = study_check.markerset_faults(options.folder)
    try:
        study = load_study(options.folder)
    except StudyError as error:
        raise StudyError(list(dict.fromkeys([*error.faults, *faults]))) from None
    if faults:
        raise StudyError(faults)
    trials = [trial for session in study.sessions for trial in session.trials]
    people = {session.participant for session in study.sessions}
    print(f"No fault. Participants: {len(people)}, sessions: {len(study.sessions)}, trials: {len(trials)}.")
    doubts = []
    for trial in trials:
        path = study.data_folder / trial.file
        if not path.is_file():
            near = study_check.other_case(path)
            hint = f"; there is {near}, which differs in upper and lower case" if near else ""
            doubts.append(f"absent, will be skipped: {path} ({trial.trial}){hint}")
    for session in study.sessions:
        where = f"{session.participant}, session {session.session}"
        if not any(trial.role == "static" for trial in session.trials):
            doubts.append(f"no static trial, so no angles: {where}")
        if session.mass_kg is None:
            doubts.append(f"no mass_kg, so no moments unless the C3D file stores one: {where}")
    doubts += [*study_check.statics(study), *study_check.same_files(study), *study_check.people(study), *notes]
    for line in doubts:
        print(f"  {line}")
    return 1 if options.strict and doubts else 0


def _clean(options: argparse.Namespace) -> None:
    from biomech.pipeline.leftovers import leftover_folders, remove_leftovers
    from biomech.pipeline.preflight import load_study

    study = load_study(options.folder)
    folders = remove_leftovers(study) if options.yes else leftover_folders(study)
    for folder in folders:
        print(f"{'removed' if options.yes else 'not in the sheets'}: {options.folder / folder}")
    if not folders:
        print("Nothing to remove: every folder of results belongs to a participant and session of the sheets.")
    elif not options.yes:
        print("To remove them: the same command with --yes")


def _new(options: argparse.Namespace) -> None:
    from biomech.scaffold import new_study

    for path in new_study(options.folder):
        print(f"wrote {path}")
    print(
        f"\nNext:\n"
        f"  1. put the C3D files into {options.folder / 'data'}\n"
        f"  2. fill in config/participants.tsv and config/trials.tsv\n"
        f"  3. biomech labels {options.folder / 'data' / 'FILE.c3d'}    and set `markerset` in config/config.yaml\n"
        f"  4. biomech check {options.folder}\n"
        f"  5. snakemake --directory {options.folder}    from the folder of the Snakefile"
    )


def _labels(options: argparse.Namespace) -> None:
    from biomech.inspection import describe_c3d

    print(describe_c3d(options.file, options.study))


def _schema(options: argparse.Namespace) -> None:
    from biomech.config import json_schema

    options.file.parent.mkdir(parents=True, exist_ok=True)
    options.file.write_text(json_schema(), encoding="utf-8", newline="\n")
    print(f"wrote {options.file}")


def _simulate(options: argparse.Namespace) -> None:
    from biomech.scaffold import add_config
    from biomech_simulation.errors import Errors
    from biomech_simulation.study import write_study

    errors = {"none": Errors.none, "instruments": Errors.instruments, "all": Errors}[options.errors]()
    print("simulating; a participant takes about half a minute")
    write_study(
        options.folder,
        participants=options.participants,
        sessions=tuple(options.sessions),
        tasks=tuple(options.tasks),
        trials=options.trials,
        errors=errors,
        seed=options.seed,
    )
    add_config(options.folder)
    print(f"wrote a synthetic study to {options.folder}; run it with: snakemake --directory {options.folder}")


def _by_knee_flexion(options: argparse.Namespace) -> None:
    from biomech.events.knee_angle import knee_flexion_table
    from biomech.io.store import open_dataset
    from biomech.io.table_files import write_csv

    try:
        with open_dataset(options.study) as cycles:
            table = knee_flexion_table(cycles, options.variable, options.step, options.quantity)
    except ValueError as error:
        raise BiomechError(f"{options.study}: {error}") from None
    write_csv(table, options.table)
    print(f"wrote {options.table}: {len(table)} values")


def _animate(options: argparse.Namespace) -> None:
    from biomech.config import Lab, parse_config, read_config
    from biomech.report.stick_figure import animate, contact_sheet, scene

    kind = options.picture.suffix.lower()
    if kind not in (".gif", ".png"):
        raise BiomechError(f"{options.picture}: expected a name that ends in .gif or .png")
    if not 0 < options.speed <= 20:
        raise BiomechError(f"--speed: expected a number above 0 and up to 20, found {options.speed:g}")
    config = options.study / "config" / "config.yaml"
    drawn = scene(options.file, parse_config(read_config(config)).lab if config.is_file() else Lab(), options.study)
    if kind == ".png":
        contact_sheet(drawn, options.picture)
    else:
        animate(drawn, options.picture, speed=options.speed)
    print(f"wrote {options.picture}")
