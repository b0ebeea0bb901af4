# SPDX-License-Identifier: BSD-3-Clause
"""Mean, spread and interval where lines come from images: lines of one image are not independent.

What a condition (a powder at a pressure) is like is known only as well as images of it agree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from interfacefem.statistics.summary import CONFIDENCE

Array = npt.NDArray[np.floating]

_RESAMPLES = 4000
_SEED = 0


@dataclass(frozen=True)
class TwoLevelSummary:
    """Statistics of one metric over the images of a condition and the lines of each.

    Attributes:
        mean: Mean of the image means.
        median: Of all lines; where a few lines rule the mean the two are far apart.
        low: Lower end of the 95 % interval of the mean; None for one image.
        high: Upper end of it.
        sd_images: Standard deviation of the image means; None for one image.
        sd_lines: Standard deviation of lines within an image, pooled; None where no image has two.
        share_of_images: Share of a line's variance that lies between images, 0 to 1 (intraclass
            correlation); None where it cannot be estimated.
        images: Number of images.
        lines: Number of lines.
    """

    mean: float
    median: float
    low: float | None
    high: float | None
    sd_images: float | None
    sd_lines: float | None
    share_of_images: float | None
    images: int
    lines: int


def summarize_two_levels(
    values: Sequence[float | None],
    images: Sequence[str],
    *,
    bounds: tuple[float, float] = (-math.inf, math.inf),
) -> TwoLevelSummary | None:
    """Summary of lines in images; None where there are no values.

    The interval is a bootstrap of whole images, each with its lines: of the ways to resample two
    levels the one that keeps the variance of the mean right (A. C. Davison and D. V. Hinkley,
    Bootstrap Methods and their Application, 1997, section 3.8). Its deviations from the mean are
    widened by ``t/z sqrt(n/(n - 1))``, n the number of images, since a bootstrap of few is too
    narrow (T. Hesterberg, Am. Stat. 69, 371 (2015), section 4.4). ``benchmarks/coverage.py`` says
    how often it covers.

    Args:
        values: One number for each line, None where it could not be formed.
        images: Name of the image of each line.
        bounds: What the mean cannot leave, such as ``(1, inf)`` for a ratio.
    """
    groups = group_by_image(values, images)
    if not groups:
        return None
    means = np.array([group.mean() for group in groups])
    sizes = np.array([len(group) for group in groups])
    mean, count, lines = float(means.mean()), len(groups), int(sizes.sum())
    median = float(np.median(np.concatenate(groups)))
    within = None
    if lines > count:
        squares = sum(float(((group - group.mean()) ** 2).sum()) for group in groups)
        within = math.sqrt(squares / (lines - count))
    if count == 1:
        return TwoLevelSummary(mean, median, None, None, None, within, None, 1, lines)
    between = float(means.std(ddof=1))
    low, high = interval_of_image_means(means)
    return TwoLevelSummary(
        mean=mean,
        median=median,
        low=max(low, bounds[0]),
        high=min(high, bounds[1]),
        sd_images=between,
        sd_lines=within,
        share_of_images=None if within is None else _share_of_images(between, within, sizes),
        images=count,
        lines=lines,
    )


def group_by_image(values: Sequence[float | None], images: Sequence[str]) -> list[Array]:
    """Values that exist, by image in the order of first appearance."""
    groups: dict[str, list[float]] = {}
    for value, image in zip(values, images, strict=True):
        if value is not None and math.isfinite(value):
            groups.setdefault(image, []).append(value)
    return [np.array(group) for group in groups.values()]


def interval_of_image_means(means: Array) -> tuple[float, float]:
    """95 % interval of their mean; at least two of them."""
    count = len(means)
    # seeded: the same images give the same interval
    chosen = np.random.default_rng(_SEED).integers(count, size=(_RESAMPLES, count))
    tail = (1 - CONFIDENCE) / 2
    ends = np.quantile(means[chosen].mean(axis=1), [tail, 1 - tail])
    widening = stats.t.ppf(1 - tail, count - 1) / stats.norm.ppf(1 - tail)
    widening *= math.sqrt(count / (count - 1))
    center = means.mean()
    low, high = center + widening * (ends - center)
    return float(low), float(high)


def _share_of_images(between: float, within: float, sizes: npt.NDArray[np.integer]) -> float | None:
    # image means scatter by the images and, less, by the lines they are means of
    own = max(0.0, between**2 - within**2 * float((1 / sizes).mean()))
    total = own + within**2
    return own / total if total > 0 else None
