# SPDX-License-Identifier: BSD-3-Clause
"""Finite elements through the depth of a layered body, for one wave of pressure after the other."""

from __future__ import annotations

import functools
import math
from typing import Any

import basix.ufl
import dolfinx
import numpy as np
import numpy.typing as npt
import ufl
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from interfacefem.compat import create_mesh_in_place
from interfacefem.contact.elastic_body import ElasticBody
from interfacefem.errors import InputError
from interfacefem.mpi import MPI
from interfacefem.units import UM

Array = npt.NDArray[np.floating]

_DEGREE = 4
_FIRST_CELL = 0.5  # over the inverse of the largest wavenumber
_GROWTH = 1.3  # of a cell against the one above it
_LARGEST_ROUNDING = 1e-3  # bound of its share of the compliance; the error is some five times less
_BOTTOM, _BELOW = 1, 2  # markers of a facet and of cells


class DepthElements:
    """Finite elements through the depth; the stiffness is a polynomial of the wavenumber."""

    _powers: list[csc_matrix]
    _rows_below: list[Array]
    _free: npt.NDArray[np.integer]
    _surface: int

    def __init__(
        self, layers: tuple[ElasticBody, ...], depth: float, highest: float, lowest: float
    ) -> None:
        # the length is counted in 1/highest and the modulus in the top layer's: order one
        self._length = 1 / highest
        self._modulus = layers[0].plane_strain_modulus
        bounds = np.cumsum([layer.thickness for layer in layers]) / self._length
        infinite = math.isinf(bounds[-1])
        if infinite:
            # below this depth the half-space's own stiffness closes the mesh
            bounds[-1] = max(bounds[-2] if len(bounds) > 1 else 0.0, depth / self._length) * 1.1 + 1
        ends = np.unique(np.append(bounds, depth / self._length))
        self._assemble(layers, _graded(ends), bounds, depth / self._length, infinite)

    def __call__(self, wavenumber: float) -> tuple[float, float]:
        """Compliance in m/Pa and transmission at one wavenumber in 1/m."""
        k = wavenumber * self._length
        zero, one, two = self._powers
        matrix = (zero + k * one + k * k * two).tocsc()
        load = np.zeros(matrix.shape[0])
        load[self._surface] = 1.0
        free = self._free
        solution = np.zeros_like(load)
        try:
            solution[free] = splu(matrix[free][:, free]).solve(load[free])
        except RuntimeError:  # exactly singular
            raise _unlike_layers(wavenumber, math.inf) from None
        size = np.abs(solution)
        rounding = np.finfo(float).eps * float(size @ (abs(matrix) @ size))
        if not rounding <= _LARGEST_ROUNDING * solution[self._surface]:
            raise _unlike_layers(wavenumber, rounding / abs(solution[self._surface]))
        compliance = solution[self._surface] * self._length / self._modulus
        # the force that what lies below exerts on the node at the depth: more accurate than
        # the derivative of the displacement
        below = self._rows_below
        traction = below[0] @ solution + k * (below[1] @ solution) + k * k * (below[2] @ solution)
        return float(compliance), float(traction)

    def _assemble(
        self,
        layers: tuple[ElasticBody, ...],
        depths: Array,
        bounds: Array,
        depth: float,
        infinite: bool,
    ) -> None:
        cells = np.column_stack([np.arange(len(depths) - 1), np.arange(1, len(depths))])
        coordinates = basix.ufl.element("Lagrange", "interval", 1, shape=(1,))
        domain = create_mesh_in_place(
            MPI.COMM_SELF, cells.astype(np.int64), depths[:, None], coordinates
        )
        space = dolfinx.fem.functionspace(domain, _element())
        constants = dolfinx.fem.functionspace(domain, ("DG", 0))
        middles = constants.tabulate_dof_coordinates()[:, 0]
        layer_of = np.searchsorted(bounds, middles)
        first, second = (dolfinx.fem.Function(constants) for _ in range(2))
        shear = np.array([layer.shear_modulus for layer in layers]) / self._modulus
        nu = np.array([layer.poisson_ratio for layer in layers])
        first.x.array[:] = (2 * shear * nu / (1 - 2 * nu))[layer_of]
        second.x.array[:] = shear[layer_of]
        under = np.flatnonzero(middles > depth).astype(np.int32)
        domain.topology.create_connectivity(0, 1)
        marked = dolfinx.mesh.meshtags(domain, 1, under, np.full(len(under), _BELOW, np.int32))
        bottom = dolfinx.mesh.locate_entities_boundary(
            domain, 0, lambda x: x[0] >= depths[-1] * (1 - 1e-12)
        )
        ends = dolfinx.mesh.meshtags(domain, 0, bottom, np.full(len(bottom), _BOTTOM, np.int32))
        everywhere = ufl.Measure("dx", domain)
        below = ufl.Measure("dx", domain, subdomain_data=marked)(_BELOW)
        base = ufl.Measure("ds", domain, subdomain_data=ends)(_BOTTOM)
        linear = layers[-1] if infinite else None
        self._powers = _matrices(space, first, second, everywhere, base, linear, self._modulus)
        z = space.tabulate_dof_coordinates()[:, 0]
        self._surface = 2 * int(np.argmin(z)) + 1
        kept = np.ones(len(z), dtype=bool) if infinite else z < depths[-1] * (1 - 1e-12)
        order = np.argsort(z)
        nodes = order[kept[order]]
        self._free = np.column_stack([2 * nodes, 2 * nodes + 1]).ravel()
        row = 2 * int(np.argmin(np.abs(z - depth))) + 1
        parts = _matrices(space, first, second, below, base, linear, self._modulus)
        self._rows_below = [part.getrow(row).toarray().ravel() for part in parts]


