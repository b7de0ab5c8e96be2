"""The types of inputs, and for each a mutated one with the command that reads it."""

import gzip
import shutil
import tomllib
from pathlib import Path

from experiment_support import ON_DEVICES, PAIRS, REPO, TINY

from endurance.command import Command, Kind
from endurance.material import Material
from endurance.mutations import (
    RAW,
    Rng,
    mutate_bytes,
    mutate_hdf5,
    mutate_json,
    mutate_lines,
    mutate_toml,
    one_of,
)
from endurance.studied import fit, sweep, verify

CIRCUITS = REPO / "circuits"


BRIEF = ("--no-baselines", "--no-figures", "--epochs", "1", "--out")


def design(rng: Rng, folder: Path, material: Material) -> Command:
    """A design file."""
    files = ("attention_small", "resistive_small", "transistors_small", "plasticity_small")
    small = {name: (CIRCUITS / "designs" / f"{name}.toml").read_text() for name in files}
    learns = {"tiny": TINY, "pairs": PAIRS, "devices": ON_DEVICES}
    learned = rng.random() < 0.6
    text = one_of(rng, list((learns if learned else small).values()))
    way = rng.random()
    if way < 0.8:
        text = mutate_toml(rng, tomllib.loads(text))
    elif way < 0.9:
        text = mutate_lines(rng, text)
    data = text.encode("utf-8", "replace")
    (folder / "d.toml").write_bytes(data if way < 0.9 else mutate_bytes(rng, data))
    if learned and rng.random() < 0.6:
        return Command(["train", "d.toml", "--limit", "40", *BRIEF, "run"])
    return Command(["netlist", "d.toml", "-o", "chip.cir"])


KEYS = (
    "title", "seed", "solver", "settle.steps", "settle.residual", "spiking.window",
    "cost.classes", "layers.heads.queries", "layers.hidden.size", "layers.words.tokens",
    "layers.x.y", "circuit.supply", "spiking.time_step", "spiking.free_duration",
    "traces.budget_megabytes", "traces.interval", "text.window", "text.words", "text.ngrams",
    "text.word_dropout", "learning.rates", "learning.beta", "learning.batch", "learning.rule",
    "couplings.0.gain", "couplings.9.gain", "couplings", "circuit.cells.hard_sigmoid",
    "circuit.capacitances", "circuit.duration", "circuit.temperature", "devices.card",
    "devices.card.step.up", "a.b.c", "", "=", "title.x", "layers", "\x1b[31m", "'", '"',
)  # fmt: skip


def override(rng: Rng, folder: Path, material: Material) -> Command:
    """An entry overridden on the command line."""
    (folder / "d.toml").write_text(TINY)
    asked: list[str] = []
    for _ in range(int(rng.integers(1, 4))):
        value = one_of(rng, RAW)[:50_000].replace("\0", "")
        asked += ["--set", f"{one_of(rng, KEYS)}={value}"]
    if rng.random() < 0.5:
        return Command(["train", "d.toml", "--limit", "40", *BRIEF, "run", *asked])
    name = one_of(rng, ("attention_small", "resistive_small", "d.toml"))
    return Command(["netlist", name, "-o", "chip.cir", *asked])


EVIL = (
    ".control\nshell touch pwned\n.endc", ".include /etc/passwd", ".lib ../a.lib tt",
    ".include me.cir", ".save file", ".csparam a=1", "v1 a 0 pwl file=/etc/passwd",
    "a1 [a b] m\n.model m filesource(file=\"x\")", ".op", ".tran 1n 1u", "v9 a k 1", ".end",
    ".ends", ".subckt", ".subckt b a", "r1 a k nan", "r1 a k inf", "r1 a k 1e999", ".param p=nan",
    "+", "+ x", "*", ".write a", ".model d1 d(is=1e-14)", ".ENDS", "\x00", "b1 a k i=1/0",
    ".if (1)", ".endif", "$ x", "; x", ".title \x1b[31m",
)  # fmt: skip


