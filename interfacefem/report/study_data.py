# SPDX-License-Identifier: BSD-3-Clause
"""What the folder of a study holds, sorted for a report."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interfacefem.errors import InputError
from interfacefem.report.study_points import Point, chosen_points, ordered_levels
from interfacefem.study.file import ReportSection, Study, StudyFile, read_study
from interfacefem.study.parameters import SAMPLING, column_of, known_parameters
from interfacefem.study.plan import RELEVANT
from interfacefem.study.store import Store, opened_store
from interfacefem.study.table import read_plan_record, tables_of

STUDY = "study.yaml"
MOST_CASES = 1500  # interfaces whose numbers are in the page
Value = Any
Row = Mapping[str, Value]


@dataclass(frozen=True, eq=False)
class Result:
    """A row of the table with what belongs to it.

    Attributes:
        row: Identification, roughness, metrics, status; by column.
        place: Of the image, and of how profiles are taken from it, among all.
        interfaces: Key of the image's profiles.
        line: Which of them.
        cases: Key of the case by physics.
    """

    row: Row
    place: int
    interfaces: str
    line: int
    cases: Mapping[str, str]

    @property
    def geometry(self) -> str:
        """Name of the interface in the page."""
        return f"{self.place}-{self.line}"


@dataclass(frozen=True, eq=False)
class StudyData:
    """A study as a report needs it.

    Attributes:
        folder: Of the study.
        file: The study file.
        results: In the order of the table.
        cases: Each result that is there, by key.
        profiles: What was taken of each source that was read, by key.
        factors: Columns of the factors, those that say the same as another left out.
        same: For a factor, those that were left out.
        against: Factor along the axis of figures; None without factors.
        by: Factor told apart by colour; None where there is only one.
        parameters: Columns that vary on one image.
        uncertain: Columns whose values are drawn.
        identification: Columns that say what a row is of.
        beside: Prefix of links from the page to the study's files.
    """

    folder: Path
    file: StudyFile
    results: tuple[Result, ...]
    cases: Mapping[str, Mapping[str, Any]]
    profiles: Mapping[str, Mapping[str, Any]]
    factors: tuple[str, ...]
    same: Mapping[str, tuple[str, ...]]
    against: str | None
    by: str | None
    parameters: tuple[str, ...]
    uncertain: tuple[str, ...]
    identification: tuple[str, ...]
    beside: str

    def case_link(self, result: Result) -> str:
        """Where the case of a result is in the page; beyond its size nowhere."""
        return f"#case-{result.geometry}" if result.geometry in self.geometries_in_page else "#none"

    @functools.cached_property
    def geometries_in_page(self) -> frozenset[str]:
        """Names of the interfaces whose numbers are in the page."""
        names = dict.fromkeys(result.geometry for result in self.results)
        return frozenset(itertools.islice(names, MOST_CASES))

    @functools.cached_property
    def every_point(self) -> list[Point]:
        """Values of the varying parameters, each combination once."""
        found = {tuple(result.row[name] for name in self.parameters): None
                 for result in self.results}  # fmt: skip
        return [dict(zip(self.parameters, values, strict=True)) for values in found]

    @functools.cached_property
    def points(self) -> list[Point]:
        """Those of the parameter points that have figures and tables of their own."""
        return chosen_points(self.every_point)

    @property
    def study(self) -> Study:
        """What the study file says."""
        return self.file.study

    def parameters_of(self, physics: str | None) -> tuple[str, ...]:
        """Those of the varying parameters that decide a physics, or (None) the profile."""
        return tuple(name for name in self.parameters if _decides(name, physics))

    def uncertain_of(self, physics: str | None) -> tuple[str, ...]:
        """Those of the drawn parameters that decide the numbers of a physics."""
        return tuple(name for name in self.uncertain if _decides(name, physics))

    def levels(self, column: str | None) -> list[Value]:
        """Values of a column, numbers in order, texts as they come; one None without a column."""
        if column is None:
            return [None]
        return ordered_levels([result.row[column] for result in self.results])


def read_study_data(folder: Path, beside: str = "") -> StudyData:
    """Everything in the folder of a study, finished or not.

    Args:
        folder: Of the study.
        beside: Prefix of links from the page to the study's files.

    Raises:
        InputError: It is no folder of a study, or holds nothing to report.
    """
    record = read_plan_record(folder)
    file = _study_file(folder)
    store = opened_store(folder)
    tables = tables_of(record, folder)
    # files of equal content share their profiles, but each has its own place
    places: dict[tuple[Value, str], int] = {}
    results = tuple(
        Result(
            row,
            places.setdefault((row["image"], entry["interfaces"]), len(places) + 1),
            entry["interfaces"],
            entry["line"],
            entry["cases"],
        )
        for row, entry in zip(tables.rows, tables.planned, strict=True)
    )
    cases = {}
    for physics, key in record["cases"]:
        found = store.case(physics, key)
        if found is not None:
            made_with = store.provenance(found) or {}
            cases[key] = {**found, "physics": physics, "provenance": made_with}
    if not cases:
        raise InputError("holds no result yet; run the study first", file=folder)
    keys = dict.fromkeys(result.interfaces for result in results)
    profiles = {key: taken for key in keys if (taken := _profiles(store, key)) is not None}
    identification = list(record["rows"][0]["identification"])
    place = identification.index("line")
    factors, same = _distinct_factors(results, identification[1:place])
    uncertain = _uncertain(file.study)
    parameters = [name for name in identification[place + 1 :] if name not in uncertain]
    parameters = [name for name in parameters if _varies_on_one_image(results, name)]
    against, by = _axes(results, factors, same, file.study.report, folder / STUDY)
    return StudyData(
        folder,
        file,
        results,
        cases,
        profiles,
        tuple(factors),
        same,
        against,
        by,
        tuple(parameters),
        tuple(uncertain),
        tuple(identification),
        beside,
    )


def _profiles(store: Store, key: str) -> Mapping[str, Any] | None:
    """What was taken of a source; its lines with their points while these are intact."""
    source = store.source(key)
    if source is None:
        return None
    lines = source["lines"]
    points = store.profiles(source) or [{} for _ in lines]
    return {**source, "lines": [{**line, **own} for line, own in zip(lines, points, strict=True)]}


def number(value: Value) -> float | None:
    """A number of the table, None where there is none."""
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return None


def _study_file(folder: Path) -> StudyFile:
    if not (folder / STUDY).is_file():
        raise InputError("the study file is gone", file=folder, expected=f"a file {STUDY}")
    return read_study(folder / STUDY)


def _uncertain(study: Study) -> list[str]:
    if study.uncertain is None:
        return []
    return [column_of(name) for name in study.uncertain.parameters]


def _distinct_factors(
    results: Sequence[Result], factors: Sequence[str]
) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """Of factors that say the same, as a powder and its milling time, the number stays."""
    same: dict[str, tuple[str, ...]] = {}
    for name in sorted(factors, key=lambda name: not _is_numeric(results, name)):
        for kept in same:
            pairs = {(result.row[kept], result.row[name]) for result in results}
            if len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}):
                same[kept] = (*same[kept], name)
                break
        else:
            same[name] = ()
    kept_factors = [name for name in factors if name in same]
    return kept_factors, same


def _is_numeric(results: Sequence[Result], name: str) -> bool:
    return all(number(result.row[name]) is not None for result in results)


def _varies_on_one_image(results: Sequence[Result], name: str) -> bool:
    seen: dict[str, Value] = {}
    return any(
        seen.setdefault(result.row["image"], result.row[name]) != result.row[name]
        for result in results
    )


def _decides(column: str, physics: str | None) -> bool:
    names = {column_of(name): name for name in known_parameters()}
    section, _, key = names[column].partition(".")
    if section == SAMPLING:
        return True
    for own, sections in RELEVANT.items():
        if own == physics and section in sections:
            keys = sections[section]
            return keys is None or key in keys
    return False


def _axes(
    results: Sequence[Result],
    factors: Sequence[str],
    same: Mapping[str, Sequence[str]],
    wanted: ReportSection,
    file: Path,
) -> tuple[str | None, str | None]:
    varying = [
        name for name in factors if len({result.row[name] for result in results}) > 1
    ] or list(factors)

    def asked(name: str | None, key: str) -> str | None:
        if name is None:
            return None
        for kept in factors:
            if name == kept or name in same[kept]:
                return kept
        raise InputError(
            "no such factor", file=file, field=f"report.{key}", found=f'"{name}"',
            expected=" or ".join(itertools.chain(factors, *same.values())) or "none",
        )  # fmt: skip

    against, by = asked(wanted.against, "against"), asked(wanted.by, "by")
    numeric = [name for name in varying if _is_numeric(results, name) and name != by]
    if against is None:
        pressures = [name for name in numeric if name.startswith("pressure")]
        others = [name for name in varying if name != by]
        against = next(iter([*pressures, *numeric, *others]), None)
    if by is None:
        by = next((name for name in varying if name != against), None)
    return against, by
