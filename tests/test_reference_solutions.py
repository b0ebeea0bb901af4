# SPDX-License-Identifier: BSD-3-Clause
"""Each closed-form solution, checked without the program it is to check."""

from __future__ import annotations

import math

import numpy as np
import pytest

from interfacefem.current.kinetics import ButlerVolmer, InSeriesWithFilm, LinearKinetics
from interfacefem.reference import (
    flat,
    manufactured,
    semi_ellipse,
    slope_law,
    small_sinusoid,
    trochoid,
)
from interfacefem.surfaces import Profile

K = 0.1  # S/m
I_APP = 30.0  # A/m2
WAVENUMBER = 2 * math.pi / 10e-6


def butler_volmer(i0: float) -> ButlerVolmer:
    return ButlerVolmer(i0, 0.5, 0.5, 298.0)


def spectral(law, steepness=0.5, **changes):
    arguments = {
        "wavenumber": WAVENUMBER,
        "conductivity": K,
        "applied_current_density": I_APP,
        **changes,
    }
    return trochoid.reaction_current_density(law, steepness=steepness, **arguments)


def test_flat_potential_of_a_known_case() -> None:
    # 30 A/m2 over 10 um at 0.1 S/m is 3 mV; 2RT/F asinh(3/2) at 298 K is 61.36 mV
    law = butler_volmer(10.0)
    found = flat.top_potential(law, conductivity=K, current_density=I_APP, height=10e-6)
    assert found == pytest.approx(3e-3 + 0.0613622, rel=1e-6)


def test_trochoid_primary_current_is_the_flux_of_the_mapped_field() -> None:
    # a potential drop over a short normal, followed through the map, gives the local field
    steepness = 0.5
    xi = np.linspace(0.0, 10e-6, 41)
    step = 1e-12

    def image(w):
        return w + 1j * steepness / WAVENUMBER * np.exp(1j * WAVENUMBER * w)

    distance = np.abs(image(xi + 1j * step) - image(xi))
    current = trochoid.primary_current_density(xi, steepness, WAVENUMBER, 1.0)
    np.testing.assert_allclose(step / distance, current, rtol=1e-5)
    assert current.max() / current.min() == pytest.approx(trochoid.primary_ratio(steepness))


def test_trochoid_series_obeys_kinetics_and_conserves_charge() -> None:
    law = butler_volmer(1000.0)
    xi, current = spectral(law)
    g = trochoid.stretch(xi, 0.5, WAVENUMBER)
    u = np.array([law.overpotential(i) for i in current])
    # an independent evaluation of the series: least squares on other points
    orders = np.arange(60)
    coefficients = np.linalg.lstsq(np.cos(WAVENUMBER * np.outer(xi, orders)), u, rcond=None)[0]
    between = (xi[1:] + xi[:-1]) / 2
    cosines = np.cos(WAVENUMBER * np.outer(between, orders))
    inward = I_APP - K * cosines @ (WAVENUMBER * orders * coefficients)
    leaving = law.current_density(cosines @ coefficients)
    np.testing.assert_allclose(
        inward, leaving * trochoid.stretch(between, 0.5, WAVENUMBER), rtol=1e-10
    )
    assert np.trapezoid(current * g, xi) / xi[-1] == pytest.approx(I_APP, rel=1e-13)


def test_trochoid_series_converges_to_rounding() -> None:
    law = butler_volmer(1000.0)
    few, many = (spectral(law, modes=modes)[1] for modes in (64, 128))
    assert few[0] / few[-1] == pytest.approx(many[0] / many[-1], rel=1e-13)


def test_trochoid_series_tends_to_the_primary_limit() -> None:
    errors = []
    for i0 in (1e6, 1e7):
        _, current = spectral(butler_volmer(i0))
        errors.append(trochoid.primary_ratio(0.5) - current[0] / current[-1])
    assert 0 < errors[1] < errors[0] < 0.1
    assert errors[0] / errors[1] == pytest.approx(10, rel=0.1)


def test_trochoid_of_small_steepness_is_a_small_sinusoid() -> None:
    law = butler_volmer(1000.0)
    steepness = 1e-4
    _, current = spectral(law, steepness)
    found = (current[0] - current[-1]) / (current[0] + current[-1])
    first_order = small_sinusoid.relative_amplitude(
        law,
        height_amplitude=steepness / WAVENUMBER,
        wavenumber=WAVENUMBER,
        domain_height=1e-3,
        conductivity=K,
        applied_current_density=I_APP,
    )
    assert found == pytest.approx(first_order, rel=1e-6)


def test_small_sinusoid_uses_the_slope_of_physics_at_one_half() -> None:
    law = butler_volmer(10.0)
    slope = math.hypot(10.0, I_APP / 2) / law.thermal_voltage
    t = math.tanh(WAVENUMBER * 2e-6)
    expected = WAVENUMBER * 1e-8 * t / (1 + K * WAVENUMBER * t / slope)
    found = small_sinusoid.relative_amplitude(
        law,
        height_amplitude=1e-8,
        wavenumber=WAVENUMBER,
        domain_height=2e-6,
        conductivity=K,
        applied_current_density=I_APP,
    )
    assert found == pytest.approx(expected, rel=1e-12)
    assert small_sinusoid.ratio(0.5) == pytest.approx(3.0)


