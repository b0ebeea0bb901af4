# SPDX-License-Identifier: BSD-3-Clause
"""Charge-transfer laws: derivatives, inverses, limits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from interfacefem.current import ButlerVolmer, InSeriesWithFilm, LinearKinetics, TafelKinetics

T = 298.0
BV = ButlerVolmer(10.0, 0.5, 0.5, T)
UNEQUAL = ButlerVolmer(10.0, 0.3, 0.7, T)
LINEAR = LinearKinetics(10.0, 0.5, 0.5, T)
TAFEL = TafelKinetics(10.0, 0.5, T)
CHARGE_TRANSFER = [BV, UNEQUAL, LINEAR, TAFEL]
LAWS = CHARGE_TRANSFER + [InSeriesWithFilm(law, 2e-3) for law in CHARGE_TRANSFER]
NAMES = ["bv", "unequal", "linear", "tafel", "bv+film", "unequal+film", "linear+film", "tafel+film"]
each_law = pytest.mark.parametrize("law", LAWS, ids=NAMES)


@each_law
def test_slope_is_the_derivative(law) -> None:
    eta = np.linspace(-0.3, 0.5, 81)
    h = 1e-5
    central = (law.current_density(eta + h) - law.current_density(eta - h)) / (2 * h)
    np.testing.assert_allclose(law.slope(eta), central, rtol=1e-6)
    assert law.slope(eta).min() > 0


@pytest.mark.parametrize("law", CHARGE_TRANSFER, ids=NAMES[:4])
def test_slope_is_the_complex_step_derivative(law) -> None:
    eta = np.linspace(-0.3, 0.5, 81)
    np.testing.assert_allclose(
        law.slope(eta), law.current_density(eta + 1e-30j).imag / 1e-30, rtol=1e-13
    )


@each_law
@pytest.mark.parametrize("current", [1e-8, 1e-3, 30.0, 1e5, 1e9])
def test_overpotential_is_the_inverse(law, current) -> None:
    phi = law.overpotential(current)
    assert law.current_density(np.array([phi]))[0] == pytest.approx(current, rel=1e-9)


@pytest.mark.parametrize("law", [BV, UNEQUAL, InSeriesWithFilm(UNEQUAL, 2e-3)])
def test_stripping_currents_are_inverted_too(law) -> None:
    phi = law.overpotential(-30.0)
    assert phi < 0
    assert law.current_density(np.array([phi]))[0] == pytest.approx(-30.0, rel=1e-12)


def test_butler_volmer_of_a_known_case() -> None:
    # i = 2 i0 sinh(F eta/2RT); F/RT at 298 K is 38.9413 1/V
    expected = 2 * 10.0 * math.sinh(38.9413 * 0.1 / 2)
    assert BV.current_density(np.array([0.1]))[0] == pytest.approx(expected, rel=1e-5)


def test_butler_volmer_is_odd_for_equal_coefficients_and_mirrored_otherwise() -> None:
    eta = np.linspace(0, 0.3, 31)
    np.testing.assert_allclose(BV.current_density(-eta), -BV.current_density(eta), rtol=1e-13)
    swapped = ButlerVolmer(10.0, 0.7, 0.3, T)
    np.testing.assert_allclose(
        UNEQUAL.current_density(-eta), -swapped.current_density(eta), rtol=1e-13
    )


def test_butler_volmer_tends_to_linear_below_and_tafel_above() -> None:
    small = np.array([1e-6, 1e-5])
    np.testing.assert_allclose(BV.current_density(small), LINEAR.current_density(small), rtol=1e-7)
    large = np.array([0.4, 0.6])
    np.testing.assert_allclose(BV.current_density(large), TAFEL.current_density(large), rtol=1e-6)
    # and between the two it is neither
    assert BV.current_density(np.array([0.05]))[0] != pytest.approx(
        LINEAR.current_density(np.array([0.05]))[0], rel=1e-2
    )


@pytest.mark.parametrize("resistance", [1e-8, 1e-3, 1e3])
@pytest.mark.parametrize("law", CHARGE_TRANSFER, ids=NAMES[:4])
def test_film_takes_its_share_of_the_potential(law, resistance) -> None:
    film = InSeriesWithFilm(law, resistance)
    phi = np.array([1e-6, 0.01, 0.2, 1.0])
    current = film.current_density(phi)
    eta = film.charge_transfer_overpotential(phi)
    np.testing.assert_allclose(eta + resistance * current, phi, rtol=1e-10, atol=1e-13)
    assert np.all(current < law.current_density(phi))


def test_film_limits_are_the_bare_law_and_ohms_law() -> None:
    phi = np.array([0.05, 0.3])
    thin = InSeriesWithFilm(BV, 1e-15)
    np.testing.assert_allclose(thin.current_density(phi), BV.current_density(phi), rtol=1e-8)
    thick = InSeriesWithFilm(BV, 1e6)
    np.testing.assert_allclose(thick.current_density(phi), phi / 1e6, rtol=1e-4)


@pytest.mark.parametrize("law", [BV, UNEQUAL, TAFEL])
def test_film_keeps_huge_potentials_from_overflowing(law) -> None:
    # pytest turns an overflow warning into a failure
    film = InSeriesWithFilm(law, 1e-3)
    phi = np.array([1e2, 1e4])
    current = film.current_density(phi)
    assert np.all(current > 0.9 * (phi - 2.0) / 1e-3)
    assert np.all(current < phi / 1e-3)
    assert np.all(np.isfinite(film.slope(phi)))


def test_stripping_through_a_film() -> None:
    film = InSeriesWithFilm(UNEQUAL, 1e-3)
    phi = np.array([-1.0, -50.0])
    eta = film.charge_transfer_overpotential(phi)
    np.testing.assert_allclose(eta + 1e-3 * UNEQUAL.current_density(eta), phi, rtol=1e-10)


def test_very_unequal_coefficients_have_an_overpotential_for_every_current() -> None:
    law = ButlerVolmer(0.0659, 1.67, 0.0104, 1500.0)
    wanted = 0.0659 * np.concatenate([-np.geomspace(1e9, 1e-9, 40), np.geomspace(1e-9, 1e9, 40)])
    np.testing.assert_allclose(law.current_density(law.overpotential(wanted)), wanted, rtol=1e-11)


@pytest.mark.parametrize(("alpha_a", "alpha_c"), [(0.01, 2.0), (2.0, 0.01), (0.04, 1.9)])
def test_a_film_behind_very_unequal_coefficients_takes_its_share(alpha_a, alpha_c) -> None:
    law = InSeriesWithFilm(ButlerVolmer(9e3, alpha_a, alpha_c, 1500.0), 1.3e-3)
    wanted = 9e3 * np.concatenate([-np.geomspace(1e6, 1e-9, 40), np.geomspace(1e-9, 1e7, 40)])
    np.testing.assert_allclose(law.current_density(law.overpotential(wanted)), wanted, rtol=1e-9)
