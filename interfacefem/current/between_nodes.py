# SPDX-License-Identifier: BSD-3-Clause
"""Current at the points of a profile that are no nodes of its mesh.

A dropped tip moves the largest current density by up to 0.3 %, half of the whole error: extremes
are sought at all points of the profile, those beside a chord included.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from interfacefem.current.interface_trace import lagrange
from interfacefem.current.kinetics import Kinetics
from interfacefem.meshing.outline import Outline

Array = npt.NDArray[np.floating]


class PointsBetweenNodes:
    """The dropped points of a profile and the chords that stand for them.

    Args:
        outline: The profile.
        ends: Arc length in m of the two ends of each facet, in order along the interface,
            shape ``(facets, 2)``.
        x: Coordinate x of these ends in m, likewise.
        z: Coordinate z, likewise.
        degree: Of the elements.

    Attributes:
        arc_length: Of each point in m, shape ``(n,)``.
        x: Coordinate x of each point in m.
        z: Coordinate z, likewise.
    """

    def __init__(self, outline: Outline, ends: Array, x: Array, z: Array, degree: int) -> None:
        dropped = ~outline.kept
        self.arc_length = outline.arc_length[dropped]
        self.x, self.z = outline.profile.x[dropped], outline.profile.z[dropped]
        lower = ends.min(axis=1)
        facet = np.clip(np.searchsorted(lower, self.arc_length, "right") - 1, 0, len(ends) - 1)
        first, last = ends[facet].T
        along = np.clip((self.arc_length - first) / (last - first), 0.0, 1.0)
        self._facet = facet
        self._basis = lagrange(1, degree, along[:, None])
        self._beyond = distance_beyond(
            (self.x, self.z), along, x[facet], z[facet], np.sign(last - first)
        )

    def potential(self, at_facets: Array, law: Kinetics, conductivity: float) -> Array:
        """Potential in V at the points, to first order in their distance from the chord.

        Args:
            at_facets: In V at the nodes of each facet, shape ``(facets, nodes)``.
            law: Charge transfer at the interface.
            conductivity: In S/m.
        """
        on_chord = np.einsum("pn,pn->p", self._basis, at_facets[self._facet])
        # k dphi/dn = -i along the outward normal
        return on_chord - self._beyond * law.current_density(on_chord) / conductivity


def distance_beyond(
    points: tuple[Array, Array], along: Array, x: Array, z: Array, forward: Array
) -> Array:
    """Distance in m of points beyond the chords of an interface, above zero outside the mesh.

    Args:
        points: Coordinates x and z in m, shape ``(n,)`` each.
        along: Place of each point on its chord, 0 to 1, at equal arc length.
        x: Of the two ends of each point's chord in m, shape ``(n, 2)``.
        z: Likewise.
        forward: 1 where the chord's first end is its left one along the interface, else -1.
    """
    run, rise = x[:, 1] - x[:, 0], z[:, 1] - z[:, 0]
    from_chord_x = points[0] - (x[:, 0] + along * run)
    from_chord_z = points[1] - (z[:, 0] + along * rise)
    # the electrolyte lies to the left of the interface
    return forward * (from_chord_x * rise - from_chord_z * run) / np.hypot(run, rise)
