"""The software behind results: version from git tags, commit, hash of the source, Python and installed packages."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

FALLBACK: Final = "0.1.0"  # of a copy without tags and without metadata of a built package
_HOME: Final = Path(__file__).resolve().parents[1]
_SOURCE: Final = (".py", ".yaml", ".csv", ".bib")
_DESCRIBED: Final = re.compile(r"v?(?P<tag>\d[^-]*(?:-?(?:rc|a|b)\d+)?)-(?P<distance>\d+)-g(?P<commit>[0-9a-f]{40})")


@cache
def version(home: Path = _HOME) -> str:
    """Return the version of the program.

    In a git checkout it is that of the last tag ``v1.2.3`` (after it: ``1.2.3.post1.dev4+gabcdef0``, four commits later), ending in
    ``.dirty`` where the source was changed since; without tags it starts with `FALLBACK`. Elsewhere it is that of the installed
    package or of the source distribution, which were given it when they were built.

    Parameters
    ----------
    home : Path, optional
        Folder of the package.
    """
    commit, tag, distance, dirty = checkout(home)
    if not commit:
        return _built(home) or FALLBACK
    local = f"g{commit[:7]}{'.dirty' if dirty else ''}"
    if not tag:
        return f"{FALLBACK}+{local}"
    return f"{tag}.post1.dev{distance}+{local}" if distance or dirty else tag


@cache
def checkout(home: Path = _HOME) -> tuple[str, str, int, bool]:
    """Return commit, last tag (without its v), commits since then, and whether the source was changed; empty outside of git.

    A package that lies in somebody else's repository, such as an environment inside of a study, is in no checkout of its own.
    """
    if _git(home, "ls-files", "--error-unmatch", "__init__.py") is None:
        return "", "", 0, False
    described = _git(home, "describe", "--tags", "--long", "--always", "--abbrev=40", "--match", "v[0-9]*") or ""
    found = _DESCRIBED.fullmatch(described)
    commit = found["commit"] if found else described
    changed = _git(home, "status", "--porcelain", "--", ".", "../workflow", "../Snakefile")
    return commit, found["tag"] if found else "", int(found["distance"]) if found else 0, bool(changed)


@cache
def software(home: Path = _HOME) -> dict[str, Any]:
    """Return version, commit, hash of the source, Python, platform and the version of every installed package, JSON-ready."""
    commit, _, _, dirty = checkout(home)
    installed = {
        str(one.metadata["Name"]).lower().replace("_", "-"): one.version
        for one in metadata.distributions()
        if one.metadata["Name"]
    }
    return {
        "version": version(home),
        "commit": commit,
        "dirty": dirty if commit else None,
        "source_sha256": source_sha256(home),
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
        "libraries": {name: installed[name] for name in sorted(installed) if name != "biomech"},
    }


def source_sha256(home: Path = _HOME) -> str:
    """Return a hash of all files of the package that decide what it computes, the same in a checkout and in a wheel, with either line ends."""
    total = hashlib.sha256()
    for path in sorted(home.rglob("*"), key=lambda one: one.relative_to(home).as_posix()):
        if path.suffix in _SOURCE and path.is_file() and path.relative_to(home).parts[0] != "shipped":
            content = path.read_bytes().replace(b"\r\n", b"\n")
            total.update(f"{path.relative_to(home).as_posix()} {hashlib.sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()


def _built(home: Path) -> str:
    """Return the version that a source distribution or an installed package was built with; empty if it is neither."""
    info = home.parent / "PKG-INFO"
    if info.is_file() and (found := re.search(r"^Version: (\S+)$", info.read_text(encoding="utf-8"), re.MULTILINE)):
        return found[1]
    for one in metadata.distributions(name="biomech"):
        if Path(str(one.locate_file("biomech"))).resolve() == home:
            return one.version
    return ""


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git prints, or None where there is no git or no repository."""
    # what a hook of another repository sets must not lead there
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=20,
            env=environment | {"GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
