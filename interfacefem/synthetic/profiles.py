# SPDX-License-Identifier: BSD-3-Clause
"""Synthetic profiles with known statistics, for tests, benchmarks and studies."""

from __future__ import annotations

import math

import numpy as np

from interfacefem.surfaces.profile import Profile


def sinusoid(
    amplitude: float, wavelength: float, *, periods: float = 1.0, points: int = 401
) -> Profile:
    """A cosine ``z = amplitude cos(2 pi x / wavelength)``, all lengths in m."""
    x = np.linspace(0.0, periods * wavelength, points)
    return Profile(x, amplitude * np.cos(2 * math.pi * x / wavelength))


def trochoid(amplitude: float, wavelength: float, *, points: int = 401) -> Profile:
    """One period of the trochoid ``w + i a exp(i k w)``, w real, from crest to crest.

    The image of the real line under this map, which is conformal above it while ``a k < 1``: the
    curve on which the primary current distribution is known (physics.md section 4).

    Args:
        amplitude: a in m.
        wavelength: ``2 pi / k`` in m.
        points: Number of points, evenly spaced in w.
    """
    k = 2 * math.pi / wavelength
    w = np.linspace(0.0, wavelength, points)
    # starting at w = 0, where sin(k w) = 0, keeps both ends on the sides
    return Profile(w - amplitude * np.sin(k * w), amplitude * np.cos(k * w))


def self_affine(
    rms: float,
    width: float,
    *,
    hurst: float = 0.8,
    longest: float | None = None,
    shortest: float | None = None,
    points: int = 1000,
    seed: int = 0,
) -> Profile:
    """A random self-affine profile whose spectrum falls as ``q**-(1 + 2 hurst)``.

    The profile is a cosine series, so that it meets both sides with zero slope and its mirror
    image continues it.

    Args:
        rms: Root mean square height in m.
        width: Projected width in m.
        hurst: Hurst exponent.
        longest: Longest wavelength in m, below which the spectrum is flat; default width / 2.
        shortest: Shortest wavelength in m; default eight point spacings.
        points: Number of points, evenly spaced.
        seed: Seed of the random phases; the same seed gives the same profile.
    """
    rng = np.random.default_rng(seed)
    longest = longest or width / 2
    shortest = shortest or 8 * width / (points - 1)
    x = np.linspace(0.0, width, points)
    modes = np.arange(1, math.floor(2 * width / shortest) + 1)
    q = math.pi * modes / width
    amplitude = np.maximum(q, 2 * math.pi / longest) ** -(0.5 + hurst)
    z = np.cos(np.outer(x, q)) @ (amplitude * rng.standard_normal(len(modes)))
    z -= np.trapezoid(z, x) / width
    z *= rms / math.sqrt(np.trapezoid(z**2, x) / width)
    return Profile(x, z)


def keyhole_pores(
    radius: float, neck: float, spacing: float, count: int, *, points_per_pore: int = 60
) -> Profile:
    """A flat surface with round pores that open to it through narrow necks: a curve with overhangs.

    Args:
        radius: Of each pore, in m.
        neck: Width of its opening in m, less than twice the radius.
        spacing: Distance between the pores' centres in m.
        count: Number of pores; the profile is ``count * spacing`` wide.
        points_per_pore: Number of points on each pore's wall.
    """
    half_angle = math.asin(neck / (2 * radius))
    # clockwise around the pore from the left lip of its neck to the right one
    angle = (
        -math.pi / 2 - half_angle - np.linspace(0.0, 2 * math.pi - 2 * half_angle, points_per_pore)
    )
    wall_x = radius * np.cos(angle)
    wall_z = radius * (np.sin(angle) + math.cos(half_angle))
    wall_z[[0, -1]] = 0.0
    centres = (np.arange(count) + 0.5) * spacing
    x = np.concatenate([[0.0], (centres[:, None] + wall_x).ravel(), [count * spacing]])
    z = np.concatenate([[0.0], np.tile(wall_z, count), [0.0]])
    return Profile(x, z)
