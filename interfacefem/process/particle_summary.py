# SPDX-License-Identifier: BSD-3-Clause
"""d10, d50, d90 of a powder with their intervals over images."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from interfacefem.process.size_distribution import SHARES, WEIGHT_NAMES, SizeDistribution

_CONFIDENCE = 0.95
_RESAMPLES = 200
_SEED = 0


@dataclass(frozen=True)
class Estimate:
    """A size with its interval.

    Attributes:
        value: In m.
        low: Lower end of the 95 % t interval over images, on the logarithm, in m; None for one.
        high: Upper end.
        resampled_low: 2.5 % quantile over resampled particles, in m: what their number leaves open
            inside the images seen, no interval for the powder.
        resampled_high: 97.5 % quantile.
    """

    value: float
    low: float | None
    high: float | None
    resampled_low: float
    resampled_high: float


@dataclass(frozen=True)
class SizeSummary:
    """Sizes where particles count as ``d^weight``.

    Attributes:
        weight: 0 (number), 2 (area) or 3 (volume).
        quantiles: ``d10``, ``d50``, ``d90``.
        mean: In m.
        sd: Standard deviation in m.
    """

    weight: int
    quantiles: Mapping[str, Estimate]
    mean: float
    sd: float

    @property
    def span(self) -> float:
        """``(d90 - d10)/d50``."""
        q = self.quantiles
        return (q["d90"].value - q["d10"].value) / q["d50"].value


def summarize_sizes(
    images: Sequence[SizeDistribution],
    prepare: Callable[[SizeDistribution], SizeDistribution] = lambda sizes: sizes,
) -> dict[int, SizeSummary]:
    """Sizes of all images together, for weights 0, 2, 3, with intervals over images.

    The value is that of all particles together; the interval is a t interval of the images'
    logarithms laid around it.

    Args:
        images: Sizes in each image.
        prepare: Applied to whatever quantiles are taken of, such as unfolding.
    """
    whole = prepare(joined(images))
    each = [prepare(image) for image in images] if len(images) > 1 else []
    resampled = [prepare(joined(sample)) for sample in _resampled(images)]
    result = {}
    for weight in WEIGHT_NAMES:
        names, shares = tuple(SHARES), tuple(SHARES.values())
        values = whole.quantiles(shares, weight)
        of_images = np.array([one.quantiles(shares, weight) for one in each])
        drawn = np.array([one.quantiles(shares, weight) for one in resampled])
        tail = (1 - _CONFIDENCE) / 2
        ends = np.quantile(drawn, [tail, 1 - tail], axis=0)
        quantiles = {}
        for place, (name, value) in enumerate(zip(names, values, strict=True)):
            low, high = _interval(value, of_images[:, place] if each else ())
            quantiles[name] = Estimate(
                value, low, high, float(ends[0, place]), float(ends[1, place])
            )
        result[weight] = SizeSummary(weight, quantiles, whole.mean(weight), whole.sd(weight))
    return result


def joined(images: Sequence[SizeDistribution]) -> SizeDistribution:
    """Sizes of several images as one distribution."""
    return SizeDistribution(
        np.concatenate([one.diameter for one in images]),
        np.concatenate([one.count for one in images]),
    )


def _interval(value: float, each: npt.ArrayLike) -> tuple[float | None, float | None]:
    logs = np.log(np.asarray(each, dtype=np.float64))
    if len(logs) < 2:
        return None, None
    half = stats.t.ppf((1 + _CONFIDENCE) / 2, len(logs) - 1) * logs.std(ddof=1)
    factor = math.exp(half / math.sqrt(len(logs)))
    return value / factor, value * factor


def _resampled(images: Sequence[SizeDistribution]) -> list[list[SizeDistribution]]:
    # seeded: the same particles give the same interval
    random = np.random.default_rng(_SEED)
    samples = []
    for _ in range(_RESAMPLES):
        drawn = [random.integers(len(one.diameter), size=len(one.diameter)) for one in images]
        samples.append(
            [
                SizeDistribution(one.diameter[index], one.count[index])
                for one, index in zip(images, drawn, strict=True)
            ]
        )
    return samples
