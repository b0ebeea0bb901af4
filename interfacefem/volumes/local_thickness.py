# SPDX-License-Identifier: BSD-3-Clause
"""Local thickness: the diameter of the largest ball inside a phase that covers a voxel."""

from __future__ import annotations

import itertools
import math

import numpy as np
import numpy.typing as npt

from interfacefem.compiled import exact_kernel
from interfacefem.volumes.distance_transform import squared_distance

# a ball that comes out of a neighbour's by less than this share of a voxel is left out: the
# steepest of 26 directions has a slope of 0.89 at least where the distance is no ridge
_SLACK = 0.2
# and one whose surface lies in larger balls in all 26 directions; thickness then is 0.4 % low
_DIRECTIONS = np.array(
    [step for step in itertools.product((-1, 0, 1), repeat=3) if any(step)], dtype=np.float32
)
_DIRECTIONS /= np.linalg.norm(_DIRECTIONS, axis=1)[:, None]


def local_thickness(
    inside: npt.NDArray[np.bool_], spacing: tuple[float, float, float]
) -> npt.NDArray[np.float32]:
    """Local thickness of a phase in m, within 0.5 % of painting all balls.

    The distance from the last voxel's centre to the surface counts as half a voxel, so that a slab
    of n voxels has thickness n for odd n and n - 1 for even n: the resolution is one voxel. The
    border of the volume is no wall.

    Args:
        inside: The phase, shape (n0, n1, n2).
        spacing: Edge lengths of a voxel in m.

    Returns:
        Zero outside the phase, inf where the phase fills the volume; same shape.

    Source: T. Hildebrand, P. Rüegsegger, J. Microsc. 185, 67 (1997).
    """
    radius = np.sqrt(squared_distance(inside, spacing))
    if np.isinf(radius).any():
        return np.where(inside, np.float32(np.inf), np.float32(0))
    largest = radius.copy()
    steps = np.array(spacing, dtype=np.float32)
    voxel = np.float32(np.prod(spacing) ** (1 / 3))
    centres = np.argwhere(_ridge(radius, steps, _SLACK * voxel))
    # large balls first; those of one size in the order of memory
    order = np.argsort(-radius[tuple(centres.T)], kind="stable")
    _paint(centres[order], radius, steps, voxel, _DIRECTIONS, largest)
    thickness = 2 * largest - voxel
    thickness[~inside] = 0
    return thickness


@exact_kernel
def _ridge(radius, steps, slack):  # type: ignore[no-untyped-def]
    """Where a ball comes out of all balls of its neighbours by more than ``slack``."""
    n0, n1, n2 = radius.shape
    ridge = np.zeros(radius.shape, np.bool_)
    for i in range(n0):
        for j in range(n1):
            for k in range(n2):
                own = radius[i, j, k]
                if own == 0.0:
                    continue
                covered = False
                for a in range(max(i - 1, 0), min(i + 2, n0)):
                    for b in range(max(j - 1, 0), min(j + 2, n1)):
                        for c in range(max(k - 1, 0), min(k + 2, n2)):
                            if radius[a, b, c] <= own:
                                continue
                            apart = math.sqrt(
                                ((a - i) * steps[0]) ** 2
                                + ((b - j) * steps[1]) ** 2
                                + ((c - k) * steps[2]) ** 2
                            )
                            if radius[a, b, c] >= own + apart - slack:
                                covered = True
                                break
                        if covered:
                            break
                    if covered:
                        break
                ridge[i, j, k] = not covered
    return ridge


@exact_kernel
def _paint(centres, radius, steps, voxel, directions, largest):  # type: ignore[no-untyped-def]
    """Raise ``largest`` to each ball's radius within it; large balls come first.

    What a larger ball has painted stays, and ``unpainted`` leaps over it: the cost of a ball grows
    with its section, not with its volume.
    """
    n0, n1, n2 = radius.shape
    unpainted = np.empty((n0, n1, n2 + 1), np.int32)
    unpainted[:] = np.arange(n2 + 1)
    for ball in range(len(centres)):
        i, j, k = centres[ball]
        own = radius[i, j, k]
        if _covered(i, j, k, own - 0.5 * voxel, own, steps, directions, largest):
            continue
        reach0 = int(own / steps[0])
        for a in range(max(i - reach0, 0), min(i + reach0 + 1, n0)):
            left0 = own * own - ((a - i) * steps[0]) ** 2
            if left0 <= 0.0:
                continue
            reach1 = int(math.sqrt(left0) / steps[1])
            for b in range(max(j - reach1, 0), min(j + reach1 + 1, n1)):
                left1 = left0 - ((b - j) * steps[1]) ** 2
                if left1 <= 0.0:
                    continue
                # the surface itself does not belong to the ball
                reach2 = math.ceil(math.sqrt(left1) / steps[2] - 1e-5) - 1
                _paint_row(
                    max(k - reach2, 0), min(k + reach2 + 1, n2), own, unpainted[a, b], largest[a, b]
                )


@exact_kernel
def _paint_row(begin, end, own, unpainted, largest):  # type: ignore[no-untyped-def]
    """Paint what is unpainted between two voxels of a row."""
    c = begin
    while c < end:
        after = unpainted[c]
        unpainted[c] = max(after, end)
        if after == c:
            largest[c] = max(largest[c], own)
            c += 1
        else:
            c = after


@exact_kernel
def _covered(i, j, k, reach, own, steps, directions, largest):  # type: ignore[no-untyped-def]
    """Whether larger balls cover a ball's centre and, as far as seen, its surface."""
    n0, n1, n2 = largest.shape
    if largest[i, j, k] <= own:
        return False
    for d in range(len(directions)):
        a = i + round(reach * directions[d, 0] / steps[0])
        b = j + round(reach * directions[d, 1] / steps[1])
        c = k + round(reach * directions[d, 2] / steps[2])
        if a < 0 or b < 0 or c < 0 or a >= n0 or b >= n1 or c >= n2:
            continue
        if largest[a, b, c] < own:
            return False
    return True
