# SPDX-License-Identifier: BSD-3-Clause
"""The solver against closed-form solutions, on one mesh each."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from interfacefem.current import (
    ButlerVolmer,
    CurrentProblem,
    CurrentSolution,
    CurrentSolver,
    InSeriesWithFilm,
    LinearKinetics,
    TafelKinetics,
    solve_current,
)
from interfacefem.current.kinetics import ChargeTransfer
from interfacefem.meshing import InterfaceMesh, MeshSettings, distribute, mesh_profile
from interfacefem.mpi import MPI
from interfacefem.parallel import on_first_rank
from interfacefem.reference import flat, semi_ellipse, slope_law, small_sinusoid, trochoid
from interfacefem.reference.verification_row import VerificationRow, absolute_row, relative_row
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import sinusoid
from interfacefem.synthetic.profiles import trochoid as trochoid_profile
from interfacefem.units import MA_PER_CM2, OHM_CM2, UM

CONDUCTIVITY = 0.1  # S/m (1 mS/cm), about that of LPSCl
CURRENT_DENSITY = 3 * MA_PER_CM2
TEMPERATURE = 298.0  # K
WAVELENGTH = 10 * UM
STEEPNESS = 0.5


def butler_volmer(exchange_current_density: float) -> ButlerVolmer:
    """Butler-Volmer kinetics with both coefficients 1/2, i0 in A/m^2."""
    return ButlerVolmer(exchange_current_density, 0.5, 0.5, TEMPERATURE)


def meshed(
    comm: MPI.Comm, profile: Profile, height: float, settings: MeshSettings | None = None
) -> InterfaceMesh:
    """The domain above a profile, meshed on rank 0; collective."""
    return distribute(on_first_rank(comm, lambda: mesh_profile(profile, height, settings)), comm)


def current_ratio(solution: CurrentSolution) -> float:
    """i_max/i_min."""
    current = solution.samples.current_density
    return float(current.max() / current.min())


def check_flat(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Uniform current, Ohm's law and overpotential in series, for every kinetics; collective."""
    height = 25 * UM
    profile = Profile(np.array([0.0, 20 * UM]), np.zeros(2))
    solver = CurrentSolver(meshed(comm, profile, height, MeshSettings(interface_edges=60)))
    charge_transfer: dict[str, ChargeTransfer] = {
        "Butler-Volmer": butler_volmer(MA_PER_CM2),
        "unequal coefficients": ButlerVolmer(MA_PER_CM2, 0.3, 0.6, TEMPERATURE),
        "linear": LinearKinetics(MA_PER_CM2, 0.5, 0.5, TEMPERATURE),
        "Tafel": TafelKinetics(MA_PER_CM2, 0.5, TEMPERATURE),
    }
    laws: dict[str, ChargeTransfer | InSeriesWithFilm | None] = {**charge_transfer}
    for name in ("Butler-Volmer", "Tafel"):
        laws[f"{name} and film"] = InSeriesWithFilm(charge_transfer[name], 10 * OHM_CM2)
    laws["primary"] = None
    for name, law in laws.items():
        solution = solver.solve(CurrentProblem(CONDUCTIVITY, CURRENT_DENSITY, law))
        exact = flat.top_potential(
            law, conductivity=CONDUCTIVITY, current_density=CURRENT_DENSITY, height=height
        )
        title = f"flat, {name}"
        yield absolute_row(title, "i_ratio - 1", "", current_ratio(solution) - 1, 0.0, 1e-10)
        yield relative_row(title, "potential of the top", "V", solution.top_potential, exact, 1e-10)
        yield relative_row(
            title,
            "area specific resistance",
            "ohm cm2",
            solution.top_potential / CURRENT_DENSITY / OHM_CM2,
            exact / CURRENT_DENSITY / OHM_CM2,
            1e-10,
        )


