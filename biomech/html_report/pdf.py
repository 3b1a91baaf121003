"""A page printed to PDF by a browser that is installed; nothing else is needed, and without one the page can still be printed by hand."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from biomech.errors import BiomechError
from biomech.io.csv_parquet import write_bytes

#: Programs of Chromium and its kin, in the order in which they are tried.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_OPTIONS = (
    *(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
    ),
    *("--disable-component-update", "--disable-sync", "--no-pdf-header-footer"),
)
_LONGEST_S = 180


def browser() -> str | None:
    """Return the program that prints, or None where none is found."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def print_pdf(page: Path, pdf: Path) -> Path:
    """Print a page to PDF: A4, as its style for paper says.

    Parameters
    ----------
    page : Path
        A report of this package.
    pdf : Path
        To write.

    Raises
    ------
    BiomechError
        If the page is not there, no browser is installed, or the browser writes nothing.
    """
    program = browser()
    if not page.is_file():
        raise BiomechError(f"{page}: expected a report (HTML), found no file; make it first: biomech run STUDY")
    if program is None:
        raise BiomechError(
            f"{page}: a PDF needs Chromium, Chrome or Edge, and none is installed; open the page and print it with any browser"
        )
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "page.pdf"
        command = [program, *_OPTIONS, f"--user-data-dir={scratch}/profile", f"--print-to-pdf={made}"]
        try:
            done = subprocess.run(
                [*command, page.resolve().as_uri()], capture_output=True, timeout=_LONGEST_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise BiomechError(f"{page}: {program} did not end within {_LONGEST_S} s") from None
        if not made.is_file():
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise BiomechError(f"{page}: {program} wrote no PDF: {' '.join(last)}")
        return write_bytes(made.read_bytes(), pdf)
