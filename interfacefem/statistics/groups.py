# SPDX-License-Identifier: BSD-3-Clause
"""The value of a group of images: geometric mean, with a t interval on the logarithm.

The unit is the image. The logarithm of the excess of an image, read over windows of one length, is
close to normal between images of one tape (standard deviation 0.56 to 0.88), and a t interval on
it covers 94 to 97 % with 3, 5 and 10 images; lines and windows of one image are no independent
samples of a tape, and intervals from resampling them cover 39 to 59 % (docs/statistics.md).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import stats

CONFIDENCE = 0.95
WANTED = 1.2  # factor either way of "+-20 %"
MOST_IMAGES = 1000
FEW = 5  # images of a group, below which its own spread is hardly known
SMALLEST = 1e-9  # an excess below this is rounding: its logarithm is that of this


@dataclass(frozen=True)
class GroupValue:
    """One metric over the images of a group.

    Attributes:
        mean: Geometric mean.
        low: Lower end of the 95 % interval; None for one image.
        high: Upper end of it.
        sd_ln: Standard deviation of the logarithm between images; None for one image.
        images: Number of images.
        images_for_20_percent: How many images give a 95 % interval of +-20 % at this spread; None
            for one image, and where more than 1000 were needed.
        upper_limits: How many of the values are upper limits. They are counted at their limit, so
            that the mean of a group that holds one is an upper limit too.
    """

    mean: float
    low: float | None
    high: float | None
    sd_ln: float | None
    images: int
    images_for_20_percent: int | None
    upper_limits: int = 0


def group_value(
    values: Sequence[float | None], are_limits: Sequence[bool] | None = None
) -> GroupValue | None:
    """Geometric mean over images and its interval.

    Args:
        values: One positive number for each image; None where it could not be formed, which leaves
            the image out. Zero (a flat surface) counts as ``SMALLEST``.
        are_limits: Which of them are upper limits.

    Returns:
        None where there is no value.
    """
    limits = [False] * len(values) if are_limits is None else are_limits
    known = [
        (math.log(max(value, SMALLEST)), limit or value < SMALLEST)
        for value, limit in zip(values, limits, strict=True)
        if value is not None
    ]
    if not known:
        return None
    logs = np.array([log for log, _ in known])
    count, mean = len(logs), float(logs.mean())
    upper = sum(limit for _, limit in known)
    if count == 1:
        return GroupValue(math.exp(mean), None, None, None, 1, None, upper)
    sd = float(logs.std(ddof=1))
    half = t_quantile(count - 1) * sd / math.sqrt(count)
    return GroupValue(
        mean=math.exp(mean),
        low=math.exp(mean - half),
        high=math.exp(mean + half),
        sd_ln=sd,
        images=count,
        images_for_20_percent=images_for(sd),
        upper_limits=upper,
    )


def images_for(sd_ln: float, factor: float = WANTED) -> int | None:
    """How many images give a 95 % interval within a factor either way, at a spread between images.

    Args:
        sd_ln: Standard deviation of the logarithm between images.
        factor: 1.2 for +-20 %.

    Returns:
        At least 2; None where more than ``MOST_IMAGES`` were needed.
    """
    enough = np.flatnonzero(_half_widths() * sd_ln <= math.log(factor))
    return int(enough[0]) + 2 if len(enough) else None


@cache
def _half_widths() -> npt.NDArray[np.floating]:
    """Half the interval over the standard deviation, for 2 images and more."""
    counts = np.arange(2, MOST_IMAGES + 1)
    return np.asarray(stats.t.ppf((1 + CONFIDENCE) / 2, counts - 1) / np.sqrt(counts))


def degrees_of_freedom(parts: Sequence[tuple[float, float]]) -> float:
    """Of a variance that is a sum of estimates from groups of unequal spread.

    Welch and Satterthwaite's; where a group has fewer than ``FEW`` images, halfway between that and
    the smallest group's own, which it estimates too large: 6.1 to 6.7 % false positives at 5 % with
    3 and 4 images and a spread of 1 to 4 become 4.7 to 5.3 % (docs/statistics.md).

    Args:
        parts: Each estimate with its own degrees of freedom; not all of them zero.
    """
    known = [(part, free) for part, free in parts if part > 0]
    total = sum(part for part, _ in known)
    degrees = total**2 / sum(part**2 / free for part, free in known)
    least = min(free for _, free in known)
    return float((degrees + least) / 2 if least < FEW - 1 else degrees)


def t_quantile(degrees: float) -> float:
    """Of Student's t at the upper end of a 95 % interval."""
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, degrees))
