# SPDX-License-Identifier: BSD-3-Clause
"""The program against every reference solution; ``interfacefem verify`` prints the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from interfacefem.mpi import MPI
from interfacefem.reference import (
    contact_checks,
    contact_map_checks,
    convergence_checks,
    descriptor_checks,
    exact_checks,
    interface_checks,
    invariance_checks,
    plasticity_checks,
    volume_checks,
)
from interfacefem.reference.verification_row import VerificationRow

CHECKS: Mapping[str, Callable[[MPI.Comm], Iterable[VerificationRow]]] = MappingProxyType(
    {
        "flat interface": exact_checks.check_flat,
        "trochoid, primary limit": exact_checks.check_trochoid_primary,
        "trochoid, Butler-Volmer": exact_checks.check_trochoid_reaction,
        "small sinusoid": exact_checks.check_small_sinusoid,
        "slope law": exact_checks.check_slope_law,
        "semi-ellipse, primary limit": exact_checks.check_semi_ellipse,
        "manufactured solution": convergence_checks.check_manufactured,
        "curved interface": convergence_checks.check_curved,
        "scaling": invariance_checks.check_scaling,
        "mirror image": invariance_checks.check_mirror,
        "Newton's method": invariance_checks.check_newton_steps,
        "Westergaard's cosine surface": contact_checks.check_westergaard,
        "Hertz line contact": contact_checks.check_hertz,
        "flat punch": contact_checks.check_flat_punch,
        "layer on a rigid base": contact_checks.check_bonded_layer,
        "layers of different materials": contact_checks.check_tape_on_foil,
        "inclined surface": contact_checks.check_tilt,
        "contact of maps, one wave": contact_map_checks.check_wavy_map,
        "contact of maps, crossed waves": contact_map_checks.check_crossed_waves,
        "contact of maps, sphere": contact_map_checks.check_sphere,
        "contact of maps, layers": contact_map_checks.check_layers,
        "contact of maps, tilt": contact_map_checks.check_tilted_map,
        "current through spots": interface_checks.check_spots,
        "current through pressed spots": interface_checks.check_pressed,
        "kinetics of spots": interface_checks.check_spot_kinetics,
        "impedance of an interface": interface_checks.check_interface_impedance,
        "contact by finite elements": plasticity_checks.check_westergaard,
        "stress below a contact": plasticity_checks.check_stress_ratio,
        "oedometer": plasticity_checks.check_oedometer,
        "Prandtl's punch": plasticity_checks.check_prandtl,
        "paths through pores": descriptor_checks.check_paths,
        "area of a sphere": descriptor_checks.check_areas,
        "random walk": descriptor_checks.check_walk,
        "laminates": volume_checks.check_laminates,
        "checkerboard": volume_checks.check_checkerboard,
        "cubic array of spheres": volume_checks.check_spheres,
        "conduction by GAMG": volume_checks.check_second_solver,
    }
)


def run_verification(
    progress: Callable[[str], None] | None = None, comm: MPI.Comm = MPI.COMM_WORLD
) -> tuple[VerificationRow, ...]:
    """Solve every reference problem and compare; about 25 s of CPU time.

    Args:
        progress: Called with the name of each of the ``CHECKS`` as it begins.
        comm: Communicator to solve on.

    Returns:
        The rows of the table, the same on every rank.

    Raises:
        InterfaceFemError: A problem could not be meshed or solved at all.

    Collective.
    """
    rows: list[VerificationRow] = []
    for name, check in CHECKS.items():
        if progress is not None:
            progress(name)
        rows.extend(check(comm))
    return tuple(rows)
