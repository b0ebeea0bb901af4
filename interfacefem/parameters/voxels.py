# SPDX-License-Identifier: BSD-3-Clause
"""Edges and ranges of voxels as people write them."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from interfacefem.errors import InputError
from interfacefem.parameters.declaration import Declaration, entries_of, shown, whole_number
from interfacefem.parameters.door import Door
from interfacefem.units import parse_quantity

VoxelSize: TypeAlias = tuple[float, float, float]
Crop: TypeAlias = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]

_EXAMPLE = "25 nm"
_EDGES = f'one length such as "{_EXAMPLE}", or three for axes 0, 1, 2: "50 nm, 25 nm, 25 nm"'
_RANGES = 'first and one past the last voxel of each axis, such as "0:100,0:256,20:200"'


@dataclass(frozen=True)
class VoxelEdges(Declaration):
    """Edges of a voxel along axes 0, 1, 2: one length for all, or three."""

    @property
    def form(self) -> str:
        return f'such as "{_EXAMPLE}" or "50 nm, 25 nm, 25 nm"'

    def read(self, value: object, door: Door) -> Any:
        parts: Sequence[object] = [value]
        if isinstance(value, str):
            parts = value.split(",")
        elif door is Door.ARGUMENT:
            entries = entries_of(value)
            parts = [value] if entries is None else entries
        if len(parts) not in {1, 3}:
            raise ValueError(f"cannot be read; found {shown(value)}; expected {_EDGES}")
        sizes = [_edge(part, door) for part in parts]
        if not all(math.isfinite(size) and size > 0 for size in sizes):
            raise ValueError(f"is not positive; found {shown(value)}; expected {_EDGES}")
        return tuple(sizes * 3 if len(sizes) == 1 else sizes)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "examples": [_EXAMPLE, "50 nm, 25 nm, 25 nm"]}


@dataclass(frozen=True)
class VoxelRanges(Declaration):
    """First and one past the last voxel along each axis."""

    @property
    def form(self) -> str:
        return 'such as "0:100,0:256,20:200"'

    def read(self, value: object, door: Door) -> Any:
        try:
            if isinstance(value, str):
                ranges = [[int(end) for end in part.split(":")] for part in value.split(",")]
            elif door is Door.ARGUMENT:
                ranges = [[whole_number(end) for end in part] for part in entries_of(value) or ()]
            else:
                raise ValueError
            (a, b), (c, d), (e, f) = ranges
        except (ValueError, TypeError):
            raise ValueError(f"cannot be read; found {shown(value)}; expected {_RANGES}") from None
        return (a, b), (c, d), (e, f)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "examples": ["0:100,0:256,20:200"]}


def _edge(part: object, door: Door) -> float:
    if door is Door.ARGUMENT and isinstance(part, numbers.Real) and not isinstance(part, bool):
        return float(part)
    if hasattr(part, "to") and hasattr(part, "magnitude"):
        try:
            return float(part.to("m").magnitude)
        except Exception:  # pint's errors belong to the registry that the caller chose
            raise ValueError(
                f"has the wrong dimension; found {shown(part)}; expected {_EDGES}"
            ) from None
    try:
        return parse_quantity(part, unit="m", example=_EXAMPLE)
    except InputError as error:
        raise ValueError(str(error)) from None
