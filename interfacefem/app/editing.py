# SPDX-License-Identifier: BSD-3-Clause
"""Edits of a guide with undo and redo: every one is a new guide on a stack."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import yaml  # type: ignore[import-untyped]

from interfacefem.errors import InputError
from interfacefem.images.guide import GUIDED_KEYS, Guide, Piece, Stroke, guide_beside, read_guide
from interfacefem.parameters.door import Door

MOST_STEPS = 500  # that can be undone
_SIMPLER = 0.3  # pixels by which a freehand line may be off what the hand drew
_DRAWN = ("strokes", "boundary", "dropped", "snap", "classifier", "who")


@dataclass(frozen=True)
class History:
    """Guides of one image, the present one among them.

    Attributes:
        guides: From the first to the last.
        place: Of the present one.
        saved: Of the one that is in the file; None where none is.
    """

    guides: tuple[Guide, ...] = (Guide(),)
    place: int = 0
    saved: int | None = None

    @property
    def guide(self) -> Guide:
        """The present one."""
        return self.guides[self.place]

    @property
    def is_saved(self) -> bool:
        """Whether the file holds the present one, or there is nothing to be saved."""
        return self.saved == self.place or (self.saved is None and self.place == 0)

    def then(self, guide: Guide) -> History:
        """With a new guide; what was undone is gone."""
        guides = (*self.guides[: self.place + 1], guide)
        saved = self.saved if self.saved is not None and self.saved <= self.place else None
        if self.saved is not None and saved is None:
            saved = -1  # in the file is one that can no longer be gone back to
        dropped = max(len(guides) - MOST_STEPS, 0)
        if dropped and saved is not None:
            saved = max(saved - dropped, -1)
        return History(guides[dropped:], len(guides) - 1 - dropped, saved)

    def undone(self) -> History:
        """One step back, if there is one."""
        return replace(self, place=max(self.place - 1, 0))

    def redone(self) -> History:
        """One step forward, if there is one."""
        return replace(self, place=min(self.place + 1, len(self.guides) - 1))

    def written(self) -> History:
        """After the present one was saved."""
        return replace(self, saved=self.place)


def history_of(image: Path) -> History:
    """The guide beside an image, or an empty one.

    Raises:
        CaseError: The guide cannot be read, or is that of another image.
    """
    file = guide_beside(image)
    if not os.path.lexists(file):
        return History()
    return History((as_from_file(read_guide(file, image)),), 0, 0)


def as_from_file(guide: Guide) -> Guide:
    """The guide as its file gives it back: page and command line compute with the same digits.

    Raises:
        InputError: It is too large, or a line crosses itself.
    """
    content = yaml.safe_load(guide.text())
    return Guide.model_validate(content, context=Door.FILE)


def with_changes(guide: Guide, **changes: Any) -> Guide:
    """A guide with some keys changed; None takes a key of ``sampling`` out of it.

    Raises:
        InputError: A value is out of range, or a line crosses itself; the message names the key.
    """
    said = {key: getattr(guide, key) for key in (*guide.guided_keys, *_DRAWN)}
    said.update(changes)
    kept = {
        key: value for key, value in said.items() if value is not None or key not in GUIDED_KEYS
    }
    return as_from_file(Guide(**kept))


def with_stroke(guide: Guide, label: Any, width: float, points: Sequence[Any]) -> Guide:
    """A guide with one more stroke."""
    stroke = Stroke(label=label, width=width, points=_simple(points))
    return with_changes(guide, strokes=(*guide.strokes, stroke))


def with_piece(guide: Guide, points: Sequence[Any], *, freehand: bool = False) -> Guide:
    """A guide with one more piece of the line.

    What an earlier piece has between the new one's columns is taken out if it lies there whole.
    """
    piece = Piece(points=_without_loops(points) if freehand else _simple(points, 0.0))
    low, high = _extent(piece)
    kept = [
        one for one in guide.boundary if not (low <= _extent(one)[0] and _extent(one)[1] <= high)
    ]
    return with_changes(guide, boundary=(*kept, piece))


def with_vertex(guide: Guide, piece: int, vertex: int, point: tuple[float, float]) -> Guide:
    """A guide with one vertex of a piece moved."""
    points = list(guide.boundary[piece].points)
    points[vertex] = point
    return _with_points(guide, piece, points)


def with_vertex_inserted(guide: Guide, piece: int, point: tuple[float, float]) -> Guide:
    """A guide with a vertex put into a piece where the piece is nearest."""
    points = list(guide.boundary[piece].points)
    spot = shapely.Point(point)
    gaps = [shapely.LineString(pair).distance(spot) for pair in itertools.pairwise(points)]
    points.insert(int(np.argmin(gaps)) + 1, point)
    return _with_points(guide, piece, points)


def with_vertex_deleted(guide: Guide, piece: int, vertex: int) -> Guide:
    """A guide without one vertex of a piece; without the piece where it was one of two."""
    points = list(guide.boundary[piece].points)
    del points[vertex]
    if len(points) < 2:
        others = [one for index, one in enumerate(guide.boundary) if index != piece]
        return with_changes(guide, boundary=tuple(others))
    return _with_points(guide, piece, points)


def with_range(guide: Guide, first: float, last: float) -> Guide:
    """A guide with one more range of columns left out; ranges that touch become one."""
    low, high = sorted((first, last))
    apart = []
    for start, end in guide.dropped:
        if start <= high and low <= end:
            low, high = min(low, start), max(high, end)
        else:
            apart.append((start, end))
    return with_changes(guide, dropped=tuple(sorted([*apart, (low, high)])))


def _with_points(guide: Guide, piece: int, points: Sequence[tuple[float, float]]) -> Guide:
    pieces = list(guide.boundary)
    pieces[piece] = Piece(points=tuple(points))
    return with_changes(guide, boundary=tuple(pieces))


def _extent(piece: Piece) -> tuple[float, float]:
    x = [point[0] for point in piece.points]
    return min(x), max(x)


def _simple(points: Sequence[Any], tolerance: float = _SIMPLER) -> tuple[tuple[float, float], ...]:
    line = [(float(x), float(y)) for x, y in points]
    if len(line) > 2 and tolerance:
        coordinates = shapely.LineString(line).simplify(tolerance).coords
        line = [(float(x), float(y)) for x, y in coordinates]
    return tuple(line)


def _without_loops(points: Sequence[Any]) -> tuple[tuple[float, float], ...]:
    """A freehand line whose small loops, where the hand trembled, are cut off.

    Raises:
        InputError: It crosses itself in a large loop.
    """
    line = [(float(x), float(y)) for x, y in _simple(points)]
    kept = line[:1]
    for point in line[1:]:
        kept.append(point)
        while len(kept) > 3 and not shapely.LineString(kept).is_simple:
            # the newest stretch crosses an earlier one: go on from where it does
            newest = shapely.LineString(kept[-2:])
            place, spot = next(
                (index, crossing)
                for index in range(len(kept) - 3)
                if (crossing := _crossing(kept[index : index + 2], newest)) is not None
            )
            loop = shapely.LineString([spot, *kept[place + 1 : -1], spot]).length
            if loop > _largest_loop(line):
                raise InputError(
                    "the line crosses itself", field="boundary", found=f"a loop of {loop:.0f} px",
                    expected="a line without loops: undo, and draw it again",
                )  # fmt: skip
            kept = [*kept[: place + 1], *([spot] if spot != kept[place] else []), point]
    return tuple(kept)


def _crossing(
    stretch: Sequence[tuple[float, float]], newest: shapely.LineString
) -> tuple[float, float] | None:
    met = shapely.LineString(stretch).intersection(newest)
    if met.is_empty:
        return None
    x, y = shapely.get_coordinates(met)[0]
    return float(x), float(y)


def _largest_loop(line: Sequence[tuple[float, float]]) -> float:
    return max(20.0, 0.2 * shapely.LineString(line).length)
