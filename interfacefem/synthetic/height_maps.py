# SPDX-License-Identifier: BSD-3-Clause
"""Synthetic height maps with known statistics, for tests, benchmarks and studies."""

from __future__ import annotations

import math

import numpy as np

from interfacefem.surfaces.height_map import HeightMap, HeightMapError
from interfacefem.surfaces.profile import Profile


def egg_box(
    amplitude: float, wavelength_x: float, wavelength_y: float, *, samples: int = 101
) -> HeightMap:
    """One period of ``amplitude cos(2 pi x/wavelength_x) cos(2 pi y/wavelength_y)``, in m."""
    x, y = (np.linspace(0.0, 2 * math.pi, samples) for _ in range(2))
    heights = amplitude * np.outer(np.cos(y), np.cos(x))
    return HeightMap(heights, wavelength_x / (samples - 1), wavelength_y / (samples - 1))


def extruded(profile: Profile, width_y: float, *, samples: tuple[int, int]) -> HeightMap:
    """A profile continued along y.

    Args:
        profile: Single-valued.
        width_y: Extent along y in m.
        samples: Along y and x.

    Raises:
        HeightMapError: The profile has overhangs.
    """
    if profile.has_overhangs:
        raise HeightMapError(
            "the profile overhangs", expected="a single-valued profile (one height for each point)"
        )
    x = np.linspace(0.0, profile.width, samples[1])
    row = np.interp(x, profile.x - profile.x[0], profile.z)
    return HeightMap(
        np.tile(row, (samples[0], 1)), profile.width / (samples[1] - 1), width_y / (samples[0] - 1)
    )


def self_affine_map(
    rms: float,
    width: float,
    *,
    hurst: float = 0.8,
    longest: float | None = None,
    shortest: float | None = None,
    samples: int = 257,
    seed: int = 0,
) -> HeightMap:
    """A random, isotropic self-affine surface, square, spectrum ``q**-(2 + 2 hurst)``.

    A double cosine series: its mirror images continue it at all four sides.

    Args:
        rms: Root mean square height in m.
        width: Extent in m.
        hurst: Hurst exponent.
        longest: Longest wavelength in m, below which the spectrum is flat; default width / 2.
        shortest: Shortest wavelength in m; default eight sample distances.
        samples: Along each side.
        seed: Seed of the random amplitudes; the same seed gives the same surface.
    """
    rng = np.random.default_rng(seed)
    longest = longest or width / 2
    shortest = shortest or 8 * width / (samples - 1)
    # rounding of a length must not change the number of waves
    modes = np.arange(math.floor(2 * width / shortest * (1 + 1e-9)) + 1)
    q = np.hypot.outer(modes, modes) * math.pi / width
    amplitude = np.maximum(q, 2 * math.pi / longest) ** -(1 + hurst)
    amplitude[(q == 0) | (q > 2 * math.pi / shortest * (1 + 1e-9))] = 0.0
    waves = np.cos(np.outer(np.linspace(0.0, math.pi, samples), modes))
    heights = waves @ (amplitude * rng.standard_normal(q.shape)) @ waves.T
    heights -= heights.mean()
    size = width / (samples - 1)
    return HeightMap(heights * (rms / heights.std()), size, size)
