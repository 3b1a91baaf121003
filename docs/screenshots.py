"""Pictures of `docs/from_a_folder.md`: a folder of public recordings taken to its report, and the report opened in a browser.

    python -m docs.screenshots FOLDER

FOLDER holds the C3D files of one clinical laboratory (the page says where they are from); nothing in it is changed. Chromium, Chrome
or Edge must be installed.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from biomech.cli import main as biomech
from biomech.html_report.pdf import browser

ASSETS = Path(__file__).parent / "assets"
_WIDE, _PHONE = {"width": 1180, "height": 760}, {"width": 390, "height": 760}
_SCRUB = "const s = document.getElementById('scrub'); s.value = 0.6 * s.max; s.dispatchEvent(new Event('input'))"
_COLOURS = 96  # of a picture: flat pages need few


def main(arguments: list[str]) -> int:
    """Run the script; see the module's text."""
    if len(arguments) != 1 or browser() is None:
        print(__doc__)
        return 2
    with tempfile.TemporaryDirectory(prefix="biomech-") as scratch:
        study = Path(scratch) / "study"
        for line in (["new", str(study), "--from", arguments[0], "--yes"], ["check", str(study)], ["run", str(study)]):
            if biomech(line):
                return 1
        shutil.copyfile(study / "results" / "check" / "statics-1.png", Path(scratch) / "statics.png")
        _save(Image.open(Path(scratch) / "statics.png"), "check_statics.png")
        (page, *_) = sorted((study / "results" / "sessions").glob("*/*/report.html"))
        _report(page)
    return 0


def _report(file: Path) -> None:
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=browser(), args=["--no-sandbox", "--disable-gpu"])
        wide = _opened(started.new_page(viewport=_WIDE), file)  # type: ignore[arg-type]
        _shot(wide, "#answer", "report_answer.png")
        _show(wide, "#curves")
        wide.evaluate(_SCRUB)
        _shot(wide, "#curves", "report_curves.png")
        _shot(wide, "#quality", "report_quality.png")
        phone = _opened(started.new_page(viewport=_PHONE), file)  # type: ignore[arg-type]
        _shot(phone, "#curves", "report_phone.png")
        started.close()


def _opened(page: Page, file: Path) -> Page:
    page.set_default_timeout(120_000)
    page.goto(file.resolve().as_uri())
    return page


def _show(page: Page, part: str) -> None:
    page.evaluate(f"document.querySelector('{part}').scrollIntoView()")
    page.wait_for_timeout(3000)  # panels are drawn when they scroll into view


def _shot(page: Page, part: str, name: str) -> None:
    _show(page, part)
    _save(Image.open(io.BytesIO(page.screenshot())), name)


def _save(picture: Image.Image, name: str) -> None:
    path = ASSETS / name
    picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
