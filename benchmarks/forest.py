# SPDX-License-Identifier: BSD-3-Clause
"""CPU time of a random forest on an image's pixels: the package, its former order, scikit-learn.

``python3 benchmarks/forest.py [SIDE]``: on SIDE x SIDE pixels (400) of a synthetic micrograph. The
former order goes through all trees for one pixel after the other. Medians of three turns.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from numba import njit
from sklearn.ensemble import RandomForestClassifier

from interfacefem.segmentation.forest import Forest, forest_of
from interfacefem.segmentation.pixel_classifier import ClassifierSettings, features
from interfacefem.synthetic.lpscl import lpscl_micrograph

TURNS = 3
PAINTED = 60_000


@njit
def pixel_after_pixel(pixels, roots, left, right, feature, threshold, shares, result):  # type: ignore[no-untyped-def]
    for sample in range(pixels.shape[0]):
        for root in roots:
            node = root
            while left[node] >= 0:
                at_most = pixels[sample, feature[node]] <= threshold[node]
                node = left[node] if at_most else right[node]
            for index in range(shares.shape[1]):
                result[sample, index] += shares[node, index]


def former(forest: Forest, pixels: np.ndarray) -> np.ndarray:
    result = np.zeros((len(pixels), forest.classes))
    pixel_after_pixel(
        pixels, forest.roots, forest.left, forest.right, forest.feature, forest.threshold,
        forest.shares, result,
    )  # fmt: skip
    return result / len(forest.roots)


def median_cpu_s(work: Callable[[], object]) -> float:
    work()  # compiled, cached
    times = []
    for _ in range(TURNS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return statistics.median(times)


def main(side: int) -> None:
    micrograph = lpscl_micrograph("4h", 400e6, 1)
    grey = np.ascontiguousarray(micrograph.image[:side, :side] / 255, np.float32)
    settings = ClassifierSettings()
    pixels = np.ascontiguousarray(features(grey, settings).reshape(grey.size, -1))
    rng = np.random.default_rng(0)
    painted = rng.choice(grey.size, PAINTED, replace=False)
    labels = np.digitize(
        grey.ravel()[painted] + 0.05 * rng.normal(size=PAINTED), np.quantile(grey, [0.4, 0.7])
    )
    library = RandomForestClassifier(
        settings.trees, min_samples_leaf=settings.least_leaf, max_features="sqrt", random_state=0
    ).fit(pixels[painted], labels)
    forest = forest_of(library)
    print(
        f"{grey.size} pixels, {pixels.shape[1]} features, {settings.trees} trees, "
        f"{len(forest.left)} nodes"
    )
    same = np.array_equal(forest.probabilities(pixels), former(forest, pixels))
    print(f"the same bits as in the former order: {same}")
    own = median_cpu_s(lambda: forest.probabilities(pixels))
    for name, work in (
        ("tree after tree (the package)", lambda: forest.probabilities(pixels)),
        ("pixel after pixel (former)", lambda: former(forest, pixels)),
        ("scikit-learn", lambda: library.predict_proba(pixels)),
    ):
        seconds = median_cpu_s(work)
        print(f"{name:32} {seconds:7.2f} s of CPU time  {seconds / own:5.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
