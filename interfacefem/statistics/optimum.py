# SPDX-License-Identifier: BSD-3-Clause
"""Whether a quantity has an optimum over a covariate, and which levels are as good as the best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]

FEWEST_LEVELS = 4  # three points cannot place an optimum
_PERMUTATIONS = 1999
_SEED = 0
_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Optimum:
    """A parabola in the logarithm of a covariate, and the levels that are as good as the best.

    Attributes:
        vertex: Of the parabola, in the unit of the covariate; None where it lies outside the levels
            or is a maximum of what should be small.
        p_value: Probability of so much curvature if there were none.
        window: Levels that are not worse than the best at 95 %, in rising order.
        best: The level with the smallest mean.
        levels: Number of levels.
    """

    vertex: float | None
    p_value: float
    window: tuple[float, ...]
    best: float
    levels: int


def optimum(
    means: Sequence[float], levels: Sequence[float], strata: Sequence[object]
) -> Optimum | None:
    """Where image means are smallest over a positive covariate, with the other factors held.

    The curvature is tested by permuting the residuals of the straight line within strata (D.
    Freedman and D. Lane, J. Bus. Econ. Stat. 1 (1983) 292). A level is as good as the best where
    the difference of their means, over its standard error, is below the 95 % quantile of the
    largest such difference when images are permuted among levels within strata (assumed, as the
    single-step max-t of P. H. Westfall and S. S. Young, 1993).

    Args:
        means: One mean for each image; the smaller the better.
        levels: Of the covariate for each image.
        strata: What else differs between images: equal for images that may be compared.

    Returns:
        None below four levels, where a level is not positive, or where nothing tells how images of
        equal conditions scatter.
    """
    values, places = np.asarray(means, dtype=float), np.asarray(levels, dtype=float)
    distinct = np.unique(places)
    if len(distinct) < FEWEST_LEVELS or distinct[0] <= 0:
        return None
    if (values > 0).all():
        values = np.log(values)
    names = {stratum: number for number, stratum in enumerate(dict.fromkeys(strata))}
    groups = np.array([names[stratum] for stratum in strata])
    order = np.log(places)
    shares = np.eye(len(names))[groups]
    straight = np.column_stack([shares, order])
    curved = np.column_stack([straight, order**2])
    if np.linalg.matrix_rank(curved) < curved.shape[1] or len(values) <= curved.shape[1]:
        return None
    fitted = straight @ np.linalg.lstsq(straight, values, rcond=None)[0]
    residual = values - fitted
    if float(residual @ residual) <= 1e-20 * max(1.0, float(values @ values)):
        return None
    random = np.random.default_rng(_SEED)
    turned = np.tile(np.arange(len(values)), (_PERMUTATIONS + 1, 1))
    for number in range(len(names)):  # the first stays as it is
        own = np.flatnonzero(groups == number)
        turned[1:, own] = random.permuted(turned[1:, own], axis=1)
    contrast = np.linalg.pinv(curved)
    curvatures = np.abs((fitted + residual[turned]) @ contrast[-1])
    beyond = int(np.count_nonzero(curvatures[1:] >= curvatures[0] * (1 - 1e-9)))
    behind = _behind(values[turned].T, shares, (places[:, None] == distinct).astype(float))
    if behind is None:
        return None
    limit = float(np.quantile(behind[:, 1:].max(axis=0), _CONFIDENCE))
    slope, curvature = contrast[-2:] @ values
    at = -slope / (2 * curvature)
    inside = curvature > 0 and math.log(distinct[0]) <= at <= math.log(distinct[-1])
    return Optimum(
        math.exp(at) if inside else None,
        (1 + beyond) / (1 + _PERMUTATIONS),
        tuple(float(level) for level in distinct[behind[:, 0] <= limit]),
        float(distinct[int(behind[:, 0].argmin())]),
        len(distinct),
    )


def _behind(values: Array, shares: Array, member: Array) -> Array | None:
    """How far each level lies behind the best, over the standard error of the difference.

    Args:
        values: Of the images, a column for each permutation, shape ``(n, m)``.
        shares: Stratum of each image, one column for each, shape ``(n, s)``.
        member: Level of each image, one column for each, shape ``(n, k)``.

    Returns:
        Shape ``(k, m)``; None where no image is left to tell the scatter.
    """
    # the levels' columns add up to those of the strata: the first level is where they begin
    design = np.column_stack([shares, member[:, 1:]])
    free = len(values) - int(np.linalg.matrix_rank(design))
    if free < 1:
        return None
    inverse = np.linalg.pinv(design)
    found = inverse @ values
    variance = ((values - design @ found) ** 2).sum(axis=0) / free
    count, levels = shares.shape[1], member.shape[1]
    effects, covariance = np.zeros((levels, values.shape[1])), np.zeros((levels, levels))
    effects[1:] = found[count:]
    covariance[1:, 1:] = (inverse @ inverse.T)[count:, count:]
    best = effects.argmin(axis=0)
    spread = np.diag(covariance)[:, None] + np.diag(covariance)[best] - 2 * covariance[:, best]
    error = np.sqrt(np.maximum(variance * spread, 1e-300))
    behind = (effects - effects.min(axis=0)) / error
    behind[best, np.arange(len(best))] = 0.0
    return behind
