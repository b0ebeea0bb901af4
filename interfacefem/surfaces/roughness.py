# SPDX-License-Identifier: BSD-3-Clause
"""Roughness with the standards' names: profiles (ISO 21920-2, ISO 4287), maps (ISO 25178-2)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.surfaces.filters import level
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.surfaces.profile import Profile

RZ_SECTIONS = 5  # ISO 4287: Rz is the mean over five sampling lengths
RSM_HEIGHT_DISCRIMINATION = 0.10  # ISO 4287: of Rz
RSM_SPACING_DISCRIMINATION = 0.01  # ISO 4287: of the sampling length
_SAMPLES_PER_POINT = 2


@dataclass(frozen=True)
class RoughnessStatistics:
    """Roughness of a profile after its least-squares mean line has been removed.

    Heights count from the mean line toward the metal (out of the electrolyte), so a peak that
    reaches into the metal is positive and ``rsk > 0`` means isolated peaks. With overhangs the
    heights are those seen from the metal side, as a stylus would; ``length_ratio`` is always that
    of the whole curve.

    Attributes:
        ra: Arithmetic mean deviation in m.
        rq: Root mean square deviation in m.
        rz: Mean of the five peak-to-valley heights of five equal sections, in m.
        rt: Total height of the profile in m.
        rsk: Skewness (no unit); nan for a flat profile.
        rku: Kurtosis (no unit), 3 for a Gaussian surface; nan for a flat profile.
        rsm: Mean width of the profile elements in m; nan where there are none.
        rdq: Root mean square slope (no unit).
        length_ratio: True length over projected length (no unit).
    """

    ra: float
    rq: float
    rz: float
    rt: float
    rsk: float
    rku: float
    rsm: float
    rdq: float
    length_ratio: float


@dataclass(frozen=True)
class ArealRoughness:
    """Roughness of a height map after its least-squares plane has been removed.

    Heights count toward the metal (out of the electrolyte): a peak that reaches into the metal is
    positive, and ``ssk > 0`` means isolated peaks.

    Attributes:
        sa: Arithmetic mean height in m.
        sq: Root mean square height in m.
        sz: Maximum height, highest peak to lowest pit, in m.
        ssk: Skewness (no unit); nan for a flat map.
        sku: Kurtosis (no unit), 3 for a Gaussian surface; nan for a flat map.
        sdq: Root mean square gradient (no unit).
        sdr: Developed interfacial area ratio: true over projected area, less 1 (no unit).
    """

    sa: float
    sq: float
    sz: float
    ssk: float
    sku: float
    sdq: float
    sdr: float


def roughness_statistics(profile: Profile) -> RoughnessStatistics:
    """Roughness of a profile (ISO 21920-2 names, ISO 4287 section rules)."""
    x, z = heights_seen_from_metal(profile)
    height = -(z - np.polynomial.Polynomial.fit(x, z, 1)(x))
    height -= height.mean()
    ra, rq, rsk, rku = _moments(height, profile.width)
    sections = np.array_split(height, RZ_SECTIONS)
    rz = float(np.mean([np.ptp(section) for section in sections]))
    return RoughnessStatistics(
        ra=ra,
        rq=rq,
        rz=rz,
        rt=float(np.ptp(height)),
        rsk=rsk,
        rku=rku,
        rsm=math.nan if math.isnan(rsk) else _mean_element_width(x, height, rz),
        rdq=float(np.sqrt(np.mean(np.gradient(height, x) ** 2))),
        length_ratio=profile.length / profile.width,
    )


def areal_roughness(height_map: HeightMap) -> ArealRoughness:
    """Roughness of a height map (ISO 25178-2)."""
    heights = -level(height_map).heights
    sa, sq, ssk, sku = _moments(heights, height_map.width_x)
    steps_y = np.diff(heights, axis=0) / height_map.pixel_size_y
    steps_x = np.diff(heights, axis=1) / height_map.pixel_size_x
    # each cell as two triangles, each with one edge along x and one along y
    lower = steps_x[:-1] ** 2 + steps_y[:, 1:] ** 2
    upper = steps_x[1:] ** 2 + steps_y[:, :-1] ** 2
    area = float(np.mean(np.sqrt(1 + lower) + np.sqrt(1 + upper)) / 2)
    return ArealRoughness(
        sa=sa,
        sq=sq,
        sz=float(np.ptp(heights)),
        ssk=ssk,
        sku=sku,
        sdq=float(np.sqrt(np.mean(lower + upper) / 2)),
        sdr=area - 1,
    )


def _moments(heights: npt.NDArray[np.floating], extent: float) -> tuple[float, float, float, float]:
    """Mean absolute and rms height in m, skewness and kurtosis (nan of a flat surface)."""
    rms = float(np.sqrt(np.mean(heights**2)))
    # below this the heights are rounding errors of the coordinates
    flat = rms <= 1e-9 * extent
    return (
        float(np.mean(np.abs(heights))),
        rms,
        math.nan if flat else float(np.mean(heights**3) / rms**3),
        math.nan if flat else float(np.mean(heights**4) / rms**4),
    )


def heights_seen_from_metal(
    profile: Profile,
) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]:
    """Single-valued heights on an even grid: at each x the lowest z of the curve.

    Returns:
        x and z in m, each of shape ``(m,)``, with about two samples for each point.
    """
    count = max(_SAMPLES_PER_POINT * len(profile.x), 201)
    x = np.linspace(profile.x[0], profile.x[-1], count)
    return x, lowest_heights(profile, x)


def lowest_heights(profile: Profile, x: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """At each x the lowest z of the curve, in m; x increasing, within the profile."""
    if not profile.has_overhangs:
        return np.interp(x, profile.x, profile.z)
    lowest = np.full(len(x), np.inf)
    left = np.minimum(profile.x[1:], profile.x[:-1])
    right = np.maximum(profile.x[1:], profile.x[:-1])
    first = np.searchsorted(x, left, side="left")
    last = np.searchsorted(x, right, side="right")
    for segment in range(len(left)):
        inside = slice(first[segment], last[segment])
        start, end = (0, 1) if profile.x[segment] <= profile.x[segment + 1] else (1, 0)
        ends = [segment + start, segment + end]
        if left[segment] == right[segment]:
            height = np.full(last[segment] - first[segment], profile.z[ends].min())
        else:
            height = np.interp(x[inside], profile.x[ends], profile.z[ends])
        lowest[inside] = np.minimum(lowest[inside], height)
    return lowest


def _mean_element_width(
    x: npt.NDArray[np.floating], height: npt.NDArray[np.floating], rz: float
) -> float:
    """RSm: a peak and the adjacent valley, both beyond 10 % of Rz, make one element."""
    threshold = RSM_HEIGHT_DISCRIMINATION * rz
    spacing = RSM_SPACING_DISCRIMINATION * (x[-1] - x[0])
    side = 0
    upward_crossings: list[float] = []
    last_crossing = x[0]
    for i in range(1, len(height)):
        if height[i - 1] < 0 <= height[i]:
            last_crossing = x[i]
        if height[i] > threshold and side <= 0:
            if side < 0 and (
                not upward_crossings or last_crossing - upward_crossings[-1] > spacing
            ):
                upward_crossings.append(last_crossing)
            side = 1
        elif height[i] < -threshold:
            side = -1
    if len(upward_crossings) < 2:
        return math.nan
    return float((upward_crossings[-1] - upward_crossings[0]) / (len(upward_crossings) - 1))
