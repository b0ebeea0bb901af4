# SPDX-License-Identifier: BSD-3-Clause
"""What makes a surface doubtful for contact theory, whatever presses on it."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from interfacefem.contact.surface import RoughSurface
from interfacefem.contact.waves import Transform

STEEPEST_SLOPE = 0.3  # beyond it small-slope theory is doubtful
FEWEST_NODES_PER_WAVE = 8
_SLOPE_VARIANCE_KEPT = 0.995  # shorter waves than the shortest that matters carry the rest


def surface_notes(surface: RoughSurface) -> tuple[str, ...]:
    """Steep slopes, and waves that the nodes do not resolve."""
    notes = []
    slope = max(
        float(np.abs(np.diff(surface.z, axis=axis)).max()) / size
        for axis, size in enumerate(surface.spacing)
    )
    if slope > STEEPEST_SLOPE:
        notes.append(
            f"the steepest slope is {slope:.2g}; contact theory is for slopes below "
            f"{STEEPEST_SLOPE:g}"
        )
    per_wave = nodes_per_shortest_wave(surface)
    if per_wave < FEWEST_NODES_PER_WAVE:
        notes.append(
            f"the shortest wavelength is resolved by {per_wave:.1f} nodes, fewer than "
            f"{FEWEST_NODES_PER_WAVE}: p_max and contact_fraction depend on the grid; smooth the "
            f"surface (low-pass cutoff) or give more points"
        )
    return tuple(notes)


def nodes_per_shortest_wave(surface: RoughSurface) -> float:
    """Nodes in the wavelength above which 99.5 % of the slope's variance lies."""
    heights = surface.z if surface.boundary == "periodic" else surface.levelled()
    # mirrors beyond the nodes: a kink at a mirror is no wave of the surface
    transform = Transform.mirrored(dataclasses.replace(surface, nodes_on_sides=False))
    wavenumber = transform.wavenumbers().ravel()
    power = transform.power(heights).ravel() * wavenumber**2
    order = np.argsort(wavenumber)
    total = np.cumsum(power[order])
    if total[-1] <= 0:
        return math.inf
    shortest = order[np.searchsorted(total, _SLOPE_VARIANCE_KEPT * total[-1])]
    return float(2 * math.pi / wavenumber[shortest] / max(surface.spacing))
