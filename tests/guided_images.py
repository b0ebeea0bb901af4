# SPDX-License-Identifier: BSD-3-Clause
"""Small images on disk, and guides for them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from interfacefem.images.guide import Guide, write_guide

PIXEL = "50 nm"
ROWS, COLUMNS = 160, 260


def row_of(column: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """The true interface."""
    return 80 + 12 * np.sin(2 * math.pi * column / 60)


def write_image(folder: Path, *, name: str = "wave.png", scratch: bool = False) -> Path:
    """A bright solid above a sine; a dark scratch through it makes the traced line wrong there."""
    rows, columns = np.mgrid[0:ROWS, 0:COLUMNS].astype(np.float64)
    share = np.clip(row_of(columns) - rows + 0.5, 0, 1)
    gray = 0.2 + 0.5 * share
    if scratch:
        gray[40:100, 118:126] = 0.2
    path = folder / name
    Image.fromarray((255 * gray).round().astype(np.uint8)).save(path)
    return path


def guided(image: Path, **said: object) -> Path:
    """Write the guide of an image beside it."""
    return write_guide(Guide(pixel_size=PIXEL, who="Ada", **said), image)


def sine_points(first: float, last: float, count: int) -> list[tuple[float, float]]:
    """Points on the true interface."""
    x = np.linspace(first, last, count)
    return [(float(a), float(b)) for a, b in zip(x, row_of(x), strict=True)]
