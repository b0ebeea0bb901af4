# SPDX-License-Identifier: BSD-3-Clause
"""From a guide to its line and its number, as the command line would compute them.

It runs in a process of its own, since a thread would starve the page. What does not depend on an
edit is kept: the image, the field, the line before pieces are put in.
"""

from __future__ import annotations

import base64
import functools
import io
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import yaml  # type: ignore[import-untyped]
from PIL import Image

from interfacefem.assessment.assess import cell_for
from interfacefem.assessment.image import ImageProfiles
from interfacefem.assessment.image_value import geometric_mean
from interfacefem.current.result import current_result
from interfacefem.current.run import run_current
from interfacefem.errors import InputError, InterfaceFemError
from interfacefem.images import Extraction, Micrograph, extract_profiles, read_micrograph
from interfacefem.images.attempt import NoLineError
from interfacefem.images.guide import Guidance, Guide, require_fitting, with_guide
from interfacefem.images.guided import (
    checked,
    guided_field,
    mark,
    side_field,
    trace_base,
    trace_guided,
)
from interfacefem.images.interface_field import InterfaceField
from interfacefem.images.reading import read_grey_values
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.door import Door
from interfacefem.parameters.sampling import TRAN2025, Sampling
from interfacefem.units import UM

Found = TypeVar("Found")

_QUALITY = 85  # of the picture that is sent: 3 MB for 12 million pixels
_PLAIN = {"pixel_size": "pixel size", "boundary": "the drawn line"}


@dataclass(frozen=True)
class Picture:
    """An image to be shown.

    Attributes:
        url: JPEG as a data URL.
        rows, columns: Of the file.
    """

    url: str
    rows: int
    columns: int


@dataclass(frozen=True)
class Line:
    """What a guide leads to.

    Attributes:
        sections: Columns and rows in the file of each.
        doubtful: The same of stretches that follow no edge.
        verdict: ``"pass"``, ``"warn"``, ``"refuse"``; empty where there is no line.
        measures: Of the first section, for people.
        notes: Choices and warnings.
        method: How the line was found.
        crop: Rows and columns that are used.
        problem: Why there is no line.
        cpu_s: That it took.
    """

    sections: tuple[tuple[Any, Any], ...] = ()
    doubtful: tuple[tuple[Any, Any], ...] = ()
    verdict: str = ""
    measures: str = ""
    notes: tuple[str, ...] = ()
    method: str = ""
    crop: tuple[int, int, int, int] | None = None
    problem: str | None = None
    cpu_s: float = 0.0


@dataclass(frozen=True)
class Number:
    """What the line means.

    Attributes:
        excess: Of the line as traced, over windows of the reference length, geometric mean over
            sections: ``excess_as_traced`` of ``risk --json``.
        i_ratio: ``i_max/i_min`` of each whole section: ``sections[].i_ratio``.
        length_um: That the excess is read over.
        windows: Over the first section.
        problem: Why there is none.
        cpu_s: That it took.
    """

    excess: float | None = None
    i_ratio: tuple[float | None, ...] = ()
    length_um: float | None = None
    windows: int = 0
    problem: str | None = None
    cpu_s: float = 0.0


def picture_of(image: Path) -> Picture:
    """The whole file as a JPEG, stretched between the 0.1 % and 99.9 % quantiles.

    Raises:
        ImageError: It cannot be read.
    """
    gray = read_grey_values(image)
    low, high = np.quantile(gray[::4, ::4], [0.001, 0.999])
    if not high > low:
        low, high = float(gray.min()), float(gray.max()) + 1e-12
    shown = (255 * np.clip((gray - low) / (high - low), 0, 1)).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(shown).save(stream, format="JPEG", quality=_QUALITY)
    url = "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode()
    return Picture(url, gray.shape[0], gray.shape[1])


def line_of(image: Path, guide: Guide, sampling: Sampling) -> Line:
    """Trace an image with a guide; what goes wrong is said, not raised."""
    started = time.process_time()
    try:
        taken = traced(image, guide, sampling)
    except InterfaceFemError as error:
        said = _plain(error) + (": draw it" if isinstance(error, NoLineError) else "")
        return Line(problem=said, cpu_s=time.process_time() - started)
    found = taken.extraction
    verdicts = [one.verdict for one in found.qualities]
    worst = max(verdicts, key=("pass", "warn", "refuse").index, default="")
    return Line(
        tuple((one.pixel_columns.tolist(), one.pixel_rows.tolist()) for one in found.profiles),
        tuple(
            (piece[:, 0].tolist(), piece[:, 1].tolist())
            for one in found.profiles
            for piece in one.doubtful
        ),
        worst,
        _measures(found),
        found.notes,
        found.method,
        taken.micrograph.crop,
        cpu_s=time.process_time() - started,
    )


