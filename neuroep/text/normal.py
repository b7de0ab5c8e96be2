"""One form for what may be written in several: Unicode's variants, marks of HTML, apostrophes.

Two texts that look the same to a reader are then the same words to a network.
"""

import html
import re
import unicodedata
from functools import cache

# Elements of HTML; others in angle brackets, as <user> in tweets, are words that somebody wrote.
_BREAKING = (
    "address|article|blockquote|br|center|dd|div|dl|dt|figure|footer|form|h[1-6]|header|hr|li|main|"
    "nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul"
)
_INLINE = (
    "a|abbr|acronym|b|big|body|cite|code|del|em|font|head|html|i|img|ins|kbd|mark|meta|q|s|samp|"
    "small|span|strike|strong|sub|sup|title|tt|u|var"
)
# No tag reaches across another's bracket, so that a text of brackets is read in linear time.
_BREAKING_TAG = re.compile(rf"</?(?:{_BREAKING})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE})(?:\s[^<>]*)?/?>|<!--[^<>]*-->", re.IGNORECASE)
# A name needs its semicolon: "R&D" is no entity. Numbers are plain without it, too.
_ENTITY = re.compile(
    r"&(?:#\d{1,7}(?:;|(?!\d))|#[xX][\da-fA-F]{1,6}(?:;|(?![\da-fA-F]))|[A-Za-z][A-Za-z\d]{1,30};)"
)

_APOSTROPHES = (
    "`\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02c8\u02ca\u02cb\u055a\u05f3\u07f4\u07f5\u1fbd\u1fbf"
    "\u1fef\u1ffd\u2018\u2019\u201b\u2032\u2035\u275b\u275c\ua78c\uff07\uff40"
)
# Line breaks as several published sets of reviews write them.
_ESCAPED_BREAK = re.compile(r"(?:\\r)?\\n")
# As SQL and printed Python write an apostrophe.
_ESCAPED = re.compile(r"(?<=[^\W_])(?:\\'|'')(?=[^\W_])")
# What nobody sees: soft hyphens, joiners, marks of direction, variation selectors, controls.
_HIDDEN = (
    *((0x00, 0x08), (0x0E, 0x1F), (0x7F, 0x84), (0x86, 0x9F), (0xAD, 0xAD), (0x34F, 0x34F)),
    *((0x61C, 0x61C), (0x640, 0x640), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F)),
    *((0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFB), (0x1D173, 0x1D17A)),
    (0xE0000, 0xE0FFF),
)
_VARIANTS = {
    **{chr(code): "" for first, last in _HIDDEN for code in range(first, last + 1)},
    **dict.fromkeys(_APOSTROPHES, "'"),
    **dict.fromkeys("\v\f\x85\u2028\u2029", "\n"),
    "\u2122": " ",  # the trade mark, which NFKC makes letters of: "Filmtm"
}
_MAY_VARY = re.compile(r"[^\t\n\r -_a-~]")  # told quickly; most texts hold none
# Marks above and below letters that no letter of their own stands for; vowel points, that Arabic
# and Hebrew mostly leave out.
_MARKS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]+"
)
_MOST_MARKS = 30  # at one letter; Unicode's Stream-Safe Text Format, UAX #15
_LONG_RUN = re.compile(f"[^\\0-\u02ff]{{{_MOST_MARKS}}}")  # of what may be marks, told quickly


def normal(text: str) -> str:
    """Return a text in lower case and in its one form, see the module.

    Tags of HTML are taken out, or are line breaks where a browser breaks the line; entities are
    what they stand for; a backslash and an n are a line break. Compatible characters are one
    (NFKC): full-width letters, ligatures, accents apart from their letter. What is not seen is
    taken out, and all apostrophes are "'".
    """
    if "<" in text or "&" in text:
        # Thrice: pages are often stored with their own tags and entities as entities.
        text = _without_tags(_without_tags(_without_tags(text)))
    text = _MAY_VARY.sub(lambda found: _VARIANTS.get(found[0], found[0]), text)
    if not text.isascii():
        if _LONG_RUN.search(text):
            text = _many_marks().sub(r"\1", text)
        text = unicodedata.normalize("NFKC", text)
    text = text.lower()
    if not text.isascii():
        text = _MARKS.sub("", text)
    if "\\" in text:
        text = _ESCAPED_BREAK.sub("\n", text)
    return _ESCAPED.sub("'", text)


def _without_tags(text: str) -> str:
    text = _INLINE_TAG.sub("", _BREAKING_TAG.sub("\n", text))
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)


@cache
def _many_marks() -> re.Pattern[str]:
    """Runs of marks that would take normalize() time with the square of their length."""
    codes = (code for code in range(0x300, 0x1F000) if unicodedata.combining(chr(code)))
    marks = "".join(map(chr, codes))
    return re.compile(f"([{marks}]{{{_MOST_MARKS}}})[{marks}]+")
