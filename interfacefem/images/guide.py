# SPDX-License-Identifier: BSD-3-Clause
"""What a person said of an image: its guide, the file beside it, and what options say against it.

Points are ``[x, y]`` in pixels of the file, 0 the centre of its first pixel, whatever the crop.
They are rounded before anything is computed, so that page and command line see equal numbers.
"""

from __future__ import annotations

import getpass
import hashlib
import itertools
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pydantic
import shapely
import yaml  # type: ignore[import-untyped]
from pydantic import Field

from interfacefem.errors import CaseError
from interfacefem.files import hash_of_file, write_text_atomically
from interfacefem.parameters.declaration import Number
from interfacefem.parameters.sampling import GuidedSampling, Sampling
from interfacefem.parameters.section import Section
from interfacefem.parameters.segmentation import ClassifierSettings
from interfacefem.parameters.yaml_input import read_yaml
from interfacefem.units import UM
from interfacefem.version import __version__

Array: TypeAlias = npt.NDArray[np.floating]
Point: TypeAlias = tuple[float, float]

SUFFIX = ".guide.yaml"
DECIMALS = 2  # of a pixel that a point is rounded to
MOST_POINTS = 20_000  # in a guide: a line at every pixel of the widest detector
MOST_SHAPES = 500
LARGEST_SNAP = 32.0  # pixels
SAMPLES = 6000  # labelled pixels the forest learns from: more cost time and change nothing

GUIDED_KEYS = tuple(GuidedSampling.model_fields)


class Stroke(Section):
    """A stroke of a brush over one side of the interface."""

    label: Literal["electrolyte", "other"] = Field(
        description="other: metal, void open to it, resin: all that is not electrolyte"
    )
    width: Annotated[float, Number(of="pixels", at_least=1, at_most=200)] = 8.0
    points: tuple[Point, ...]


class Piece(Section):
    """A piece of the line that was drawn."""

    points: tuple[Point, ...]

    @property
    def xy(self) -> Array:
        """Its points, shape ``(n, 2)``."""
        return np.array(self.points, dtype=np.float64)


