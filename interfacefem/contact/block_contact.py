# SPDX-License-Identifier: BSD-3-Clause
"""What a flat block does to a body solved by finite elements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class BlockContact:
    """What a block does to a body at one load.

    Attributes:
        mean_pressure: Load over width, in Pa.
        approach: How far in m the block has moved since it first touched.
        x: Horizontal position of the surface nodes in m, from left to right, shape ``(n,)``.
        pressure: Nodal force over nodal weight in Pa, shape ``(n,)``.
        gap: Distance from the block in m, shape ``(n,)``; negative where a capped node would have
            been flattened.
        weights: Length in m that each node stands for, shape ``(n,)``.
        newton_steps: Number of linear systems solved.
        complementarity_error: Largest of penetration over the largest first gap, tension over mean
            pressure and force imbalance over load.

    The same on all ranks.
    """

    mean_pressure: float
    approach: float
    x: Array
    pressure: Array
    gap: Array
    weights: Array
    newton_steps: int
    complementarity_error: float

    @property
    def p_max(self) -> float:
        """Largest nodal pressure in Pa."""
        return float(self.pressure.max())

    @property
    def contact_fraction(self) -> float:
        """Share of the surface under pressure."""
        touching = self.pressure > 0
        return float(self.weights[touching].sum() / self.weights.sum())

    @property
    def mean_contact_pressure(self) -> float:
        """Load over the length of the surface under pressure, in Pa."""
        return self.mean_pressure / self.contact_fraction
