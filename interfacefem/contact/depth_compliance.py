# SPDX-License-Identifier: BSD-3-Clause
"""Compliance of an elastic body to a wave of pressure, by finite elements through its depth.

A body that is uniform along x answers a pressure ``p cos(k x)`` with a displacement of the same
wave. DOLFINx assembles what is left, plane strain through the depth, once; each wavenumber is then
one banded solve, and no wave is misjudged because it is short against the mesh along x.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import basix.ufl
import dolfinx
import numpy as np
import numpy.typing as npt
import ufl
from mpi4py import MPI
from scipy.linalg import solveh_banded
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import reverse_cuthill_mckee

from interfacefem.compat import create_mesh_in_place

Array = npt.NDArray[np.floating]

_DEGREE = 4
_GROWTH = 1.3  # of a cell against the one above it
_TOP_CELLS_PER_SHORTEST_WAVE = 4.0
_HALF_SPACE_WAVELENGTHS = 4.0  # what a wave does below is exp(-8 pi) of what it does on top


@dataclass(frozen=True)
class ElasticBody:
    """A homogeneous, isotropic layer on a rigid base it sticks to; or a half-space.

    Attributes:
        youngs_modulus: In Pa.
        poisson_ratio: Above -1 and below 0.5.
        thickness: In m; infinite for a half-space.
    """

    youngs_modulus: float
    poisson_ratio: float
    thickness: float = math.inf

    @property
    def plane_strain_modulus(self) -> float:
        """``E/(1 - nu^2)`` in Pa."""
        return self.youngs_modulus / (1 - self.poisson_ratio**2)

    @property
    def uniaxial_modulus(self) -> float:
        """Stress over strain in Pa where the sides cannot move."""
        nu = self.poisson_ratio
        return self.youngs_modulus * (1 - nu) / ((1 + nu) * (1 - 2 * nu))


def wave_compliance(body: ElasticBody, wavenumbers: Array) -> Array:
    """Displacement of the surface, along the pressure, over the amplitude of the pressure.

    Args:
        body: What is pressed.
        wavenumbers: In 1/m, shape ``(n,)``, all above zero.

    Returns:
        Compliance in m/Pa, shape ``(n,)``; ``2/(E* k)`` for a half-space (K. L. Johnson, Contact
        Mechanics, 1985, section 13.2), here with the finite elements' error of about 1e-7.

    Rank-local.
    """
    longest, shortest = 2 * math.pi / wavenumbers.min(), 2 * math.pi / wavenumbers.max()
    depth = min(body.thickness, _HALF_SPACE_WAVELENGTHS * longest)
    # the depth is counted in the longest wave, so that the matrices are of order one
    band = _assembled(
        body.poisson_ratio, _depths(depth / longest, shortest / longest)
    )
    scaled = wavenumbers * longest
    load = np.zeros(band.constant.shape[1])
    load[band.surface] = 1.0
    answer = [
        solveh_banded(
            band.constant + k * band.linear + k**2 * band.quadratic,
            load,
            lower=True,
            overwrite_ab=True,
            check_finite=False,
        )[band.surface]
        for k in scaled
    ]
    return np.array(answer) * longest / body.youngs_modulus


@dataclass(frozen=True, eq=False)
class _Bands:
    """Lower bands of the stiffness ``constant + k linear + k^2 quadratic``; Young's modulus 1."""

    constant: Array
    linear: Array
    quadratic: Array
    surface: int


def _depths(depth: float, shortest: float) -> Array:
    first = min(shortest / _TOP_CELLS_PER_SHORTEST_WAVE, depth)
    cells = max(
        2, math.ceil(math.log1p(depth / first * (_GROWTH - 1)) / math.log(_GROWTH))
    )
    edges = (_GROWTH ** np.arange(cells + 1) - 1) / (_GROWTH**cells - 1) * depth
    return np.asarray(edges)


def _assembled(poisson_ratio: float, depths: Array) -> _Bands:
    stiffness, free, surface = _stiffness(poisson_ratio, depths)
    zero, plus, minus = (stiffness(k)[free][:, free] for k in (0.0, 1.0, -1.0))
    order = reverse_cuthill_mckee(abs(plus) + abs(minus), symmetric_mode=True)
    parts = (zero, (plus - minus) / 2, (plus + minus) / 2 - zero)
    place = int(np.flatnonzero(free[order] == surface)[0])
    ordered = [part[order][:, order].tocoo() for part in parts]
    width = 1 + max(int((part.row - part.col).max()) for part in ordered)
    return _Bands(*(_lower_band(part, width) for part in ordered), place)


@functools.cache
def _element() -> Any:
    return basix.ufl.element("Lagrange", "interval", _DEGREE, shape=(2,))


def _stiffness(poisson_ratio: float, depths: Array) -> tuple[Any, npt.NDArray[np.int32], int]:
    """Stiffness as a function of k, the dofs above the base, and the one that is pressed."""
    points = depths[:, None]
    cells = np.column_stack([np.arange(len(depths) - 1), np.arange(1, len(depths))])
    coordinates = basix.ufl.element("Lagrange", "interval", 1, shape=(1,))
    domain = create_mesh_in_place(MPI.COMM_SELF, cells.astype(np.int64), points, coordinates)
    space = dolfinx.fem.functionspace(domain, _element())
    k, nu = (dolfinx.fem.Constant(domain, value) for value in (0.0, poisson_ratio))
    shear = 1 / (2 * (1 + nu))
    lame = nu / ((1 + nu) * (1 - 2 * nu))
    # displacement (a sin kx, b cos kx) at depth z: strains k a, b', a' - k b
    (a, b), (c, d) = ufl.TrialFunction(space), ufl.TestFunction(space)
    volume = (k * a + b.dx(0)) * (k * c + d.dx(0))
    normal = k * a * k * c + b.dx(0) * d.dx(0)
    sheared = (a.dx(0) - k * b) * (c.dx(0) - k * d)
    form = dolfinx.fem.form((lame * volume + 2 * shear * normal + shear * sheared) * ufl.dx)

    def stiffness(wavenumber: float) -> csr_matrix:
        k.value = wavenumber
        matrix = dolfinx.fem.assemble_matrix(form)
        matrix.scatter_reverse()
        return csr_matrix(matrix.to_scipy())

    z = space.tabulate_dof_coordinates()[:, 0]
    above = np.flatnonzero(z < depths[-1] * (1 - 1e-12))
    free = np.sort(np.concatenate([2 * above, 2 * above + 1])).astype(np.int32)
    return stiffness, free, 2 * int(np.argmin(z)) + 1


def _lower_band(entries: coo_matrix, width: int) -> Array:
    below = entries.row >= entries.col
    row, column, value = entries.row[below], entries.col[below], entries.data[below]
    band = np.zeros((width, entries.shape[0]))
    band[row - column, column] = value
    return band