@pytest.mark.parametrize(
    "law",
    [
        butler_volmer(1000.0),
        ButlerVolmer(1000.0, 0.3, 0.6, 350.0),
        InSeriesWithFilm(butler_volmer(1000.0), 1e-6),
    ],
    ids=["equal", "unequal", "film"],
)
def test_slope_law_balances_ohm_and_kinetics_on_the_curve(law) -> None:
    applied = 3000.0
    x, z = slope_law.slope_law_profile(
        law, conductivity=K, applied_current_density=applied, largest_angle=1.2, points=4001
    )
    slope = np.gradient(z, x, edge_order=2)
    phi = law.overpotential(applied) + applied / K * z
    # the gradient of phi is (0, i_app/k); the outward normal is (slope, -1)/sqrt(1 + slope^2)
    ohmic = applied / np.sqrt(1 + slope**2)
    np.testing.assert_allclose(ohmic, law.current_density(phi), rtol=1e-5)
    assert slope[0] == pytest.approx(0, abs=1e-3)
    assert slope[-1] == pytest.approx(-math.tan(1.2), rel=1e-4)
    assert ohmic[0] / ohmic[-1] == pytest.approx(slope_law.exact_ratio(1.2), rel=1e-4)


def test_slope_law_has_a_closed_form_for_equal_coefficients() -> None:
    law, applied = butler_volmer(1000.0), 3000.0
    x, _ = slope_law.slope_law_profile(
        law, conductivity=K, applied_current_density=applied, largest_angle=1.4
    )
    sines = np.sin(np.linspace(0, 1.4, len(x)))
    scale = 2 * K * law.thermal_voltage / applied
    np.testing.assert_allclose(
        x, scale * np.arcsin(applied * sines / math.hypot(2000.0, applied)), rtol=1e-13
    )


def test_slope_law_of_linear_kinetics_is_a_circle_like_arc() -> None:
    # V' is constant: x = (k V') sin a and z = (k V')(cos a - 1), a circle
    law = LinearKinetics(1000.0, 0.5, 0.5, 298.0)
    x, z = slope_law.slope_law_profile(
        law, conductivity=K, applied_current_density=3000.0, largest_angle=1.3
    )
    radius = K / law.conductance
    np.testing.assert_allclose(np.hypot(x, z + radius), radius, rtol=1e-12)


def test_semi_ellipse_of_a_circle_and_of_nothing() -> None:
    theta = np.linspace(0, math.pi, 181)
    # a conducting half cylinder: 2 sin(theta)
    np.testing.assert_allclose(semi_ellipse.on_bump(theta, 1.0, 1.0), 2 * np.sin(theta), atol=1e-15)
    assert semi_ellipse.tip_factor(1.0, 1e-12) == pytest.approx(1.0)
    assert semi_ellipse.on_bump(theta, 1.0, 3.0).max() == pytest.approx(
        semi_ellipse.tip_factor(1.0, 3.0)
    )


def test_semi_ellipse_collects_the_current_of_the_field_lines_it_cuts() -> None:
    # charge on the bump: E A Re(w + 1/w) differs by 2 (a + b) E between its feet
    a, b = 1.0, 2.5
    theta = np.linspace(0, math.pi, 20001)
    length = np.hypot(a * np.sin(theta), b * np.cos(theta))
    collected = np.trapezoid(semi_ellipse.on_bump(theta, a, b) * length, theta)
    assert collected == pytest.approx(2 * (a + b), rel=1e-7)


def test_semi_ellipse_correction_equals_that_of_a_row_of_cylinders() -> None:
    # potential flow of a row of dipoles: E (Z + m (pi/W) cot(pi Z/W)) is almost E on the tip of a
    # circle of radius 1, with m fixed by a zero imaginary part there
    width = 25.0
    z = 1j
    m = -z.imag / (math.pi / width / np.tan(math.pi * z / width)).imag
    field = 1 - m * (math.pi / width / np.sin(math.pi * z / width)) ** 2
    assert semi_ellipse.tip_factor(1.0, 1.0, width) == pytest.approx(field.real, rel=1e-3)


def test_semi_ellipse_profile_is_a_profile_of_the_right_size() -> None:
    profile = Profile(*semi_ellipse.semi_ellipse_profile(1e-6, 2e-6, 20e-6))
    assert profile.z.max() == pytest.approx(2e-6)
    area = profile.mean_height * profile.width
    assert area == pytest.approx(math.pi / 2 * 1e-6 * 2e-6, rel=1e-4)


def test_manufactured_potential_is_harmonic_and_insulated() -> None:
    width = 1.0
    exact = manufactured.harmonic_potential(width, offset=0.05, field=2.0)
    x, z = np.meshgrid(np.linspace(0.1, 0.9, 9), np.linspace(-0.1, 0.4, 5))
    h = 1e-3
    laplacian = (
        exact.potential(x + h, z)
        + exact.potential(x - h, z)
        + exact.potential(x, z + h)
        + exact.potential(x, z - h)
        - 4 * exact.potential(x, z)
    ) / h**2
    np.testing.assert_allclose(laplacian, 0, atol=1e-4)
    for side in (0.0, width):
        across = exact.potential(side + h, z) - exact.potential(side - h, z)
        np.testing.assert_allclose(across, 0, atol=1e-15)
