# SPDX-License-Identifier: BSD-3-Clause
"""How current and stress are spread over an interface: quantiles that a report can pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from interfacefem.current.solution import CurrentSolution
from interfacefem.current.windows import weighted_quantile

if TYPE_CHECKING:
    from interfacefem.contact.metrics import StressMetrics
    from interfacefem.contact.problem import ContactSolution

Array = npt.NDArray[np.floating]

# closer together at the ends, where hot spots are
SHARES = np.concatenate(
    [
        [0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05],
        np.linspace(0.1, 0.9, 17),
        [0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 1.0],
    ]
)


def current_distribution(solution: CurrentSolution) -> list[float]:
    """Quantiles of local over applied current density at ``SHARES`` of the interface's length.

    Rank-local; all ranks hold the samples.
    """
    samples = solution.samples
    quantiles = weighted_quantile(
        samples.quadrature_current_density, samples.quadrature_weights, SHARES
    )
    return _rounded(quantiles / solution.problem.applied_current_density)


def stress_distribution(solution: ContactSolution, metrics: StressMetrics) -> list[float]:
    """Quantiles of the normal stress at the reference depth over the mean pressure."""
    from interfacefem.contact.stress_below import normal_stress

    stress = normal_stress(solution, metrics.depth)
    return _rounded(np.quantile(stress, SHARES) / solution.mean_pressure)


def _rounded(quantiles: Array) -> list[float]:
    # beyond what a figure shows; a study holds thousands of these
    return [float(f"{value:.6g}") for value in quantiles]
