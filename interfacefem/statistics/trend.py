# SPDX-License-Identifier: BSD-3-Clause
"""Which factor matters: trends over a factor, tested by a contrast; shares of variance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from interfacefem.statistics.groups import CONFIDENCE, degrees_of_freedom, t_quantile

Array = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Trend:
    """How image means follow a factor, with the other factors held.

    Attributes:
        concordance: Of pairs of images at different levels of the factor and equal other factors,
            the share that rises less the share that falls: -1 always falls, 1 always rises.
        p_falls: Probability of a fall this strong or stronger if the factor did nothing; None
            where nothing tells how images of equal conditions scatter.
        p_any: The same for a trend this strong either way.
        change: Relative change of the mean from the lowest to the highest level; None where a
            value is not positive.
        change_low: Lower end of its 95 % interval; None where no level has two images.
        change_high: Upper end of it.
        images: Number of images.
        pairs: Number of pairs compared.
    """

    concordance: float
    p_falls: float | None
    p_any: float | None
    change: float | None
    change_low: float | None
    change_high: float | None
    images: int
    pairs: int


@dataclass(frozen=True)
class Effect:
    """Share of the variance of image means that goes with a factor.

    Attributes:
        share: Partial omega squared, without the part that chance would give; 0 to 1.
        low: Lower end of the 95 % interval.
        high: Upper end of it.
        p_value: Of the F test.
    """

    share: float
    low: float
    high: float
    p_value: float


def trend(
    means: Sequence[float], levels: Sequence[float], strata: Sequence[object]
) -> Trend | None:
    """Trend of image means over the levels of a factor.

    The test is a contrast of the level means of the logarithm (of the values, where one is not
    positive), its weights even from the lowest level to the highest, summed over strata. Each
    level's variance is its own (:func:`degrees_of_freedom`): permuting images between levels, or
    pooling them, gives 8 to 12 % false positives where levels scatter unequally. A level of one
    image takes the variance pooled over the others.

    Args:
        means: One mean for each image.
        levels: Level of the factor of each image.
        strata: What else differs between images: equal for images that may be compared.

    Returns:
        None where no two images can be compared.
    """
    values, places = np.asarray(means, dtype=float), np.asarray(levels, dtype=float)
    names = {stratum: number for number, stratum in enumerate(dict.fromkeys(strata))}
    groups = np.array([names[stratum] for stratum in strata])
    members = [np.flatnonzero(groups == number) for number in range(len(names))]
    score = sum(_score(values[own], places[own]) for own in members)
    pairs = sum(
        int(np.count_nonzero(np.subtract.outer(places[own], places[own]))) // 2 for own in members
    )
    if pairs == 0:
        return None
    scaled = np.log(values) if (values > 0).all() else values
    t, degrees = _contrast([(scaled[own], places[own]) for own in members])
    change = _change(values, places, groups)
    return Trend(
        concordance=score / pairs,
        p_falls=None if t is None else float(stats.t.cdf(t, degrees)),
        p_any=None if t is None else float(2 * stats.t.sf(abs(t), degrees)),
        change=change[0],
        change_low=change[1],
        change_high=change[2],
        images=len(values),
        pairs=pairs,
    )


def partial_rank_correlation(
    means: Sequence[float], levels: Sequence[float], strata: Sequence[object]
) -> float | None:
    """Spearman's correlation of means and levels with the strata held: ranks less their means.

    Args:
        means: One mean for each image.
        levels: Level of each image.
        strata: What else differs between images.

    Returns:
        None where levels or means do not vary within strata.
    """
    names = {stratum: number for number, stratum in enumerate(dict.fromkeys(strata))}
    groups = np.array([names[stratum] for stratum in strata])
    left = []
    for one in (means, levels):
        ranks = stats.rankdata(np.asarray(one, dtype=float))
        left.append(ranks - (np.bincount(groups, ranks) / np.bincount(groups))[groups])
    size = math.sqrt(float(left[0] @ left[0]) * float(left[1] @ left[1]))
    return float(left[0] @ left[1]) / size if size > 1e-9 else None


def effects(means: Sequence[float], factors: Mapping[str, Sequence[object]]) -> dict[str, Effect]:
    """Share of the variance of image means that goes with each factor and with their interplay.

    An analysis of variance of the logarithms (of the values, where one is not positive), each
    factor after the others (type II), against the scatter of images of equal conditions. The
    interval inverts the noncentral F distribution (J. H. Steiger, Psychol. Methods 9, 164 (2004)).

    Args:
        means: One mean for each image.
        factors: By name, the level of each image.

    Returns:
        By factor, ``interplay`` last where there are two factors or more; empty where no condition
        has two images or nothing differs.
    """
    values = np.asarray(means, dtype=float)
    if len(values) == 0 or len(factors) == 0:
        return {}
    if (values > 0).all():
        values = np.log(values)
    conditions = list(zip(*factors.values(), strict=True))
    cells = _dummies(conditions)
    rank = cells.shape[1]
    free = len(values) - rank
    scatter = _residual(values, cells)
    # rounding is all that is left where images agree
    if free < 1 or scatter <= 1e-20 * max(1.0, float((values**2).sum())):
        return {}
    columns = {name: _dummies(levels) for name, levels in factors.items()}
    additive = np.hstack([np.ones((len(values), 1)), *columns.values()])
    found = {}
    for name in factors:
        others = [column for other, column in columns.items() if other != name]
        reduced = np.hstack([np.ones((len(values), 1)), *others])
        found[name] = _effect(values, reduced, additive, scatter, free)
    if len(factors) > 1:
        found["interplay"] = _effect(values, additive, cells, scatter, free)
    return {name: effect for name, effect in found.items() if effect is not None}


def _score(values: Array, levels: Array) -> int:
    """Pairs that rise less pairs that fall."""
    signs = np.sign(np.subtract.outer(values, values)) * np.sign(np.subtract.outer(levels, levels))
    return int(signs.sum()) // 2


def _contrast(strata: Sequence[tuple[Array, Array]]) -> tuple[float | None, float]:
    """t of the summed contrasts and its degrees of freedom; None where nothing scatters."""
    cells = [
        (weight, values[levels == level])
        for values, levels in strata
        if len(np.unique(levels)) > 1
        for weight, level in zip(_even_weights(levels), np.unique(levels), strict=True)
    ]
    repeated = [cell for _, cell in cells if len(cell) > 1]
    free = sum(len(cell) - 1 for cell in repeated)
    if free == 0:
        return None, 0.0
    pooled = sum(float(((cell - cell.mean()) ** 2).sum()) for cell in repeated) / free
    # parts of the variance that rest on one estimate share its degrees of freedom
    alone = sum(weight**2 for weight, cell in cells if len(cell) == 1) * pooled
    parts: list[tuple[float, float]] = [(float(alone), float(free))] + [
        (float(weight**2) * float(cell.var(ddof=1)) / len(cell), float(len(cell) - 1))
        for weight, cell in cells
        if len(cell) > 1
    ]
    variance = sum(part for part, _ in parts)
    if variance <= 0:
        return None, 0.0
    total = sum(weight * float(cell.mean()) for weight, cell in cells)
    return float(total / math.sqrt(variance)), degrees_of_freedom(parts)


def _even_weights(levels: Array) -> Array:
    count = len(np.unique(levels))
    return np.arange(count) - (count - 1) / 2


def _effect(values: Array, small: Array, large: Array, scatter: float, free: int) -> Effect | None:
    degrees = int(np.linalg.matrix_rank(large) - np.linalg.matrix_rank(small))
    if degrees < 1:
        return None
    explained = max(0.0, _residual(values, small) - _residual(values, large))
    ratio = explained / degrees / (scatter / free)
    count = len(values)
    share = max(0.0, degrees * (ratio - 1) / (degrees * (ratio - 1) + count))
    tail = (1 - CONFIDENCE) / 2
    ends = [_noncentrality(ratio, degrees, free, level) for level in (1 - tail, tail)]
    low, high = (end / (end + count) for end in ends)
    return Effect(share, low, high, float(stats.f.sf(ratio, degrees, free)))


def _noncentrality(ratio: float, degrees: int, free: int, level: float) -> float:
    """Noncentrality at which an F value has this probability of being exceeded by none larger."""

    def excess(noncentrality: float) -> float:
        return float(stats.ncf.cdf(ratio, degrees, free, noncentrality)) - level

    if ratio <= 0 or float(stats.f.cdf(ratio, degrees, free)) <= level:
        return 0.0
    upper = 10.0 + 4 * degrees * ratio
    while excess(upper) > 0:
        upper *= 2
    return float(optimize.brentq(excess, 1e-12, upper))


def _change(
    values: Array, levels: Array, groups: npt.NDArray[np.integer]
) -> tuple[float | None, float | None, float | None]:
    """Relative change from the lowest to the highest level, geometric mean over the strata."""
    if not (values > 0).all():
        return None, None, None
    logs = np.log(values)
    low, high = levels.min(), levels.max()
    sides = [
        (logs[(groups == number) & (levels == low)], logs[(groups == number) & (levels == high)])
        for number in np.unique(groups)
    ]
    sides = [pair for pair in sides if len(pair[0]) and len(pair[1])]
    if not sides:
        return None, None, None
    mean = float(np.mean([last.mean() - first.mean() for first, last in sides]))
    parts = [
        (float(part.var(ddof=1)) / len(part) / len(sides) ** 2, len(part) - 1)
        for pair in sides
        for part in pair
        if len(part) > 1
    ]
    if len(parts) < 2 * len(sides):
        return math.expm1(mean), None, None
    variance = sum(part for part, _ in parts)
    if variance == 0:
        return math.expm1(mean), math.expm1(mean), math.expm1(mean)
    half = t_quantile(degrees_of_freedom(parts)) * math.sqrt(variance)
    return math.expm1(mean), math.expm1(mean - half), math.expm1(mean + half)


def _dummies(levels: Sequence[object]) -> Array:
    names = list(dict.fromkeys(levels))
    return np.array([[float(level == name) for name in names] for level in levels])


def _residual(values: Array, design: Array) -> float:
    fitted = design @ np.linalg.lstsq(design, values, rcond=None)[0]
    return float(((values - fitted) ** 2).sum())
