"""What an installation holds: all built-in content, however neuroep was installed."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from neuroep.content import circuits_path, datasets_path

REPO = Path(__file__).resolve().parent.parent
FOLDERS = {"circuits": circuits_path, "datasets": datasets_path}


def tracked(*folders: str) -> list[str]:
    """Return the files that git tracks under folders of the checkout."""
    if shutil.which("git") is None or not (REPO / ".git").exists():
        pytest.skip("not a git checkout")
    listing = subprocess.run(
        ["git", "ls-files", "-z", *folders], cwd=REPO, check=True, capture_output=True, text=True
    )
    return [name for name in listing.stdout.split("\0") if name]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_door_leads_to_the_content(folder: str) -> None:
    door = FOLDERS[folder]()
    assert door.is_dir()
    assert any(path.is_file() for path in door.rglob("*"))


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_link_in_the_package_leads_to_the_folder_of_the_checkout(folder: str) -> None:
    if not (REPO / folder).is_dir():
        pytest.skip("not a checkout: a source archive holds the content once, inside the package")
    link = REPO / "neuroep" / "content" / folder
    assert link.is_symlink()
    assert link.readlink() == Path("../..") / folder
    assert link.resolve() == REPO / folder


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_tracked_content_file_is_behind_the_door(folder: str) -> None:
    door = FOLDERS[folder]()
    names = tracked(folder)
    assert names
    for name in names:
        assert (door / Path(name).relative_to(folder)).read_bytes() == (REPO / name).read_bytes()


BUILD = """
import sys
from setuptools import build_meta
print(getattr(build_meta, "build_" + sys.argv[1])(sys.argv[2]))
"""


def build(kind: str, source: Path, target: Path) -> Path:
    """Build an sdist or a wheel as pip would, without its download of setuptools."""
    done = subprocess.run(
        [sys.executable, "-c", BUILD, kind, str(target)],
        cwd=source,
        check=True,
        capture_output=True,
        text=True,
    )
    return target / done.stdout.splitlines()[-1]


def test_a_wheel_built_from_the_source_archive_holds_code_and_content(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    names = tracked()
    for name in names:
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPO / name, checkout / name, follow_symlinks=False)

    with tarfile.open(build("sdist", checkout, tmp_path)) as archive:
        # Python 3.11 before 3.11.4 has no filters, and no argument of that name.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(tmp_path / "unpacked")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    with zipfile.ZipFile(build("wheel", unpacked, tmp_path)) as wheel:
        packed = set(wheel.namelist())

    code = {name for name in names if name.startswith("neuroep/") and name.endswith(".py")}
    content = {f"neuroep/content/{name}" for name in tracked("circuits", "datasets")}
    assert code
    assert content
    pages = {
        name
        for name in names
        if name.startswith("neuroep/report/html/") and not name.endswith(".py")
    }
    assert {"neuroep/report/html/uplot/LICENSE"} < pages
    assert code | content | pages | {"neuroep/py.typed"} <= packed
    assert not any(name.startswith(("tests/", "sims/", "circuits/")) for name in packed)
    # Tests come with the source archive, so that a packager can run them.
    assert (unpacked / "tests" / "conftest.py").is_file()
