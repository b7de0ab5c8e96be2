"""Where a result comes from: versions, machine, data, and the command that makes it again."""

import hashlib
import json
import platform
import shlex
import subprocess
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Any

from neuroep import __version__
from neuroep.design.design import Design
from neuroep.runs.options import TrainOptions

PACKAGES = ("numpy", "numba", "scipy", "h5py", "brian2", "scikit-learn")
"""Those whose version can change a digit."""

ROOT = Path(__file__).parents[2]


def now() -> str:
    """Return the time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def provenance(options: TrainOptions, design: Design, seconds: float) -> dict[str, Any]:
    """Return where the result of a run comes from, as plain values.

    Parameters
    ----------
    options : TrainOptions
        As the run's folder keeps them.
    design : Design
        What was trained.
    seconds : float
        Wall time of the run so far, over all its sessions.

    Returns
    -------
    dict
        ``neuroep``, ``commit``, ``python``, ``packages``, ``blas``, ``processor``, ``system``,
        ``data`` (by option: path and SHA-256), ``seed``, ``limit`` (examples of each split, None:
        all), ``set`` (what was overridden of the design), ``settings`` (see :func:`settings`),
        ``command``, ``begun`` (ISO 8601, UTC) and ``seconds``. What cannot be found out is an empty
        text.
    """
    paths = {name: getattr(options, name) for name in options.contents}
    return {
        "neuroep": __version__,
        "commit": commit(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "blas": blas_libraries(),
        "processor": _processor(),
        "system": platform.platform(),
        "data": {
            name: {"path": paths[name], "sha256": digest}
            for name, digest in options.contents.items()
        },
        "seed": design.seed,
        "limit": options.limit,
        "set": list(options.overrides),
        "settings": settings(options, design),
        "command": command(options),
        "begun": options.begun,
        "seconds": round(seconds, 3),
    }


def settings(options: TrainOptions, design: Design) -> str:
    """Return a SHA-256 of all that was set of a run, which its seeds and chips have in common.

    Seed, number of the chip and what is recorded are left out; word vectors count by their names,
    columns of the data as they were named.
    """
    resolved = design.resolved()
    for key in ("seed", "traces"):
        resolved.pop(key, None)
    resolved["circuit"].pop("chip", None)
    said = [resolved, [Path(name).name for name in options.vectors], dict(options.columns)]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def command(options: TrainOptions) -> str:
    """Return the command line that trains the same again."""
    words = ["neuroep", "train", options.design]
    for name in ("data", "validation", "test", "baselines", "limit"):
        if (value := getattr(options, name)) is not None:
            words += [f"--{name}", str(value)]
    for role, column in options.columns.items():
        words += [f"--{role}-column", column]
    for solver in options.test_by:
        words += ["--test-by", solver]
    for name in ("no_baselines", "no_figures"):
        if getattr(options, name):
            words.append(f"--{name.replace('_', '-')}")
    for entry in options.overrides:
        words += ["--set", entry]
    if options.vectors:  # takes all words up to the next option
        words += ["--vectors", *options.vectors]
    return shlex.join(words)


@cache
def commit() -> str:
    """Return the commit neuroep is of, ``-dirty`` behind it where files differ; empty if unknown.

    That of a checkout, or the one that ``pip install git+...`` noted.
    """
    if (ROOT / ".git").exists():
        described = _git("describe", "--always", "--abbrev=40", "--dirty", "--exclude=*")
        return described or _git("rev-parse", "HEAD")
    try:
        noted = distribution("neuroep").read_text("direct_url.json")
        found = json.loads(noted or "{}")["vcs_info"]["commit_id"]
    except (PackageNotFoundError, ValueError, KeyError, TypeError):
        return ""
    return str(found)


def _git(*arguments: str) -> str:
    line = ["git", "--no-optional-locks", "-C", str(ROOT), *arguments]
    try:
        said = subprocess.check_output(line, stderr=subprocess.DEVNULL, text=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return ""
    return said.strip()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def blas_libraries() -> list[str]:
    """Return each BLAS that is loaded: name, version and the processor it takes this one for."""
    from threadpoolctl import threadpool_info

    found = [one for one in threadpool_info() if one["user_api"] == "blas"]
    told = [[one["internal_api"], one["version"], one.get("architecture")] for one in found]
    return sorted({" ".join(str(word) for word in words if word) for words in told})


@cache
def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        lines = []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
