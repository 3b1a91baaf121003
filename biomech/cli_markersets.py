"""The commands about marker sets: `biomech labels` and `biomech markerset`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path


def add_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add both commands to the command line.

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
