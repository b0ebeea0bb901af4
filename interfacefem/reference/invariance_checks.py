# SPDX-License-Identifier: BSD-3-Clause
"""Invariances of the solution and the reach of Newton's method, on a rough profile."""

from __future__ import annotations

from collections.abc import Iterator

from interfacefem.current import CurrentProblem, CurrentSolution, CurrentSolver, solve_current
from interfacefem.mpi import MPI
from interfacefem.reference.exact_checks import (
    CONDUCTIVITY,
    CURRENT_DENSITY,
    butler_volmer,
    current_ratio,
    meshed,
)
from interfacefem.reference.verification_row import VerificationRow, bounded_row, relative_row
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import self_affine
from interfacefem.units import MA_PER_CM2, UM

_HEIGHT = 25 * UM
_EXCHANGE_CURRENT_DENSITY = 10 * MA_PER_CM2
_MOST_NEWTON_STEPS = 10


def _rough_profile(scale: float = 1.0) -> Profile:
    return self_affine(scale * UM, 60 * scale * UM, points=400, seed=1)


def _solve(comm: MPI.Comm, profile: Profile, height: float, scale: float = 1.0) -> CurrentSolution:
    law = butler_volmer(scale * _EXCHANGE_CURRENT_DENSITY)
    problem = CurrentProblem(scale * CONDUCTIVITY, scale * CURRENT_DENSITY, law)
    return solve_current(meshed(comm, profile, height), problem)


def check_scaling(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """k, i0 and i_app may be scaled together, and lengths with k; collective."""
    original = _solve(comm, _rough_profile(), _HEIGHT)
    expected = current_ratio(original) - 1
    scaled = _solve(comm, _rough_profile(), _HEIGHT, scale=1000.0)
    yield relative_row(
        "k, i0 and i_app times 1000", "i_ratio - 1", "", current_ratio(scaled) - 1, expected, 1e-8
    )
    yield relative_row(
        "k, i0 and i_app times 1000",
        "potential of the top",
        "V",
        scaled.top_potential,
        original.top_potential,
        1e-10,
    )
    law = butler_volmer(_EXCHANGE_CURRENT_DENSITY)
    problem = CurrentProblem(1000 * CONDUCTIVITY, CURRENT_DENSITY, law)
    longer = solve_current(meshed(comm, _rough_profile(1000.0), 1000 * _HEIGHT), problem)
    yield relative_row(
        "lengths and k times 1000", "i_ratio - 1", "", current_ratio(longer) - 1, expected, 1e-4
    )


def check_mirror(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """The mirror image of a profile, meshed anew, has the same ratio; collective."""
    profile = _rough_profile()
    mirrored = Profile((profile.x[-1] - profile.x)[::-1], profile.z[::-1])
    yield relative_row(
        "mirror image",
        "i_ratio - 1",
        "",
        current_ratio(_solve(comm, mirrored, _HEIGHT)) - 1,
        current_ratio(_solve(comm, profile, _HEIGHT)) - 1,
        1e-4,
    )


def check_newton_steps(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Nine decades of i_app/i0; collective."""
    solver = CurrentSolver(meshed(comm, self_affine(1 * UM, 60 * UM, seed=1), _HEIGHT))
    law = butler_volmer(MA_PER_CM2)
    most = 0
    balance = 0.0
    for exponent in range(-3, 7):
        applied = law.exchange_current_density * 10.0**exponent
        solution = solver.solve(CurrentProblem(CONDUCTIVITY, applied, law))
        most = max(most, solution.newton_steps)
        balance = max(balance, solution.charge_balance_error)
    title = "i_app/i0 from 1e-3 to 1e6"
    yield bounded_row(title, "most Newton steps", "", most, _MOST_NEWTON_STEPS)
    yield bounded_row(title, "largest charge balance error", "", balance, 1e-8)