class Guide(GuidedSampling):
    """The guide of one image.

    Keys that it does not give are left to options, case files and defaults.
    """

    format: Literal[1] = 1
    image_sha256: str | None = Field(default=None, description="of the image's bytes")
    strokes: tuple[Stroke, ...] = ()
    boundary: tuple[Piece, ...] = ()
    dropped: tuple[Point, ...] = Field(
        default=(), description="columns, first and last, whose windows are left out"
    )
    snap: Annotated[float, Number(of="pixels", at_least=0, at_most=LARGEST_SNAP)] = Field(
        default=0.0, description="how far drawn pieces move to the steepest grey value near them"
    )
    classifier: ClassifierSettings = Field(
        default_factory=lambda: ClassifierSettings(samples=SAMPLES),
        description="of the forest that learns from strokes",
    )
    who: str | None = None
    when: str | None = None
    version: str | None = None

    @pydantic.field_validator("when", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return value.isoformat() if isinstance(value, date) else value

    @pydantic.field_validator("who")
    @classmethod
    def _short(cls, value: str | None) -> str | None:
        # it stands in tables and reports
        if value is not None and (len(value) > 100 or not value.isprintable()):
            raise ValueError("is no name; found other text; expected at most 100 characters")
        return value

    @pydantic.field_validator("strokes", "boundary")
    @classmethod
    def _drawn(cls, shapes: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(shapes) > MOST_SHAPES:
            raise ValueError(f"too many; found {len(shapes)}; expected at most {MOST_SHAPES}")
        return tuple(_rounded(shape, number) for number, shape in enumerate(shapes, start=1))

    @pydantic.field_validator("dropped")
    @classmethod
    def _ranges(cls, ranges: tuple[Point, ...]) -> tuple[Point, ...]:
        for low, high in ranges:
            if not (math.isfinite(low) and math.isfinite(high) and low < high):
                raise ValueError(
                    f"is no range of columns; found [{low:g}, {high:g}]; expected such as "
                    "[120, 180], the smaller one first"
                )
        return tuple((round(low, DECIMALS), round(high, DECIMALS)) for low, high in ranges)

    @pydantic.model_validator(mode="after")
    def _not_endless(self) -> Guide:
        shapes: tuple[Stroke | Piece, ...] = (*self.strokes, *self.boundary)
        count = sum(len(shape.points) for shape in shapes)
        if count > MOST_POINTS or len(self.dropped) > MOST_SHAPES:
            raise ValueError(
                f"holds too much; found {count} points and {len(self.dropped)} ranges; expected at "
                f"most {MOST_POINTS} and {MOST_SHAPES}"
            )
        return self

    @property
    def says(self) -> list[str]:
        """What it holds, in words, for notes."""
        counted = (
            (len(self.boundary), "drawn piece"),
            (len(self.strokes), "stroke"),
            (len(self.dropped), "range left out"),
        )
        said = [f"{count} {name}{'s' * (count > 1)}" for count, name in counted if count]
        return [*(one.replace("outs", "out") for one in said), *self.guided_keys]

    @property
    def guided_keys(self) -> tuple[str, ...]:
        """Keys of ``sampling`` that it gives."""
        return tuple(key for key in GUIDED_KEYS if key in self.model_fields_set)

    def text(self) -> str:
        """The guide as its file says it."""
        return yaml.safe_dump(
            _written(self), sort_keys=False, allow_unicode=True, default_flow_style=None
        )

    @property
    def sha256(self) -> str:
        """Of its text."""
        return hashlib.sha256(self.text().encode()).hexdigest()


@dataclass(frozen=True, eq=False)
class Guidance:
    """A guide as it is used on an image.

    Attributes:
        guide: What was said.
        file: Where it was read; None where it came from a program.
        sha256: Of its file, or of its text.
        field: Positive in the electrolyte, shape of the image or of its crop; None: formed from
            grey values.
    """

    guide: Guide
    file: Path | None = None
    sha256: str = ""
    field: Array | None = None

    @property
    def is_drawn(self) -> bool:
        """Whether the line was drawn or painted, or its sides were given."""
        return bool(self.guide.boundary or self.guide.strokes or self.field is not None)

    def result(self) -> dict[str, Any]:
        """For JSON: which guide, by whom, what it holds."""
        return {
            "file": None if self.file is None else str(self.file),
            "sha256": self.sha256 or self.guide.sha256,
            "who": self.guide.who,
            "when": self.guide.when,
            "pieces": len(self.guide.boundary),
            "strokes": len(self.guide.strokes),
            "dropped": [list(one) for one in self.guide.dropped],
            "field": self.field is not None,
        }


def guide_beside(image: Path) -> Path:
    """Where the guide of an image lies, if there is one."""
    return image.with_name(image.name + SUFFIX)


def find_guide(image: Path, sampling: Sampling) -> Path | None:
    """The guide that a command uses for an image: the one that was named, or the one beside it."""
    if sampling.no_guide:
        return None
    if sampling.guide is not None:
        return sampling.guide
    beside = guide_beside(image)
    # whatever stands under that name was meant: a link to a disk that is away is refused later
    return beside if os.path.lexists(beside) else None


def guidance_for(image: Path, sampling: Sampling) -> Guidance | None:
    """Read the guide of an image, if there is one.

    Raises:
        CaseError: It cannot be read, or is that of another image.
        OSError: The image cannot be read.
    """
    file = find_guide(image, sampling)
    if file is None:
        return None
    return Guidance(read_guide(file, image), file, hash_of_file(file))


def read_guide(file: Path, image: Path) -> Guide:
    """Read a guide and see that it is the image's.

    Raises:
        CaseError: The file cannot be read, says something that is not understood, or is that of
            another image.
    """
    guide = read_yaml(file, Guide, example="format: 1")
    if guide.image_sha256 is None:
        raise CaseError(
            "the key is missing", file=file, field="image_sha256",
            expected="that of the image it belongs to, as sha256sum prints it",
        )  # fmt: skip
    if image.is_file():
        found = hash_of_file(image)
        if found != guide.image_sha256.lower():
            raise CaseError(
                f"is that of another image than {image.name}", file=file, field="image_sha256",
                found=guide.image_sha256[:12] + "...", expected=found[:12] + "...",
            )  # fmt: skip
    return guide


def write_guide(guide: Guide, image: Path, file: Path | None = None) -> Path:
    """Write the guide of an image under a temporary name, then rename.

    Args:
        guide: What is said.
        image: It belongs to; its hash goes into the file.
        file: Where; default: beside the image.

    Returns:
        The file.

    Raises:
        InputError: The folder cannot be written to.
    """
    signed = guide.model_copy(
        update={
            "image_sha256": hash_of_file(image),
            "who": guide.who or _user(),
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "version": __version__,
        }
    )
    target = file or guide_beside(image)
    write_text_atomically(target, signed.text())
    return target


def with_guide(sampling: Sampling, guide: Guide) -> tuple[Sampling, tuple[str, ...]]:
    """Sampling as the guide says, but for what was given beside it.

    Returns:
        The sampling, and a note for each key that was given and beats the guide.
    """
    given = sampling.model_fields_set
    taken = {key: getattr(guide, key) for key in guide.guided_keys if key not in given}
    notes = tuple(
        f"{key} was given and beats that of the guide"
        for key in guide.guided_keys
        if key in given and getattr(sampling, key) != getattr(guide, key)
    )
    return sampling.model_copy(update=taken), notes


def require_fitting(guidance: Guidance, shape: tuple[int, int]) -> None:
    """Refuse a guide with places outside of its image.

    Args:
        guidance: What was said.
        shape: Rows and columns of the file.

    Raises:
        CaseError: It names the key.
    """
    rows, columns = shape
    guide = guidance.guide
    shapes: Sequence[tuple[str, Sequence[Piece | Stroke]]] = (
        ("boundary", guide.boundary), ("strokes", guide.strokes),
    )  # fmt: skip
    for key, entries in shapes:
        for index, entry in enumerate(entries):
            for x, y in entry.points:
                if not (-0.5 <= x <= columns - 0.5 and -0.5 <= y <= rows - 0.5):
                    raise CaseError(
                        "lies outside of the image", file=guidance.file, field=f"{key}.{index}",
                        found=f"[{x:g}, {y:g}]",
                        expected=f"x from 0 to {columns - 1}, y from 0 to {rows - 1}",
                    )  # fmt: skip
    for index, (low, high) in enumerate(guide.dropped):
        if high < 0 or low > columns - 1:
            raise CaseError(
                "lies outside of the image", file=guidance.file, field=f"dropped.{index}",
                found=f"[{low:g}, {high:g}]", expected=f"columns from 0 to {columns - 1}",
            )  # fmt: skip


def _rounded(shape: Any, number: int) -> Any:
    points = tuple((round(float(x), DECIMALS), round(float(y), DECIMALS)) for x, y in shape.points)
    if not all(math.isfinite(x) and math.isfinite(y) for x, y in points):
        raise ValueError(f"number {number} holds a point that is no finite number")
    distinct = points[:1] + tuple(b for a, b in itertools.pairwise(points) if a != b)
    fewest = 2 if isinstance(shape, Piece) else 1
    if len(distinct) < fewest:
        raise ValueError(
            f"number {number} has too few points; found {len(distinct)}; expected at least {fewest}"
        )
    if isinstance(shape, Piece) and not shapely.LineString(distinct).is_simple:
        raise ValueError(f"number {number} crosses itself; expected a line that does not")
    return shape.model_copy(update={"points": distinct})


def _written(guide: Guide) -> dict[str, Any]:
    """What the file says, in the order of people: whose, what was drawn, how it is traced."""
    said: dict[str, Any] = {"format": guide.format}
    for key in ("image_sha256", "who", "when", "version"):
        if getattr(guide, key) is not None:
            said[key] = getattr(guide, key)
    for key in guide.guided_keys:
        value = getattr(guide, key)
        if key in ("pixel_size", "void_depth") and value is not None:
            value = f"{value / UM:.12g} um"
        said[key] = list(value) if isinstance(value, tuple) else value
    if guide.strokes:
        said["strokes"] = [
            {"label": one.label, "width": one.width, "points": _lists(one.points)}
            for one in guide.strokes
        ]
        said["classifier"] = guide.classifier.model_dump()
    if guide.boundary:
        said["boundary"] = [{"points": _lists(one.points)} for one in guide.boundary]
    if guide.dropped:
        said["dropped"] = _lists(guide.dropped)
    if guide.snap:
        said["snap"] = guide.snap
    return said


def _lists(points: Sequence[Point]) -> list[list[float]]:
    return [list(point) for point in points]


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
