# SPDX-License-Identifier: BSD-3-Clause
"""The sections of a micrograph, each checked on the image it was traced in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from interfacefem.errors import ImageError
from interfacefem.images.boundary import NoBoundaryError, spanning_curve
from interfacefem.images.frame import Frame
from interfacefem.images.interface_field import InterfaceField, cut_again
from interfacefem.images.line_check import (
    FEWEST_POINTS,
    FINEST_GREY,
    THRESHOLD_STEP,
    LineQuality,
    TracedLine,
    check_line,
)
from interfacefem.images.micrograph import Micrograph
from interfacefem.images.other_boundary import other_boundary
from interfacefem.images.section_places import Place
from interfacefem.parameters.sampling import Sampling
from interfacefem.surfaces.profile import PASSED

Array: TypeAlias = npt.NDArray[np.floating]

_NO_WALL = (
    f"no sampling line meets {FEWEST_POINTS} px of a void's wall: they are straight because they "
    "were laid so"
)
_NO_CURVE = (np.empty(0), np.empty(0))


@dataclass(frozen=True, eq=False)
class CutLine:
    """A line as it was cut, before overhangs are hidden and short waves are filtered.

    Attributes:
        place: Where it was sought.
        u, v: Its points in pixels of the frame, shape ``(n,)``.
    """

    place: Place
    u: Array
    v: Array


def check_sections(
    micrograph: Micrograph,
    settings: Sampling,
    interface: InterfaceField,
    frame: Frame,
    lines: Sequence[CutLine],
) -> list[LineQuality]:
    """What the measures of ``line_check`` say of each line."""
    gray = _worked_on(micrograph.gray.astype(np.float64), settings, turned=True)
    phases = interface.segmentation
    feature = _worked_on(phases.field[0] + phases.thresholds[0], settings)
    moved = [
        _varied(micrograph, settings, interface, threshold_moved=step)
        for step in (THRESHOLD_STEP, -THRESHOLD_STEP)
    ]
    finer = None
    if interface.smoothing > FINEST_GREY and not interface.is_texture:
        finer = _varied(micrograph, settings, interface, smoothing=interface.smoothing / 2)
    matrix = None
    if interface.method == "sampling-line":
        matrix = float(np.mean(_worked_on(interface.values, settings) > 0))
    # who names phases or thresholds has chosen
    chosen = settings.phases is not None or settings.threshold != "otsu"
    is_choice = interface.method == "contour" and not interface.is_texture and not chosen
    bright = interface.phases[0] % phases.phases > 0
    found = []
    for line in lines:
        place = line.place
        traced = TracedLine(
            line.u, line.v, frame, gray, feature, interface.smoothing, interface.is_texture,
            place.line, place.depth_limit,
        )  # fmt: skip
        quality = check_line(
            traced,
            recut=tuple(_recut(place, field) for field in moved),
            finer=None if finer is None else _recut(place, finer),
            elsewhere=other_boundary(traced, place, bright=bright) if is_choice else None,
            matrix_share=matrix,
        )
        found.append(quality)
    if interface.method == "sampling-line" and all(one.edge_free is None for one in found):
        return [
            replace(
                one,
                verdict="warn" if one.verdict == "pass" else one.verdict,
                messages=(*one.messages, _NO_WALL),
            )
            for one in found
        ]
    return found


def check_drawn_line(
    micrograph: Micrograph,
    pixel_columns: Array,
    pixel_rows: Array,
    *,
    electrolyte: str = "above",
) -> LineQuality:
    """Check a line that a person drew: it is warned about, never refused.

    Args:
        micrograph: The image.
        pixel_columns: Its points in the file from left to right, in pixels, 0 being the centre of
            the first column, shape ``(n,)``, n at least 2.
        pixel_rows: The same from the top.
        electrolyte: Side of the electrolyte in the image, ``"above"`` or ``"below"``.
    """
    flipped = electrolyte == "below"
    row0, _, column0, _ = micrograph.crop
    height, width = micrograph.gray.shape
    frame = Frame((height, width), row0, column0, flipped=flipped)
    gray = micrograph.gray.astype(np.float64)
    rows = np.asarray(pixel_rows, dtype=np.float64) - row0
    if flipped:
        gray, rows = gray[::-1], gray.shape[0] - 1 - rows
    columns = np.asarray(pixel_columns, dtype=np.float64) - column0
    smooth = ndimage.gaussian_filter(gray, FINEST_GREY)
    line = TracedLine(columns, rows, frame, gray, smooth, FINEST_GREY, is_texture=False)
    return check_line(line, by_hand=True)


def stretches(frame: Frame, line: CutLine, quality: LineQuality) -> tuple[Array, ...]:
    """The doubtful stretches of a line in the file: columns and rows, each shape ``(m, 2)``."""
    rows, columns = frame.to_file(line.u, line.v)
    return doubtful_pieces(columns, rows, quality)


def doubtful_pieces(columns: Array, rows: Array, quality: LineQuality) -> tuple[Array, ...]:
    """The doubtful stretches of a line of points in the file, each shape ``(m, 2)``."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], quality.doubtful, [False]])))
    points = np.column_stack([columns, rows])
    pieces = zip(edges[::2], edges[1::2], strict=True)
    return tuple(points[first:end] for first, end in pieces if end - first > 1)


