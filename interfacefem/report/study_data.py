# SPDX-License-Identifier: BSD-3-Clause
"""What the folder of a study holds, sorted for a report."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interfacefem.errors import InputError
from interfacefem.report.study_points import Point, chosen_points, ordered_levels
from interfacefem.report.study_units import is_tran2025
from interfacefem.study.axes import SAMPLE, StudyAxes, study_axes
from interfacefem.study.covariates import Covariates
from interfacefem.study.file import ReportSection, Study, StudyFile, read_study
from interfacefem.study.parameters import SAMPLING, column_of, known_parameters
from interfacefem.study.plan import RELEVANT
from interfacefem.study.store import Store, opened_store
from interfacefem.study.table import covariates_of, read_plan_record, tables_of

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
        axes: Factors, and which of them or of their covariates is along the axis and by colour.
        covariates: Known of a factor; None without any.
        parameters: Columns that vary on one image.
        uncertain: Columns whose values are drawn.
        identification: Columns that say what a row is of.
        beside: Prefix of links from the page to the study's files.
        budgets: What moves the excess of images besides the surface, as far as it was found.
    """

    folder: Path
    file: StudyFile
    results: tuple[Result, ...]
    cases: Mapping[str, Mapping[str, Any]]
    profiles: Mapping[str, Mapping[str, Any]]
    axes: StudyAxes
    covariates: Covariates | None
    parameters: tuple[str, ...]
    uncertain: tuple[str, ...]
    identification: tuple[str, ...]
    beside: str
    budgets: tuple[Mapping[str, Any], ...] = ()

    @property
    def factors(self) -> tuple[str, ...]:
        """Columns that conditions differ in; a covariate on the axis is one of them."""
        return self.axes.factors

    @property
    def same(self) -> Mapping[str, tuple[str, ...]]:
        """For a factor, those that say the same and were left out."""
        return self.axes.same

    @property
    def against(self) -> str | None:
        """Column along the axis of figures; None without factors."""
        return self.axes.against

    @property
    def by(self) -> str | None:
        """Factor told apart by colour; None where there is only one."""
        return self.axes.by

    @property
    def has_samples(self) -> bool:
        """Whether images are nested in samples, which are then the units of statistics."""
        return SAMPLE in self.identification

    def is_tran2025(self, row: Row) -> bool:
        """Whether a row is of a model of the paper's own recipe (Tran 2025, section 4)."""
        return is_tran2025(row, self.study.sampling.protocol)

    @functools.cached_property
    def placed(self) -> tuple[Result, ...]:
        """Results with a place along the axis: all, unless a covariate is not known of some."""
        name = self.axes.covariate
        if name is None:
            return self.results
        return tuple(result for result in self.results if result.row[name] is not None)

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
        return ordered_levels([result.row[column] for result in self.placed])


def read_study_data(folder: Path, beside: str = "", axes: ReportSection | None = None) -> StudyData:
    """Everything in the folder of a study, finished or not.

    Args:
        folder: Of the study.
        beside: Prefix of links from the page to the study's files.
        axes: In place of what the study file says.

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
    covariates = covariates_of(record)
    own = file.study.report
    wanted = own if axes is None else axes
    axes_file = folder / STUDY if axes is None else folder
    chosen = study_axes(tables.rows, identification[1:place], covariates, wanted, axes_file)
    uncertain = _uncertain(file.study)
    parameters = [name for name in identification[place + 1 :] if name not in uncertain]
    parameters = [name for name in parameters if _varies_on_one_image(results, name)]
    return StudyData(
        folder,
        file,
        results,
        cases,
        profiles,
        chosen,
        covariates,
        tuple(parameters),
        tuple(uncertain),
        tuple(identification),
        beside,
        tuple(
            found
            for one in record.get("budgets") or ()
            if (found := store.budget(one["key"])) is not None
        ),
    )


def _profiles(store: Store, key: str) -> Mapping[str, Any] | None:
    """What was taken of a source; its lines with their points while these are intact."""
    source = store.source(key)
    if source is None:
        return None
    lines = source["lines"]
    points = store.profiles(source) or [{} for _ in lines]
    return {**source, "lines": [{**line, **own} for line, own in zip(lines, points, strict=True)]}


def _study_file(folder: Path) -> StudyFile:
    if not (folder / STUDY).is_file():
        raise InputError("the study file is gone", file=folder, expected=f"a file {STUDY}")
    return read_study(folder / STUDY)


def _uncertain(study: Study) -> list[str]:
    if study.uncertain is None:
        return []
    return [column_of(name) for name in study.uncertain.parameters]


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
