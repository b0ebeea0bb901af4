# SPDX-License-Identifier: BSD-3-Clause
"""Micrographs of a study with the profiles that were taken, light enough for a page."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from shapely import LineString

from interfacefem.errors import InterfaceFemError
from interfacefem.images import Micrograph, read_micrograph
from interfacefem.report.study_data import Result, StudyData
from interfacefem.report.style import length_text, line_colour, round_length
from interfacefem.study.interfaces import is_plain_name
from interfacefem.study.store import hash_of, store_of

_WIDTH = 640  # pixels of the picture in the page, at most
_PICTURES = 50  # from this number on they become smaller, so that the page does not grow with them
_QUALITY = 60
_BAR_SHARE = 0.22
_DRAWN = 1500  # units of a small drawing's width


@dataclass(frozen=True)
class Overlay:
    """A micrograph with its profiles.

    Attributes:
        name: Of the image.
        svg: The drawing, empty where the image cannot be read.
        problem: Why there is none.
        synthetic: Whether this program drew it.
    """

    name: str
    svg: str
    problem: str | None = None
    synthetic: bool = False


def overlay(data: StudyData, result: Result, pictures: int = 1) -> Overlay | None:
    """The image of a result with all its profiles; None where the profile is no image's.

    Args:
        data: The study.
        result: Any of the image.
        pictures: Number of those in the page.
    """
    name = str(result.row["image"])
    content = data.profiles.get(result.interfaces)
    if content is None or not content["lines"] or "pixel_rows" not in content["lines"][0]:
        return None
    path = _path_of(data, result)
    if path is None:
        return Overlay(name, "", "its file is gone or has changed")
    try:
        micrograph = read_micrograph(
            path, pixel_size=float(content["image"].get("pixel_size_nm") or 1) * 1e-9
        )
    except InterfaceFemError as error:
        return Overlay(name, "", str(error))
    width = round(_WIDTH * min(1.0, (_PICTURES / pictures) ** 0.5))
    svg = _svg(data, micrograph, content, result, width)
    return Overlay(name, svg, synthetic=micrograph.is_synthetic)


def _path_of(data: StudyData, result: Result) -> Path | None:
    """The image that a result says it comes from, if it is still that one."""
    case = next((data.cases[key] for key in result.cases.values() if key in data.cases), None)
    if case is None:
        return None
    source = case["inputs"]["source"]
    store = store_of(data.folder)
    if source["path"] is not None:
        path, sha256 = Path(source["path"]), str(source["content"].get("sha256"))
        return path if store.is_intact(path, sha256) else None
    if not is_plain_name(source["name"]):
        return None
    answers = {"name": source["name"], "synthetic": source["content"].get("synthetic")}
    record = store.image(hash_of(answers))
    path = store.images / source["name"]
    return path if record is not None and store.is_intact(path, record["sha256"]) else None


def _svg(
    data: StudyData,
    micrograph: Micrograph,
    content: Mapping[str, Any],
    result: Result,
    width: int,
) -> str:
    rows, columns = micrograph.gray.shape
    row0, _, column0, _ = micrograph.crop
    parts = [f'<image width="{columns}" height="{rows}" href="{_picture(micrograph, width)}"/>']
    for index, line in enumerate(content["lines"]):
        points = np.column_stack(
            [np.array(line["pixel_columns"]) - column0, np.array(line["pixel_rows"]) - row0]
        )
        simple = np.array(LineString(points).simplify(0.5 * columns / _WIDTH).coords)
        path = " ".join(f"{x:.0f},{y:.0f}" for x, y in simple)
        number = index + 1
        x, y = simple[len(simple) // 2]
        size = columns / 45
        y = max(y, 2.8 * size)  # the number above it is not cut off by the image's edge
        parts.append(
            f'<a href="{escape(_link(data, result, number))}"><title>line {number}</title>'
            f'<polyline points="{path}" class="halo"/>'
            f'<polyline points="{path}" stroke="{line_colour(index)}"/>'
            f'<circle cx="{x:.0f}" cy="{y - 1.8 * size:.0f}" r="{size:.0f}" '
            f'fill="{line_colour(index)}"/>'
            f'<text x="{x:.0f}" y="{y - 1.4 * size:.0f}" font-size="{1.3 * size:.0f}">{number}'
            "</text></a>"
        )
    parts.append(_scale_bar(micrograph))
    described = escape(f"micrograph {result.row['image']} with {len(content['lines'])} profiles")
    return (
        f'<svg role="img" aria-label="{described}" class="micrograph" '
        f'viewBox="0 0 {columns} {rows}">{"".join(parts)}</svg>'
    )


def _link(data: StudyData, result: Result, line: int) -> str:
    own = (other for other in data.results if other.place == result.place and other.line == line)
    found = next(own, None)
    return "#none" if found is None else data.case_link(found)


def _picture(micrograph: Micrograph, width: int) -> str:
    grey = Image.fromarray((255 * micrograph.gray).astype(np.uint8))
    grey.thumbnail((width, 4 * width), Image.Resampling.BOX)
    stream = io.BytesIO()
    grey.save(stream, format="JPEG", quality=_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode()


def _scale_bar(micrograph: Micrograph) -> str:
    rows, columns = micrograph.gray.shape
    length = round_length(_BAR_SHARE * micrograph.width)
    bar = length / micrograph.pixel_size
    gap, size = columns / 50, columns / 32
    x, y = columns - bar - 2 * gap, rows - gap
    return (
        f'<rect class="box" x="{x - gap:.0f}" y="{y - 2.1 * size:.0f}" '
        f'width="{bar + 2 * gap:.0f}" height="{2.1 * size:.0f}"/>'
        f'<rect class="bar" x="{x:.0f}" y="{y - 0.55 * size:.0f}" width="{bar:.0f}" '
        f'height="{0.25 * size:.0f}"/>'
        f'<text x="{x + bar / 2:.0f}" y="{y - 0.85 * size:.0f}" font-size="{size:.0f}">'
        f"{length_text(length)}</text>"
    )


def profile_drawing(x: list[float], z: list[float]) -> str:
    """A profile as a small drawing, electrolyte above it."""
    points = np.column_stack([np.array(x), -np.array(z)])
    scale = _DRAWN / float(np.ptp(points[:, 0]))
    simple = np.array(LineString(points * scale).simplify(1.0).coords)
    drawn = np.rint(simple - simple.min(axis=0)).astype(int)
    height = max(int(np.ptp(drawn[:, 1])), 0.12 * _DRAWN)
    top = (np.ptp(drawn[:, 1]) - 1.2 * height) / 2
    steps = "".join(f"l{dx} {dy}" for dx, dy in np.diff(drawn, axis=0))
    # the outline goes around outside of what is shown, so that the profile alone is seen of it
    return (
        '<svg role="img" aria-label="profile, electrolyte above" class="profile" '
        f'viewBox="0 {top:.0f} {_DRAWN} {1.2 * height:.0f}">'
        f'<path d="M-9 {top - 9:.0f}V{drawn[0, 1]}H0{steps}H{_DRAWN + 9}V{top - 9:.0f}"/></svg>'
    )
