"""Whatever the input, a command ends in a result or in one line: no traceback, no hang."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from endurance.kinds import KINDS
from endurance.material import Material
from endurance.trial import Server, trial, warming

FEW = 6
"""Inputs of each type that are tried every time."""

MANY = 460
"""And by ``make endurance``: ten thousand of all types together."""


@pytest.fixture(scope="module")
def material(finished_run: Path, pairs_run: Path, digits_run: Path) -> Material:
    return Material(finished_run, pairs_run, digits_run)


@pytest.fixture(scope="module")
def server(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(warming(material, tmp_path_factory.mktemp("warm")))
    yield server
    server.close()


def _try(server: Server, kind: str, numbers: range, material: Material, folder: Path) -> None:
    failures = list(trial(server, kind, numbers, material, folder))
    assert not failures, f"{len(failures)} inputs, kept in {folder}:\n" + "\n".join(
        map(str, failures[:20])
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_few_inputs(server: Server, kind: str, material: Material, tmp_path: Path) -> None:
    _try(server, kind, range(FEW), material, tmp_path)


@pytest.mark.endurance
@pytest.mark.parametrize("kind", KINDS)
def test_many_inputs(server: Server, kind: str, material: Material, tmp_path: Path) -> None:
    _try(server, kind, range(FEW, MANY), material, tmp_path)
