# SPDX-License-Identifier: BSD-3-Clause
"""The one edge below which a layer begins, as the curve of least cost from side to side."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from interfacefem.compiled import kernel
from interfacefem.errors import VolumeError

Array = npt.NDArray[np.floating]

_STEP_WIDTH = 2.0  # pixels over which a step of the grey value is felt


@dataclass(frozen=True)
class EdgeSettings:
    """What the edge is charged for. Defaults are assumed, in logarithms of a probability.

    Attributes:
        least_probability: A pixel's probability counts as no less than this and no more than one
            minus this, so that a pore is outvoted by what surrounds it.
        slope_cost: Cost of each row by which the edge rises or falls.
        max_slope: Rows that the edge may rise or fall from one column to the next.
        step_gain: Gain per column where the full step of the grey value lies on the edge.

    Raises:
        VolumeError: A value is out of range.
    """

    least_probability: float = 0.2
    slope_cost: float = 10.0
    max_slope: int = 2
    step_gain: float = 20.0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("least_probability", 1e-6, 0.49), ("slope_cost", 0, math.inf),
            ("max_slope", 1, 100), ("step_gain", 0, math.inf),
        ):  # fmt: skip
            value = getattr(self, name)
            if not low <= value <= high:
                raise VolumeError(
                    "is out of range", field=name, found=value, expected=f"{low:g} to {high:g}"
                )


def layer_edge(
    above: Array, step: Array | None = None, settings: EdgeSettings | None = None
) -> npt.NDArray[np.intp]:
    """Place the edge in each column so that all pixels together are most probable.

    Of all curves from the left to the right side with one row per column, the one that maximises
    the probabilities of the pixels above and below it, less the cost of its slope, plus the gain of
    running along steps of the grey value; found exactly by dynamic programming (Amini et al.,
    IEEE Trans. Pattern Anal. Mach. Intell. 12 (1990) 855).

    Args:
        above: Probability that a pixel lies above the edge, shape ``(rows, columns)``.
        step: Share of the full step of the grey value at each pixel, see ``grey_step``.
        settings: Costs.

    Returns:
        First row below the edge in each column, 0 to ``rows``, shape ``(columns,)``.
    """
    settings = settings or EdgeSettings()
    least = settings.least_probability
    probability = np.clip(above.astype(np.float64), least, 1 - least)
    gain = np.log(probability) - np.log1p(-probability)
    cost = np.zeros((above.shape[0] + 1, above.shape[1]))
    cost[1:] = -np.cumsum(gain, axis=0)
    if step is not None:
        # the edge at row k lies between pixels k - 1 and k
        cost[1:-1] -= settings.step_gain * (step[1:] + step[:-1]) / 2
    return _cheapest_path(cost.T.copy(), float(settings.slope_cost), settings.max_slope)


def grey_step(gray: Array, above: float, below: float) -> npt.NDArray[np.float64]:
    """How much of the step from one grey value down to another lies at each pixel.

    Args:
        gray: Grey values, shape ``(rows, columns)``.
        above: Grey value above the edge.
        below: Grey value below the edge; what lies beyond the two counts as the nearer one.

    Returns:
        0 where there is none or the opposite, 1 at a sharp, full step; same shape.
    """
    if above == below:
        return np.zeros(gray.shape)
    share = np.clip((gray.astype(np.float64) - below) / (above - below), 0, 1)
    slope = -gaussian_filter1d(share, _STEP_WIDTH, axis=0, order=1, mode="nearest")
    return np.maximum(slope * _STEP_WIDTH * math.sqrt(2 * math.pi), 0)


@kernel
def _cheapest_path(cost, slope_cost, max_slope):  # type: ignore[no-untyped-def]
    columns, places = cost.shape
    best = cost[0].copy()
    came_from = np.zeros((columns, places), np.int16)
    for column in range(1, columns):
        new = np.empty(places)
        for place in range(places):
            least = best[place]
            change = 0
            for candidate in range(-max_slope, max_slope + 1):
                other = place + candidate
                if 0 <= other < places:
                    total = best[other] + slope_cost * abs(candidate)
                    if total < least:
                        least = total
                        change = candidate
            new[place] = least + cost[column, place]
            came_from[column, place] = change
        best = new
    path = np.empty(columns, np.intp)
    path[columns - 1] = np.argmin(best)
    for column in range(columns - 1, 0, -1):
        path[column - 1] = path[column] + came_from[column, path[column]]
    return path
