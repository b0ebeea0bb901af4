# SPDX-License-Identifier: BSD-3-Clause
"""Observed orders of convergence."""

from __future__ import annotations

import math
from collections.abc import Iterator

import dolfinx
import ufl
from dolfinx import fem

from interfacefem.current import ButlerVolmer, CurrentProblem, CurrentSolver, solve_current
from interfacefem.current.newton import DampedNewton
from interfacefem.meshing import Boundary, InterfaceMesh, MeshSettings, distribute, mesh_profile
from interfacefem.mpi import MPI
from interfacefem.parallel import on_first_rank
from interfacefem.reference import manufactured, trochoid
from interfacefem.reference.exact_checks import (
    CONDUCTIVITY,
    CURRENT_DENSITY,
    STEEPNESS,
    WAVELENGTH,
    butler_volmer,
    current_ratio,
    meshed,
)
from interfacefem.reference.refinement import refine_uniformly
from interfacefem.reference.verification_row import VerificationRow, order_row
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import trochoid as trochoid_profile
from interfacefem.units import MA_PER_CM2, UM

_EXACT_QUADRATURE = 8


def check_manufactured(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Orders of P1 and P2 on a polygon that is refined uniformly; collective."""
    width = 10 * UM
    law = butler_volmer(100 * MA_PER_CM2)
    exact = manufactured.harmonic_potential(
        width, offset=2 * law.thermal_voltage, field=CURRENT_DENSITY / CONDUCTIVITY
    )
    profile = Profile(*manufactured.polygon(width, width / 10))
    coarsest = on_first_rank(
        comm, lambda: mesh_profile(profile, width / 2, MeshSettings(interface_edges=20))
    )
    for degree, expected, tolerance in ((1, 2.0, 1e-3), (2, 3.0, 1e-5)):
        errors = []
        triangulation = coarsest
        for _ in range(3):
            if triangulation is not None:
                triangulation = refine_uniformly(triangulation)
            errors.append(_manufactured_error(distribute(triangulation, comm), degree, law, exact))
        yield order_row(
            f"manufactured solution, P{degree}",
            "rms error of phi on the interface over its mean",
            "",
            errors[-1],
            math.log2(errors[-2] / errors[-1]),
            expected,
            tolerance,
        )


def check_curved(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Order on a curve: straight-sided triangles cap it at 2; collective."""
    wavenumber = 2 * math.pi / WAVELENGTH
    law = butler_volmer(100 * MA_PER_CM2)
    problem = CurrentProblem(CONDUCTIVITY, CURRENT_DENSITY, law)
    _, current = trochoid.reaction_current_density(
        law,
        steepness=STEEPNESS,
        wavenumber=wavenumber,
        conductivity=CONDUCTIVITY,
        applied_current_density=CURRENT_DENSITY,
    )
    exact = float(current.max() / current.min()) - 1
    errors = []
    for edges in (50, 100, 200):
        profile = trochoid_profile(STEEPNESS / wavenumber, WAVELENGTH, points=edges + 1)
        # growth falls with the edges, so that the whole mesh is refined
        settings = MeshSettings(interface_edges=edges, growth=10 / edges)
        solution = solve_current(meshed(comm, profile, 2.5 * WAVELENGTH, settings), problem)
        errors.append(abs((current_ratio(solution) - 1) / exact - 1))
    yield order_row(
        "trochoid refined, P2",
        "relative error of i_ratio - 1",
        "",
        errors[-1],
        math.log2(errors[-2] / errors[-1]),
        2.0,
        1e-3,
    )


def _manufactured_error(
    domain: InterfaceMesh,
    degree: int,
    law: ButlerVolmer,
    exact: manufactured.HarmonicPotential,
) -> float:
    """Root mean square error on the interface over the offset of the potential; collective."""
    solver = CurrentSolver(domain, degree)
    mesh = domain.mesh
    place = ufl.SpatialCoordinate(mesh)
    phi = exact.potential(place[0], place[1], ufl)
    outward_gradient = ufl.inner(ufl.grad(phi), ufl.FacetNormal(mesh))
    u = phi / law.thermal_voltage
    reaction = law.exchange_current_density * (ufl.exp(law.alpha_c * u) - ufl.exp(-law.alpha_a * u))
    v = ufl.TestFunction(solver.space)
    ds = ufl.Measure(
        "ds",
        domain=mesh,
        subdomain_data=domain.facet_tags,
        metadata={"quadrature_degree": _EXACT_QUADRATURE},
    )
    interface = ds(int(Boundary.INTERFACE))
    load = fem.assemble_vector(
        fem.form(outward_gradient * v * ds + reaction / CONDUCTIVITY * v * interface)
    )
    load.scatter_reverse(dolfinx.la.InsertMode.add)
    inflow = load.array[: solver.top_load.size].copy()
    found = fem.Function(solver.space)
    found.x.array[:] = exact.offset
    DampedNewton(solver, solver.tangents, law, CONDUCTIVITY, inflow).solve(found)
    local = fem.assemble_scalar(fem.form((found - phi) ** 2 * interface))
    squared = domain.comm.allreduce(float(local)) / domain.interface_length
    return math.sqrt(squared) / exact.offset
