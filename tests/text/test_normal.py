"""One form for what may be written in several: Unicode, HTML, apostrophes."""

import numpy as np
import pytest

from neuroep.errors import InputError
from neuroep.text.normal import normal
from neuroep.text.pairs import open_pairs
from neuroep.text.texts import open_texts
from neuroep.text.vocabulary import Vocabulary
from neuroep.text.words import FIRST, plain_words, shuffle_words, split_words


@pytest.mark.parametrize(
    "apostrophe",
    [
        *"'\u2019\u02bc`\u00b4\uff07\u2018\u201b\u2032\uff40",
        *("&#39;", "&#x27;", "&apos;", "&rsquo;", "&amp;#39;", "&#39", "&#8217;", "&#146;"),
        *("\\'", "''"),
    ],
)
def test_an_apostrophe_is_one_however_it_is_written(apostrophe: str) -> None:
    assert plain_words(f"I DIDN{apostrophe}T enjoy") == ["i", "didn't", "enjoy"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("won\u00adder\u00adful", "wonderful"),
        ("won\u200bderful \ufeffmo\u2060ving", "wonderful moving"),
        ("won\u202ederful\u202c", "wonderful"),
        ("won\x08der\x7fful", "wonderful"),
        ("\uff37\uff4f\uff4e\uff44\uff45\uff52\uff46\uff55\uff4c\uff01", "wonderful !"),
        ("\U0001d4f0\U0001d4f8\U0001d4f8\U0001d4ed", "good"),
        ("\ufb01lm", "film"),
        ("cafe\u0301 cafe\u0301\u0323", "caf\u00e9 caf\u1eb9"),
        ("na\u00efve nai\u0308ve", "na\u00efve na\u00efve"),
        ("\u0130STANBUL", "istanbul"),
        ("\u1112\u1161\u11ab", "\ud55c"),
        ("g\u0300\u0301o\u0334o\u0335d", "good"),
        ("\u0641\u0650\u064a\u0644\u0652\u0645", "\u0641\u064a\u0644\u0645"),
        ("Film\u2122", "film"),
        ("one\u2028two\u2029three\x85four", "one \n two \n three \n four"),
        ("a\u00a0b&nbsp;c\u3000d", "a b c d"),
        ("so\u2026 good", "so . . . good"),
        ("a<br /><BR>b</p><p class='x'>c", "a \n \n b \n \n c"),
        ("one of the <b>fin</b>est <i>ever</i>", "one of the finest ever"),
        ('<a href="x">link</a><!-- no -->', "link"),
        ("a &lt;br /&gt; b &amp;lt;br&amp;gt; c", "a \n b \n c"),
        ("so good.\\nWe loved\\r\\nit", "so good . \n we loved \n it"),
        ("R&D &amp; AT&T &eacute;t&eacute;", "r d at t \u00e9t\u00e9"),
        ("<user> says 1 < 2 and <3", "user says 1 2 and 3"),
        ("&bogus; &#99999999; x&#xD800;", "bogus ; 99999999 ; x"),
    ],
)
def test_what_looks_alike_is_read_alike(written: str, read: str) -> None:
    assert " ".join(split_words(written)) == read


def test_a_text_of_marks_or_brackets_takes_no_time() -> None:
    assert plain_words("a" + "\u0301\u0323" * 200_000) == ["\u1ea1"]
    assert normal("<b " * 300_000).startswith("<b <b")
    assert len(normal("&" * 1_000_000)) == 1_000_000


def test_built_in_texts_are_read_as_they_were() -> None:
    texts = [review.text for review in open_texts(None).stream("train", 2000)]
    for pair in open_pairs(None).stream("train", 2000):
        texts += [pair.premise, pair.hypothesis]
    for text in texts:
        assert split_words(text) == split_words(text, FIRST)


def test_a_vocabulary_reads_as_it_was_learned() -> None:
    texts = ["a <i>good</i> film", "didn\u2019t, didn`t"] * 3
    learned = Vocabulary.learn(texts, min_count=1, buckets=0)
    assert sorted(learned.known) == ["a", "didn't", "film", "good"]
    arrays = learned.to_arrays()
    assert arrays["reading"] == 1
    again = Vocabulary.from_arrays(arrays)
    assert len(again.read("did\u00adn't")) == 1
    assert again.read("didn\u00b4t") == again.read("didn't")
    assert again.restricted({"didn't"}).reading == 1
    # What an earlier version saved does not say, and knew neither tags nor Unicode's forms.
    del arrays["reading"]
    earlier = Vocabulary.from_arrays(arrays)
    assert earlier.reading == FIRST
    assert earlier.read("didn\u2019t") == again.read("didn't")
    assert earlier.read("didn`t") == [earlier.nothing]
    rng = np.random.default_rng(1)
    assert sorted(shuffle_words("<i>a</i>", rng, FIRST).split()) == ["a", "i", "i"]
    for wrong in (np.array(7), np.array([1, 2]), np.array("x")):
        with pytest.raises(InputError, match="vocabulary: reading"):
            Vocabulary.from_arrays({**arrays, "reading": wrong})
