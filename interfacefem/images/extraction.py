# SPDX-License-Identifier: BSD-3-Clause
"""From a micrograph to the sections of its interface, each with its place in the image."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from interfacefem.errors import ImageError, ProfileError, naming_file
from interfacefem.images.attempt import Attempt, NoLineError, pieces_of_boundary
from interfacefem.images.boundary import NoBoundaryError, spanning_curve
from interfacefem.images.distinct import LARGEST_OVERLAP, overlap
from interfacefem.images.frame import Frame
from interfacefem.images.hints import hint
from interfacefem.images.interface_field import InterfaceField, find_interface_field
from interfacefem.images.micrograph import Micrograph
from interfacefem.images.section_check import (
    CutLine,
    check_sections,
    quality_notes,
    refusal,
    stretches,
)
from interfacefem.images.section_places import Place, contour_place, line_places, tilt_note
from interfacefem.images.section_treatment import treated
from interfacefem.images.traced import ExtractedProfile, Extraction, attempt_of
from interfacefem.parameters.sampling import TRAN2025, Sampling
from interfacefem.surfaces.profile import (
    MIN_WIDTH_IN_PIXELS,
    SYNTHETIC,
    profile_from_points,
)
from interfacefem.units import UM

_log = logging.getLogger(__name__)

Array: TypeAlias = npt.NDArray[np.floating]


def extract_profiles(
    micrograph: Micrograph,
    settings: Sampling | None = None,
    *,
    keep_refused: bool = False,
    known: InterfaceField | None = None,
    with_hint: bool = True,
) -> Extraction:
    """Trace the sections of the interface in a micrograph, and check each on the image.

    Args:
        micrograph: The image.
        settings: How; defaults as in :class:`Sampling`.
        keep_refused: Whether lines that follow no boundary are given as well, for a study, which
            leaves them out one by one; their ``quality.verdict`` is ``"refuse"``.
        known: The field of these settings, where it is known.
        with_hint: Whether, where no line is found, other settings are tried for the message.

    Raises:
        ImageError: Fewer profiles than asked for can be found, a line follows no boundary (unless
            ``settings.accept_line``), or a setting does not fit the image.

    Source: the sampling line is that of Tran et al., Adv. Mater. (2025), 2501592, section 4.
    """
    settings = settings or Sampling()
    with naming_file(micrograph.source):
        try:
            found = _extract(micrograph, settings, known)
        except NoLineError as error:
            if not with_hint:
                raise
            advice = hint(micrograph, settings, _passes)
            raise error.expecting(advice, _pieces(micrograph, settings)) from None
        reason = refusal(found.qualities)
        if reason is not None and not (settings.accept_line or keep_refused):
            rows = next((one.rows_without_bar for one in found.qualities if one.data_bar), None)
            advice = hint(micrograph, settings, _passes, rows)
            raise NoLineError(reason).expecting(advice, attempt_of(micrograph, found))
        return found


def _pieces(micrograph: Micrograph, settings: Sampling) -> Attempt | None:
    """The boundary that is none, as far as it goes."""
    for method in (settings.method, "sampling-line"):
        changed = settings.model_copy(update={"method": method})
        try:
            known = find_interface_field(micrograph, changed)
        except ImageError:
            continue
        flipped = settings.electrolyte == "below"
        how = f"{known.method} by {known.feature}"
        return pieces_of_boundary(micrograph, known.values, how, flipped=flipped)
    return None


def _extract(
    micrograph: Micrograph, settings: Sampling, known: InterfaceField | None = None
) -> Extraction:
    if settings.protocol == TRAN2025:
        settings = settings.model_copy(update={"method": "sampling-line"})
    interface = known or find_interface_field(micrograph, settings)
    found, frame, lines = _traced(micrograph, settings, interface)
    qualities = check_sections(micrograph, settings, interface, frame, lines)
    sections = tuple(
        section.checked(quality, stretches(frame, line, quality), accepted=settings.accept_line)
        for section, line, quality in zip(found.profiles, lines, qualities, strict=True)
    )
    notes = [*found.notes, *quality_notes(qualities, accepted=settings.accept_line)]
    return replace(found, profiles=sections, notes=tuple(notes))


def _passes(micrograph: Micrograph, settings: Sampling) -> bool:
    """Whether other settings lead to lines that all pass."""
    try:
        found = _extract(micrograph, settings)
    except (ImageError, ProfileError):
        return False
    return all(quality.verdict == "pass" for quality in found.qualities)


def trace(micrograph: Micrograph, settings: Sampling, interface: InterfaceField) -> Extraction:
    """Trace the sections along the zero line of a field that is known; they are not checked.

    Raises:
        NoLineError: Fewer sections than asked for can be found.
    """
    return _traced(micrograph, settings, interface)[0]


def _traced(
    micrograph: Micrograph, settings: Sampling, interface: InterfaceField
) -> tuple[Extraction, Frame, list[CutLine]]:
    values, frame = frame_without_margin(interface.values, micrograph, settings)
    places: Iterable[Iterable[Place]]
    if interface.method == "contour":
        frame, whole = contour_place(values, frame, micrograph, settings)
        places, wanted = [[whole]], 1
    else:
        frame, places = line_places(values, frame, micrograph, settings)
        wanted = len(settings.positions or ()) or settings.lines
    sections: list[ExtractedProfile] = []
    lines: list[CutLine] = []
    repeated: list[str] = []
    failures: list[str] = []
    for choices in places:
        for place in choices:
            number = len(sections) + 1
            try:
                found, line = _cut(place, frame, interface, micrograph, settings, number)
            except (NoBoundaryError, ProfileError) as error:
                failures.append(str(error))
                continue
            same = None if settings.protocol == TRAN2025 else _repetition(found, sections)
            if same is None:
                sections.append(found)
                lines.append(line)
            else:
                repeated.append(same)
            break
    if len(sections) + len(repeated) < wanted:
        chosen = (
            ", chosen because no phase boundary spans the image"
            if settings.method == "auto" and interface.method == "sampling-line"
            else ", chosen because a phase boundary spans the image"
            if settings.method == "auto" and settings.phases is None
            else ""
        )
        raise NoLineError(
            f"too few sections by the {interface.method} method{chosen} ("
            + "; ".join(dict.fromkeys(failures))
            + ")",
            found=f"{len(sections) + len(repeated)} of {wanted}",
        )
    tilt = frame.rise_degrees
    notes = interface.notes + tuple(repeated)
    if tilt:
        notes += (tilt_note(frame),)
    for note in notes:
        _log.info("%s: %s", micrograph.source, note)
    labels = interface.segmentation.labels
    extraction = Extraction(
        tuple(sections),
        labels[::-1] if settings.electrolyte == "below" else labels,
        interface.segmentation.thresholds,
        interface.feature,
        interface.smoothing,
        interface.phases,
        interface.method,
        tilt,
        settings,
        notes,
    )
    return extraction, frame, lines


def _repetition(found: ExtractedProfile, known: list[ExtractedProfile]) -> str | None:
    """What to say of a section that largely lies on one that is known; None where it is new."""
    for other in known:
        shared = overlap(found.in_pixels, other.in_pixels)
        if shared > LARGEST_OVERLAP:
            rows = [one.profile.metadata["sampling_line_row"] for one in (found, other)]
            return (
                f"the sampling line at row {rows[0]} shares {100 * shared:.0f} % of its length "
                f"with that at row {rows[1]}: they are counted once"
            )
    return None


def frame_without_margin(
    values: Array, micrograph: Micrograph, settings: Sampling
) -> tuple[Array, Frame]:
    """Values inside the margin, and where they lie in the file."""
    margin = settings.margin
    rows, columns = (side - 2 * margin for side in values.shape)
    if min(rows, columns) <= MIN_WIDTH_IN_PIXELS:
        raise ImageError("leaves nothing of the image", field="margin", found=f"{margin} px")
    frame = Frame(
        (rows, columns),
        micrograph.crop[0] + margin,
        micrograph.crop[2] + margin,
        flipped=settings.electrolyte == "below",
    )
    return values[margin : margin + rows, margin : margin + columns], frame


def _cut(
    place: Place,
    frame: Frame,
    interface: InterfaceField,
    micrograph: Micrograph,
    settings: Sampling,
    number: int,
) -> tuple[ExtractedProfile, CutLine]:
    u, v = spanning_curve(place.values)
    line = CutLine(place, u + place.u, v + place.v)
    section = section_of_curve(
        line.u, line.v, frame, interface, micrograph, settings, number, line=place.line
    )
    return section, line


def section_of_curve(
    u: Array,
    v: Array,
    frame: Frame,
    interface: InterfaceField,
    micrograph: Micrograph,
    settings: Sampling,
    number: int,
    *,
    line: float | None = None,
) -> ExtractedProfile:
    """A section from the points of its curve.

    Args:
        u, v: Points in pixels of the frame, shape ``(n,)``.
        frame: Where they lie in the image.
        interface: How the curve was found.
        micrograph: The image.
        settings: Give the treatment of the curve.
        number: Of the section, from 1.
        line: ``v`` of the sampling line, if there is one.

    Raises:
        ProfileError: The points are no curve that can be used.
    """
    pixel = micrograph.pixel_size
    start, level = float(u[0]), float(v.mean())
    metadata = {
        "source": str(micrograph.source),
        "pixel_size_um": f"{pixel / UM:.6g}",
        "pixel_size_source": micrograph.pixel_size_source,
        "line": str(number),
        "method": interface.method,
        "feature": interface.feature,
        "rotated_degrees": f"{frame.rise_degrees:.3f}",
        "electrolyte_in_image": settings.electrolyte,
        "single_valued": str(settings.single_valued).lower(),
    }
    if micrograph.is_synthetic:
        metadata[SYNTHETIC] = "drawn by this program"
    if line is not None:
        line_row, _ = frame.to_file(np.array(start), np.array(line))
        metadata["sampling_line_row"] = f"{float(line_row):.1f}"
    profile, u, v = treated(
        profile_from_points((u - start) * pixel, (level - v) * pixel, metadata), settings, pixel
    )
    rows, columns = frame.to_file(u + start, v + level)
    box = (
        *_whole_pixels(rows, frame.first_row, frame.shape[0]),
        *_whole_pixels(columns, frame.first_column, frame.shape[1]),
    )
    where = f"rows {box[0]}-{box[1]}, columns {box[2]}-{box[3]}"
    profile = profile.with_points(profile.x, profile.z, place=where)
    return ExtractedProfile(profile, rows, columns, box)


def _whole_pixels(places: Array, first: int, count: int) -> tuple[int, int]:
    low, high = np.round([places.min(), places.max()], 6)
    return max(math.floor(low), first), min(math.ceil(high) + 1, first + count)