def cell(rng: Rng, folder: Path, material: Material) -> Command:
    """A designer's own cell file."""
    names = {"resistive_small": ("diode", "conductance", "bidirectional_amplifier")}
    names["attention_small"] = ("hard_sigmoid", "differential_pair", "membrane", "score", "nudge")
    name = one_of(rng, list(names))
    own = one_of(rng, names[name])
    text = (CIRCUITS / "cells" / "ideal" / f"{own}.cir").read_text()
    way = rng.random()
    if way < 0.4:
        lines = text.splitlines()
        lines[(at := int(rng.integers(len(lines) + 1))) : at] = one_of(rng, EVIL).splitlines()
        text = "\n".join(lines)
    elif way < 0.8:
        text = mutate_lines(rng, text)
    data = text.encode()
    (folder / "me.cir").write_bytes(data if way < 0.8 else mutate_bytes(rng, data))
    return Command(["netlist", name, "-o", "chip.cir", "--set", f"circuit.cells.{own}=me.cir"])


def card(rng: Rng, folder: Path, material: Material) -> Command:
    """A device card."""
    text = one_of(rng, sorted((CIRCUITS / "devices").glob("*.toml"))).read_text()
    way = rng.random()
    if way < 0.7:
        text = mutate_toml(rng, tomllib.loads(text))
    data = (text if way < 0.85 else mutate_lines(rng, text)).encode("utf-8", "replace")
    (folder / "c.toml").write_bytes(data if way < 0.95 else mutate_bytes(rng, data))
    if rng.random() < 0.3:
        (folder / "d.toml").write_text(ON_DEVICES)
        return Command(
            ["train", "d.toml", "--limit", "40", *BRIEF, "run", "--set", "devices.card=c.toml"]
        )
    return Command(["devices", "c.toml"])


def _file(rng: Rng, folder: Path, files: dict[str, bytes]) -> str:
    """Write one of some files, mutated, and return its name."""
    name = one_of(rng, list(files))
    data = files[name]
    packed = name.endswith(".gz") and rng.random() < 0.6
    data = gzip.decompress(data) if packed else data
    if name.endswith((".txt", ".csv", ".tsv", ".jsonl", ".json", ".vec")) and rng.random() < 0.6:
        data = mutate_lines(rng, data.decode()).encode("utf-8", "replace")
    else:
        data = mutate_bytes(rng, data)
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(data, 1, mtime=0) if packed else data)
    return name


def _asked(rng: Rng, run: Path, name: str) -> Command:
    if rng.random() < 0.5:
        return Command(["predict", str(run), name])
    return Command(["eval", str(run), "--data", name, "--limit", "8"])


def texts(rng: Rng, folder: Path, material: Material) -> Command:
    """Texts in a table or a file of lines."""
    return _asked(rng, material.runs["reviews"], _file(rng, folder, material.texts))


def archive(rng: Rng, folder: Path, material: Material) -> Command:
    """An archive of reviews."""
    name = _file(rng, folder, material.archives)
    return Command(["eval", str(material.runs["reviews"]), "--data", name, "--limit", "8"])


def reviews(rng: Rng, folder: Path, material: Material) -> Command:
    """A folder of reviews."""
    for split in ("train", "test"):
        for label in ("neg", "pos"):
            place = folder / "data" / split / label
            place.mkdir(parents=True)
            (place / "1_2.txt").write_bytes(mutate_bytes(rng, b"a dull and dreadful film"))
            (place / "Thumbs.db").write_bytes(rng.bytes(40))
    if rng.random() < 0.3:
        (place / "2_9.txt").symlink_to(one_of(rng, ("/dev/zero", "2_9.txt", "..", "/nowhere")))
    name = one_of(rng, ("data", "data/test", "data/train/neg"))
    return Command(["eval", str(material.runs["reviews"]), "--data", name, "--limit", "8"])


def pairs(rng: Rng, folder: Path, material: Material) -> Command:
    """Pairs of sentences."""
    return _asked(rng, material.runs["pairs"], _file(rng, folder, material.pairs))


def images(rng: Rng, folder: Path, material: Material) -> Command:
    """Images: idx files and arrays."""
    for name, data in material.images.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    name = _file(rng, folder, material.images)
    return _asked(rng, material.runs["digits"], name.split("/")[0])


