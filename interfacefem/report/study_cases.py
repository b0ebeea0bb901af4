# SPDX-License-Identifier: BSD-3-Clause
"""The case behind each point: profile, inputs, every number, and how to solve it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from interfacefem.report.column_text import label_of, name_of, unit_of
from interfacefem.report.study_data import Result, StudyData
from interfacefem.report.study_images import profile_drawing
from interfacefem.report.study_points import point_text
from interfacefem.study.columns import ENDING

_DIGITS = 5
_MOST_COLUMNS = 48


@dataclass(frozen=True, eq=False)
class CaseEntry:
    """One interface with all its parameter points, as the template shows it.

    Attributes:
        geometry: Identifier in the page.
        title: Image and line.
        facts: Factors and fixed parameters, as text.
        drawing: The profile; empty where there is none.
        width_um: Of the profile.
        columns: Header of the numbers, one for each parameter point.
        rows: Name of a number that differs between the points, then its values.
        shared: Name of a number that is the same at all of them, and its value.
        notes: Of all its cases.
        reasons: Why a case has no numbers.
        keys: Physics and point of each result, and its key in the study's folder.
        left_out: Number of its parameter points that are in the study's table only.
    """

    geometry: str
    title: str
    facts: Sequence[tuple[str, str]]
    drawing: str
    width_um: float | None
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    shared: Sequence[tuple[str, str]]
    notes: Sequence[str]
    reasons: Sequence[str]
    keys: Sequence[tuple[str, str]]
    left_out: int


def case_entries(data: StudyData) -> tuple[list[CaseEntry], int]:
    """One entry for each interface of the page, and how many are left out."""
    groups: dict[str, list[Result]] = {}
    for result in data.results:
        groups.setdefault(result.geometry, []).append(result)
    shown = [
        _entry(data, geometry, results)
        for geometry, results in groups.items()
        if geometry in data.geometries_in_page
    ]
    return shown, len(groups) - len(shown)


def _entry(data: StudyData, geometry: str, results: Sequence[Result]) -> CaseEntry:
    every, results = results, _in_page(data, results)
    first = results[0]
    identification = _identification(data, first.row)
    varying = [*data.parameters, *data.uncertain]
    metrics = [name for name in first.row if name not in identification and name not in ENDING]
    line = _line(data, first)
    found = [
        (physics, data.cases[key])
        for result in every
        for physics, key in result.cases.items()
        if key in data.cases
    ]
    keys: dict[str, str] = {}
    for result in results:
        for physics, key in result.cases.items():
            point = point_text({name: result.row[name] for name in varying})
            keys.setdefault(key, f"{physics}, {point}" if point else physics)
    numbers = [
        (label_of(name), [text_of(result.row[name]) for result in results]) for name in metrics
    ]
    return CaseEntry(
        geometry=geometry,
        title=f"{first.row['image']}, line {first.row['line']}",
        facts=[
            (label_of(name), text_of(first.row[name]))
            for name in identification
            if name not in varying and name not in ("image", "line")
        ],
        drawing="" if line is None else profile_drawing(line["x_m"], line["z_m"]),
        width_um=None if line is None else line["roughness"]["width_um"],
        columns=[
            point_text({name: result.row[name] for name in varying}) or "value"
            for result in results
        ],
        rows=[(name, texts) for name, texts in numbers if len(set(texts)) > 1],
        shared=[(name, texts[0]) for name, texts in numbers if len(set(texts)) == 1],
        notes=list(dict.fromkeys(note for _, case in found for note in case["notes"])),
        reasons=list(dict.fromkeys(case["reason"] for _, case in found if case["reason"])),
        keys=[(text, key) for key, text in keys.items()],
        left_out=len(every) - len(results),
    )


def _in_page(data: StudyData, results: Sequence[Result]) -> Sequence[Result]:
    """Of a line's rows those at the page's parameter points."""
    points = [tuple(point.values()) for point in data.points]
    own = [
        result
        for result in results
        if tuple(result.row[name] for name in data.parameters) in points
    ]
    return (own or results)[:_MOST_COLUMNS]


def _line(data: StudyData, result: Result) -> Mapping[str, Any] | None:
    content = data.profiles.get(result.interfaces)
    if content is None or result.line > len(content["lines"]):
        return None
    line: Mapping[str, Any] = content["lines"][result.line - 1]
    # height maps and volumes have no profile to draw
    return line if "x_m" in line else None


def _identification(data: StudyData, row: Mapping[str, Any]) -> list[str]:
    """Columns that say what a row is of, not what was found."""
    told = {"image", "line", *data.identification}
    return [name for name in row if name in told]


def text_of(value: Any) -> str:
    """A number with five figures, a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.{_DIGITS}g}"
    return str(value)


def column_header(name: str) -> str:
    """Header of a column of the table, short."""
    unit = unit_of(name)
    return name_of(name) + (f" ({unit})" if unit else "")
