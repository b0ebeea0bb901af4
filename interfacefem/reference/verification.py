# SPDX-License-Identifier: BSD-3-Clause
"""The program against every reference solution; ``interfacefem verify`` prints the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from mpi4py import MPI

from interfacefem.reference import (
    convergence_checks,
    exact_checks,
    invariance_checks,
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
        "laminates": volume_checks.check_laminates,
        "checkerboard": volume_checks.check_checkerboard,
        "cubic array of spheres": volume_checks.check_spheres,
        "conduction by GAMG": volume_checks.check_second_solver,
    }
)


def run_verification(
    progress: Callable[[str], None] | None = None, comm: MPI.Comm = MPI.COMM_WORLD
) -> tuple[VerificationRow, ...]:
    """Solve every reference problem and compare; about 10 s of CPU time.

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