def table(rng: Rng, folder: Path, material: Material) -> Command:
    """A table of numbers."""
    files = material.tables(folder)
    name = one_of(rng, list(files))
    if name.endswith(".h5"):
        (folder / name).write_bytes(files[name])
        mutate_hdf5(rng, folder / name)
    else:
        name = _file(rng, folder, {name: files[name]})
    return Command(["new", "table", "--data", name, "-o", "new.toml"])


def vectors(rng: Rng, folder: Path, material: Material) -> Command:
    """Word vectors."""
    (folder / "d.toml").write_text(TINY)
    name = _file(rng, folder, material.vectors)
    return Command(["train", "d.toml", "--limit", "40", *BRIEF, "run", "--vectors", name])


def run_metrics(rng: Rng, folder: Path, material: Material) -> Command:
    """What came out of a run."""
    run = _copy(rng, folder, material)
    text = (run / "metrics.json").read_text()
    made = mutate_json(rng, text) if rng.random() < 0.8 else mutate_lines(rng, text)
    (run / "metrics.json").write_text(made, errors="replace")
    return Command([*one_of(rng, (["info"], ["table"], ["twins", "-o", "t.png"])), "copy"])


def run_design(rng: Rng, folder: Path, material: Material) -> Command:
    """The design of a run."""
    run = _copy(rng, folder, material)
    text = (run / "design.toml").read_text()
    way = rng.random()
    made = mutate_toml(rng, tomllib.loads(text)) if way < 0.8 else mutate_lines(rng, text)
    (run / "design.toml").write_text(made, errors="replace")
    return Command(one_of(rng, (["info", "copy"], _eval(folder))))


def run_trained(rng: Rng, folder: Path, material: Material) -> Command:
    """The weights of a run."""
    mutate_hdf5(rng, _copy(rng, folder, material) / "trained.h5")
    command = one_of(rng, (["info", "copy/trained.h5"], _eval(folder)))
    return Command(command)


def run_checkpoint(rng: Rng, folder: Path, material: Material) -> Command:
    """The checkpoint of a run that was interrupted."""
    run = _copy(rng, folder, material)
    mutate_hdf5(rng, run / "checkpoint.h5")
    for name in ("metrics.json", "trained.h5"):
        (run / name).unlink()
    return Command(one_of(rng, (["info", "copy/checkpoint.h5"], ["train", "--resume", "copy"])))


def run_options(rng: Rng, folder: Path, material: Material) -> Command:
    """How a run was asked for."""
    run = _copy(rng, folder, material)
    text = (run / "options.json").read_text()
    (run / "options.json").write_text(mutate_json(rng, text), errors="replace")
    (run / "metrics.json").unlink()
    return Command(one_of(rng, (["train", "--resume", "copy"], _eval(folder))))


def run_report(rng: Rng, folder: Path, material: Material) -> Command:
    """Whatever of a run, or of a verification, a report reads."""
    run = _copy(rng, folder, material)
    verified = Path(shutil.copy(REPO / "docs/results/verify_attention_small.json", run / "v.json"))
    read = one_of(rng, [*run.rglob("*.json"), run / "history.jsonl", run / "design.toml"])
    mutate = mutate_json if read.suffix == ".json" else mutate_lines
    read.write_text(mutate(rng, read.read_text()), errors="replace")
    if read.suffix == ".jsonl":
        (run / "metrics.json").unlink()
    return Command(["report", str(verified if read == verified else "copy"), "-o", "page.html"])


def run_names(rng: Rng, folder: Path, material: Material) -> Command:
    """Something else than files behind the names of a run's folder."""
    run = _copy(rng, folder, material)
    path = one_of(rng, sorted(path for path in run.rglob("*") if path.is_file()))
    path.unlink()
    way = int(rng.integers(4))
    if way == 0:
        __import__("os").mkfifo(path)
    elif way == 1:
        path.mkdir()
    else:
        path.symlink_to(
            one_of(rng, ("/dev/zero", "/dev/full", path.name, "/etc", "/proc/self/mem"))
        )
    return Command(
        one_of(
            rng,
            (
                ["info", "copy"],
                ["table", "copy"],
                _eval(folder),
                ["train", "--resume", "copy"],
                ["info", f"copy/{path.name}"],
            ),
        )
    )


