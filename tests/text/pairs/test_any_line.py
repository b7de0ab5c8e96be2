"""Whatever a line of SNLI holds."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroep.errors import InputError
from neuroep.tables.labels import label_name
from neuroep.tables.records import Records
from neuroep.text.pairs import LABELS, Pair
from neuroep.text.pairs import files as pair_files

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(["neutral", "-"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(["gold_label", "sentence1", "sentence2", "pairID"])


@given(st.binary(max_size=60) | st.dictionaries(KEYS, JSON_VALUES).map(json.dumps).map(str.encode))
def test_whatever_a_line_holds_is_a_pair_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("line") / "a.jsonl"
    path.write_bytes(data)
    message, read = "", []
    try:
        records = Records(path)
        read = [pair_files._pair(records, record) for record in records]
    except InputError as error:
        message = str(error)
    if message:
        assert re.fullmatch(rf"{path}: .+", message)
        return
    entries = [json.loads(line) for line in data.decode("utf-8-sig").split("\n") if line.strip()]
    for pair, entry in zip(read, entries, strict=True):
        if pair is None:
            assert label_name(entry["gold_label"]) in ("", "-", "-1")
        else:
            label = LABELS[entry["gold_label"].strip()]
            assert pair == Pair(label, entry["sentence1"], entry["sentence2"])
