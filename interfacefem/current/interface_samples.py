# SPDX-License-Identifier: BSD-3-Clause
"""Potential and current along the whole interface, gathered from all ranks."""

from __future__ import annotations

import weakref
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from interfacefem.current.between_nodes import PointsBetweenNodes
from interfacefem.current.interface_trace import InterfaceTrace
from interfacefem.current.kinetics import Kinetics
from interfacefem.short_repr import short_repr

Array = npt.NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class InterfaceSamples:
    """The current along the part of the interface that the metal touches, the same on every rank.

    Attributes:
        arc_length: In m from the left end, increasing, of the nodes and of the points of the
            profile that were dropped between them, shape ``(n,)``; nan in 3D, where the nodes
            are ordered by y, then by x.
        x: Horizontal coordinate in m, shape ``(n,)``.
        y: The other horizontal coordinate in m, 0 in 2D, shape ``(n,)``.
        z: Vertical coordinate in m, shape ``(n,)``.
        potential: Electrolyte potential in V, shape ``(n,)``.
        current_density: Plating current density i in A/m^2, shape ``(n,)``.
        quadrature_potential: Electrolyte potential at the quadrature points in V, shape ``(m,)``.
        quadrature_current_density: i at the quadrature points in A/m^2, shape ``(m,)``.
        quadrature_weights: Length in m (3D: area in m^2) that each of them stands for, ``(m,)``.
        quadrature_x, quadrature_y: Where they lie in m, shape ``(m,)`` each.
    """

    __repr__ = short_repr

    arc_length: Array
    x: Array
    y: Array
    z: Array
    potential: Array
    current_density: Array
    quadrature_potential: Array
    quadrature_current_density: Array
    quadrature_weights: Array
    quadrature_x: Array
    quadrature_y: Array


def sample_reaction_current(
    trace: InterfaceTrace,
    space: fem.FunctionSpace,
    potential: Array,
    law: Kinetics,
    conductivity: float,
) -> InterfaceSamples:
    """Samples with the current density taken from the kinetics, ``i(phi)``.

    It converges one order faster than ``-k grad(phi).n`` (physics.md section 1).

    Args:
        trace: The interface.
        space: Space of the solution.
        potential: In V at the nodes of this rank's facets, shape as ``trace.dofs``.
        law: Charge transfer at the interface.
        conductivity: In S/m.

    Collective.
    """
    facets = _facets_of(trace, space)
    at_facets = facets.gather(potential)
    arc_length, x, y, z = (facets.at_nodes(column) for column in facets.places)
    phi = facets.at_nodes(at_facets)
    if facets.between is not None:
        points = facets.between
        order = np.argsort(np.append(arc_length, points.arc_length), kind="stable")
        beside = points.potential(at_facets, law, conductivity)
        arc_length, x, y, z, phi = (
            np.append(*both)[order]
            for both in (
                (arc_length, points.arc_length),
                (x, points.x),
                (y, np.zeros_like(points.x)),
                (z, points.z),
                (phi, beside),
            )
        )
    phi_at_quadrature = (at_facets @ trace.basis.T).ravel()
    return InterfaceSamples(
        arc_length=arc_length,
        x=x,
        y=y,
        z=z,
        potential=phi,
        current_density=law.current_density(phi),
        quadrature_potential=phi_at_quadrature,
        quadrature_current_density=law.current_density(phi_at_quadrature),
        quadrature_weights=facets.weights.ravel(),
        quadrature_x=facets.at_quadrature(trace, 1),
        quadrature_y=facets.at_quadrature(trace, 2),
    )


def sample_consistent_flux(
    trace: InterfaceTrace, space: fem.FunctionSpace, flux: Array
) -> InterfaceSamples:
    """Samples of the primary current: the residual flux averaged over each vertex's hat function.

    Args:
        trace: The interface.
        space: Space of the solution, of degree 1 or (2D) 2.
        flux: Integral of the outward current density times each basis function of the local degrees
            of freedom, ghosts included, in A/m (3D: A).

    Collective.
    """
    facets = _facets_of(trace, space)
    at_facets = facets.gather(flux[trace.dofs])
    d = trace.linear_basis.shape[1]
    vertices = _Nodes(facets.numbers[:, :d], [column[:, :d] for column in facets.places])
    # a vertex's hat function is its basis function plus (degree 2) half those of the middles
    halves = at_facets[:, d:] / 2 @ np.ones((at_facets.shape[1] - d, d))
    hats = vertices.at_nodes(at_facets[:, :d]) + vertices.summed(halves)
    shares = np.repeat(facets.weights.sum(axis=1, keepdims=True) / d, d, axis=1)
    current = hats / vertices.summed(shares)
    arc_length, x, y, z = (vertices.at_nodes(column) for column in vertices.places)
    return InterfaceSamples(
        arc_length=arc_length,
        x=x,
        y=y,
        z=z,
        potential=np.zeros_like(current),
        current_density=current,
        quadrature_potential=np.zeros(facets.weights.size),
        quadrature_current_density=(current[vertices.of_facet] @ trace.linear_basis.T).ravel(),
        quadrature_weights=facets.weights.ravel(),
        quadrature_x=facets.at_quadrature(trace, 1),
        quadrature_y=facets.at_quadrature(trace, 2),
    )


