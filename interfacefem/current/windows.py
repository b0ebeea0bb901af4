# SPDX-License-Identifier: BSD-3-Clause
"""Extremes of a current distribution read over windows of one length, slid along the interface.

Extremes grow with the length they are read over, so that a ratio means something only with its
length. A window is a range of x (and y) on the solution of the whole section, never a cut of its
own: a cut with mirrored sides is off by -47 % to +44 % from the same stretch of the whole line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from interfacefem.current.interface_samples import InterfaceSamples
from interfacefem.errors import InputError
from interfacefem.units import UM

Array = npt.NDArray[np.floating]

REFERENCE_LENGTH = 25 * UM  # the width of the model domain of Tran et al. (2025), section 4
COMPARED_LENGTHS = (5 * UM, 10 * UM, 25 * UM, 50 * UM)  # at which others may have read theirs
END_MARGIN = 2 * UM  # left out at mirrored ends
MOST_LENGTHS = 2000  # of a window in an interface; more is a unit mistaken (assumed)
LARGEST_STEP = 0.1  # of a window's length, from one window to the next
UNIFORM = 1e-9  # an excess below this is rounding
_ROUNDING = 1e-9  # of a width, by which a window may miss a point on its own edge
_CONNECTED = 1 - 1e-6  # of the line's length, above which the metal touches all of it
_LEAST_SHARE = 1e-12  # of the largest current density, above which the smallest is above zero


@dataclass(frozen=True)
class WindowPlaces:
    """Where the windows lie.

    Attributes:
        length: Of a window along x in m, and along y on a height map.
        asked: The length that was asked for in m; larger than ``length`` where the interface is
            narrower.
        x: Left ends in m, shape ``(m,)``.
        y: Front ends in m on a height map, shape ``(n,)``; None over a profile.
    """

    length: float
    asked: float
    x: tuple[float, ...]
    y: tuple[float, ...] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the interface is too narrow for the length, so that one window is all of it."""
        return self.length < self.asked

    @property
    def count(self) -> int:
        """Number of windows."""
        return len(self.x) * (1 if self.y is None else len(self.y))

    def without(self, ranges: Sequence[tuple[float, float]]) -> WindowPlaces:
        """Those that touch none of some ranges of x in m."""
        kept = tuple(
            start
            for start in self.x
            if all(start + self.length <= low or start >= high for low, high in ranges)
        )
        return replace(self, x=kept)

    def holds(self, x: Array, y: Array) -> npt.NDArray[np.bool_]:
        """Which points lie in which window, shape ``(windows, points)``."""
        along = _within(x, self.x, self.length)
        if self.y is None:
            return along
        across = _within(y, self.y, self.length)
        return (along[:, None] & across[None]).reshape(self.count, -1)


@dataclass(frozen=True, eq=False)
class Candidates:
    """Where the extremes of windows are sought: at all samples, and where windows end.

    Attributes:
        first: Sample at each candidate, or the one before it, shape ``(n,)``.
        share: How far on the way to the next sample the candidate lies, shape ``(n,)``.
        inside: Which candidates lie in which window, shape ``(windows, n)``.
    """

    first: npt.NDArray[np.intp]
    share: Array
    inside: npt.NDArray[np.bool_]

    def of(self, at_samples: Array) -> Array:
        """Values at the candidates, linear between samples."""
        following = np.minimum(self.first + 1, len(at_samples) - 1)
        return at_samples[self.first] * (1 - self.share) + at_samples[following] * self.share

    def spread(self, numbers: npt.NDArray[np.intp], values: Array, count: int) -> Array:
        """Derivatives with respect to candidates as derivatives with respect to the samples."""
        first, share = self.first[numbers], self.share[numbers]
        found = np.zeros(count)
        np.add.at(found, first, (1 - share) * values)
        np.add.at(found, np.minimum(first + 1, count - 1), share * values)
        return found


@dataclass(frozen=True, eq=False)
class WindowReadings:
    """What the windows of one section say.

    Extremes are averaged on the logarithm of the excess ``i_max/i_min - 1``: it is close to normal
    between images, and no single window rules it. A hot-spot factor may lie below one (the true
    length exceeds the projected one), so that its own logarithm is averaged; shares are averaged
    as they are.

    Attributes:
        places: Where the windows lie; those without contact are left out.
        excess: Geometric mean of ``i_max/i_min - 1`` over the windows; None where a window's
            smallest current density is not above zero.
        sd_ln: Standard deviation of the logarithm of the excess between windows. They overlap: it
            tells how uneven the section is, not how well its mean is known.
        hot_spot_factor: Geometric mean of i_max over the applied current density; None where no
            window holds contact.
        p99_p1_excess: Geometric mean of the 99 % over the 1 % quantile, less one; None where a
            quantile is not above zero.
        area_above_ccd: Mean share of a window's interface above the critical current density; None
            without one.
        highest: Number of the largest current density of each window among ``candidates``, shape
            ``(windows,)``.
        lowest: The same of the smallest.
        candidates: Where extremes were sought.
        safe_current_density: Geometric mean of the largest applied current density in A/m^2 at
            which no point of a window exceeds the critical one; None where it was not sought.
        notes: What was left out, and why a number is missing.
    """

    places: WindowPlaces
    excess: float | None
    sd_ln: float | None
    hot_spot_factor: float | None
    p99_p1_excess: float | None
    area_above_ccd: float | None
    highest: npt.NDArray[np.intp]
    lowest: npt.NDArray[np.intp]
    candidates: Candidates
    safe_current_density: float | None = None
    notes: tuple[str, ...] = ()


