"""The commands about single recordings and their markers: `biomech labels`, `biomech markerset` and `biomech animate`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from biomech.errors import BiomechError


def add_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands to the command line.

    Parameters
    ----------
    command : callable
        Makes the parser of one command from its name, what it does, and examples.
    """
    labels = command(
        "labels",
        "show what C3D files hold, which marker set fits, the lab's axes and the static candidates",
        "biomech labels MYSTUDY/data/walk1.c3d --study MYSTUDY",
        "biomech labels MYSTUDY/data --study MYSTUDY       every C3D file below a folder",
    )
    labels.add_argument("files", type=Path, nargs="+", metavar="FILE", help="C3D files, or folders that hold some")
    labels.add_argument(
        "--study", type=Path, default=Path(), help="study folder whose lab axes and own marker sets count"
    )
    labels.set_defaults(call=_labels)

    markerset = command(
        "markerset",
        "write a marker set of your own from a recording, or copy one that ships",
        "biomech markerset new my_lab MYSTUDY --from static.c3d --movement walk1.c3d walk2.c3d",
        "biomech markerset new my_lab MYSTUDY --copy cast_lower_limb",
    )
    markerset.add_argument("action", choices=("new",))
    markerset.add_argument("name", help="the file's name: config/markersets/NAME.yaml")
    markerset.add_argument("folder", type=Path, nargs="?", default=Path(), help="study folder (default: this one)")
    origin = markerset.add_mutually_exclusive_group(required=True)
    origin.add_argument(
        "--from", dest="static", type=Path, metavar="FILE", help="static trial: standing, all markers on"
    )
    origin.add_argument("--copy", metavar="SHIPPED", help="a marker set that ships, to change by hand")
    markerset.add_argument(
        "--movement",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="movement trials of the same person, for clusters",
    )
    markerset.add_argument("--yes", action="store_true", help="ask nothing: what is unsure becomes a comment")
    markerset.set_defaults(call=_markerset)

    animate = command(
        "animate",
        "draw a C3D file as a moving stick figure, or as a contact sheet",
        "biomech animate MYSTUDY/data/walk1.c3d walk.gif --speed 0.25",
    )
    animate.add_argument("file", type=Path, metavar="FILE.c3d")
    animate.add_argument("picture", type=Path, metavar="OUT.gif", help="a GIF moves, a PNG shows frames side by side")
    animate.add_argument("--speed", type=float, default=1.0, help="1: real time; 0.25: four times slower")
    animate.add_argument("--study", type=Path, default=Path(), help="study folder whose lab axes and marker sets count")
    animate.set_defaults(call=_animate)


def _labels(options: argparse.Namespace) -> None:
    from biomech.inspection import describe_files

    print(describe_files(options.files, options.study))


def _markerset(options: argparse.Namespace) -> None:
    from biomech.markerset_new import copy_markerset, new_markerset

    if options.copy:
        path = copy_markerset(options.name, options.copy, options.folder)
    else:
        path = new_markerset(
            options.name, options.static, options.movement, options.folder, interactive=not options.yes
        )
    print(
        f"wrote {path}\n\nNext: read it, write `markerset: {options.name}` into config/config.yaml, then biomech check"
    )


def _animate(options: argparse.Namespace) -> None:
    from biomech.markerset_new import lab_of
    from biomech.report.stick_figure import animate, contact_sheet, scene

    kind = options.picture.suffix.lower()
    if kind not in (".gif", ".png"):
        raise BiomechError(f"{options.picture}: expected a name that ends in .gif or .png")
    if not 0 < options.speed <= 20:
        raise BiomechError(f"--speed: expected a number above 0 and up to 20, found {options.speed:g}")
    drawn = scene(options.file, lab_of(options.study), options.study)
    if kind == ".png":
        contact_sheet(drawn, options.picture)
    else:
        animate(drawn, options.picture, speed=options.speed)
    print(f"wrote {options.picture}")
