"""Valid inputs, made invalid: by bytes, by lines, by values of JSON and TOML, by parts of HDF5."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import tomli_w

Rng = np.random.Generator

RAW = (
    "nan", "-nan", "inf", "-inf", "NaN", "Infinity", "1e999", "-1e999", "1e308", "5e-324", "0",
    "-1", "-0.0", "1", "0.5", "1000000000", "1000000000000000000000", "-1000000000000000000000",
    "9223372036854775807", "2147483648", "1" * 5000, "true", "false", "null", "[]", "{}", "[[]]",
    "[1, 2]", "[-1, 0]", '""', '"a"', '"nan"', '"1e999 V"', '"-1 V"', '"0 s"', '"1e9 s"',
    '"1e-300 S"', '"../../../etc/passwd"', '"/dev/zero"', '"a/b"', '"__proto__"',
    "[" * 2000 + "]" * 2000, '{"a": ' * 400 + "0" + "}" * 400, "{a = " * 400 + "0" + "}" * 400,
    '"' + "x" * 100_000 + '"', '"\\u0000"', '"\\u001b[31mred\\u001b[0m"', '"a\\nb\\rc"',
    '"\\u202e\\u0085"', '"%s{}${HOME}"', "1979-05-27T07:32:00Z", "07:32:00", '"\\ud800"', "",
)  # fmt: skip
"""What takes a value's place in JSON and TOML, as it is written there."""

WORDS = (
    b"nan", b"inf", b"-1", b"1e999", b"\0", b"\x1b[31m", b"\xff\xfe", b"\xef\xbb\xbf", b"\r\n",
    b"\n", b"\n\n\n", b'"', b"'", b",", b"\t", b"=", b"{", b"}", b"[" * 3000, b"9" * 400,
    b"\xe2\x80\xae", b"\xc2\x85", b"..", b"/", b"%", b" ", b"\xf0\x9f\x8e\xac", b"a" * 70_000,
)  # fmt: skip


def one_of(rng: Rng, choices: Any) -> Any:
    """Return one of some choices."""
    return choices[int(rng.integers(len(choices)))]