def number_of(image: Path, guide: Guide, sampling: Sampling, cell: Cell) -> Number:
    """Solve the sections of an image with a guide; what goes wrong is said, not raised."""
    from interfacefem.mpi import MPI

    started = time.process_time()
    try:
        taken = traced(image, guide, sampling)
        if any(one.verdict == "refuse" for one in taken.extraction.qualities):
            return Number(problem="the line is refused: no number is made of it")
        cell = cell_for(taken, cell)
        runs = [
            run_current(
                one.profile, cell, MPI.COMM_SELF, reference_length=sampling.reference_length
            )
            for one in taken.extraction.profiles
        ]
    except InterfaceFemError as error:
        return Number(problem=_plain(error), cpu_s=time.process_time() - started)
    return Number(
        geometric_mean([{"excess": run.windows.excess} for run in runs], "excess"),
        tuple(current_result(run)["i_ratio"] for run in runs),
        min(run.windows.places.length for run in runs) / UM,
        runs[0].windows.places.count,
        cpu_s=time.process_time() - started,
    )


def traced(image: Path, guide: Guide, sampling: Sampling) -> ImageProfiles:
    """What ``take_profiles`` gives for an image with this guide beside it, refused lines included.

    Raises:
        InputError: There is no line.
    """
    return _traced(image, image.stat().st_mtime_ns, guide.text(), sampling)


@functools.lru_cache(maxsize=2)  # the number is asked for after the line
def _traced(image: Path, changed: int, text: str, sampling: Sampling) -> ImageProfiles:
    guide = _guide(text)
    said = Guidance(guide, sha256=guide.sha256)
    asked, notes = with_guide(sampling, guide)
    micrograph = _micrograph(image, changed, asked.pixel_size, asked.crop)
    rows, columns = micrograph.gray.shape
    require_fitting(said, micrograph.file_shape or (rows, columns))
    # what decides the sides stays the same while pieces are drawn
    sides = _text_of_sides(guide)
    if not said.is_drawn:
        found = mark(_or_raise(_automatic(image, changed, sides, asked)), said, asked)
    else:

        def known(*_: object) -> InterfaceField:
            return _or_raise(_field(image, changed, sides, asked))

        field = guided_field(micrograph, asked, said, known)
        base = None
        if field.method != "drawn":
            has_pieces = bool(guide.boundary)
            base = _or_raise(_base(image, changed, sides, asked, has_pieces))
        found = checked(micrograph, trace_guided(micrograph, asked, field, said, base))
    return ImageProfiles(micrograph, asked, replace(found, notes=(*notes, *found.notes)), said)


def _guide(text: str) -> Guide:
    return Guide.model_validate(yaml.safe_load(text), context=Door.FILE)


def _text_of_sides(guide: Guide) -> str:
    keys = {key: getattr(guide, key) for key in guide.guided_keys}
    return Guide(**keys, strokes=guide.strokes, classifier=guide.classifier).text()


def _or_raise(found: Found | InterfaceFemError) -> Found:
    if isinstance(found, InterfaceFemError):
        raise found
    return found


@functools.lru_cache(maxsize=1)
def _micrograph(image: Path, changed: int, pixel_size: float | None, crop: Any) -> Micrograph:
    return read_micrograph(image, pixel_size=pixel_size, crop=None if crop == "auto" else crop)


@functools.lru_cache(maxsize=4)
def _automatic(
    image: Path, changed: int, sides: str, asked: Sampling
) -> Extraction | InterfaceFemError:
    micrograph = _micrograph(image, changed, asked.pixel_size, asked.crop)
    # the field is needed again as soon as a stretch is redrawn; where there is none it says why
    field = None if asked.protocol == TRAN2025 else _field(image, changed, sides, asked)
    known = None if isinstance(field, InterfaceFemError) else field
    try:
        return extract_profiles(micrograph, asked, keep_refused=True, known=known, with_hint=False)
    except InterfaceFemError as error:
        return error


@functools.lru_cache(maxsize=4)
def _field(
    image: Path, changed: int, sides: str, asked: Sampling
) -> InterfaceField | InterfaceFemError:
    micrograph = _micrograph(image, changed, asked.pixel_size, asked.crop)
    try:
        return side_field(micrograph, asked, Guidance(_guide(sides)))
    except InterfaceFemError as error:
        return error


@functools.lru_cache(maxsize=4)
def _base(
    image: Path, changed: int, sides: str, asked: Sampling, has_pieces: bool
) -> Extraction | InterfaceFemError | None:
    micrograph = _micrograph(image, changed, asked.pixel_size, asked.crop)
    field = _field(image, changed, sides, asked)
    try:
        return trace_base(micrograph, asked, _or_raise(field), has_pieces=has_pieces)
    except InterfaceFemError as error:
        return error


def _plain(error: InterfaceFemError) -> str:
    """What went wrong, with fields as the page calls them and without the folder."""
    if isinstance(error, InputError) and error.names is None:
        error.names = _PLAIN
    if error.file is not None:
        error.file = Path(error.file).name
    return str(error)


def _measures(found: Extraction) -> str:
    if not found.qualities:
        return ""
    one = found.qualities[0]
    parts = [
        ("without an edge", one.edge_free, "{:.0%} of the line"),
        ("sides apart by", one.separation, "{:.2g} standard deviations"),
        ("contrast that lasts", one.lasting, "{:.2g}"),
        ("moves with the threshold", one.moved, "{:.0%} of the line"),
    ]
    return "; ".join(
        f"{name} {form.format(value)}" for name, value, form in parts if value is not None
    )
