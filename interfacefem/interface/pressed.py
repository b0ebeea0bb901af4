# SPDX-License-Identifier: BSD-3-Clause
"""A surface under a block, as the current needs it: where it touches, and the gap elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from interfacefem.interface.grid import SurfaceGrid

Array = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]

# Yastrebov, Anciaux, Molinari, J. Mech. Phys. Solids 107 (2017) 469: excess of a counted area for
# each face between contact and gap, over the area of a cell
AREA_EXCESS_OF_A_FACE = (math.pi - 1 + math.log(2)) / 24
# of a counted length for each end of a contact, over the step: measured on Westergaard's contacts
LENGTH_EXCESS_OF_AN_END = 0.19


@dataclass(frozen=True, eq=False)
class PressedSurface:
    """What touches under one mean pressure.

    Attributes:
        grid: The surface, flat.
        mean_pressure: In Pa.
        contact: Where the block touches, shape ``grid.shape``.
        pressure: Of the contact in Pa, shape ``grid.shape``.
        signed_gap: Between block and deformed elastic surface in m, shape ``grid.shape``; negative
            where plastic flow takes it up.
        capped: Whether each sample is at the hardness, shape ``grid.shape``.
    """

    grid: SurfaceGrid
    mean_pressure: float
    contact: Mask
    pressure: Array
    signed_gap: Array
    capped: Mask

    @property
    def gap(self) -> Array:
        """Between block and surface in m, zero in contact, shape ``grid.shape``."""
        return np.where(self.contact, 0.0, np.maximum(self.signed_gap, 0.0))

    @property
    def mean_opening(self) -> float:
        """Mean distance in m of block and deformed elastic surface."""
        return float(self.grid.mean(self.signed_gap))

    @property
    def counted_fraction(self) -> float:
        """Share of the area by samples in contact."""
        return float(self.grid.mean(self.contact))

    @property
    def contact_fraction(self) -> float:
        """Share of the area in contact, corrected for what counting samples adds at the edges."""
        if self.contact.all():
            return 1.0
        if len(self.grid.shape) == 1:
            return max(0.0, self.counted_fraction - self._line_excess() / self.grid.area)
        excess = sum(
            float(lengths.sum()) * step * AREA_EXCESS_OF_A_FACE
            for _, lengths, step in contact_faces(self.grid, self.contact)
        )
        return max(0.0, self.counted_fraction - excess / self.grid.area)

    def _line_excess(self) -> float:
        """In m: the pressure's square, straight through the last two samples, ends the contact."""
        (step,), (n,) = self.grid.spacing, self.grid.shape
        squares, unknown = self.pressure**2, self.capped
        total = 0.0
        for last, beyond, _ in _axis_faces(self.grid, self.contact, 0):
            before = 2 * last - beyond
            before = before % n if self.grid.periodic else np.clip(before, 0, n - 1)
            fall = squares[before] - squares[last]
            known = (fall > 0) & ~(unknown[last] | unknown[before])
            room = squares[last] / np.where(known, fall, 1.0)
            reach = np.where(known, np.minimum(room, 1.0), 0.5 - LENGTH_EXCESS_OF_AN_END)
            total += float(np.sum(0.5 - reach)) * step
        return total


def contact_faces(grid: SurfaceGrid, contact: Mask) -> Iterator[tuple[Array, Array, float]]:
    """Faces between contact and gap, axis by axis.

    Yields:
        Flat places of the samples on the side in contact, shape ``(n,)``; length of each face in m
        (1 on a line), shape ``(n,)``; the step across the faces in m.
    """
    for axis, step in enumerate(grid.spacing):
        places, lengths = [], []
        for inside, _, length in _axis_faces(grid, contact, axis):
            places.append(inside)
            lengths.append(length)
        yield np.concatenate(places), np.concatenate(lengths), step


def _axis_faces(
    grid: SurfaceGrid, contact: Mask, axis: int
) -> Iterator[tuple[npt.NDArray[np.integer], npt.NDArray[np.integer], Array]]:
    place = np.arange(contact.size).reshape(grid.shape)
    share = grid.weights * grid.area / grid.spacing[axis]
    if grid.sides[axis] == "nodes":  # the outermost samples stand for half a step along the axis
        share = share.copy()
        np.moveaxis(share, axis, 0)[[0, -1]] *= 2
    if grid.periodic:
        other, place_of_other = np.roll(contact, -1, axis), np.roll(place, -1, axis)
        one, place_of_one = contact, place
    else:
        first: list[slice] = [slice(None)] * contact.ndim
        second = first.copy()
        first[axis], second[axis] = slice(None, -1), slice(1, None)
        one, other = contact[tuple(first)], contact[tuple(second)]
        place_of_one, place_of_other = place[tuple(first)], place[tuple(second)]
    flat = share.ravel()
    leaving, entering = one & ~other, ~one & other
    yield place_of_one[leaving], place_of_other[leaving], flat[place_of_one[leaving]]
    yield place_of_other[entering], place_of_one[entering], flat[place_of_other[entering]]


@dataclass(frozen=True, eq=False)
class Undercut:
    """Contact with a cavity of the electrolyte above it.

    Attributes:
        where: Samples in contact below a cavity, shape ``grid.shape``.
        depth: From the plane of contact to the highest point of the surface in m.
    """

    where: Mask
    depth: float


class Pressing(Protocol):
    """A rough surface and the block above it, from which contacts at any pressure can be had.

    Attributes:
        height: Of the electrolyte above its mean surface in m.
        modulus: Composite modulus E* in Pa of half-spaces; None under layers or a block that
            turns, where Barber's identity does not hold.
        hidden_share: Of the line's length the block cannot reach from outside; 0 for maps.
        dimensions: 2 for a line, 3 for a map.
    """

    height: float
    modulus: float | None
    hidden_share: float
    dimensions: int

    def at(self, pressures: Sequence[float]) -> list[PressedSurface]:
        """Contacts at mean pressures in Pa, in the order given."""
        ...

    def on_half_grids(self, pressures: Sequence[float]) -> list[list[PressedSurface]]:
        """The same on four grids with twice the step, one list for each grid."""
        ...

    def zoomed(
        self, pressed: PressedSurface, grid: SurfaceGrid, places: tuple[Array, ...]
    ) -> PressedSurface:
        """The contact in a window on a finer grid, under the load it bears on the whole."""
        ...

    def undercut(self, pressed: PressedSurface) -> Undercut:
        """Where a cavity of the electrolyte lies above the contact."""
        ...
