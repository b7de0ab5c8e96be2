"""What an installation holds: all built-in content, however neuroep was installed."""

import configparser
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from importlib.metadata import version as installed
from pathlib import Path

import pytest
from packaging.version import Version

from neuroep.cli.main import main
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


def every_link_leads_somewhere_from_anywhere(text: str) -> None:
    """Links and pictures of the README on PyPI are whole addresses of files that are tracked."""
    tag = f"v{setup_cfg()['metadata']['version']}"
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    names = set(tracked())
    found = 0
    for target in targets:
        assert target.startswith(("https://", "#")), target
        if f"/{tag}/" in target:
            name = target.split(f"/{tag}/")[1].split("#")[0]
            assert name in names, target
            pictured = target.startswith("https://raw.githubusercontent.com/")
            assert pictured == name.endswith((".png", ".svg")), target
            found += 1
    assert found > 20


def setup_cfg() -> configparser.ConfigParser:
    config = configparser.ConfigParser()
    config.read(REPO / "setup.cfg")
    return config


def test_one_version_stands_everywhere() -> None:
    version = setup_cfg()["metadata"]["version"]
    assert f"\nversion: {version}\n" in (REPO / "CITATION.cff").read_text(encoding="utf-8")
    changes = (REPO / "CHANGELOG.md").read_text(encoding="utf-8")
    first = re.search(r"(?m)^## (\S+)", changes)
    assert first
    assert first[1] in (version, "Unreleased")


def test_every_requirement_has_a_lowest_version() -> None:
    script = [sys.executable, str(REPO / ".ci" / "lowest.py")]
    done = subprocess.run(script, check=True, capture_output=True, text=True)
    lines = dict(line.split("==") for line in done.stdout.splitlines())
    assert {"numpy", "numba", "scipy", "h5py", "brian2", "matplotlib", "pint"} <= lines.keys()
    for name, lowest in lines.items():  # of Python 3.11; others begin higher
        assert Version(installed(name)) >= Version(lowest), name


def test_the_command_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"neuroep {installed('neuroep')}\n"


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
        (about,) = (name for name in packed if name.endswith(".dist-info/METADATA"))
        description = message_from_bytes(wheel.read(about)).get_payload()

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
    every_link_leads_somewhere_from_anywhere(str(description))
    # Tests come with the source archive, so that a packager can run them.
    assert (unpacked / "tests" / "conftest.py").is_file()
