# SPDX-License-Identifier: BSD-3-Clause
"""A manufactured solution: harmonic, insulating at the sides, forced at the interface.

``phi = phi0 + E z + B cos(q x) exp(-q z)`` with ``q = n pi/W`` is harmonic and has no current
through the sides x = 0 and x = W. It does not obey the charge-transfer law at the interface; the
difference ``i(phi) + k dphi/dn`` is applied there as a load (method of manufactured solutions:
Roache, J. Fluids Eng. 124 (2002) 4). On a polygon the mesh is exact and phi is smooth, so that
finite elements of degree p should reach order p + 1 in the L2 norm (Brenner and Scott, The
Mathematical Theory of Finite Element Methods, 3rd ed., 2008, section 5.4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class HarmonicPotential:
    """``phi = phi0 + E z + B cos(q x) exp(-q z)``.

    Attributes:
        offset: phi0 in V.
        field: E in V/m.
        amplitude: B in V.
        wavenumber: q in 1/m.
    """

    offset: float
    field: float
    amplitude: float
    wavenumber: float

    def potential(self, x: Any, z: Any, functions: ModuleType = np) -> Any:
        """phi in V.

        Args:
            x: Horizontal coordinate in m; an array, or a UFL expression.
            z: Vertical coordinate in m, likewise.
            functions: Holds ``cos`` and ``exp`` for these: ``numpy`` or ``ufl``.
        """
        wave = functions.cos(self.wavenumber * x) * functions.exp(-self.wavenumber * z)
        return self.offset + self.field * z + self.amplitude * wave


def polygon(
    width: float, depth: float
) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]:
    """An interface of six straight pieces, ups and downs of ``depth``, all lengths in m.

    Returns:
        x and z in m, shape ``(7,)`` each.
    """
    x = np.array([0.0, 0.15, 0.3, 0.45, 0.6, 0.85, 1.0]) * width
    z = np.array([0.0, 0.0, 1.0, -0.4, -0.4, 0.6, 0.2]) * depth
    return x, z


def harmonic_potential(
    width: float, *, offset: float, field: float, waves: int = 2
) -> HarmonicPotential:
    """A potential that varies by a fifth of its offset along the interface."""
    return HarmonicPotential(offset, field, offset / 5, waves * math.pi / width)
