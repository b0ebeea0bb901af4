# SPDX-License-Identifier: BSD-3-Clause
"""Which points of a profile a mesh needs, and where the others lie beside its chords.

Points are dropped where the curve hardly turns. A chord keeps the arc length of the polygon it
stands for, as a weight: what straight chords lose of the length, 0.04 to 20 % at every second to
eighth point, would be most of the error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from interfacefem.short_repr import short_repr
from interfacefem.surfaces import Profile

Array = npt.NDArray[np.floating]

FEWEST_POINTS = 300  # a profile of no more keeps all
_CORNER = 25.0  # degrees; a point where the curve turns by more is kept


@dataclass(frozen=True)
class Thinning:
    """How many points are kept.

    Attributes:
        angle: A chord may replace a piece of the curve that turns by this, in degrees, in all.
        chords: The profile is replaced by at least this many.
    """

    angle: float = 20.0
    chords: int = 110

    def finer(self, factor: float) -> Thinning:
        """With angle and length of a chord multiplied by ``factor`` < 1."""
        return Thinning(self.angle * factor, math.ceil(self.chords / factor))


@dataclass(frozen=True, eq=False)
class Outline:
    """The profile that the chords of a mesh stand for.

    Attributes:
        profile: All points.
        kept: Whether each point is a node of the mesh, shape ``(n,)``.
        height: Of the top above the profile's mean line in m.
        thinning: That chose them.
    """

    __repr__ = short_repr

    profile: Profile
    kept: npt.NDArray[np.bool_]
    height: float
    thinning: Thinning

    @property
    def is_thinned(self) -> bool:
        """Whether any point was dropped."""
        return not bool(self.kept.all())

    @cached_property
    def arc_length(self) -> Array:
        """Arc length of each point in m, shape ``(n,)``."""
        return self.profile.arc_length

    def at(self, arc_length: Array) -> tuple[Array, Array]:
        """Coordinates x and z in m at these arc lengths in m."""
        known = self.arc_length
        x = np.interp(arc_length, known, self.profile.x)
        return x, np.interp(arc_length, known, self.profile.z)


def kept_points(profile: Profile, thinning: Thinning) -> npt.NDArray[np.bool_]:
    """Which points remain: both ends, corners, and the others by turning angle and length.

    Args:
        profile: The interface.
        thinning: How many points are kept.

    Returns:
        For each point whether it is kept; all where there are at most ``FEWEST_POINTS``.
    """
    count = len(profile.x)
    if count <= FEWEST_POINTS:
        return np.ones(count, dtype=bool)
    heading = np.arctan2(np.diff(profile.z), np.diff(profile.x))
    turn = np.zeros(count)
    turn[1:-1] = np.degrees(np.abs((np.diff(heading) + math.pi) % (2 * math.pi) - math.pi))
    lengths = profile.segment_lengths
    density = (turn[1:] + turn[:-1]) / (2 * thinning.angle)
    density += thinning.chords * lengths / lengths.sum()
    cumulated = np.concatenate([[0.0], np.cumsum(density)])
    wanted = np.linspace(0.0, cumulated[-1], math.ceil(cumulated[-1]) + 1)
    after = np.clip(np.searchsorted(cumulated, wanted), 1, count - 1)
    before_is_nearer = wanted - cumulated[after - 1] < cumulated[after] - wanted
    kept = turn > _CORNER
    kept[after - before_is_nearer] = True
    kept[[0, -1]] = True
    return kept