def _unlike_layers(wavenumber: float, rounding: float) -> InputError:
    return InputError(
        "the layers differ too much in stiffness and thickness",
        field="stress.layers",
        found=f"rounding errors of up to {rounding:.2g} of the compliance to a wave of "
        f"{2 * math.pi / wavenumber / UM:.3g} um",
        expected=f"at most {_LARGEST_ROUNDING:g}; leave out the thinnest, or bring the moduli "
        f"nearer to each other",
    )


@functools.cache
def _element() -> Any:
    return basix.ufl.element("Lagrange", "interval", _DEGREE, shape=(2,))


def _graded(ends: Array) -> Array:
    """Depths of the nodes: cells grow downward and meet the given ends."""
    nodes = [0.0]
    for end in ends:
        while nodes[-1] < end * (1 - 1e-12):
            step = _FIRST_CELL + (_GROWTH - 1) * nodes[-1]
            remaining = end - nodes[-1]
            nodes.append(end if remaining <= 1.5 * step else nodes[-1] + step)
    return np.array(nodes)


def _matrices(
    space: Any,
    first_lame: Any,
    shear: Any,
    volume: Any,
    base: Any,
    half_space: ElasticBody | None,
    modulus: float,
) -> list[csc_matrix]:
    """Parts of the stiffness that go with k to the powers 0, 1 and 2."""
    (a, b), (c, d) = ufl.TrialFunction(space), ufl.TestFunction(space)
    uniaxial = first_lame + 2 * shear
    # displacement (a sin kx, b cos kx) at depth z: strains k a, b', and shear a' - k b
    zero = (uniaxial * b.dx(0) * d.dx(0) + shear * a.dx(0) * c.dx(0)) * volume
    one = first_lame * (a * d.dx(0) + b.dx(0) * c) * volume
    one -= shear * (a.dx(0) * d + b * c.dx(0)) * volume
    two = (uniaxial * a * c + shear * b * d) * volume
    if half_space is not None:
        nu = half_space.poisson_ratio
        normal = 2 * half_space.shear_modulus / modulus / (3 - 4 * nu)
        one += normal * (2 * (1 - nu) * (a * c + b * d) + (1 - 2 * nu) * (a * d + b * c)) * base
    matrices = []
    for form in (zero, one, two):
        matrix = dolfinx.fem.assemble_matrix(dolfinx.fem.form(form))
        matrix.scatter_reverse()
        matrices.append(csc_matrix(matrix.to_scipy()))
    return matrices