def check_trochoid_primary(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Ratio and largest pointwise error of the primary distribution; collective."""
    wavenumber = 2 * math.pi / WAVELENGTH
    profile = trochoid_profile(STEEPNESS / wavenumber, WAVELENGTH, points=1001)
    problem = CurrentProblem(CONDUCTIVITY, CURRENT_DENSITY, None)
    solution = solve_current(meshed(comm, profile, 2.5 * WAVELENGTH), problem)
    yield relative_row(
        f"trochoid a k = {STEEPNESS:g}, primary",
        "i_ratio",
        "",
        current_ratio(solution),
        trochoid.primary_ratio(STEEPNESS),
        1e-3,
    )
    # the points of the profile are nodes of the mesh, evenly spaced in xi
    samples = solution.samples
    xi = np.linspace(0.0, WAVELENGTH, len(profile.x))
    at_points = np.interp(profile.arc_length, samples.arc_length, samples.current_density)
    exact = trochoid.primary_current_density(xi, STEEPNESS, wavenumber, CURRENT_DENSITY)
    worst = int(np.argmax(np.abs(at_points / exact - 1)))
    yield relative_row(
        f"trochoid a k = {STEEPNESS:g}, primary",
        "i at its worst point",
        "mA/cm2",
        at_points[worst] / MA_PER_CM2,
        exact[worst] / MA_PER_CM2,
        1e-3,
    )


def check_trochoid_reaction(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Butler-Volmer against the cosine series, from even to nearly primary current; collective."""
    wavenumber = 2 * math.pi / WAVELENGTH
    profile = trochoid_profile(STEEPNESS / wavenumber, WAVELENGTH, points=1001)
    solver = CurrentSolver(meshed(comm, profile, 2.5 * WAVELENGTH))
    for i0 in (1.0, 100.0, 10000.0):
        law = butler_volmer(i0 * MA_PER_CM2)
        solution = solver.solve(CurrentProblem(CONDUCTIVITY, CURRENT_DENSITY, law))
        _, current = trochoid.reaction_current_density(
            law,
            steepness=STEEPNESS,
            wavenumber=wavenumber,
            conductivity=CONDUCTIVITY,
            applied_current_density=CURRENT_DENSITY,
        )
        yield relative_row(
            f"trochoid a k = {STEEPNESS:g}, i0 = {i0:g} mA/cm2",
            "i_ratio - 1",
            "",
            current_ratio(solution) - 1,
            float(current.max() / current.min()) - 1,
            1e-3,
        )


def check_small_sinusoid(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Amplitude of the current against first-order theory; collective."""
    amplitude = 0.02 * UM
    profile = sinusoid(amplitude, WAVELENGTH, points=401)
    height = WAVELENGTH / 4
    solver = CurrentSolver(meshed(comm, profile, height, MeshSettings(interface_edges=400)))
    for i0 in (1.0, 10.0, 100.0):
        law = butler_volmer(i0 * MA_PER_CM2)
        ratio = current_ratio(solver.solve(CurrentProblem(CONDUCTIVITY, CURRENT_DENSITY, law)))
        exact = small_sinusoid.relative_amplitude(
            law,
            height_amplitude=amplitude,
            wavenumber=2 * math.pi / WAVELENGTH,
            domain_height=height,
            conductivity=CONDUCTIVITY,
            applied_current_density=CURRENT_DENSITY,
        )
        yield relative_row(
            f"sinusoid, i0 = {i0:g} mA/cm2",
            "amplitude of i over its mean",
            "",
            (ratio - 1) / (ratio + 1),
            exact,
            1e-2,
        )


def check_slope_law(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Exact nonlinear distributions on steep walls; collective."""
    largest_angle = math.radians(75)
    applied = 300 * MA_PER_CM2
    charge_transfer = butler_volmer(100 * MA_PER_CM2)
    film = InSeriesWithFilm(charge_transfer, 0.01 * OHM_CM2)
    for title, law in (("Butler-Volmer", charge_transfer), ("and film", film)):
        x, z = slope_law.slope_law_profile(
            law,
            conductivity=CONDUCTIVITY,
            applied_current_density=applied,
            largest_angle=largest_angle,
            points=501,
        )
        profile = Profile(x, z)
        domain = meshed(comm, profile, 3 * profile.width, MeshSettings(interface_edges=500))
        solution = solve_current(domain, CurrentProblem(CONDUCTIVITY, applied, law))
        yield relative_row(
            f"slope law to 75 degrees, {title}",
            "i_ratio - 1",
            "",
            current_ratio(solution) - 1,
            slope_law.exact_ratio(largest_angle) - 1,
            1e-3,
        )
        # the potential of the top is V(i_app) + E z
        exact = float(law.overpotential(np.array(applied))) + applied * domain.top / CONDUCTIVITY
        yield relative_row(
            f"slope law to 75 degrees, {title}",
            "potential of the top",
            "V",
            solution.top_potential,
            exact,
            1e-4,
        )


def check_semi_ellipse(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Current at the tip of a bump; collective."""
    half_width, bump_height, width = 1 * UM, 2 * UM, 40 * UM
    x, z = semi_ellipse.semi_ellipse_profile(half_width, bump_height, width)
    profile = Profile(x, z)
    problem = CurrentProblem(CONDUCTIVITY, CURRENT_DENSITY, None)
    solution = solve_current(meshed(comm, profile, width), problem)
    yield relative_row(
        "semi-ellipse 2:1, primary",
        "i_max/i_app",
        "",
        float(solution.samples.current_density.max()) / CURRENT_DENSITY,
        semi_ellipse.tip_factor(half_width, bump_height, width),
        1e-3,
    )
