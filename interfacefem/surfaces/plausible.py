# SPDX-License-Identifier: BSD-3-Clause
"""Sizes that no microscope sees are unit mistakes."""

from __future__ import annotations

from interfacefem.errors import InputError, ProfileError
from interfacefem.units import NM, UM

SMALLEST_WIDTH, LARGEST_WIDTH = 10 * NM, 0.1
SMALLEST_PIXEL, LARGEST_PIXEL = 0.1 * NM, 100 * UM


def require_plausible_width(
    width: float, *, file: object = None, error: type[InputError] = ProfileError
) -> None:
    """Refuse the width of an interface that no microscope sees.

    Args:
        width: In m.
        file: Named in the message.
        error: Raised.

    Raises:
        InputError: It is outside 10 nm to 100 mm; the message names the likely mistake.
    """
    if SMALLEST_WIDTH <= width <= LARGEST_WIDTH:
        return
    mistake = (
        "are these metres or millimetres, taken for smaller units?"
        if width < SMALLEST_WIDTH
        else "are these nanometres or pixels, taken for larger units?"
    )
    raise error(
        "has a width that no microscope sees",
        file=None if file is None else str(file),
        found=f"{width / UM:.4g} um",
        expected=f"10 nm to 100 mm ({mistake})",
    )


def pixel_mistake(pixel: float) -> str | None:
    """What is likely wrong with a pixel size in m; None where it is plausible."""
    if SMALLEST_PIXEL <= pixel <= LARGEST_PIXEL:
        return None
    if pixel < SMALLEST_PIXEL:
        return "is it in another unit, such as metres taken for nanometres?"
    return "is it the width of the image, or a number in nanometres taken for micrometres?"
