"""Characters that nobody sees, or that steer who shows them: written as an escape."""

import re

# Controls but for tab and the ends of lines, delete and C1 among them; marks of direction, which
# turn a line around; what nobody sees; separators of lines; halves of characters, which no stream
# takes.
_STEERING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


def escaped(text: str) -> str:
    r"""Return a text with what steers its reader written as ``\u001b``, which JSON reads back."""
    return _STEERING.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
