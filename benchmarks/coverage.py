#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How often intervals of 3 images x 5 lines hold the true mean.

    ./ifem shell python3 benchmarks/coverage.py

Prints the coverage of what the package uses and of what it does not: lines pooled as if they were
independent, and the plain percentile bootstrap of images and lines.
"""

from __future__ import annotations

import argparse
import math

import numpy as np
import numpy.typing as npt
from scipy import stats

from interfacefem.statistics.two_levels import interval_of_image_means

Array = npt.NDArray[np.floating]
Interval = tuple[float, float]
RESAMPLES = 1000


def pooled(lines: Array) -> Interval:
    half = stats.t.ppf(0.975, lines.size - 1) * lines.std(ddof=1) / math.sqrt(lines.size)
    return float(lines.mean() - half), float(lines.mean() + half)


def percentile(lines: Array, rng: np.random.Generator) -> Interval:
    images, count = lines.shape
    chosen = rng.integers(images, size=(RESAMPLES, images, 1))
    own = rng.integers(count, size=(RESAMPLES, images, count))
    low, high = np.quantile(lines[chosen, own].mean(axis=(1, 2)), [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--images", type=int, default=3)
    parser.add_argument("--lines", type=int, default=5)
    options = parser.parse_args()
    rng = np.random.default_rng(1)
    print(f"{options.images} images x {options.lines} lines, {options.trials} trials")
    print("lines      sd images sd lines  package   pooled  percentile")
    for skewed in (False, True):
        for between, within in ((1.0, 1.0), (0.3, 1.0), (0.0, 1.0), (1.0, 0.3)):
            scale = 0.5 if skewed else 1.0
            hits = np.zeros(3)
            for _ in range(options.trials):
                size = (options.images, options.lines)
                lines = scale * between * rng.standard_normal((options.images, 1))
                lines = lines + scale * within * rng.standard_normal(size)
                truth = 0.0
                if skewed:
                    truth = math.exp(scale**2 * (between**2 + within**2) / 2)
                    lines = np.exp(lines)
                intervals = (
                    interval_of_image_means(lines.mean(axis=1)),
                    pooled(lines),
                    percentile(lines, rng),
                )
                hits += [low <= truth <= high for low, high in intervals]
            own, other, plain = 100 * hits / options.trials
            kind = "lognormal" if skewed else "normal"
            print(
                f"{kind:10} {scale * between:9g} {scale * within:8g} {own:6.1f} % {other:6.1f} % "
                f"{plain:9.1f} %"
            )


if __name__ == "__main__":
    main()
