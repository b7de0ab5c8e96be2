"""Names that simulators and viewers take: letters, digits and ``_``, each of them once."""

import re


class Names:
    """Makes names that are told apart even by a program that ignores case."""

    def __init__(self, *taken: str) -> None:
        self._taken = set(taken)

    def of(self, *parts: str) -> str:
        """Return one name of several parts: ``("free", "hidden", "3")`` is ``free_hidden_3``.

        Whatever else a part holds becomes ``_``, but for the signs that tell +beta from -beta.
        """
        joined = "_".join(part for part in parts if part)
        spelled = re.sub(r"(?<!\w)\+", "plus ", re.sub(r"(?<!\w)-", "minus ", joined))
        plain = re.sub(r"[^a-z0-9]+", "_", spelled.lower()).strip("_")
        if not plain[:1].isalpha():
            plain = f"n{plain}"
        name, number = plain, 1
        while name in self._taken:
            number += 1
            name = f"{plain}_{number}"
        self._taken.add(name)
        return name
