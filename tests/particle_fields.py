# SPDX-License-Identifier: BSD-3-Clause
"""Fields of touching discs and balls whose sizes are known."""

from __future__ import annotations

import numpy as np

_TRIES = 24


def touching_balls(
    side: int, axes: int, median: float, s: float, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Discs (two axes) or balls (three) of lognormal size, each laid against another.

    Largest first, each tangent to one that lies already and free of all others; centres also lie
    beyond the frame, so that the frame cuts what it likes.

    Args:
        side: Of the frame in pixels.
        axes: 2 or 3.
        median: By number, in pixels.
        s: Standard deviation of the logarithm.
        share: Of the frame to be covered, about.
        seed: Of the draws.

    Returns:
        The phase, and the diameters of all that lie clear of the frame's border, in pixels.
    """
    random = np.random.default_rng(seed)
    largest = median * np.exp(3 * s)
    margin = largest / 2
    box = side + 2 * margin
    diameters: list[float] = []
    covered = 0.0
    while covered < share * box**axes:
        diameter = median * np.exp(s * random.standard_normal())
        if diameter < largest:
            diameters.append(diameter)
            covered += np.pi * diameter**2 / 4 if axes == 2 else np.pi * diameter**3 / 6
    radii = np.sort(diameters)[::-1] / 2
    centres = np.empty((len(radii), axes))
    placed = np.empty(len(radii))
    count = 0
    for radius in radii:
        if count < 12:
            tries = random.uniform(0, box, (_TRIES, axes))
        else:
            beside = random.integers(count, size=_TRIES)
            direction = random.standard_normal((_TRIES, axes))
            direction /= np.linalg.norm(direction, axis=1, keepdims=True)
            tries = centres[beside] + direction * (placed[beside] + radius)[:, None]
        inside = ((tries > 0) & (tries < box)).all(axis=1)
        apart = ((tries[:, None] - centres[None, :count]) ** 2).sum(axis=2)
        free = inside & (apart >= (placed[:count] + radius) ** 2 * (1 - 1e-9)).all(axis=1)
        if free.any():
            centres[count] = tries[int(np.argmax(free))]
            placed[count] = radius
            count += 1
    centres, placed = centres[:count] - margin, placed[:count]
    phase = np.zeros((side,) * axes, dtype=bool)
    for centre, radius in zip(centres, placed, strict=True):
        low = np.clip(np.floor(centre - radius), 0, side).astype(int)
        high = np.clip(np.ceil(centre + radius) + 1, 0, side).astype(int)
        if (low >= high).any():
            continue
        place = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        grid = np.ogrid[place]
        apart2 = sum((x - c) ** 2 for x, c in zip(grid, centre, strict=True))
        phase[place] |= apart2 <= radius**2
    clear = (centres - placed[:, None] > 0.5).all(axis=1)
    clear &= (centres + placed[:, None] < side - 1.5).all(axis=1)
    return phase, 2 * placed[clear]