def traces(rng: Rng, folder: Path, material: Material) -> Command:
    """Traces."""
    run = _copy(rng, folder, material)
    mutate_hdf5(rng, run / "traces.h5")
    commands = (
        ["info", "copy/traces.h5"],
        ["info", "copy"],
        ["python", "traces", "copy/traces.h5"],
    )
    return Command(one_of(rng, commands))


def raw(rng: Rng, folder: Path, material: Material) -> Command:
    """What ngspice wrote."""
    (folder / "a.raw").write_bytes(mutate_bytes(rng, material.raw))
    return Command(["python", "raw", "a.raw"])


def baselines(rng: Rng, folder: Path, material: Material) -> Command:
    """What baselines a run is held against."""
    (folder / "d.toml").write_text(TINY)
    line = '{"name": "words", "test_accuracy": 0.8, "validation_accuracy": 0.8, "strength": 1.0}'
    about = '"data": "built-in reviews", "limit": 8, "test": 8'
    entry = f'{{{about}, "baselines": {{"words": {line}}}}}'
    (folder / "b.json").write_text(mutate_json(rng, f'{{"text": {entry}}}'), errors="replace")
    return Command(["train", "d.toml", "--limit", "40", *BRIEF[1:], "run", "--baselines", "b.json"])


def options(rng: Rng, folder: Path, material: Material) -> Command:
    """Options of a command."""
    (folder / "d.toml").write_text(TINY)
    run = str(material.runs["reviews"])
    bases = (
        ["train", "d.toml", "--limit", "40", *BRIEF, "run"], ["eval", run, "--limit", "8"],
        ["predict", run],
        ["netlist", "attention_small", "-o", "chip.cir"], ["info", run], ["table", run], ["list"],
        ["devices", "soft_64"], ["new", "texts", "-o", "n.toml"],
    )  # fmt: skip
    given: list[str] = list(one_of(rng, bases))
    for _ in range(int(rng.integers(1, 3))):
        value = one_of(rng, RAW)[:2000].replace("\0", "")
        at = int(rng.integers(len(given) + 1))
        given[at : at + int(rng.integers(2))] = one_of(
            rng,
            (
                [value],
                ["--solver", value],
                ["--data", value],
                ["--seed", value],
                ["--limit", value],
            ),
        )
    return Command(given)


NAMES = (
    "NEUROEP_THREADS",
    "COLUMNS",
    "LINES",
    "TERM",
    "HOME",
    "LANG",
    "NO_COLOR",
    "TMPDIR",
    "NEUROEP_DATA",
)


def environment(rng: Rng, folder: Path, material: Material) -> Command:
    """Variables of the environment."""
    given = {
        one_of(rng, NAMES): one_of(rng, RAW)[:2000]
        .replace("\0", "")
        .encode("utf-8", "replace")
        .decode()
        for _ in range(int(rng.integers(1, 4)))
    }
    if given.get("NEUROEP_THREADS", "1").strip().isdecimal():
        given.pop("NEUROEP_THREADS", None)  # threads would not survive the fork
    run = str(material.runs["reviews"])
    (folder / "a.txt").write_text("a film\n")
    command = one_of(
        rng, (["predict", run, "a.txt"], ["list"], ["info", run], ["devices", "soft_64"])
    )
    return Command(command, given)


def _eval(folder: Path) -> list[str]:
    """Return the command that tests the copy of a run, by data as it was trained on."""
    own = folder / "digits.npz"
    return ["eval", "copy", "--limit", "8", *(["--data", own.name] if own.exists() else [])]


def _copy(rng: Rng, folder: Path, material: Material) -> Path:
    kind = one_of(rng, sorted(material.runs))
    shutil.copytree(material.runs[kind], folder / "copy")
    if kind == "digits":
        (folder / "digits.npz").write_bytes(material.images["digits.npz"])
    return folder / "copy"


KINDS: dict[str, Kind] = {
    kind.__name__: kind
    for kind in (
        design, override, cell, card, texts, archive, reviews, pairs, images, table, vectors,
        run_metrics, run_design, run_trained, run_checkpoint, run_options, run_names, run_report,
        traces, raw, baselines, options, environment, sweep, fit, verify,
    )
}  # fmt: skip
