# SPDX-License-Identifier: BSD-3-Clause
"""Roughness statistics against known surfaces."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ellipe

from interfacefem.surfaces import Profile, roughness_statistics
from interfacefem.surfaces.roughness import heights_seen_from_metal
from interfacefem.synthetic.profiles import self_affine, sinusoid
from interfacefem.units import UM

AMPLITUDE, WAVELENGTH = 0.8 * UM, 5 * UM


@pytest.fixture(scope="module")
def wave():
    return roughness_statistics(sinusoid(AMPLITUDE, WAVELENGTH, periods=20, points=20001))


def test_heights_of_a_sinusoid(wave) -> None:
    assert wave.ra == pytest.approx(2 * AMPLITUDE / math.pi, rel=1e-3)
    assert wave.rq == pytest.approx(AMPLITUDE / math.sqrt(2), rel=1e-3)
    assert wave.rz == pytest.approx(2 * AMPLITUDE, rel=1e-3)
    assert wave.rt == pytest.approx(2 * AMPLITUDE, rel=1e-3)
    assert wave.rsk == pytest.approx(0, abs=1e-3)
    assert wave.rku == pytest.approx(1.5, rel=1e-3)


def test_spacing_slope_and_length_of_a_sinusoid(wave) -> None:
    assert wave.rsm == pytest.approx(WAVELENGTH, rel=1e-3)
    steepness = 2 * math.pi * AMPLITUDE / WAVELENGTH
    assert wave.rdq == pytest.approx(steepness / math.sqrt(2), rel=1e-3)
    # the length of a sine over its period is a complete elliptic integral
    assert wave.length_ratio == pytest.approx(2 / math.pi * ellipe(-(steepness**2)), rel=1e-6)


def test_tilt_and_offset_do_not_count(wave) -> None:
    x = np.linspace(0, 20 * WAVELENGTH, 20001)
    z = AMPLITUDE * np.cos(2 * math.pi * x / WAVELENGTH) + 0.1 * x + 3e-5
    tilted = roughness_statistics(Profile(x, z))
    assert tilted.ra == pytest.approx(wave.ra, rel=1e-3)
    assert tilted.rsm == pytest.approx(wave.rsm, rel=1e-3)


def test_uniform_and_random_heights() -> None:
    # a sawtooth has uniform heights: Ra = A/2, Rq = A/sqrt(3), Rku = 9/5
    x = np.linspace(0, 100 * UM, 201)
    saw = roughness_statistics(Profile(x, np.where(np.arange(201) % 2, UM, -UM)))
    assert saw.ra == pytest.approx(0.5 * UM, rel=2e-2)
    assert saw.rq == pytest.approx(UM / math.sqrt(3), rel=2e-2)
    assert saw.rku == pytest.approx(1.8, rel=3e-2)


def test_rms_of_a_random_profile_is_the_one_asked_for() -> None:
    profile = self_affine(0.7 * UM, 200 * UM, longest=5 * UM, points=4000, seed=11)
    found = roughness_statistics(profile)
    assert found.rq == pytest.approx(0.7 * UM, rel=0.02)
    # Gaussian heights: Ra = Rq sqrt(2/pi), no skewness, kurtosis 3
    assert found.ra == pytest.approx(found.rq * math.sqrt(2 / math.pi), rel=0.05)
    assert found.rsk == pytest.approx(0, abs=0.3)
    assert found.rku == pytest.approx(3, abs=0.6)
    assert found.rz < found.rt


def test_peaks_toward_the_metal_have_positive_skewness() -> None:
    # metal is below: a tooth of electrolyte that reaches down is a peak
    x = np.linspace(0, 100 * UM, 2001)
    teeth = -UM * np.maximum(0, np.cos(2 * math.pi * x / (10 * UM))) ** 8
    assert roughness_statistics(Profile(x, teeth)).rsk > 1
    assert roughness_statistics(Profile(x, -teeth)).rsk < -1


def test_flat_profile_has_no_skewness_and_no_elements() -> None:
    found = roughness_statistics(Profile(np.array([0, 20 * UM]), np.array([0, 3 * UM])))
    assert found.rq == pytest.approx(0, abs=1e-15)
    assert math.isnan(found.rsk)
    assert math.isnan(found.rku)
    assert math.isnan(found.rsm)
    assert found.length_ratio == pytest.approx(math.hypot(20, 3) / 20)


def test_overhangs_are_seen_from_the_metal_side() -> None:
    # a mushroom of metal, 4 um wide on a stem of 2 um: the metal looks up into its head only
    x = np.array([0, 4, 4, 3, 3, 7, 7, 6, 6, 10]) * UM
    z = np.array([0, 0, 1, 1, 2, 2, 1, 1, 0, 0]) * UM
    at, heights = heights_seen_from_metal(Profile(x, z))
    np.testing.assert_allclose(np.interp([1.5, 3.5, 6.5, 9] * np.array(UM), at, heights), 0)
    np.testing.assert_allclose(np.interp(5 * UM, at, heights), 2 * UM)
    # a pore of electrolyte, the same upside down: its bottom hides what is behind
    at, heights = heights_seen_from_metal(Profile(x, -z))
    np.testing.assert_allclose(np.interp([3.5, 5, 6.5] * np.array(UM), at, heights), -2 * UM)
