"""The command `biomech`: process a study, check or start one, look into a C3D file, simulate a lab session."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from biomech import __version__, cli_markersets
from biomech.errors import BiomechError

if TYPE_CHECKING:
    pass


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    own, further = _split(list(sys.argv[1:] if arguments is None else arguments))
    options = _parser().parse_args(own)
    options.further = further
    try:
        return int(options.call(options) or 0)
    except BiomechError as error:
        action = getattr(error, "action", "")
        print(f"{error}{f' ({action})' if action else ''}", file=sys.stderr)
    except OSError as error:
        print(error, file=sys.stderr)
    return 1


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return the command's own arguments, and those of another program after ``--``."""
    if arguments[:1] != ["run"] or "--" not in arguments:
        return arguments, []
    place = arguments.index("--")
    return arguments[:place], arguments[place + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="biomech",
        description="Marker-based motion capture, from C3D files to tidy joint angles and moments.",
        epilog=_examples("biomech example S", "biomech run S"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"biomech {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, words: str, *examples: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=words,
            description=f"{words[0].upper()}{words[1:]}.",
            epilog=_examples(*examples),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    run = command(
        "run",
        "process a study: compute what is missing or has changed",
        "biomech run MYSTUDY",
        "biomech run MYSTUDY --cores 4",
        "biomech run MYSTUDY -- --dry-run          what would run",
        "biomech run MYSTUDY -- --config on_error=stop",
    )
    run.add_argument("folder", type=Path, nargs="?", default=Path(), help="study folder (default: this one)")
    run.add_argument("--cores", type=int, metavar="N", help="jobs at once (default: all cores)")
    run.add_argument("--full", action="store_true", help="print everything that Snakemake prints")
    run.usage = "biomech run [-h] [--cores N] [--full] [folder] [-- SNAKEMAKE ARGUMENTS]"
    run.set_defaults(call=_run)

    example = command("example", "write a small synthetic study to try", "biomech example S && biomech run S")
    example.add_argument("folder", type=Path)
    example.set_defaults(call=_example)

    completion = command(
        "completion",
        "print a script that completes commands in a shell",
        "biomech completion bash > ~/.local/share/bash-completion/completions/biomech",
        "biomech completion zsh > ~/.zfunc/_biomech",
    )
    completion.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    completion.set_defaults(call=_completion)

    check = command(
        "check",
        "check config, sheets and every recording of a study before a run",
        "biomech check MYSTUDY",
        "biomech check MYSTUDY --strict",
        "biomech check MYSTUDY --fix                write the cures that are certain, after a yes each",
    )
    check.add_argument("folder", type=Path, nargs="?", default=Path(), help="study folder (default: this one)")
    check.add_argument("--strict", action="store_true", help="exit code 1 for anything doubtful or absent as well")
    check.add_argument(
        "--fix", action="store_true", help="write the cures that are certain into config and sheets, after a yes each"
    )
    check.add_argument("--yes", action="store_true", help="with --fix: ask nothing")
    check.set_defaults(call=_check)

    new = command(
        "new",
        "start a study folder with a commented config and sheets",
        "biomech new MYSTUDY                        empty sheets to fill in",
        "biomech new MYSTUDY --from RECORDINGS      sheets from a folder of C3D files; again: adds new files",
        "biomech new MYSTUDY --from RECORDINGS --yes",
    )
    new.add_argument("folder", type=Path)
    new.add_argument(
        "--from", dest="source", type=Path, metavar="FOLDER", help="folder of C3D files, which stay where they are"
    )
    new.add_argument(
        "--yes", action="store_true", help="ask nothing: what is unsure is written as a comment into the sheets"
    )
    new.set_defaults(call=_new)

    cli_markersets.add_commands(command)

    option = command(
        "set",
        "change one option of a study's config, its comments kept",
        "biomech set signals.cutoff_hz.walking=6 MYSTUDY && biomech run MYSTUDY",
        "biomech set markerset=plug_in_gait MYSTUDY",
    )
    option.add_argument(
        "assignment", metavar="OPTION=VALUE", help="dotted name of the option, and its value as in the config"
    )
    option.add_argument("folder", type=Path, nargs="?", default=Path(), help="study folder (default: this one)")
    option.set_defaults(call=_set)

    diff = command(
        "diff",
        "show which outcomes the last run changed",
        "biomech set signals.cutoff_hz.walking=6 S && biomech run S && biomech diff S",
        "biomech diff S OTHER                       two studies instead of two runs",
        "biomech diff S --csv changes.csv",
    )
    diff.add_argument("folder", type=Path, nargs="?", default=Path(), help="study folder (default: this one)")
    diff.add_argument(
        "other", type=Path, nargs="?", help="study folder to compare it with: its outcomes count as those before"
    )
    diff.add_argument(
        "--csv", type=Path, metavar="FILE", help="write every mean before and after, with their difference"
    )
    diff.set_defaults(call=_diff)

    clean = command(
        "clean",
        "remove results of people and sessions that the sheets no longer name",
        "biomech clean MYSTUDY",
        "biomech clean MYSTUDY --yes",
    )
    clean.add_argument("folder", type=Path, nargs="?", default=Path(), help="study folder (default: this one)")
    clean.add_argument("--yes", action="store_true", help="remove them; without it they are only listed")
    clean.set_defaults(call=_clean)

    schema = command(
        "schema", "write the config's JSON schema, for editors", "biomech schema MYSTUDY/config/schema.json"
    )
    schema.add_argument("file", type=Path, nargs="?", default=Path("config/schema.json"))
    schema.set_defaults(call=_schema)

    simulate = command(
        "simulate",
        "write a synthetic lab session with its known truth",
        "biomech simulate S --participants 4 --tasks walking single_leg_squat",
    )
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
        help="in addition to standing: functional walking single_leg_squat double_leg_squat drop_vertical_jump",
    )
    simulate.add_argument("--trials", type=int, default=3, metavar="N", help="repetitions of each task")
    simulate.add_argument(
        "--errors",
        choices=("none", "instruments", "all"),
        default="instruments",
        help="instruments: cameras and plates; all: markers next to their landmarks and moving skin too",
    )
    simulate.add_argument("--seed", type=int, default=0, help="same seed, same bytes")
    simulate.set_defaults(call=_simulate)

    bent = command(
        "by-knee-flexion",
        "write curves over knee flexion instead of time as a table",
        "biomech by-knee-flexion MYSTUDY/results/study.nc knee.csv --quantity knee_abduction",
    )
    bent.add_argument("study", type=Path, metavar="STUDY.nc", help="results/study.nc, or the cycles of a session")
    bent.add_argument("table", type=Path, metavar="OUT.csv")
    bent.add_argument("--variable", default="angle", help="angle, moment, distance, ...")
    bent.add_argument(
        "--step", type=float, default=5.0, metavar="DEGREES", help="from one level of flexion to the next"
    )
    bent.add_argument("--quantity", nargs="+", default=[], metavar="NAME", help="such as knee_abduction; default: all")
    bent.set_defaults(call=_by_knee_flexion)

    view = command(
        "view",
        "show a C3D file in three dimensions, as one HTML file",
        "biomech view MYSTUDY/data/walk1.c3d",
        "biomech view MYSTUDY/data/walk1.c3d walk1.html --no-browser",
    )
    view.add_argument("file", type=Path, metavar="FILE.c3d")
    view.add_argument("page", type=Path, nargs="?", metavar="OUT.html", help="default: FILE.html in the current folder")
    view.add_argument("--study", type=Path, default=Path(), help="study folder whose lab axes and marker sets count")
    view.add_argument("--no-browser", action="store_true", help="write the page and do not open it")
    view.set_defaults(call=_view)

    pdf = command(
        "pdf",
        "print a report (HTML) to PDF, two pages of A4 for a session; needs Chromium, Chrome or Edge",
        "biomech pdf MYSTUDY/results/sessions/P01/pre/report.html P01_pre.pdf",
    )
    pdf.add_argument("page", type=Path, metavar="REPORT.html")
    pdf.add_argument("pdf", type=Path, nargs="?", metavar="OUT.pdf", help="default: next to the report")
    pdf.set_defaults(call=_pdf)
    return parser


def _examples(*lines: str) -> str:
    return "\n".join(["examples:", *(f"  {line}" for line in lines)])


def _run(options: argparse.Namespace) -> int:
    from biomech.run import run

    return run(options.folder, options.cores, options.further, options.full)


def _example(options: argparse.Namespace) -> None:
    from biomech.example import write_example

    written = write_example(options.folder)
    print(f"wrote {len(written)} files to {options.folder}\n\nNext: biomech run {options.folder}")


def _completion(options: argparse.Namespace) -> None:
    try:
        import shtab
    except ImportError:
        raise BiomechError('shell completion needs a package: pip install "biomech[completion]"') from None
    print(shtab.complete(_parser(), options.shell))


def _check(options: argparse.Namespace) -> int:
    from biomech.study_check.check import check_study

    def agreed(words: str) -> bool:
        if options.yes:
            return True
        try:
            return input(f"{words}? [y/N] ").strip().casefold() in ("y", "yes")
        except EOFError:  # nobody is there to answer
            return False

    def progress(done: int, of: int) -> None:
        if sys.stderr.isatty() and of > 1:
            print(f"\r{done} of {of} sessions checked", end="\n" if done == of else "", file=sys.stderr, flush=True)

    return check_study(options.folder, strict=options.strict, fix=options.fix, agreed=agreed, progress=progress)


def _diff(options: argparse.Namespace) -> None:
    from biomech.io.csv_parquet import write_csv
    from biomech.outcomes_diff import BEFORE, compare_runs, describe_difference

    after = options.folder / "results"
    before = options.other / "results" if options.other is not None else after / BEFORE
    if options.other is None and not before.is_dir():
        raise BiomechError(
            f"{before} is missing: expected the outcomes of an earlier run; the next `biomech run` keeps those of the last one there"
        )
    found = compare_runs(before, after)
    print(describe_difference(found))
    if options.csv is not None:
        write_csv(found.values, options.csv)
        print(f"\nwrote {options.csv}")


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
    if options.source is not None:
        from biomech.onboarding.summary import start_and_print

        start_and_print(options.folder, options.source, options.yes)
        return
    from biomech.scaffold import new_study

    for path in new_study(options.folder):
        print(f"wrote {path}")
    print(
        f"\nNext:\n"
        f"  1. put the C3D files into {options.folder / 'data'}\n"
        f"  2. fill in config/participants.tsv and config/trials.tsv\n"
        f"  3. biomech labels {options.folder / 'data' / 'FILE.c3d'}    and set `markerset` in config/config.yaml\n"
        f"  4. biomech check {options.folder}\n"
        f"  5. biomech run {options.folder}"
    )


def _set(options: argparse.Namespace) -> None:
    from biomech.option_edit import set_option

    changed = set_option(options.folder, options.assignment)
    default = " (default)" if changed.was_default else ""
    print(f"{changed.option}: {changed.old}{default} -> {changed.new}\n\nNext: biomech run {options.folder}")


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
    print(f"wrote a synthetic study to {options.folder}; run it with: biomech run {options.folder}")


def _by_knee_flexion(options: argparse.Namespace) -> None:
    from biomech.events.knee_angle import knee_flexion_table
    from biomech.io.csv_parquet import write_csv
    from biomech.io.store import open_dataset

    try:
        with open_dataset(options.study) as cycles:
            table = knee_flexion_table(cycles, options.variable, options.step, options.quantity)
    except ValueError as error:
        raise BiomechError(f"{options.study}: {error}") from None
    write_csv(table, options.table)
    print(f"wrote {options.table}: {len(table)} values")


def _view(options: argparse.Namespace) -> None:
    import webbrowser

    from biomech.html_report.view import view_page
    from biomech.io.store import write_text
    from biomech.markerset_new import lab_of

    page = options.page or Path(f"{options.file.stem}.html")
    if page.suffix.lower() not in (".html", ".htm"):
        raise BiomechError(f"{page}: expected a name that ends in .html")
    write_text(view_page(options.file, lab_of(options.study), options.study), page)
    print(f"wrote {page}")
    if not options.no_browser and not webbrowser.open(page.resolve().as_uri()):
        print("no browser could be opened: open the file by hand")


def _pdf(options: argparse.Namespace) -> None:
    from biomech.html_report.pdf import print_pdf

    print(f"wrote {print_pdf(options.page, options.pdf or options.page.with_suffix('.pdf'))}")
