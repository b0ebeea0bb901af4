# SPDX-License-Identifier: BSD-3-Clause
"""Extremes grow with the length they are read over: images that are compared are read over one."""

from __future__ import annotations

import math
from collections.abc import Iterable

from interfacefem.errors import InputError
from interfacefem.units import UM

_ALIKE = 0.01  # relative: an excess follows its length, so that this moves it by about a hundredth


def require_one_length(lengths: Iterable[tuple[str, float]], field: str) -> None:
    """Refuse images that would be read over different lengths.

    Args:
        lengths: Name of each image, and what its extremes are read over in m: the reference length,
            or the width of its narrowest section where that is less.
        field: What the user calls the reference length.

    Raises:
        InputError: They differ by more than a hundredth; the narrowest image is named.
    """
    known = sorted(lengths, key=lambda one: one[1])
    if not known:
        return
    (name, least), (_, most) = known[0], known[-1]
    if most <= least * (1 + _ALIKE):
        return
    narrower = sum(length * (1 + _ALIKE) < most for _, length in known)
    others = f", and {narrower - 1} more are narrower than others" if narrower > 1 else ""
    raise InputError(
        f"is too narrow for the length that extremes are read over, and lengths are not mixed"
        f"{others}",
        file=name,
        field=field,
        found=f"an interface {_text(least)} um wide and windows of {_text(most)} um",
        expected=f'at most "{_text(least)} um" for all images, or this image left out',
    )


def _text(metres: float) -> str:
    """Three digits, not more than the length itself."""
    length = metres / UM * (1 + 1e-9)
    step = 10.0 ** (math.floor(math.log10(length)) - 2)
    return f"{math.floor(length / step) * step:.6g}"
