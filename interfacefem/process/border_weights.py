# SPDX-License-Identifier: BSD-3-Clause
"""Particles at the border of a frame: left out, and made up for by those inside."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def border_weights(
    box: npt.NDArray[np.integer], frame: tuple[int, ...]
) -> npt.NDArray[np.floating]:
    """How many particles of the specimen one that does not touch the border stands for.

    ``w = prod N/(N - b - 1)``: a frame of N pixels has N - b - 1 places for a particle of b pixels
    that keeps clear of its outermost rows, and N places for particles of whatever size. Summed over
    all places of the frame, the weights give each particle the same share whatever its size.

    Args:
        box: Extent of each particle along each axis in pixels, at most N - 2, shape (n, axes).
        frame: Pixels along each axis.

    Source: C. Lantuejoul, Microsc. Acta Suppl. 4, 266 (1980), after R. E. Miles.
    """
    sides = np.array(frame)
    weights: npt.NDArray[np.floating] = np.prod(sides / (sides - box - 1), axis=1)
    return weights
