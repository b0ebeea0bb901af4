# SPDX-License-Identifier: BSD-3-Clause
"""A rough map pressed by a flat block: what is given and what is found."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.contact.map_waves import MapWaves
from interfacefem.errors import InputError
from interfacefem.units import MPA, UM

Array = npt.NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class MapContactProblem:
    """``0 <= p <= H``; gap 0 where p is between, >= 0 where p = 0, <= 0 where p = H; mean p given.

    Where the pressure reaches the hardness the material yields: the block then lies deeper than
    the elastic surface, and the gap is minus the depth of the plastic imprint.

    Attributes:
        undeformed_gap: Distance in m of the undeformed surface to a plane that faces it, up to a
            constant, shape ``(ny, nx)``; smallest at the highest peak.
        waves: Compliance on that grid.
        hardness: H in Pa, largest local pressure; infinite for an elastic body.
        rotation_free: Whether the block turns until the load has no moment about the middle.
        ends_with_map: Whether the block has edges, under which pressure may have no limit.

    Raises:
        InputError: The gap does not fit the grid or is not finite; the hardness is not positive.
    """

    undeformed_gap: Array
    waves: MapWaves
    hardness: float = math.inf
    rotation_free: bool = False
    ends_with_map: bool = False

    def __post_init__(self) -> None:
        gap = np.array(self.undeformed_gap, dtype=np.float64)
        if gap.shape != self.waves.shape or not np.isfinite(gap).all():
            raise InputError(
                "the gap does not fit the grid",
                found=f"shape {gap.shape}, {np.count_nonzero(~np.isfinite(gap))} not finite",
                expected=f"finite numbers in shape {self.waves.shape}",
            )
        if not self.hardness > 0:
            raise InputError(
                "is out of range",
                field="electrolyte.hardness",
                found=f"{self.hardness / MPA:g} MPa",
                expected="more than 0 MPa",
            )
        gap.flags.writeable = False
        object.__setattr__(self, "undeformed_gap", gap)

    def require_bearable(self, pressure: float) -> None:
        """Refuse a mean pressure that no contact can bear.

        Raises:
            InputError: It is not positive, or not below the hardness.
        """
        if not (math.isfinite(pressure) and 0 < pressure < self.hardness):
            limit = "" if math.isinf(self.hardness) else f" and below the hardness {_mpa(self)}"
            raise InputError(
                "cannot be borne by the contact",
                field="load.pressure",
                found=f"{pressure / MPA:g} MPa",
                expected=f"a mean pressure above 0 MPa{limit}",
            )


@dataclass(frozen=True, eq=False)
class MapContact:
    """The solution of a contact problem at one load.

    Attributes:
        problem: What was solved.
        mean_pressure: In Pa.
        pressure: Nodal contact pressure in Pa, shape ``(ny, nx)``.
        gap: Between block and elastic surface in m, shape ``(ny, nx)``.
        tilt: Displacement in m of the block at the far edges along y and x against its middle.
        iterations: Of conjugate gradients.
        complementarity_error: Largest violation of the conditions on the gap, over the larger of
            the peak-to-valley heights of surface and displacement.
    """

    problem: MapContactProblem
    mean_pressure: float
    pressure: Array
    gap: Array
    tilt: tuple[float, float]
    iterations: int
    complementarity_error: float


def peak_to_valley(values: Array) -> float:
    """Largest difference, in the unit of the values."""
    return float(values.max() - values.min())


def describe(problem: MapContactProblem) -> str:
    """Size of a problem, for messages."""
    height = peak_to_valley(problem.undeformed_gap) / UM
    rows, columns = problem.undeformed_gap.shape
    return f"{columns} x {rows} nodes, {height:.3g} um from peak to valley"


def _mpa(problem: MapContactProblem) -> str:
    return f"{problem.hardness / MPA:g} MPa"