def place_windows(
    width: float,
    depth: float | None = None,
    *,
    length: float = REFERENCE_LENGTH,
    left: float = 0.0,
    front: float = 0.0,
) -> WindowPlaces:
    """Windows over an interface, ``END_MARGIN`` left out at its ends.

    Where the interface is wider than a window by less than both margins they shrink; where it is
    narrower than a window there is one window, all of it.

    Args:
        width: Of the interface along x in m.
        depth: Of a height map along y in m; None for a profile.
        length: Of a window in m.
        left: x of the interface's left end in m.
        front: y of a height map's front end in m.

    Raises:
        InputError: There would be more windows than anybody means.
    """
    used = min(length, width if depth is None else min(width, depth))
    longest = max(width, depth or 0.0)
    if longest > MOST_LENGTHS * used:
        raise InputError(
            "is too short for this interface", field="reference_length",
            found=f"{length / UM:g} um over {longest / UM:g} um",
            expected=f"at least {longest / MOST_LENGTHS / UM:.3g} um",
        )  # fmt: skip
    x = _starts(left, width, used)
    return WindowPlaces(used, length, x, None if depth is None else _starts(front, depth, used))


def read_windows(
    samples: InterfaceSamples,
    places: WindowPlaces,
    *,
    applied_current_density: float,
    critical_current_density: float | None = None,
) -> WindowReadings:
    """Extremes, quantiles and shares of a solution in each window, and their means.

    Args:
        samples: The current along the whole interface.
        places: The windows.
        applied_current_density: In A/m^2.
        critical_current_density: In A/m^2; None leaves the share above it out.
    """
    nodes = places.holds(samples.x, samples.y)
    candidates = _candidates(samples, places, nodes)
    points = places.holds(samples.quadrature_x, samples.quadrature_y)
    touched: npt.NDArray[np.bool_] = np.any(nodes, axis=1) & np.any(points, axis=1)
    notes = []
    if not touched.all():
        empty = int(np.count_nonzero(~touched))
        notes.append(f"{empty} of {len(touched)} windows hold no contact and are left out")
    if not touched.any():
        nothing = np.empty(0, dtype=np.intp)
        return WindowReadings(
            places,
            None,
            None,
            None,
            None,
            None,
            nothing,
            nothing,
            candidates,
            notes=tuple(notes),
        )
    inside, points = candidates.inside[touched], points[touched]
    current = candidates.of(samples.current_density)
    highest = np.argmax(np.where(inside, current, -np.inf), axis=1)
    lowest = np.argmin(np.where(inside, current, np.inf), axis=1)
    i_max, i_min = current[highest], current[lowest]
    excess = sd = spread = above = None
    if (i_min > _LEAST_SHARE * i_max).all():
        logs = np.log(np.maximum(i_max / i_min - 1, UNIFORM))
        excess = _exp(logs) if (i_max / i_min - 1 > UNIFORM).any() else 0.0
        sd = float(logs.std(ddof=1)) if len(logs) > 1 else None
    else:
        notes.append(
            "the excess is not formed: in a window the smallest current density is not above zero"
        )
    at_points, weights = samples.quadrature_current_density, samples.quadrature_weights
    low, high = np.transpose(
        [weighted_quantile(at_points[own], weights[own], _QUANTILES) for own in points]
    )
    if (low > _LEAST_SHARE * high).all():
        spread = _exp(np.log(np.maximum(high / low - 1, UNIFORM)))
    if critical_current_density is not None:
        beyond = weights * (at_points > critical_current_density)
        above = float(np.mean((points @ beyond) / (points @ weights)))
    return WindowReadings(
        places=places,
        excess=excess,
        sd_ln=sd,
        hot_spot_factor=_exp(np.log(i_max / applied_current_density)),
        p99_p1_excess=spread,
        area_above_ccd=above,
        highest=highest,
        lowest=lowest,
        candidates=candidates,
        notes=tuple(notes),
    )


def excess_over(samples: InterfaceSamples, places: WindowPlaces) -> float | None:
    """The excess alone, over windows that were placed; None where it cannot be formed or placed."""
    if places.is_whole or not places.x:
        return None
    return read_windows(samples, places, applied_current_density=1.0).excess


