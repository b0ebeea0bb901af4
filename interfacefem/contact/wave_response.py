# SPDX-License-Identifier: BSD-3-Clause
"""How an elastic body answers a wave of pressure, by finite elements through its depth.

A body that is uniform along the surface answers ``p cos(k x)`` with a displacement of the same
wave, in two dimensions and in three. DOLFINx assembles what is left, elasticity through the depth,
once; each wavenumber is then one sparse solve, and no wave is misjudged because it is short against
a mesh along x. A half-space of one material needs no elements: its answer is known.
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
from scipy.interpolate import CubicSpline
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from interfacefem.compat import create_mesh_in_place
from interfacefem.contact.elastic_body import ElasticBody
from interfacefem.errors import InputError
from interfacefem.units import UM

Array = npt.NDArray[np.floating]

_DEGREE = 4
_FIRST_CELL = 0.5  # over the inverse of the largest wavenumber
_GROWTH = 1.3  # of a cell against the one above it
_WAVENUMBERS_PER_DECADE = 40
_DEEP = 40.0  # k h where a layer answers as if infinitely thick
_LARGEST_ROUNDING = 1e-3  # bound of its share of the compliance; the error is some five times less
_BOTTOM, _BELOW = 1, 2  # markers of a facet and of cells


@dataclass(frozen=True, eq=False)
class DepthResponse:
    """Answer of a body to pressure ``p cos(k x)`` on its surface.

    Attributes:
        compliance: Displacement of the surface along the pressure over p, in m/Pa.
        transmission: Normal stress at the reference depth over p (no unit).
    """

    compliance: Array
    transmission: Array


def half_space_response(modulus: float, depth: float, wavenumbers: Array) -> DepthResponse:
    """``2/(E* k)`` and ``(1 + k d) exp(-k d)`` (K. L. Johnson, Contact Mechanics, 1985, 13.2).

    Args:
        modulus: Plane strain modulus E* in Pa.
        depth: d in m.
        wavenumbers: k in 1/m, any shape; the displacement at k = 0, unbounded, is given as 0.
    """
    k = np.asarray(wavenumbers, dtype=float)
    positive = np.where(k > 0, k, 1.0)
    compliance = np.where(k > 0, 2 / (modulus * positive), 0.0)
    return DepthResponse(compliance, (1 + k * depth) * np.exp(-k * depth))


def depth_response(body: ElasticBody, depth: float, wavenumbers: Array) -> DepthResponse:
    """Response of a body, half-space or layers that stick to each other.

    Args:
        body: What is pressed.
        depth: Where the stress is read, in m below the loaded surface.
        wavenumbers: In 1/m, any shape, >= 0.

    Returns:
        Compliance and transmission in the shape of ``wavenumbers``. The displacement at k = 0 is
        that of uniform pressure, 0 above a half-space, where it is unbounded.

    Raises:
        InputError: The depth lies outside the body, or its layers differ by more than the digits
            of a float can carry.
    """
    require_depth(body, depth)
    k = np.asarray(wavenumbers, dtype=float)
    if body.is_half_space:
        return half_space_response(body.plane_strain_modulus, depth, k)
    tables = _tables(body, depth, k)
    positive = np.where(k > 0, k, 1.0)
    place = np.log(positive)
    compliance = 2 / (body.plane_strain_modulus * positive) * tables[0](place)
    uniform = 0.0 if math.isinf(body.total_thickness) else body.uniform_compliance
    transmission = np.exp(-positive * depth) * (1 + positive * depth) * tables[1](place)
    return DepthResponse(np.where(k > 0, compliance, uniform), np.where(k > 0, transmission, 1.0))


def require_depth(body: ElasticBody, depth: float) -> None:
    """Refuse a depth in m outside a body.

    Raises:
        InputError: It is not between zero and the body's thickness.
    """
    total = body.total_thickness
    if not 0 < depth < total:
        raise InputError(
            "lies outside the body",
            field="stress.depth",
            found=f"{depth / UM:g} um",
            expected=f"more than 0 and less than the thickness, {total / UM:g} um",
        )


def wave_compliance(body: ElasticBody, wavenumbers: Array) -> Array:
    """Displacement of the surface, along the pressure, over the amplitude of the pressure.

    Args:
        body: What is pressed.
        wavenumbers: In 1/m, shape ``(n,)``, all above zero.

    Returns:
        Compliance in m/Pa, shape ``(n,)``; ``2/(E* k)`` for a half-space.

    Raises:
        InputError: The layers differ by more than the digits of a float can carry.
    """
    depth = min(body.thickness / 2, 1 / float(wavenumbers.max()))
    return depth_response(body, depth, wavenumbers).compliance


def _tables(body: ElasticBody, depth: float, wavenumbers: Array) -> tuple[CubicSpline, CubicSpline]:
    """Response over that of a half-space of the top layer, as functions of ln k."""
    positive = wavenumbers[wavenumbers > 0]
    lowest, highest = float(positive.min()), float(positive.max())
    decades = math.log10(highest / lowest)
    count = max(8, math.ceil(decades * _WAVENUMBERS_PER_DECADE) + 1)
    k = np.geomspace(lowest * (1 - 1e-9), highest * (1 + 1e-9), count)
    modulus = body.plane_strain_modulus
    exact = half_space_response(modulus, depth, k)
    ratios = np.ones((2, count))
    # where no wave reaches the second layer the half-space's answer is exact
    felt = k * body.thickness < _DEEP
    if felt.any():
        solve = _DepthSolver(body.layers, depth, float(k[felt].max()), float(k[felt].min()))
        found = np.array([solve(wavenumber) for wavenumber in k[felt]]).T
        ratios[0, felt] = found[0] / exact.compliance[felt]
        ratios[1, felt] = found[1] / exact.transmission[felt]
    # beyond that depth of penetration both numbers of the quotient are rounding errors
    faded = k * depth > _DEEP / 2
    ratios[1, faded] = ratios[1, ~faded][-1] if (~faded).any() else 1.0
    return CubicSpline(np.log(k), ratios[0]), CubicSpline(np.log(k), ratios[1])


class _DepthSolver:
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
