# SPDX-License-Identifier: BSD-3-Clause
"""The interface in a micrograph as a person and the image say it together.

Strokes or a field decide which side is which, drawn pieces replace stretches of the line, and what
was left out travels with the section.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage
from skimage.draw import polygon2mask

from interfacefem.errors import ImageError, InputError, naming_file
from interfacefem.images.drawn_line import (
    Array,
    rightward,
    smooth_enough,
    snapped,
    spans,
    spliced,
    within_columns,
)
from interfacefem.images.extraction import (
    ExtractedProfile,
    Extraction,
    extract_profiles,
    frame_without_margin,
    section_of_curve,
    trace,
)
from interfacefem.images.frame import Frame
from interfacefem.images.given_field import drawn_field, given_field
from interfacefem.images.guide import Guidance, require_fitting
from interfacefem.images.interface_field import (
    DEFAULT_SMOOTHING,
    InterfaceField,
    find_interface_field,
)
from interfacefem.images.micrograph import Micrograph
from interfacefem.images.painted import painted_field
from interfacefem.images.section_check import check_drawn_line, doubtful_pieces, quality_notes
from interfacefem.images.section_places import overall_tilt, tilt_note
from interfacefem.parameters.sampling import TRAN2025, Sampling
from interfacefem.surfaces.left_out import with_left_out
from interfacefem.units import UM

Sides: TypeAlias = Callable[[Micrograph, Sampling, Guidance | None], InterfaceField]

_HASHED_DECIMALS = 6  # of a pixel: what the hash of a line takes notice of


def extract_guided(
    micrograph: Micrograph,
    settings: Sampling,
    guidance: Guidance | None,
    *,
    keep_refused: bool = False,
) -> Extraction:
    """Trace the sections of the interface with the help of a guide.

    Args:
        micrograph: The image.
        settings: How, the guide's own keys included (``with_guide``).
        guidance: What was said; None traces by the image alone.
        keep_refused: As of ``extract_profiles``.

    Raises:
        CaseError: The guide does not fit the image; it names the key.
        ImageError: No section can be found, a drawn piece cannot be used, or a line that nobody
            drew follows no boundary.
    """
    if guidance is None:
        return extract_profiles(micrograph, settings, keep_refused=keep_refused)
    with naming_file(micrograph.source):
        require_fitting(guidance, micrograph.file_shape or _least_shape(micrograph))
        if not guidance.is_drawn:
            found = extract_profiles(micrograph, settings, keep_refused=keep_refused)
            return mark(found, guidance, settings)
        if settings.protocol == TRAN2025:
            settings = settings.model_copy(update={"method": "sampling-line"})
        field = guided_field(micrograph, settings, guidance)
        return checked(micrograph, trace_guided(micrograph, settings, field, guidance))


def checked(micrograph: Micrograph, found: Extraction) -> Extraction:
    """Each line that a person drew or painted, checked on the image: never refused."""
    sections = []
    for section in found.profiles:
        columns, rows = section.pixel_columns, section.pixel_rows
        electrolyte = found.settings.electrolyte
        quality = check_drawn_line(micrograph, columns, rows, electrolyte=electrolyte)
        pieces = doubtful_pieces(columns, rows, quality)
        sections.append(section.checked(quality, pieces, accepted=False))
    found = replace(found, profiles=tuple(sections))
    notes = quality_notes(found.qualities, accepted=found.settings.accept_line)
    return replace(found, notes=(*found.notes, *notes))


def side_field(
    micrograph: Micrograph, settings: Sampling, guidance: Guidance | None
) -> InterfaceField:
    """The field by what decides the sides: one that was given, strokes, or grey values alone.

    Raises:
        ImageError: There is none.
    """
    if guidance is not None and guidance.field is not None:
        return given_field(micrograph, settings, guidance.field)
    if guidance is not None and guidance.guide.strokes:
        return painted_field(micrograph, settings, guidance.guide)
    return find_interface_field(micrograph, settings)


def guided_field(
    micrograph: Micrograph,
    settings: Sampling,
    guidance: Guidance | None,
    sides: Sides = side_field,
) -> InterfaceField:
    """The field whose zero line is the interface before pieces are put in.

    Args:
        micrograph: The image.
        settings: How it is traced.
        guidance: What was said.
        sides: Gives the field where no piece is the whole line: ``side_field``, or one that
            remembers.

    Raises:
        ImageError: None is found, and no piece is the whole line.
    """
    if guidance is None:
        return sides(micrograph, settings, guidance)
    pieces = _pieces(micrograph, settings, guidance)
    if pieces and settings.method == "sampling-line":
        raise InputError(
            "drawn pieces belong to one line through the image", field="method",
            found="sampling-line", expected="contour, or a guide without {boundary}",
        )  # fmt: skip
    if any(spans(piece, *_sides(micrograph, settings)) for _, piece in pieces):
        return drawn_field(micrograph, settings)
    if not pieces:
        return sides(micrograph, settings, guidance)
    try:
        found = sides(micrograph, settings, guidance)
    except ImageError:
        return drawn_field(micrograph, settings)
    return found if found.method == "contour" else drawn_field(micrograph, settings)


def trace_base(
    micrograph: Micrograph, settings: Sampling, field: InterfaceField, *, has_pieces: bool
) -> Extraction | None:
    """The line of a field before pieces are put in, and before it is treated if there are any.

    It does not depend on the pieces. None where a drawn piece is the whole line.
    """
    if field.method == "drawn":
        return None
    if has_pieces:
        plain = {"single_valued": False, "remove_tilt": False, "cutoff": None}
        settings = settings.model_copy(update=plain)
    return trace(micrograph, settings, field)


def trace_guided(
    micrograph: Micrograph,
    settings: Sampling,
    field: InterfaceField,
    guidance: Guidance | None,
    base: Extraction | None = None,
) -> Extraction:
    """Trace a field and put drawn pieces into its line.

    Args:
        micrograph: The image.
        settings: How.
        field: Of ``guided_field``, or the same cut otherwise.
        guidance: What was said.
        base: Of ``trace_base`` on the same field, if it is known.

    Raises:
        ImageError: No section is found, or a piece cannot be used.
    """
    if guidance is None:
        return trace(micrograph, settings, field)
    if base is None:
        has_pieces = bool(guidance.guide.boundary)
        base = trace_base(micrograph, settings, field, has_pieces=has_pieces)
    if base is not None and not guidance.guide.boundary:
        found = base
    else:
        found = _with_pieces(micrograph, settings, field, guidance, base)
    return mark(found, guidance, settings)


def mark(found: Extraction, guidance: Guidance, settings: Sampling) -> Extraction:
    """Sections with what the guide leaves out and the hashes of guide and line, and a note."""
    sections = tuple(_marked(one, guidance) for one in found.profiles)
    notes = found.notes
    if guidance.guide.says:
        who = f" by {guidance.guide.who}" if guidance.guide.who else ""
        notes += (f"guided{who}: " + ", ".join(guidance.guide.says),)
    return replace(found, profiles=sections, notes=notes, settings=settings)


def _with_pieces(
    micrograph: Micrograph,
    settings: Sampling,
    field: InterfaceField,
    guidance: Guidance,
    base: Extraction | None,
) -> Extraction:
    pieces = _pieces(micrograph, settings, guidance)
    _, frame = frame_without_margin(field.values, micrograph, settings)
    notes: list[str] = []
    if base is None:
        line, pieces = _whole(pieces, *_sides(micrograph, settings))
        if spans(line, *_sides(micrograph, settings)):
            notes.append("the line was drawn from side to side")
        else:
            ends = f"{line[0, 0]:.0f} to {line[-1, 0]:.0f}"
            notes.append(f"the section is the drawn line alone, columns {ends}")
    else:
        section = base.profiles[0]
        line = np.column_stack([section.pixel_columns, section.pixel_rows])
    for number, piece in pieces:
        line, said = spliced(line, piece, number)
        notes += said
    line = rightward(line)
    if not shapely.LineString(line).is_simple:
        raise ImageError("the line crosses itself", field="boundary", expected="a simple line")
    frame = _turned(frame, line, settings, base)
    if base is None and frame.angle:
        notes.append(tilt_note(frame))
    u, v = frame.from_image(*_in_frame(line, frame))
    # a rotated side cuts off what lies beyond it
    turned = rightward(np.column_stack([u, v]))
    cut = section_of_curve(turned[:, 0], turned[:, 1], frame, field, micrograph, settings, 1)
    if base is not None:
        return replace(base, profiles=(cut,), notes=(*base.notes, *notes), settings=settings)
    return Extraction(
        (cut,),
        _sides_of(line, micrograph, settings),
        (0.5,),
        "hand",
        field.smoothing,
        field.phases,
        "drawn",
        frame.rise_degrees,
        settings,
        tuple(notes),
    )


def _sides_of(line: Array, micrograph: Micrograph, settings: Sampling) -> npt.NDArray[np.uint8]:
    """1 where the electrolyte is by a line from side to side, shape of the image."""
    rows, columns = micrograph.gray.shape
    points = line[:, ::-1] - [micrograph.crop[0], micrograph.crop[2]]
    far = -2.0 if settings.electrolyte == "above" else rows + 1.0
    # beyond its own ends the line goes on level
    before, after = [points[0, 0], -2.0], [points[-1, 0], columns + 1.0]
    ring = np.vstack([[far, -2.0], before, points, after, [far, columns + 1.0]])
    return polygon2mask((rows, columns), ring).astype(np.uint8)


def _turned(frame: Frame, line: Array, settings: Sampling, base: Extraction | None) -> Frame:
    """The frame turned as the base was: an edit does not turn the rest of the line."""
    rows, columns = _in_frame(line, frame)
    if base is not None:
        angle = frame.angle_of_rise(base.tilt_degrees) if base.tilt_degrees else 0.0
    elif settings.rotation != "auto":
        angle = frame.angle_of_rise(float(settings.rotation))
    else:
        even = shapely.get_coordinates(
            shapely.segmentize(shapely.LineString(np.column_stack([columns, rows])), 1.0)
        )
        # roughness inclines a least-squares line too: believed where a traced line would be turned
        if overall_tilt(even[:, 0], even[:, 1]):
            angle = float(np.arctan(np.polyfit(even[:, 0], even[:, 1], 1)[0]))
        else:
            angle = 0.0
    if not angle:
        return frame
    row, column = (frame.shape[0] - 1) / 2, (frame.shape[1] - 1) / 2
    return replace(frame, angle=angle, row=row, column=column)


def _in_frame(line: Array, frame: Frame) -> tuple[Array, Array]:
    """Rows and columns in the image as it is worked on."""
    rows = line[:, 1] - frame.first_row
    if frame.flipped:
        rows = frame.shape[0] - 1 - rows
    return rows, line[:, 0] - frame.first_column


def _whole(
    pieces: list[tuple[int, Array]], first: float, last: float
) -> tuple[Array, list[tuple[int, Array]]]:
    """The piece that is the line, and those that are put into it."""
    chosen = next(
        (index for index, (_, piece) in enumerate(pieces) if spans(piece, first, last)), None
    )
    if chosen is None:
        chosen = max(range(len(pieces)), key=lambda index: float(np.ptp(pieces[index][1][:, 0])))
    rest = [pieces[index] for index in range(len(pieces)) if index != chosen]
    return rightward(pieces[chosen][1]), rest


def _pieces(
    micrograph: Micrograph, settings: Sampling, guidance: Guidance
) -> list[tuple[int, Array]]:
    """Number and points of each piece inside the frame, moved to the edge where that is asked."""
    guide = guidance.guide
    if not guide.boundary:
        return []
    row0, row1, column0, column1 = micrograph.crop
    margin = settings.margin
    smooth = None
    if guide.snap:
        smooth = ndimage.gaussian_filter(micrograph.gray.astype(np.float64), DEFAULT_SMOOTHING)
    found = []
    for number, entry in enumerate(guide.boundary, start=1):
        piece = within_columns(entry.xy, column0 + margin, column1 - 1 - margin)
        if piece is None or len(piece) < 2:
            continue
        if smooth is not None:
            corner = np.array([column0, row0])
            moved = snapped(piece - corner, smooth, guide.snap) + corner
            moved = within_columns(moved, column0 + margin, column1 - 1 - margin)
            piece = piece if moved is None else moved
        low, high = float(piece[:, 1].min()), float(piece[:, 1].max())
        if low < row0 + margin or high > row1 - 1 - margin:
            raise ImageError(
                "leaves the part of the image that is used", field=f"boundary.{number - 1}",
                found=f"rows {low:.0f} to {high:.0f}",
                expected=f"rows {row0 + margin} to {row1 - 1 - margin}, or another {{crop}}",
            )  # fmt: skip
        found.append((number, smooth_enough(piece)))
    if not found:
        raise ImageError(
            "no drawn piece lies in the part of the image that is used", field="boundary",
            found=f"columns {column0} to {column1 - 1}", expected="another {crop}, or pieces there",
        )  # fmt: skip
    return found


def _sides(micrograph: Micrograph, settings: Sampling) -> tuple[float, float]:
    margin = settings.margin
    return micrograph.crop[2] + margin, micrograph.crop[3] - 1 - margin


def _marked(section: ExtractedProfile, guidance: Guidance) -> ExtractedProfile:
    """The section with what the guide leaves out, and the hashes of guide and line."""
    profile = section.profile
    columns = section.pixel_columns
    ranges = []
    for low, high in guidance.guide.dropped:
        x = profile.x / UM
        line = shapely.LineString(np.column_stack([columns, x]))
        part = shapely.clip_by_rect(line, low, float(x.min()) - 1, high, float(x.max()) + 1)
        if not part.is_empty:
            bounds = part.bounds
            ranges.append((bounds[1] * UM, bounds[3] * UM))
    profile = with_left_out(profile, ranges)
    profile = profile.with_points(
        profile.x, profile.z,
        guide_sha256=guidance.result()["sha256"], line_sha256=line_hash(section),
    )  # fmt: skip
    return replace(section, profile=profile)


def line_hash(section: ExtractedProfile) -> str:
    """SHA-256 of the points of a section in the file, to a millionth of a pixel."""
    points = np.column_stack([section.pixel_columns, section.pixel_rows])
    rounded = np.round(points, _HASHED_DECIMALS) + 0.0
    return hashlib.sha256(np.ascontiguousarray(rounded, dtype="<f8").tobytes()).hexdigest()


def _least_shape(micrograph: Micrograph) -> tuple[int, int]:
    return micrograph.crop[1], micrograph.crop[3]
