# SPDX-License-Identifier: BSD-3-Clause
"""Every law over the whole range in which parameters may be: converged, and right in its limits."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interfacefem.current import (
    ButlerVolmer,
    CurrentProblem,
    CurrentSolution,
    CurrentSolver,
    InSeriesWithFilm,
    LinearKinetics,
    TafelKinetics,
)
from interfacefem.current.run import run_current
from interfacefem.meshing import MeshSettings, distribute, mesh_profile
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.reference import small_sinusoid
from interfacefem.synthetic.profiles import keyhole_pores, self_affine, sinusoid, trochoid
from interfacefem.units import OHM_CM2, UM

AMPLITUDE, WAVELENGTH = 1e-3 * 10 * UM, 10 * UM
STEEPNESS = 0.8
PROFILES = {
    "low": (sinusoid(AMPLITUDE, WAVELENGTH, points=161), 2 * WAVELENGTH),
    "rough": (self_affine(0.7 * UM, 30 * UM, points=60, seed=7), 30 * UM),
    "steep": (sinusoid(2 * UM, WAVELENGTH, points=41), WAVELENGTH),
    "trochoid": (
        trochoid(STEEPNESS * WAVELENGTH / (2 * math.pi), WAVELENGTH, points=161),
        WAVELENGTH,
    ),
    "pores": (keyhole_pores(1.5 * UM, 0.8 * UM, 10 * UM, 1), 10 * UM),
}
ROUNDING = 1e-11  # of a ratio: the last digits of a potential of some hundred RT/F


@pytest.fixture(scope="module")
def solvers() -> dict[str, CurrentSolver]:
    return {
        name: CurrentSolver(
            distribute(mesh_profile(profile, height, MeshSettings(20, 1.0)), MPI.COMM_SELF)
        )
        for name, (profile, height) in PROFILES.items()
    }


@pytest.fixture(scope="module")
def first_order(solvers) -> dict[str, float]:
    """Excess over (di/dphi)/k in m where the current is nearly uniform: geometry alone."""
    law = LinearKinetics(1.0, 0.5, 0.5, 298.0)
    even = 1e-3  # 1/m: the current is uniform to about 1e-8
    return {
        name: excess(solver.solve(CurrentProblem(law.conductance / even, 1.0, law))) / even
        for name, solver in solvers.items()
    }


def decades(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda exponent: 10**exponent)


def excess(solution: CurrentSolution) -> float:
    current = solution.samples.current_density
    return float(current.max() / current.min()) - 1


@st.composite
def problems(draw: st.DrawFn) -> CurrentProblem:
    """Conductivity 1e-9 to 1e3 S/cm, film to 1e6 ohm cm2, the rest as far as files may go."""
    i0 = draw(decades(-6, 6))
    alpha_a, alpha_c = draw(decades(-2, math.log10(2))), draw(decades(-2, math.log10(2)))
    temperature = draw(st.sampled_from([100.0, 298.0, 1500.0]))
    law = draw(
        st.sampled_from(
            [
                ButlerVolmer(i0, alpha_a, alpha_c, temperature),
                LinearKinetics(i0, alpha_a, alpha_c, temperature),
                TafelKinetics(i0, alpha_c, temperature),
            ]
        )
    )
    film = draw(st.sampled_from([0.0, 1.0])) * draw(decades(-2, 6)) * OHM_CM2
    return CurrentProblem(
        draw(decades(-7, 5)),
        i0 * draw(decades(-9, 9)),
        InSeriesWithFilm(law, film) if film else law,
    )


def scaled(problem: CurrentProblem, factor: float) -> CurrentProblem:
    law = problem.charge_transfer
    more = dataclasses.replace(law, exchange_current_density=law.exchange_current_density * factor)
    if isinstance(problem.kinetics, InSeriesWithFilm):
        more = InSeriesWithFilm(more, problem.kinetics.film_resistance / factor)
    return CurrentProblem(
        problem.conductivity * factor, problem.applied_current_density * factor, more
    )


@settings(max_examples=250, deadline=None, derandomize=True, database=None)
@given(name=st.sampled_from(list(PROFILES)), problem=problems())
def test_every_law_converges_and_has_its_limits(solvers, first_order, name, problem) -> None:
    solver = solvers[name]
    solution = solver.solve(problem)
    assert solution.charge_balance_error < 1e-6
    found = excess(solution)
    # the same problem in other units
    again = excess(solver.solve(scaled(problem, 1e3)))
    assert again == pytest.approx(found, rel=1e-5, abs=ROUNDING)
    law = problem.kinetics
    mean = solver.mean_current_density(problem)
    slope = float(law.slope(law.overpotential(np.array(mean)))) / problem.conductivity
    if slope * 30 * UM < 1e-3:  # the widest of them
        assert found == pytest.approx(first_order[name] * slope, rel=0.01, abs=ROUNDING)
    if name == "low":
        amplitude = small_sinusoid.relative_amplitude(
            law,
            height_amplitude=AMPLITUDE,
            wavenumber=2 * math.pi / WAVELENGTH,
            domain_height=2 * WAVELENGTH,
            conductivity=problem.conductivity,
            applied_current_density=problem.applied_current_density,
        )
        expected = small_sinusoid.ratio(amplitude) - 1
        # toward the primary limit the mesh does not resolve the corners of the polygon
        share = 0.02 if slope * WAVELENGTH < 1e3 else 0.1
        assert found == pytest.approx(expected, rel=share, abs=ROUNDING)
    # beyond, the corners of the polygon show that no mesh resolves without kinetics
    if name == "trochoid" and 1e3 < slope * WAVELENGTH < 1e4:
        primary = (1 + STEEPNESS) / (1 - STEEPNESS)
        assert found + 1 == pytest.approx(primary, rel=0.15)
    agrees_with_limits_of_the_law(solver, problem, solution)


def agrees_with_limits_of_the_law(
    solver: CurrentSolver, problem: CurrentProblem, solution: CurrentSolution
) -> None:
    """Butler-Volmer's law is Tafel's where nothing strips, linear where i << i0."""
    law, film = problem.charge_transfer, 0.0
    if not isinstance(law, ButlerVolmer):
        return
    eta = solution.samples.potential
    if isinstance(problem.kinetics, InSeriesWithFilm):
        film = problem.kinetics.film_resistance
        eta = problem.kinetics.charge_transfer_overpotential(eta)
    u = eta / law.thermal_voltage
    if (law.alpha_a + law.alpha_c) * u.min() > 20:
        limit = TafelKinetics(law.exchange_current_density, law.alpha_c, law.temperature)
    elif max(law.alpha_a, law.alpha_c) * np.abs(u).max() < 1e-4:
        limit = LinearKinetics(
            law.exchange_current_density, law.alpha_a, law.alpha_c, law.temperature
        )
    else:
        return
    other = solver.solve(
        dataclasses.replace(problem, kinetics=InSeriesWithFilm(limit, film) if film else limit)
    )
    assert excess(other) == pytest.approx(excess(solution), rel=1e-3, abs=ROUNDING)


def test_an_excess_below_rounding_says_so() -> None:
    # conductivity over exchange current density as in a cell whose kinetics decide everything
    cell = Cell(conductivity="1000 S/cm", exchange_current_density="1e-4 mA/cm^2")
    profile, _ = PROFILES["low"]
    run = run_current(profile, cell, MPI.COMM_SELF)
    assert run.metrics.i_ratio == pytest.approx(1.0, abs=1e-9)
    assert any("uniform to rounding" in note for note in run.notes)


def test_the_safe_current_is_found_where_tafels_potential_is_zero() -> None:
    # the largest current density is then the exchange current density: ln(i/i0) = 0
    law = {"model": "tafel", "exchange_current_density": "1 mA/cm^2"}
    cell = Cell(
        conductivity="1000 S/cm", critical_current_density="1 mA/cm^2", tolerance="10 %", **law
    )
    run = run_current(PROFILES["rough"][0], cell, MPI.COMM_SELF)
    assert run.metrics.notes == ()
    length = PROFILES["rough"][0].length / PROFILES["rough"][0].width
    assert run.metrics.safe_current_density == pytest.approx(10.0 * length, rel=1e-6)
