# SPDX-License-Identifier: BSD-3-Clause
"""One line for objects that hold arrays, whose own representation would fill screens."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any

import numpy as np

_LONGEST = 299
_LONGEST_PART = 60


def short_repr(instance: Any) -> str:
    """Name of the class and its fields: sizes of arrays and collections, names of objects."""
    parts = [
        f"{field.name}={_part(getattr(instance, field.name))}"
        for field in dataclasses.fields(instance)
        if field.repr
    ]
    text = f"{type(instance).__name__}({', '.join(parts)})"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]}...)"


def _part(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"<{value.dtype} {' x '.join(map(str, value.shape))}>"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return f"<{type(value).__name__}>"
    text = repr(value)
    if len(text) <= _LONGEST_PART:
        return text
    count = f" of {len(value)}" if isinstance(value, Collection) else ""
    return f"<{type(value).__name__}{count}>"
