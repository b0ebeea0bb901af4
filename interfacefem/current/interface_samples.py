# SPDX-License-Identifier: BSD-3-Clause
"""Potential and current along the whole interface, gathered from all ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from interfacefem.current.interface_trace import InterfaceTrace
from interfacefem.current.kinetics import Kinetics

Array = npt.NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class InterfaceSamples:
    """The current along the whole interface, the same on every rank.

    Attributes:
        arc_length: In m from the left end, increasing, shape ``(n,)``.
        x: Horizontal coordinate in m, shape ``(n,)``.
        z: Vertical coordinate in m, shape ``(n,)``.
        potential: Electrolyte potential in V, shape ``(n,)``.
        current_density: Plating current density i in A/m^2, shape ``(n,)``.
        quadrature_potential: Electrolyte potential at the quadrature points in V, shape ``(m,)``.
        quadrature_current_density: i at the quadrature points in A/m^2, shape ``(m,)``.
        quadrature_weights: Length in m that each of them stands for, shape ``(m,)``.
    """

    arc_length: Array
    x: Array
    z: Array
    potential: Array
    current_density: Array
    quadrature_potential: Array
    quadrature_current_density: Array
    quadrature_weights: Array


def sample_reaction_current(
    trace: InterfaceTrace, potential: fem.Function, law: Kinetics
) -> InterfaceSamples:
    """Samples with the current density taken from the kinetics, ``i(phi)``.

    It converges one order faster than ``-k grad(phi).n`` (physics.md section 1).

    Collective.
    """
    facets = _gather_facets(trace, potential.function_space, potential.x.array)
    phi = facets.along_interface(facets.values)
    phi_at_quadrature = (facets.values @ trace.basis.T).ravel()
    return InterfaceSamples(
        arc_length=facets.along_interface(facets.arc_length),
        x=facets.along_interface(facets.x),
        z=facets.along_interface(facets.z),
        potential=phi,
        current_density=law.current_density(phi),
        quadrature_potential=phi_at_quadrature,
        quadrature_current_density=law.current_density(phi_at_quadrature),
        quadrature_weights=facets.weights.ravel(),
    )


def sample_consistent_flux(
    trace: InterfaceTrace, space: fem.FunctionSpace, flux: Array
) -> InterfaceSamples:
    """Samples of the primary current: the residual flux averaged over each vertex's hat function.

    Args:
        trace: The interface.
        space: Space of the solution.
        flux: Integral of the outward current density times each basis function of the local degrees
            of freedom, ghosts included, in A/m.

    Collective.
    """
    facets = _gather_facets(trace, space, flux)
    lengths = facets.weights.sum(axis=1)
    # a vertex's hat function is its basis function plus (degree 2) half those of the middles
    middles = facets.values[:, 2] / 2 if facets.values.shape[1] == 3 else np.zeros(len(lengths))
    hats = facets.vertices(facets.values) + _scatter_to_vertices(middles)
    current = hats / _scatter_to_vertices(lengths / 2)
    on_facets = np.column_stack([current[:-1], current[1:]])
    return InterfaceSamples(
        arc_length=facets.vertices(facets.arc_length),
        x=facets.vertices(facets.x),
        z=facets.vertices(facets.z),
        potential=np.zeros_like(current),
        current_density=current,
        quadrature_potential=np.zeros(facets.weights.size),
        quadrature_current_density=(on_facets @ trace.linear_basis.T).ravel(),
        quadrature_weights=facets.weights.ravel(),
    )


@dataclass(frozen=True, eq=False)
class _Facets:
    """All interface facets by increasing arc length; rows are facets, columns their nodes."""

    arc_length: Array
    x: Array
    z: Array
    values: Array
    weights: Array

    def vertices(self, nodal: Array) -> Array:
        """Entries at the ends of the facets, each vertex once."""
        return np.append(nodal[:, 0], nodal[-1, 1])

    def along_interface(self, nodal: Array) -> Array:
        """Entries at all nodes, in order along the interface."""
        in_order = nodal[:, [0, 2]] if nodal.shape[1] == 3 else nodal[:, [0]]
        return np.append(in_order.ravel(), nodal[-1, 1])


def _scatter_to_vertices(per_facet: Array) -> Array:
    total = np.zeros(len(per_facet) + 1)
    total[:-1] += per_facet
    total[1:] += per_facet
    return total


def _gather_facets(trace: InterfaceTrace, space: fem.FunctionSpace, values: Array) -> _Facets:
    """Collect the facets of all ranks on every rank; an interface is small. Collective."""
    coordinates = space.tabulate_dof_coordinates()[trace.dofs]
    x, z = coordinates[..., 0], coordinates[..., 1]
    local = (trace.node_arc_length, x, z, values[trace.dofs], trace.weights)
    gathered = space.mesh.comm.allgather(local)
    columns = [np.concatenate(parts) for parts in zip(*gathered, strict=True)]
    order = np.argsort(columns[0][:, 0])
    return _Facets(*(column[order] for column in columns))