class _Nodes:
    """Nodes that facets share, each once, in order along the interface.

    Args:
        numbers: Number of each node of each facet, shape ``(facets, nodes)``.
        places: Arc length, x, y, z of the nodes, of this shape each.
    """

    def __init__(self, numbers: npt.NDArray[np.int64], places: list[Array]) -> None:
        self.numbers = numbers
        self.places = places
        _, first, found = np.unique(numbers, return_index=True, return_inverse=True)
        arc_length, x, y, _ = (column.ravel()[first] for column in places)
        order = np.lexsort((x, y, arc_length))
        self._first = first[order]
        place = np.empty(len(order), dtype=np.intp)
        place[order] = np.arange(len(order))
        self.of_facet = place[found.reshape(numbers.shape)]

    def at_nodes(self, values: Array) -> Array:
        """Values that agree between facets, shape ``(facets, nodes)``, at the nodes."""
        return values.ravel()[self._first]

    def summed(self, values: Array) -> Array:
        """Sums over the facets around each node."""
        total = np.zeros(len(self._first))
        np.add.at(total, self.of_facet, values)
        return total


class _Facets(_Nodes):
    """All interface facets with their quadrature weights, in an order that no rank decides."""

    def __init__(self, trace: InterfaceTrace, space: fem.FunctionSpace) -> None:
        # exact; the coordinates of the unknowns carry rounding errors that would undo the order
        vertices = space.mesh.geometry.x[trace.geometry_nodes]
        middles = vertices.mean(axis=1, keepdims=True)
        nodes = np.concatenate([vertices, middles], axis=1)[:, : trace.dofs.shape[1]]
        # in the plane the second coordinate is the vertical one
        axes = [0, 1, 2] if space.mesh.geometry.dim == 3 else [0, 2, 1]
        x, y, z = np.moveaxis(nodes, 2, 0)[axes]
        numbers = space.dofmap.index_map.local_to_global(trace.dofs.ravel())
        local = (
            numbers.reshape(trace.dofs.shape),
            trace.node_arc_length,
            x,
            y,
            z,
            trace.weights,
        )
        gathered = trace.comm.allgather(local)
        columns = [np.concatenate(parts) for parts in zip(*gathered, strict=True)]
        arc_length, x, y = (column.mean(axis=1) for column in columns[1:4])
        # so that sums do not depend on the ranks either
        self._order = np.lexsort((x, y, arc_length))
        numbers, *places, self.weights = (column[self._order] for column in columns)
        super().__init__(numbers, places)
        self._comm = trace.comm
        self.between: PointsBetweenNodes | None = None
        if trace.outline is not None:
            ends, x, _, z = (column[:, :2] for column in places)
            degree = space.ufl_element().degree
            self.between = PointsBetweenNodes(trace.outline, ends, x, z, degree)

    def at_quadrature(self, trace: InterfaceTrace, axis: int) -> Array:
        """Place of the quadrature points: facets are straight."""
        corners = self.places[axis][:, : trace.linear_basis.shape[1]]
        return (corners @ trace.linear_basis.T).ravel()

    def gather(self, values: Array) -> Array:
        """Values at the nodes of this rank's facets, for all facets; collective."""
        if self._comm.size == 1:
            return values[self._order]
        return np.concatenate(self._comm.allgather(values))[self._order]


# what depends on the geometry alone serves all solutions on it
_GATHERED: weakref.WeakKeyDictionary[InterfaceTrace, _Facets] = weakref.WeakKeyDictionary()


def _facets_of(trace: InterfaceTrace, space: fem.FunctionSpace) -> _Facets:
    """All facets on every rank; an interface is small. Collective."""
    if trace not in _GATHERED:
        _GATHERED[trace] = _Facets(trace, space)
    return _GATHERED[trace]
