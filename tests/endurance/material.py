"""What is mutated: valid inputs of every type, and small runs that read them."""

import csv
import gzip
import io
import json
import tarfile
import zipfile
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np

LABELS = ("neg", "pos")
TEXTS = (
    "I wanted to like it, but it is a dull and dreadful film",
    "The film was wonderful & moving; the cast is superb",
    "hardly a dull scene",
    'a "quoted" line, with commas',
)
PREMISES = ("A man plays a guitar.", "Two dogs run through a field.", "A child sleeps.")
JUDGED = ("entailment", "contradiction", "neutral")


class Material:
    """Run folders by what they learned, and valid inputs as bytes, by the name of their file."""

    def __init__(self, reviews: Path, pairs: Path, digits: Path) -> None:
        self.runs = {"reviews": reviews, "pairs": pairs, "digits": digits}

    @cached_property
    def texts(self) -> dict[str, bytes]:
        """Labelled texts in every format."""
        rows = [{"text": text, "label": LABELS[n % 2]} for n, text in enumerate(TEXTS)]
        found = {"a.txt": "\n".join(TEXTS).encode()}
        for name, tab in (("a.csv", ","), ("a.tsv", "\t")):
            text = io.StringIO()
            writer = csv.DictWriter(text, ["text", "label"], delimiter=tab)
            writer.writeheader()
            writer.writerows(rows)
            found[name] = text.getvalue().encode()
        lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
        return found | {"a.jsonl": lines, "a.json": json.dumps(rows).encode()}

    @cached_property
    def archives(self) -> dict[str, bytes]:
        """Reviews as the official archive holds them, packed in every way."""
        members = {
            f"aclImdb/{split}/{label}/{n}_{9 if label == 'pos' else 2}.txt": text.encode()
            for split in ("train", "test")
            for label in LABELS
            for n, text in enumerate(TEXTS)
        }
        plain, zipped = io.BytesIO(), io.BytesIO()
        with tarfile.open(fileobj=plain, mode="w") as archive:
            for name, data in members.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
        with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, data in members.items():
                packed.writestr(name, data)
        return {
            "a.tar": plain.getvalue(),
            "a.tar.gz": gzip.compress(plain.getvalue(), mtime=0),
            "a.zip": zipped.getvalue(),
        }

    @cached_property
    def pairs(self) -> dict[str, bytes]:
        """Two sentences and a label, as SNLI has them and as a table."""
        rows = [
            {"gold_label": JUDGED[n], "sentence1": one, "sentence2": one.lower()}
            for n, one in enumerate(PREMISES)
        ]
        table = "premise,hypothesis,label\n" + "".join(
            f"{row['sentence1']},{row['sentence2']},{row['gold_label']}\n" for row in rows
        )
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        return {"snli_1.0_test.jsonl": lines.encode(), "p.csv": table.encode()}

    @cached_property
    def vectors(self) -> dict[str, bytes]:
        """Word vectors as text with and without a header, packed, binary and .npz."""
        words = ["the", "film", "was", "a", "dull", "wonderful", "moving", "cast", "is", "scene"]
        values = np.random.default_rng(1).normal(size=(len(words), 8)).astype("f4")
        rows = [
            f"{w} {' '.join(f'{x:.5f}' for x in v)}\n" for w, v in zip(words, values, strict=True)
        ]
        glove, head = "".join(rows).encode(), f"{len(words)} 8\n".encode()
        binary = head + b"".join(
            w.encode() + b" " + v.tobytes() + b"\n" for w, v in zip(words, values, strict=True)
        )
        packed = io.BytesIO()
        np.savez(packed, words=np.array(words), vectors=values)
        return {
            "v.txt": glove,
            "v.vec": head + glove,
            "v.vec.gz": gzip.compress(head + glove, mtime=0),
            "v.bin": binary,
            "v.npz": packed.getvalue(),
        }

    @cached_property
    def images(self) -> dict[str, bytes]:
        """Images of 8 x 8 pixels: idx files, packed and not, and arrays."""
        pixels = np.random.default_rng(2).integers(0, 255, (20, 8, 8)).astype("u1")
        labels = (np.arange(20) % 10).astype("u1")
        idx = b"\0\0\x08\x03" + np.array([20, 8, 8], ">u4").tobytes() + pixels.tobytes()
        tags = b"\0\0\x08\x01" + np.array([20], ">u4").tobytes() + labels.tobytes()
        packed = io.BytesIO()
        np.savez(packed, x_train=pixels, y_train=labels, x_test=pixels, y_test=labels)
        files = {"digits.npz": packed.getvalue()}
        for split in ("train", "t10k"):
            files[f"idx/{split}-images-idx3-ubyte.gz"] = gzip.compress(idx, mtime=0)
            files[f"idx/{split}-labels-idx1-ubyte"] = tags
        return files

    def tables(self, folder: Path) -> dict[str, bytes]:
        """Return rows of numbers with a label in every format."""
        rows = np.random.default_rng(3).normal(size=(24, 3)).round(4)
        kinds = np.array(["a", "b"])[np.arange(24) % 2]
        lines = [",".join(map(str, row)) + f",{k}\n" for row, k in zip(rows, kinds, strict=True)]
        text = "x,y,z,label\n" + "".join(lines)
        packed = io.BytesIO()
        np.savez(packed, x=rows, y=np.arange(24) % 2)
        path = folder / "made.h5"
        with h5py.File(path, "w") as file:
            file["x"], file["y"] = rows, np.arange(24) % 2
        found: dict[str, Any] = {"t.csv": text.encode(), "t.tsv": text.replace(",", "\t").encode()}
        found |= {"t.npz": packed.getvalue(), "t.h5": path.read_bytes()}
        path.unlink()
        return found

    @cached_property
    def raw(self) -> bytes:
        """Return a raw file as ngspice writes it."""
        head = (
            "Title: x\nDate: today\nPlotname: Transient Analysis\nFlags: real\nNo. Variables: 3\n"
        )
        names = (
            "No. Points: 5\nVariables:\n\t0\ttime\ttime\n\t1\tv(a)\tvoltage\n\t2\ti(v)\tcurrent\n"
        )
        return f"{head}{names}Binary:\n".encode() + np.arange(15.0).tobytes()