def refusal(qualities: Sequence[LineQuality]) -> str | None:
    """Why lines are refused, the first of them; None where none is."""
    refused = [n for n, one in enumerate(qualities, start=1) if one.verdict == "refuse"]
    if not refused:
        return None
    reason = qualities[refused[0] - 1].messages[0]
    if len(qualities) == 1:
        return f"the traced line follows no boundary of the specimen: {reason}"
    which = ", ".join(map(str, refused))
    return (
        f"traced lines follow no boundary of the specimen (line {which} of {len(qualities)}): "
        f"{reason}"
    )


def quality_notes(qualities: Sequence[LineQuality], *, accepted: bool) -> list[str]:
    """What a reader of the numbers must know: warnings, and what was let through."""
    notes = []
    for number, one in enumerate(qualities, start=1):
        where = f"line {number}: " if len(qualities) > 1 else "the line: "
        if one.verdict == "refuse":
            said = "accepted by the user though" if accepted else "refused:"
            notes.append(f"{where}{said} {one.messages[0]}")
            notes += [where + message for message in one.messages[1:]]
        else:
            notes += [where + message for message in one.messages]
    return notes


def said_of(quality: LineQuality, *, accepted: bool) -> str:
    """Verdict and gravest reason in one line, for the metadata of a profile."""
    if quality.verdict == "pass":
        return PASSED
    word = "accepted by the user though" if accepted else "refused:"
    return f"{word if quality.verdict == 'refuse' else 'warning:'} {quality.messages[0]}"


def quality_result(qualities: Sequence[LineQuality], settings: Sampling) -> dict[str, Any]:
    """For JSON: the gravest verdict of an image's lines, and each measure of each."""
    order = ("pass", "warn", "refuse")
    worst = max((one.verdict for one in qualities), key=order.index, default="pass")
    return {
        "verdict": worst,
        "accept_line": settings.accept_line,
        "lines": [
            {"line": number, **one.to_dict()} for number, one in enumerate(qualities, start=1)
        ],
    }


def _worked_on(values: Array, settings: Sampling, *, turned: bool = False) -> Array:
    """Without the margin; turned upside down as fields are, where that is not done yet."""
    if turned and settings.electrolyte == "below":
        values = values[::-1]
    margin = settings.margin
    return values[margin : values.shape[0] - margin, margin : values.shape[1] - margin]


def _varied(
    micrograph: Micrograph, settings: Sampling, interface: InterfaceField, **change: float
) -> Array | None:
    try:
        return _worked_on(cut_again(micrograph, settings, interface, **change).values, settings)
    except ImageError:
        return None


def _recut(place: Place, field: Array | None) -> tuple[Array, Array]:
    if field is None:
        return _NO_CURVE
    try:
        u, v = spanning_curve(place.again(field))
    except NoBoundaryError:
        return _NO_CURVE
    return u + place.u, v + place.v
