# SPDX-License-Identifier: BSD-3-Clause
"""Where the metal touches the interface: along a profile, or over a height map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from interfacefem.errors import InputError
from interfacefem.files import read_text_file
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.surfaces.profile import Profile
from interfacefem.units import UM

Array = npt.NDArray[np.floating]

_SAME_PLACE = 1e-9  # of the profile's length


class ContactError(InputError):
    """A contact mask that cannot be read or does not fit its interface."""


@dataclass(frozen=True, eq=False)
class ContactMask:
    """Parts of a profile that the metal touches; elsewhere no current passes.

    Attributes:
        intervals: First and last arc length of each part in m, in order, shape ``(n, 2)``.

    Raises:
        ContactError: The intervals are not finite, or overlap.
    """

    intervals: Array

    def __post_init__(self) -> None:
        intervals = np.array(self.intervals, dtype=np.float64).reshape(-1, 2)
        ends = intervals.ravel()
        if not (np.isfinite(ends).all() and np.all(np.diff(ends) >= 0)):
            raise ContactError(
                "is not a list of separate parts in order along the interface", field="contact"
            )
        intervals.flags.writeable = False
        object.__setattr__(self, "intervals", intervals)

    def touches(self, arc_length: Array) -> npt.NDArray[np.bool_]:
        """Whether the metal touches at each arc length in m."""
        # inside an interval an odd number of ends lies behind
        behind = np.searchsorted(self.intervals.ravel(), arc_length, side="right")
        return behind % 2 == 1


@dataclass(frozen=True, eq=False)
class ContactMap:
    """Where the metal touches a height map; elsewhere no current passes.

    Attributes:
        contact: At each sample of the height map, shape ``(ny, nx)``.
        pixel_size_x: Distance of the samples along x in m.
        pixel_size_y: Distance of the samples along y in m.
    """

    contact: npt.NDArray[np.bool_]
    pixel_size_x: float
    pixel_size_y: float

    def touches(self, x: Array, y: Array) -> npt.NDArray[np.bool_]:
        """Whether the metal touches at x and y in m: as at the nearest sample."""
        rows, columns = self.contact.shape
        row = np.clip(np.rint(y / self.pixel_size_y).astype(int), 0, rows - 1)
        column = np.clip(np.rint(x / self.pixel_size_x).astype(int), 0, columns - 1)
        return np.asarray(self.contact, dtype=bool)[row, column]


def contact_over(height_map: HeightMap, contact: npt.NDArray[np.bool_]) -> ContactMap:
    """A contact map of any resolution with the extent of a height map.

    Args:
        height_map: Gives the extent.
        contact: Shape ``(rows, columns)``, at least 2 each; the corners are those of the map.

    Raises:
        ContactError: Another number of dimensions or samples.
    """
    contact = np.asarray(contact)
    if contact.ndim != 2 or min(contact.shape) < 2:
        raise ContactError(
            "is not a grid", field="contact", found=f"shape {contact.shape}", expected="2D"
        )
    rows, columns = contact.shape
    return ContactMap(
        contact.astype(bool),
        height_map.width_x / (columns - 1),
        height_map.width_y / (rows - 1),
    )


def contact_from_samples(arc_length: Array, touches: npt.NDArray[np.bool_]) -> ContactMask:
    """A mask from samples along a profile: each holds to halfway to the next.

    Args:
        arc_length: In m, increasing, shape ``(n,)``.
        touches: At these places, shape ``(n,)``.

    Raises:
        ContactError: The arc lengths do not increase or are not as many.
    """
    arc_length, touches = np.asarray(arc_length, dtype=float), np.asarray(touches, dtype=bool)
    if arc_length.shape != touches.shape or not np.all(np.diff(arc_length) > 0):
        raise ContactError(
            "does not have one place for each sample, in order",
            field="contact",
            found=f"{arc_length.size} places, {touches.size} samples",
        )
    limits = np.concatenate([[-np.inf], (arc_length[1:] + arc_length[:-1]) / 2, [np.inf]])
    change = np.flatnonzero(np.diff(touches.astype(int), prepend=0, append=0))
    # finite, so that intervals can be told apart from nonsense
    far = 2 * np.abs(arc_length).max(initial=1.0)
    return ContactMask(np.clip(limits[change], -far, far).reshape(-1, 2))


def contact_from_x(profile: Profile, intervals: Sequence[tuple[float, float]]) -> ContactMask:
    """A mask from parts of the x axis; under an overhang all sheets of the curve are meant.

    Args:
        profile: The interface.
        intervals: First and last x of each part in m.

    Raises:
        ContactError: An interval ends before it begins.
    """
    for first, last in intervals:
        if not first <= last:
            raise ContactError(
                "a part ends before it begins",
                field="contact",
                found=f"{first / UM:g} to {last / UM:g} um",
            )
    along = profile.arc_length
    x = profile.x
    crossings = [along[[0, -1]]]
    for limit in np.unique(np.array(intervals)):
        crosses = np.flatnonzero((x[:-1] < limit) != (x[1:] < limit))
        share = (limit - x[crosses]) / (x[crosses + 1] - x[crosses])
        crossings.append(along[crosses] + share * (along[crosses + 1] - along[crosses]))
    places = np.unique(np.concatenate(crossings))
    middles = np.interp((places[1:] + places[:-1]) / 2, along, x)
    inside = np.zeros(len(middles), dtype=bool)
    for first, last in intervals:
        inside |= (middles > first) & (middles < last)
    change = np.flatnonzero(np.diff(inside.astype(int), prepend=0, append=0))
    return ContactMask(places[change].reshape(-1, 2))


def read_contact_csv(path: str | Path, profile: Profile) -> ContactMask:
    """Read ``x_um,contact`` (1 where the metal touches, else 0), x increasing.

    Each row holds to halfway to the next; lines that start with ``#`` are skipped.

    Raises:
        ContactError: The file is missing or not of this form.
    """
    x, touches = _read_columns(Path(path))
    middles = (x[1:] + x[:-1]) / 2
    limits = np.concatenate([[min(x[0], profile.x[0])], middles, [max(x[-1], profile.x[-1])]])
    change = np.flatnonzero(np.diff(touches.astype(int), prepend=0, append=0))
    ends = limits[change].reshape(-1, 2)
    return contact_from_x(profile, [(float(first), float(last)) for first, last in ends])


def with_nodes_at_ends(
    profile: Profile, contact: ContactMask, *, edge: float | None = None
) -> Profile:
    """The same curve with points, hence nodes of its mesh, at the ends of the contacts.

    Args:
        profile: The interface.
        contact: The mask.
        edge: Length in m of the segments beside each end; the mesh grows away from them, which
            resolves the crowding of current at the ends. None adds the ends alone.
    """
    ends = contact.intervals.ravel()
    wanted = ends if edge is None else np.concatenate([ends - edge, ends, ends + edge])
    wanted = wanted[(wanted > 0) & (wanted < profile.length)]
    along = profile.arc_length
    nearest = np.abs(wanted[:, None] - along).min(axis=1, initial=math.inf)
    places = np.unique(np.concatenate([along, wanted[nearest > _SAME_PLACE * profile.length]]))
    x, z = (np.interp(places, along, column) for column in (profile.x, profile.z))
    return profile.with_points(x, z)


def _read_columns(path: Path) -> tuple[Array, npt.NDArray[np.bool_]]:
    expected = 'a header "x_um,contact", then rows such as "3.2,1", x increasing'
    text = read_text_file(path, ContactError, "CSV in UTF-8")
    rows = [line.strip() for line in text.splitlines()]
    rows = [line for line in rows if line and not line.startswith("#")]
    if not rows or [name.strip() for name in rows[0].split(",")] != ["x_um", "contact"]:
        found = f'"{rows[0]}"' if rows else "nothing"
        raise ContactError("wrong header", file=path, found=found, expected=expected)
    x, touches = [], []
    for row in rows[1:]:
        cells = [cell.strip() for cell in row.split(",")]
        try:
            place, flag = float(cells[0]), {"0": False, "1": True}[cells[1]]
        except (ValueError, KeyError, IndexError):
            raise ContactError(
                "cannot be read", file=path, found=f'"{row}"', expected=expected
            ) from None
        x.append(place * UM)
        touches.append(flag)
    if not x or not np.all(np.diff(x) > 0):
        raise ContactError("x does not increase", file=path, expected=expected)
    return np.array(x), np.array(touches)
