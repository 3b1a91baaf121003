"""The version comes from git tags, or from where the package was built; the rest says what ran."""

import json
import platform
import shutil
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import biomech
from biomech.io import software as module
from biomech.io.software import FALLBACK, checkout, software, source_sha256, version


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"]
    done = subprocess.run(["git", "-C", str(folder), *who, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def fresh():
    for function in (version, checkout, software):
        function.cache_clear()
    yield
    for function in (version, checkout, software):
        function.cache_clear()


def package(folder: Path) -> Path:
    home = folder / "biomech"
    (home / "io").mkdir(parents=True)
    (home / "__init__.py").write_text("a = 1\n")
    (home / "io" / "table.csv").write_text("a,b\n")
    return home.resolve()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A clone without tags."""
    own = package(tmp_path / "clone")
    git(own.parent, "init", "-q")
    git(own.parent, "add", ".")
    git(own.parent, "commit", "-qm", "one")
    return own


def again(home: Path) -> str:
    for function in (version, checkout, software):
        function.cache_clear()
    return version(home)


def test_the_version_is_that_of_the_tag(home: Path) -> None:
    git(home.parent, "tag", "v2.3.0")
    assert version(home) == "2.3.0"
    (home.parent / "README.md").write_text("a")
    git(home.parent, "add", ".")
    git(home.parent, "commit", "-qm", "two")
    commit = git(home.parent, "rev-parse", "HEAD")
    assert again(home) == f"2.3.0.post1.dev1+g{commit[:7]}"
    git(home.parent, "tag", "-a", "v2.4.0rc1", "-m", "annotated")
    git(home.parent, "tag", "not-a-version")
    assert again(home) == "2.4.0rc1"
    assert software(home)["commit"] == commit and software(home)["dirty"] is False


@pytest.mark.parametrize("name", ["__init__.py", "new.py"])
def test_a_changed_source_is_dirty_and_results_next_to_it_are_not(home: Path, name: str) -> None:
    git(home.parent, "tag", "v1.0.0")
    (home.parent / "results").mkdir()
    (home.parent / "results" / "study.nc").write_text("a")
    assert version(home) == "1.0.0"
    (home / name).write_text("a = 2\n")
    assert again(home).startswith("1.0.0.post1.dev0+g") and again(home).endswith(".dirty")
    assert software(home)["dirty"] is True


def test_a_clone_without_tags_has_the_fallback_and_its_commit(home: Path) -> None:
    commit = git(home.parent, "rev-parse", "HEAD")
    assert version(home) == f"{FALLBACK}+g{commit[:7]}" and software(home)["commit"] == commit


def test_a_source_distribution_knows_its_version_without_git(tmp_path: Path) -> None:
    home = package(tmp_path / "biomech-7.1")
    assert version(home) == FALLBACK and software(home)["commit"] == "" and software(home)["dirty"] is None
    (home.parent / "PKG-INFO").write_text("Metadata-Version: 2.4\nName: biomech\nVersion: 7.1.0\n")
    assert again(home) == "7.1.0"


def test_a_wheel_inside_of_somebody_elses_repository_is_not_of_its_commit(home: Path, monkeypatch) -> None:
    inside = package(home.parent / "venv" / "site-packages")
    git(home.parent, "tag", "v9.9.9")
    info = inside.parent / "biomech-3.2.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: biomech\nVersion: 3.2.1\n")
    monkeypatch.syspath_prepend(str(inside.parent))
    assert version(inside) == "3.2.1" and software(inside)["commit"] == ""


def test_no_git_on_the_machine_ends_nothing(home: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert version(home) == FALLBACK


def test_a_hook_of_another_repository_leads_nowhere(home: Path, tmp_path: Path, monkeypatch) -> None:
    other = package(tmp_path / "other")
    git(other.parent, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(other.parent / ".git"))
    assert version(home).startswith(f"{FALLBACK}+g")


def test_the_source_hash_follows_the_source_and_nothing_else(tmp_path: Path) -> None:
    home = package(tmp_path)
    first = source_sha256(home)
    (home / "notes.txt").write_text("a")
    (home / "__init__.py").write_bytes(b"a = 1\r\n")
    assert source_sha256(home) == first
    (home / "io" / "table.csv").write_text("a,c\n")
    assert source_sha256(home) != first
    shutil.move(home / "__init__.py", home / "other.py")
    assert len(source_sha256(home)) == 64


def test_all_libraries_of_the_environment_are_named() -> None:
    about = software()
    for name in ("numpy", "scipy", "xarray", "ezc3d", "pandas", "netcdf4"):
        assert about["libraries"][name] == metadata.version(name)
    assert about["python"] == platform.python_version() and about["version"] == biomech.__version__
    assert json.loads(json.dumps(about)) == about and module.software() is about
    assert list(about["libraries"]) == sorted(about["libraries"])
    with pytest.raises(AttributeError):
        _ = biomech.__other__


def test_a_build_asks_the_package_for_its_version() -> None:
    code = pytest.importorskip("hatchling.version.source.code")
    root = Path(biomech.__file__).parents[1]
    chosen = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["version"]
    assert code.CodeSource(str(root), chosen).get_version_data()["version"] == version()
