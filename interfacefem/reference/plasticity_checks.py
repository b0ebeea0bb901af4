# SPDX-License-Identifier: BSD-3-Clause
"""Contact by finite elements and plasticity against closed-form solutions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from interfacefem.contact.flat_block import BlockPress
from interfacefem.contact.plane_strain_body import PlaneStrainBody, vertical_compression_at_depth
from interfacefem.contact.plastic_material import VonMisesMaterial
from interfacefem.contact.unilateral import UnilateralContact
from interfacefem.meshing import InterfaceMesh, MeshSettings, distribute, mesh_profile
from interfacefem.mpi import MPI
from interfacefem.parallel import on_first_rank
from interfacefem.reference import oedometer, prandtl, westergaard
from interfacefem.reference.verification_row import VerificationRow, absolute_row, relative_row
from interfacefem.surfaces import Profile
from interfacefem.units import GPA, MPA, UM

ELECTROLYTE = VonMisesMaterial(24 * GPA, 0.37, 0.2 * GPA)  # LPSCl, assumed
ELASTIC = VonMisesMaterial(24 * GPA, 0.37)
WAVELENGTH = 10 * UM
AMPLITUDE = 0.1 * UM


def flat_body(
    comm: MPI.Comm, x: np.ndarray, height: float, edges: int, growth: float
) -> InterfaceMesh:
    """A rectangle whose lower side has nodes at x (m); collective."""
    settings = MeshSettings(interface_edges=edges, growth=growth)
    profile = Profile(x, np.zeros(len(x)))
    return distribute(on_first_rank(comm, lambda: mesh_profile(profile, height, settings)), comm)


def half_wave(comm: MPI.Comm, edges: int = 96) -> InterfaceMesh:
    """Half a wavelength between mirrors; collective."""
    x = np.array([0.0, WAVELENGTH / 2])
    return flat_body(comm, x, 1.5 * WAVELENGTH, edges, growth=0.1)


def wave_gap(points: np.ndarray) -> np.ndarray:
    """Distance in m of the block from a cosine with its crest at x = 0."""
    return AMPLITUDE * (1 - np.cos(2 * math.pi * points[:, 0] / WAVELENGTH))


def wave_full_contact_pressure() -> float:
    """Mean pressure in Pa that closes the gap."""
    modulus = ELASTIC.plane_strain_modulus
    return westergaard.full_contact_pressure(modulus, AMPLITUDE, WAVELENGTH)


def check_westergaard(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Contact in part and in full by both solvers; collective."""
    domain = half_wave(comm)
    full = wave_full_contact_pressure()
    solvers: dict[str, BlockPress | UnilateralContact] = {
        "SNES": UnilateralContact(domain, ELASTIC.youngs_modulus, ELASTIC.poisson_ratio, wave_gap),
        "Newton": BlockPress(domain, PlaneStrainBody(domain.mesh, ELASTIC), wave_gap),
    }
    for solver, press in solvers.items():
        for share in (0.05, 0.3, 2.0):
            title = f"Westergaard p/p* = {share:g}, {solver}"
            contact = press.press(share * full)
            exact = full * westergaard.largest_pressure(share)
            yield relative_row(title, "p_max", "MPa", contact.p_max / MPA, exact / MPA, 1e-3)
            fraction = westergaard.contact_fraction(share)
            yield absolute_row(
                title, "contact fraction", "", contact.contact_fraction, fraction, 5e-3
            )


def check_stress_ratio(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Stress at a depth under full contact; collective."""
    domain = half_wave(comm)
    body = PlaneStrainBody(domain.mesh, ELASTIC)
    full = wave_full_contact_pressure()
    BlockPress(domain, body, wave_gap).press(2 * full)
    for share in (0.1, 0.25):
        depth = share * WAVELENGTH
        crest, trough = vertical_compression_at_depth(body, np.array([0.0, WAVELENGTH / 2]), depth)
        exact = westergaard.stress_ratio(2.0, share)
        title = f"Westergaard, stress at {share:g} wavelengths"
        yield relative_row(title, "R_d", "", crest / trough, exact, 5e-3)


def check_oedometer(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Uniaxial strain: elastic, plastic, unloaded; collective."""
    height = 2 * UM
    for hardening in (0.0, 2 * GPA):
        material = VonMisesMaterial(
            ELECTROLYTE.youngs_modulus,
            ELECTROLYTE.poisson_ratio,
            ELECTROLYTE.yield_stress,
            hardening,
        )
        domain = flat_body(comm, np.array([0.0, 2 * UM]), height, 4, growth=0.4)
        body = PlaneStrainBody(domain.mesh, material)
        press = BlockPress(domain, body)
        title = f"oedometer, hardening {hardening / GPA:g} GPa"
        yields_at = material.yield_stress / (2 * material.shear_modulus)
        for share in (0.5, 2.0, 4.0):
            contact = press.move_to(share * yields_at * height)
            axial, lateral = oedometer.oedometer_stress(material, share * yields_at)
            yield relative_row(
                title,
                f"axial stress at {share:g} yield strains",
                "MPa",
                contact.mean_pressure / MPA,
                axial / MPA,
                1e-10,
            )
        found = -_mean_stress(body, 0)
        yield relative_row(title, "lateral stress", "MPa", found / MPA, lateral / MPA, 1e-10)
        # by half of what it may expand before it yields again
        back = 0.5 * oedometer.oedometer_unloading_range(material)
        contact = press.move_to((4.0 * yields_at - back) * height)
        modulus = material.bulk_modulus + 4 / 3 * material.shear_modulus
        yield relative_row(
            title,
            "axial stress, unloaded elastically",
            "MPa",
            contact.mean_pressure / MPA,
            (axial - modulus * back) / MPA,
            1e-10,
        )


def _mean_stress(body: PlaneStrainBody, component: int) -> float:
    own = body.stress[: body.owned_points, component]
    total = body.comm.allreduce(np.array([own.sum(), len(own)]))
    return float(total[0] / total[1])


def check_prandtl(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Load at which a smooth punch sinks in; collective."""
    half_width, width = 1 * UM, 5 * UM
    material = VonMisesMaterial(ELECTROLYTE.youngs_modulus, 0.3, ELECTROLYTE.yield_stress)
    domain = flat_body(comm, _graded(half_width, width), 4 * half_width, 100, growth=0.2)
    gap: Callable[[np.ndarray], np.ndarray] = lambda points: np.where(  # noqa: E731
        points[:, 0] <= half_width * (1 + 1e-9), 0.0, half_width
    )
    press = BlockPress(domain, PlaneStrainBody(domain.mesh, material), gap)
    depth = 22 * half_width * material.yield_stress / material.youngs_modulus
    for share in np.linspace(0.1, 1.0, 15):
        contact = press.move_to(share * depth)
    yield relative_row(
        "Prandtl's punch",
        "mean pressure",
        "MPa",
        contact.mean_pressure * width / half_width / MPA,
        prandtl.collapse_pressure(material) / MPA,
        1e-2,
    )


def _graded(edge: float, width: float) -> np.ndarray:
    """Nodes from 0 to ``width``, dense at ``edge``."""
    distance = np.cumsum(0.02 * edge * 1.15 ** np.arange(60))
    left = edge - distance[distance < 0.98 * edge]
    right = edge + distance[distance < width - 1.02 * edge]
    return np.unique(np.concatenate([[0.0, edge, width], left, right]))
