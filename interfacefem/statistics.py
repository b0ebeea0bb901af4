# SPDX-License-Identifier: BSD-3-Clause
"""Mean, spread and confidence interval over the sampling lines of an image."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import stats

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Summary:
    """Statistics of one metric over sampling lines.

    Attributes:
        mean: Arithmetic mean.
        sd: Sample standard deviation; None for one value.
        ci95_low: Lower end of the 95 % interval of the mean; None for one value.
        ci95_high: Upper end of it.
        n: Number of values.
    """

    mean: float
    sd: float | None
    ci95_low: float | None
    ci95_high: float | None
    n: int


def summarize(values: Iterable[float | None]) -> Summary | None:
    """Summary of the values that exist; None where there are none.

    The interval is Student's t: with five lines a bootstrap percentile interval covers the mean in
    about 83 % of cases only, this one in 95 % where the lines scatter normally.

    Args:
        values: One number for each line, None where it could not be formed.

    Rank-local.
    """
    numbers = np.array([value for value in values if value is not None], dtype=np.float64)
    if len(numbers) == 0:
        return None
    mean = float(numbers.mean())
    if len(numbers) == 1:
        return Summary(mean, None, None, None, 1)
    sd = float(numbers.std(ddof=1))
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(numbers) - 1)) * sd / math.sqrt(len(numbers))
    return Summary(mean, sd, mean - half, mean + half, len(numbers))
