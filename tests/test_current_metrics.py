# SPDX-License-Identifier: BSD-3-Clause
"""Numbers formed from current distributions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from interfacefem.current import (
    ButlerVolmer,
    CurrentProblem,
    CurrentSolver,
    InSeriesWithFilm,
)
from interfacefem.current.metrics import current_metrics, solved_at_safe_current
from interfacefem.current.windows import weighted_quantile
from interfacefem.meshing import MeshSettings, distribute, mesh_profile
from interfacefem.reference import semi_ellipse, slope_law
from interfacefem.surfaces import Profile, roughness_statistics

K = 0.1
LAW = ButlerVolmer(1000.0, 0.5, 0.5, 298.0)


@pytest.fixture(scope="module")
def rough_solver(rough_profile):
    triangulation = mesh_profile(rough_profile, 15e-6, MeshSettings(interface_edges=300))
    return CurrentSolver(distribute(triangulation))


def test_weighted_quantile_of_a_ramp() -> None:
    # values x on [0, 1] in cells of unequal length: the quantile of share s is s
    edges = np.linspace(0, 1, 2001) ** 2
    values = (edges[1:] + edges[:-1]) / 2
    order = np.random.default_rng(0).permutation(len(values))
    shares = np.array([0.01, 0.25, 0.5, 0.99])
    found = weighted_quantile(values[order], np.diff(edges)[order], shares)
    np.testing.assert_allclose(found, shares, atol=1e-3)


def test_weighted_quantile_counts_length_not_points() -> None:
    values = np.array([1.0] * 99 + [5.0])
    weights = np.array([0.01] * 99 + [99.0])
    assert weighted_quantile(values, weights, np.array([0.5]))[0] == pytest.approx(5.0, abs=0.1)


def test_metrics_of_the_exact_nonlinear_case() -> None:
    # on the slope-law profile the current is i_app cos a, a known along the curve
    applied, largest_angle = 3000.0, math.radians(60)
    x, z = slope_law.slope_law_profile(
        LAW, conductivity=K, applied_current_density=applied, largest_angle=largest_angle
    )
    profile = Profile(x, z)
    domain = distribute(mesh_profile(profile, 3 * profile.width, MeshSettings(interface_edges=400)))
    solver = CurrentSolver(domain)
    solution = solver.solve(CurrentProblem(K, applied, LAW))
    critical = applied * math.cos(math.radians(40))
    found = current_metrics(solution, rms_height=1e-7, critical_current_density=critical)
    assert found.i_ratio == pytest.approx(2.0, rel=1e-3)
    assert found.hot_spot_factor == pytest.approx(1.0, rel=1e-3)
    assert found.i_min == pytest.approx(applied / 2, rel=1e-3)
    # the share of the curve that is flatter than 40 degrees
    at_40 = np.interp(40 / 60, np.linspace(0, 1, len(x)), profile.arc_length)
    assert found.area_above_ccd == pytest.approx(at_40 / profile.length, abs=3e-3)
    angles = np.linspace(0, largest_angle, len(x))
    one_percent, ninety_nine = np.interp(
        [0.01, 0.99], profile.arc_length / profile.length, np.cos(angles)
    )
    assert found.i_p99_p1 == pytest.approx(one_percent / ninety_nine, rel=2e-3)
    assert found.roughness_factor == pytest.approx(profile.length / profile.width, rel=1e-9)
    eta = np.array([LAW.overpotential(applied * math.cos(a)) for a in angles])
    mean = np.trapezoid(eta, profile.arc_length) / profile.length
    assert found.mean_overpotential == pytest.approx(mean, rel=1e-4)
    assert found.wagner_number == pytest.approx(K * LAW.thermal_voltage / (1000.0 * 1e-7))
    assert found.charge_balance_error < 1e-9
    assert found.notes == ()


def test_film_drop_is_not_counted_as_overpotential(rough_solver) -> None:
    film = InSeriesWithFilm(LAW, 1e-4)
    found = current_metrics(rough_solver.solve(CurrentProblem(K, 100.0, film)), rms_height=0.7e-6)
    bare = current_metrics(rough_solver.solve(CurrentProblem(K, 100.0, LAW)), rms_height=0.7e-6)
    # a film evens the current out and adds its resistance, spread over the true length
    assert found.i_ratio < bare.i_ratio
    assert found.mean_overpotential == pytest.approx(bare.mean_overpotential, rel=0.02)
    added = found.area_specific_resistance - bare.area_specific_resistance
    assert added == pytest.approx(1e-4 / found.roughness_factor, rel=0.1)


def test_no_ratio_is_formed_where_the_current_vanishes() -> None:
    # at the feet of a bump the primary current is zero
    profile = Profile(*semi_ellipse.semi_ellipse_profile(1e-6, 2e-6, 10e-6))
    domain = distribute(mesh_profile(profile, 10e-6, MeshSettings(interface_edges=300)))
    solution = CurrentSolver(domain).solve(CurrentProblem(K, 30.0, None))
    found = current_metrics(solution, rms_height=1e-6)
    if found.i_min > 0:
        assert found.i_ratio == pytest.approx(found.i_max / found.i_min)
        assert found.i_ratio > 20
    else:
        assert found.i_ratio is None
        assert any("i_ratio" in note for note in found.notes)


def test_ratios_need_positive_currents(rough_solver) -> None:
    from dataclasses import replace

    solution = rough_solver.solve(CurrentProblem(K, 30.0, LAW))
    samples = solution.samples
    shift = 1.01 * samples.current_density.max()
    negative = replace(
        solution,
        samples=replace(
            samples,
            current_density=samples.current_density - shift,
            quadrature_current_density=samples.quadrature_current_density - shift,
        ),
    )
    found = current_metrics(negative, rms_height=0.7e-6)
    assert found.i_ratio is None
    assert found.i_p99_p1 is None
    assert len(found.notes) == 2


@pytest.mark.parametrize("critical", [1.0, 300.0, 30000.0])
def test_safe_current_density_puts_the_peak_at_the_critical_one(rough_solver, critical) -> None:
    problem = CurrentProblem(K, 30.0, LAW)
    last = solved_at_safe_current(rough_solver, rough_solver.solve(problem), critical)
    safe = last.problem.applied_current_density
    peak = rough_solver.solve(CurrentProblem(K, safe, LAW)).samples.current_density.max()
    assert peak == pytest.approx(critical, rel=1e-5)
    assert safe > 0


def test_wagner_number_follows_the_profile(rough_solver, rough_profile) -> None:
    rq = roughness_statistics(rough_profile).rq
    found = current_metrics(rough_solver.solve(CurrentProblem(K, 30.0, LAW)), rms_height=rq)
    assert rq == pytest.approx(0.7e-6, rel=0.05)
    assert found.wagner_number == pytest.approx(K * LAW.thermal_voltage / 1000.0 / rq)
    flat = current_metrics(rough_solver.solve(CurrentProblem(K, 30.0, LAW)), rms_height=0.0)
    assert flat.wagner_number is None
