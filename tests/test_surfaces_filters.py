# SPDX-License-Identifier: BSD-3-Clause
"""Low-pass filter, tilt removal, synthetic profiles."""

from __future__ import annotations

import math

import numpy as np
import pytest

from interfacefem.errors import ProfileError
from interfacefem.surfaces import Profile, roughness_statistics
from interfacefem.surfaces.filters import gaussian_lowpass, remove_tilt
from interfacefem.synthetic.profiles import self_affine, sinusoid
from interfacefem.units import UM

WAVELENGTH = 4 * UM


@pytest.mark.parametrize("wavelength_over_cutoff", [0.5, 1.0, 2.0, 4.0])
def test_transmission_follows_the_standard(wavelength_over_cutoff) -> None:
    # ISO 16610-21: exp(-pi (alpha cutoff/wavelength)^2), 1/2 at the cutoff
    wave = sinusoid(0.5 * UM, WAVELENGTH, periods=40, points=8001)
    smooth = gaussian_lowpass(wave, WAVELENGTH / wavelength_over_cutoff)
    transmitted = np.ptp(smooth.z) / np.ptp(wave.z)
    expected = 0.5 ** (1 / wavelength_over_cutoff**2)
    assert transmitted == pytest.approx(expected, rel=0.01)
    if wavelength_over_cutoff == 1:
        assert transmitted == pytest.approx(0.5, rel=0.01)


def test_ends_stay_on_the_sides_and_the_mean_stays(rough_profile) -> None:
    smooth = gaussian_lowpass(rough_profile, 3 * UM)
    assert smooth.x[0] == rough_profile.x[0]
    assert smooth.x[-1] == rough_profile.x[-1]
    assert smooth.mean_height == pytest.approx(rough_profile.mean_height, abs=1e-3 * UM)
    assert smooth.length < rough_profile.length
    assert smooth.metadata["lowpass_um"] == "3"


def test_filtering_overhangs_keeps_the_ends_and_removes_noise() -> None:
    s = np.linspace(0, 10 * UM, 1001)
    k = 2 * math.pi / (10 * UM)
    # S-shaped flanks
    leaning = Profile(s + 1.3 / (2 * k) * np.sin(2 * k * s), 2 * UM * np.cos(k * s))
    assert leaning.has_overhangs
    rng = np.random.default_rng(5)
    noise = 0.004 * UM * rng.standard_normal((2, len(s)))
    noise[:, [0, -1]] = 0
    noisy = Profile(leaning.x + noise[0], leaning.z + noise[1])
    smooth = gaussian_lowpass(noisy, 0.5 * UM)
    assert (smooth.x[0], smooth.x[-1]) == (noisy.x[0], noisy.x[-1])
    assert smooth.has_overhangs
    excess = noisy.length - leaning.length
    assert abs(smooth.length - leaning.length) < 0.2 * excess


@pytest.mark.parametrize("cutoff", [0.0, -1.0, 16.0, math.nan])
def test_cutoffs_without_sense_are_refused(rough_profile, cutoff) -> None:
    with pytest.raises(ProfileError, match=r"low-pass cutoff.*at most half the width, 15 um"):
        gaussian_lowpass(rough_profile, cutoff * UM)


@pytest.mark.parametrize("degrees", [-12.0, 0.0, 3.0, 25.0])
def test_a_known_tilt_is_found_and_removed(degrees) -> None:
    wave = sinusoid(0.3 * UM, 5 * UM, periods=20, points=4001)
    angle = math.radians(degrees)
    x = wave.x * math.cos(angle) - wave.z * math.sin(angle)
    z = wave.x * math.sin(angle) + wave.z * math.cos(angle)
    keep = slice(int(np.argmin(x[:100])), len(x) - 100 + int(np.argmax(x[-100:])) + 1)
    level, removed = remove_tilt(Profile(x[keep], z[keep]))
    assert removed == pytest.approx(degrees, abs=0.05)
    assert roughness_statistics(level).rq == pytest.approx(0.3 * UM / math.sqrt(2), rel=0.01)
    assert level.x[0] == 0
    assert remove_tilt(level)[1] == pytest.approx(0, abs=0.05)


def test_self_affine_profiles_are_repeatable_and_meet_the_sides_flat() -> None:
    first, again, other = (self_affine(UM, 60 * UM, seed=seed) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first.z, again.z)
    assert not np.allclose(first.z, other.z)
    slope = np.gradient(first.z, first.x, edge_order=2)
    assert abs(slope[0]) < 0.1 * np.abs(slope).max()
    assert abs(slope[-1]) < 0.1 * np.abs(slope).max()


def test_a_larger_hurst_exponent_is_smoother() -> None:
    slopes = [
        roughness_statistics(self_affine(UM, 60 * UM, hurst=hurst, seed=4)).rdq
        for hurst in (0.3, 0.8)
    ]
    assert slopes[0] > 1.5 * slopes[1]