def mutate_bytes(rng: Rng, data: bytes) -> bytes:
    """Return data with a few bytes flipped, cut, doubled, moved, or strange words in them."""
    found = bytearray(data)
    for _ in range(int(rng.integers(1, 5))):
        size = len(found)
        if not size:
            return bytes(found)
        first, second = sorted(int(at) for at in rng.integers(0, size + 1, 2))
        way = int(rng.integers(9))
        if way <= 1:
            for at in rng.integers(0, size, int(rng.integers(1, 9))):
                found[at] ^= 1 << int(rng.integers(8))
        elif way == 2:
            del found[first:]
        elif way == 3:
            del found[first : min(second, first + 200)]
        elif way == 4:
            found[first:first] = found[first : min(second, first + 5000)]
        elif way == 5:
            found[first:first] = one_of(rng, WORDS)
        elif way == 6:
            word = one_of(rng, WORDS)
            found[first : first + len(word)] = word
        elif way == 7:
            found[first : first + 8] = rng.bytes(8)
        else:
            found[first : first + 4] = one_of(rng, (b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f"))
    return bytes(found)


def mutate_lines(rng: Rng, text: str) -> str:
    """Return a text with numbers and lines of it changed."""
    lines = text.splitlines()
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.integers(len(lines)))
        way = int(rng.integers(6))
        if way <= 1:
            numbers = list(re.finditer(r"[-+]?\d[\w.+-]*", lines[at]))
            if numbers:
                hit = one_of(rng, numbers)
                new = one_of(rng, RAW[:18])
                lines[at] = lines[at][: hit.start()] + new + lines[at][hit.end() :]
        elif way == 2:
            del lines[at]
        elif way == 3:
            lines.insert(at, lines[int(rng.integers(len(lines)))])
        elif way == 4:
            parts = re.split(r"(\W+)", lines[at])
            parts[int(rng.integers(len(parts)))] = one_of(rng, WORDS).decode("utf-8", "ignore")
            lines[at] = "".join(parts)
        else:
            lines[at] = lines[at].upper()
        lines = lines or [""]
    return one_of(rng, ("\n", "\n", "\n", "\r\n", "\r")).join(lines) + "\n"


def mutate_json(rng: Rng, text: str) -> str:
    """Return JSON with some values replaced, left out or under other names."""
    return _mutate_tree(rng, json.loads(text), json.dumps)


def mutate_toml(rng: Rng, content: dict[str, Any]) -> str:
    """Return TOML of a content with some values replaced, left out or under other names."""
    return _mutate_tree(rng, content, tomli_w.dumps)


def _mutate_tree(rng: Rng, content: Any, dumps: Callable[[Any], str]) -> str:
    content = json.loads(json.dumps(content))
    marks: list[str] = []
    for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
        places = list(_places(content))
        if not places:
            break
        table, key = one_of(rng, places)
        way = int(rng.integers(8))
        if way == 0:
            del table[key]
        elif way == 1 and isinstance(table, dict):
            table[one_of(rng, (f"{key}x", "", "__proto__", "a\x1bb", "a/b", "ä", "x" * 5000))] = (
                table.pop(key)
            )
        elif way == 2:
            table[key] = [table[key]] * int(rng.choice([1, 2, 1000]))
        elif way == 3 and isinstance(table[key], int | float):
            table[key] = table[key] * float(rng.choice([-1, 0, 0.1, 10, 1e6, 1e-30, 1e30]))
        else:
            table[key] = f"@@{len(marks)}@@"
            marks.append(one_of(rng, RAW))
    text = dumps(content)
    for number, raw in enumerate(marks):
        text = text.replace(f'"@@{number}@@"', raw)
    return text


def _places(content: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container of a tree with each of its keys."""
    if isinstance(content, dict):
        keys: list[Any] = list(content)
    else:
        keys = list(range(min(len(content), 4))) if isinstance(content, list) else []
    for key in keys:
        yield content, key
        yield from _places(content[key])


def mutate_hdf5(rng: Rng, path: Path) -> None:
    """Change a file: its bytes, or a part of its structure that a reader may believe."""
    if rng.random() < 0.4:
        path.write_bytes(mutate_bytes(rng, path.read_bytes()))
        return
    with h5py.File(path, "r+") as file:
        names: list[str] = []
        file.visititems(lambda name, one: names.append(name))
        name = one_of(rng, [n for n in names if isinstance(file[n], h5py.Dataset)])
        dataset = file[name]
        shape, dtype, attributes = dataset.shape, dataset.dtype, dict(dataset.attrs)
        way = int(rng.integers(12))
        if way == 0:
            _attribute(rng, one_of(rng, [file, dataset]))
            return
        if way == 1 and dtype.kind == "f" and dataset.size:
            values = dataset[()]
            values.flat[int(rng.integers(values.size))] = one_of(rng, (np.nan, np.inf, 1e38))
            dataset[...] = values
            return
        del file[name]
        if way == 2:
            file[name] = h5py.ExternalLink("/etc/passwd", "/a")
        elif way == 3:
            file[name] = h5py.SoftLink(one_of(rng, ("/", "/nowhere", f"/{name}")))
        elif way == 4:
            layout = h5py.VirtualLayout(shape or (1,), dtype)
            layout[...] = h5py.VirtualSource("other.h5", "x", shape or (1,))
            file.create_virtual_dataset(name, layout)
        elif way == 5:
            outside = [("/etc/passwd", 0, h5py.h5f.UNLIMITED)]
            kind = dtype if dtype.kind in "iuf" else np.dtype("u1")
            file.create_dataset(name, shape or (1,), kind, external=outside)
            return
        elif way == 6:
            huge = (1 << 40, *(1 for _ in shape[1:]))
            kind = dtype if dtype.kind in "iuf" else np.dtype("f8")
            file.create_dataset(name, huge, kind, chunks=(1 << 16, *huge[1:]), fillvalue=1)
        elif way == 7:
            bomb = (1 << 26, *(1 for _ in shape[1:]))
            file.create_dataset(name, bomb, "u8", chunks=bomb, compression="gzip", fillvalue=0)
        elif way == 8:
            file.create_dataset(name, data=[b"a", "b"], dtype=h5py.string_dtype())
        elif way == 9:
            file.create_dataset(name, shape or (1,), h5py.ref_dtype)
        elif way == 10:
            kind = one_of(rng, ("i1", "f2", "c16", "?", "S3"))
            file.create_dataset(name, shape, kind)
        else:
            file.create_group(name)
        if way > 3:
            kept = set(attributes) - {"DIMENSION_LIST", "REFERENCE_LIST", "CLASS", "NAME"}
            file[name].attrs.update({key: attributes[key] for key in sorted(kept)})


def _attribute(rng: Rng, owner: Any) -> None:
    keys = list(owner.attrs)
    if not keys:
        return
    key = one_of(rng, keys)
    del owner.attrs[key]
    value: Any = one_of(
        rng, ("", "[]", "[" * 5000, "\x1b[31m", -1, np.nan, [1, 2], "<U1000000000", None)
    )
    if value is not None:
        owner.attrs[key] = value