def excess_gradient(
    samples: InterfaceSamples, readings: WindowReadings, slope: Array
) -> tuple[Array, Array]:
    """Derivative of the logarithm of the excess with respect to the potential at each node.

    Args:
        samples: Where it was read.
        readings: With an excess above rounding.
        slope: ``di/dphi`` at the nodes in S/m^2, shape ``(n,)``.

    Returns:
        In 1/V, shape ``(n,)`` each: what the windows' maxima contribute, and what the minima take
        away; zero at all nodes that are no window's extreme.
    """
    candidates, count = readings.candidates, len(samples.current_density)
    current = candidates.of(samples.current_density)
    highest, lowest = current[readings.highest], current[readings.lowest]
    share = highest / np.maximum(highest - lowest, UNIFORM * lowest) / len(highest)
    return (
        slope * candidates.spread(readings.highest, share / highest, count),
        slope * candidates.spread(readings.lowest, share / lowest, count),
    )


def window_safe_current(
    first: InterfaceSamples,
    second: InterfaceSamples,
    places: WindowPlaces,
    *,
    applied: tuple[float, float],
    critical_current_density: float,
) -> float:
    """Geometric mean over windows of the largest safe applied current density, in A/m^2.

    The peak of a window follows the applied current along a line between the logarithms of two
    solutions; the second is that at which the whole section is just safe, so that windows are read
    a little beyond it.

    Args:
        first: At the applied current density of the case.
        second: At the safe one of the whole section.
        places: The windows; each must hold contact.
        applied: The two applied current densities in A/m^2.
        critical_current_density: Local limit in A/m^2.
    """
    nodes = places.holds(first.x, first.y)
    candidates = _candidates(first, places, nodes)
    inside = candidates.inside[nodes.any(axis=1)]
    peaks = [
        np.log(np.where(inside, candidates.of(one.current_density), -np.inf).max(axis=1))
        for one in (first, second)
    ]
    change = math.log(applied[1] / applied[0])
    slope = np.ones(len(inside)) if abs(change) < UNIFORM else (peaks[1] - peaks[0]) / change
    left = math.log(critical_current_density) - peaks[1]
    return _exp(math.log(applied[1]) + left / np.clip(slope, 0.2, 5.0))


def weighted_quantile(values: Array, weights: Array, shares: Array) -> Array:
    """Quantiles of values that stand for different lengths.

    Args:
        values: Shape ``(n,)``.
        weights: Length that each value stands for, shape ``(n,)``.
        shares: Between 0 and 1, shape ``(m,)``.

    Returns:
        Quantiles, shape ``(m,)``.
    """
    order = np.argsort(values)
    cumulative = np.cumsum(weights[order]) - weights[order] / 2
    return np.interp(shares, cumulative / weights.sum(), values[order])


_QUANTILES = np.array([0.01, 0.99])


def _starts(first: float, extent: float, length: float) -> tuple[float, ...]:
    margin = min(END_MARGIN, (extent - length) / 2)
    room = extent - 2 * margin - length
    count = math.ceil(room / (LARGEST_STEP * length) - _ROUNDING) + 1
    return tuple(first + margin + float(start) for start in np.linspace(0.0, room, max(count, 1)))


def _candidates(
    samples: InterfaceSamples, places: WindowPlaces, nodes: npt.NDArray[np.bool_]
) -> Candidates:
    """All samples, and the ends of windows on a line that the metal touches all along."""
    first, share, inside = np.arange(len(samples.x)), np.zeros(len(samples.x)), nodes
    touched = float(samples.quadrature_weights.sum())
    extent = float(samples.arc_length[-1] - samples.arc_length[0])
    # nan in three dimensions; shorter where contacts lie apart, between which nothing is known
    if not touched > _CONNECTED * extent:
        return Candidates(first, share, inside)
    ends = np.concatenate([np.array(places.x), np.array(places.x) + places.length])
    windows = np.tile(np.arange(len(places.x)), 2)
    left, right = samples.x[:-1], samples.x[1:]
    end, segment = np.nonzero((left - ends[:, None]) * (right - ends[:, None]) < 0)
    along = (ends[end] - left[segment]) / (right - left)[segment]
    at_ends = np.zeros((len(nodes), len(end)), dtype=bool)
    at_ends[windows[end], np.arange(len(end))] = True
    return Candidates(
        np.append(first, segment), np.append(share, along), np.hstack([inside, at_ends])
    )


def _within(values: Array, starts: tuple[float, ...], length: float) -> npt.NDArray[np.bool_]:
    first = np.array(starts)[:, None]
    slack = _ROUNDING * length
    return (values >= first - slack) & (values <= first + length + slack)


def _exp(logs: Array) -> float:
    return math.exp(float(np.mean(logs)))
