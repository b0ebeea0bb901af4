# SPDX-License-Identifier: BSD-3-Clause
"""Notes of many cases, those of one kind told once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def kinds_of_notes(notes_of_cases: Iterable[Sequence[str]]) -> list[tuple[int, str]]:
    """Notes that differ in their numbers alone, taken together.

    Returns:
        How many cases have a note of each kind, and the first of them, most frequent first.
    """
    counts: Counter[str] = Counter()
    first: dict[str, str] = {}
    texts: dict[str, set[str]] = {}
    for notes in notes_of_cases:
        kinds = {_NUMBER.sub("#", note): note for note in notes}
        counts.update(kinds.keys())
        for kind, note in kinds.items():
            first.setdefault(kind, note)
            texts.setdefault(kind, set()).add(note)
    return [
        (count, first[kind] + (" (or alike)" if len(texts[kind]) > 1 else ""))
        for kind, count in counts.most_common()
    ]
