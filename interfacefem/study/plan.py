# SPDX-License-Identifier: BSD-3-Clause
"""The plan of a study: what is to be solved, grouped by geometry, and the rows of its table."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from interfacefem.errors import CaseError
from interfacefem.files import hash_of_file
from interfacefem.images.guide import find_guide
from interfacefem.parameters.sampling import TRAN2025, MapReading, Sampling
from interfacefem.study.axes import SAMPLE
from interfacefem.study.columns import is_taken
from interfacefem.study.covariates import Covariates, read_covariates
from interfacefem.study.file import (
    Factor,
    Physics,
    StudyCell,
    StudyFile,
)
from interfacefem.study.parameters import column_of
from interfacefem.study.records import canonical, without_collector
from interfacefem.study.sources import Source, sources_of
from interfacefem.study.store import hash_of, hash_of_text, plain
from interfacefem.study.variations import Point, Variations

# keys of a cell that decide the numbers of a physics
RELEVANT: dict[Physics, dict[str, tuple[str, ...] | None]] = {
    "current": {
        "domain": None,
        "electrolyte": ("conductivity",),
        "kinetics": None,
        "load": ("current_density", "critical_current_density"),
        "tolerance": None,
    },
    "stress": {
        "electrolyte": ("youngs_modulus", "poisson_ratio", "hardness"),
        "load": ("pressure",),
        "block": None,
        "stress": None,
    },
    "interface": {
        "domain": ("height",),
        "electrolyte": ("conductivity", "youngs_modulus", "poisson_ratio", "hardness"),
        "kinetics": None,
        "load": ("current_density", "pressure", "critical_current_density"),
        "block": None,
        "stress": ("boundary", "body", "nodes", "layers"),
    },
    "transport": {
        "load": ("current_density", "critical_current_density"),
        "transport": None,
    },
}

FROM_IMAGES = ("image", "synthetic")

Value = Factor | int | None


@dataclass(frozen=True, eq=False)
class Interfaces:
    """A source and how profiles are taken from it.

    Attributes:
        key: Hash of what it answers.
        answers: Content of the source, and how profiles are taken, in SI.
        source: Where they come from.
        sampling: How profiles are taken from an image.
        written_sampling: The same as a case file would say it.
        map: How a height map is read.
    """

    key: str
    answers: Mapping[str, Any]
    source: Source
    sampling: Sampling
    written_sampling: Mapping[str, Any]
    map: MapReading = field(default_factory=MapReading)

    @property
    def lines(self) -> int:
        """Largest number of sections there can be; a height map or a volume counts as one.

        Whether an image is traced by a contour, and which sampling lines coincide, is known once it
        is: what is planned and not there is absent.
        """
        if self.source.kind not in FROM_IMAGES or self._is_contour:
            return 1
        places = self.sampling.positions
        return self.sampling.lines if places is None else len(places)

    @property
    def _is_contour(self) -> bool:
        method = self.sampling.method
        given = method == "auto" and self.sampling.phases is not None
        return self.sampling.protocol != TRAN2025 and (method == "contour" or given)


@dataclass(frozen=True, eq=False)
class Case:
    """One physics of one geometry at one set of parameters.

    Attributes:
        key: Hash of what it answers.
        answers: Everything that decides its numbers but the code, in SI.
        physics: What is solved.
        cell: In SI.
        written_cell: The same as a case file would say it.
    """

    key: str
    answers: Mapping[str, Any]
    physics: Physics
    cell: StudyCell
    written_cell: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Group:
    """The cases of one geometry, which share mesh and matrices.

    Attributes:
        interfaces: Where the profile comes from.
        line: Which of its profiles, from 1.
        cases: Each only once, also where several rows of the table show it.
    """

    interfaces: Interfaces
    line: int
    cases: tuple[Case, ...]


@dataclass(frozen=True, eq=False)
class PlannedBudget:
    """An image of which it is found out what moves its excess besides the surface.

    Attributes:
        key: Hash of what it answers.
        answers: Everything that decides it but the code.
        interfaces: The image and how it is traced.
        cell: In SI.
    """

    key: str
    answers: Mapping[str, Any]
    interfaces: Interfaces
    cell: StudyCell


@dataclass(frozen=True, eq=False)
class Row:
    """A row of the table.

    Attributes:
        identification: Image, factors, line and parameters by column.
        interfaces: Key of the interfaces.
        line: Which profile.
        cases: Key of the case by physics.
    """

    identification: Mapping[str, Value]
    interfaces: str
    line: int
    cases: Mapping[Physics, str]


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything a study will do.

    Attributes:
        name: Of the study.
        physics: What is solved.
        interfaces: Sources with their sampling.
        groups: By geometry.
        rows: Of the table, in its order.
        covariates: Joined to the rows after solving; None without them.
        budgets: Images of which it is found out what moves their excess.
    """

    name: str
    physics: tuple[Physics, ...]
    interfaces: tuple[Interfaces, ...]
    groups: tuple[Group, ...]
    rows: tuple[Row, ...]
    covariates: Covariates | None = None
    budgets: tuple[PlannedBudget, ...] = ()

    @property
    def cases(self) -> list[tuple[Group, Case]]:
        """Every case with its group."""
        return [(group, case) for group in self.groups for case in group.cases]


@without_collector()
def build_plan(file: StudyFile) -> Plan:
    """Plan a study; checks all of it before anything runs.

    Raises:
        CaseError: The study says something that cannot be done.
    """
    sources = sources_of(file)
    factors = list(sources[0].factors)
    variations = Variations(file, factors)
    _refuse_clashes(file, factors, variations.names)
    covariates = read_covariates(
        file, [source.factors for source in sources], [column_of(name) for name in variations.names]
    )
    physics = file.study.physics
    interfaces: dict[str, Interfaces] = {}
    groups: dict[tuple[str, int], dict[str, Case]] = {}
    budgets: dict[str, PlannedBudget] = {}
    chosen: Counter[tuple[Factor, ...]] = Counter()
    rows = []
    written = _Written({})
    for source in sources:
        points = variations.points(source)
        taken = _taken(source, points, written)
        if source.kind in FROM_IMAGES and "current" in physics:
            condition = tuple(value for name, value in source.factors.items() if name != SAMPLE)
            chosen[condition] += 1
            if chosen[condition] <= file.study.budget:
                budget = _budget(taken[0], points[0])
                budgets[budget.key] = budget
        for line in range(1, max(entry.lines for entry in taken) + 1):
            for point, entry in zip(points, taken, strict=True):
                if line > entry.lines:
                    continue
                entry = interfaces.setdefault(entry.key, entry)
                cases = [_case(entry.key, line, name, point, written) for name in physics]
                group = groups.setdefault((entry.key, line), {})
                group.update({case.key: case for case in cases if case.key not in group})
                identification = {
                    "image": source.name,
                    **source.factors,
                    "line": line,
                    **{column_of(name): value for name, value in point.values.items()},
                }
                keys = {case.physics: case.key for case in cases}
                rows.append(Row(identification, entry.key, line, keys))
    return Plan(
        file.study.name,
        physics,
        tuple(interfaces.values()),
        tuple(
            Group(interfaces[key], line, tuple(cases.values()))
            for (key, line), cases in groups.items()
        ),
        tuple(rows),
        covariates,
        tuple(budgets.values()),
    )


def _refuse_clashes(file: StudyFile, factors: Sequence[str], parameters: Sequence[str]) -> None:
    columns = [column_of(name) for name in parameters]
    for name in factors:
        if is_taken(name) or name in columns:
            raise CaseError(
                "a factor has the name of another column of the table",
                file=file.path,
                field=name,
                expected="another name",
            )


@dataclass(frozen=True, eq=False)
class _Written:
    """What points say, and the same as text; sources share their points, so that it is done once.

    Attributes:
        known: By point and by what is asked of it; the point is kept, or another got its id.
    """

    known: dict[tuple[int, str], tuple[Point, Any, str]]

    def of(self, point: Point, what: str, make: Callable[[], Any]) -> tuple[Any, str]:
        """Content for JSON, and its text."""
        place = (id(point), what)
        if place not in self.known:
            content = plain(make())
            self.known[place] = (point, content, canonical(content))
        _, content, text = self.known[place]
        return content, text


def _taken(source: Source, points: Sequence[Point], written: _Written) -> list[Interfaces]:
    """The interfaces at each point; points at which they are taken alike share them."""
    distinct: dict[str, Interfaces] = {}
    taken = []
    for point in points:
        how, text = written.of(point, source.kind, functools.partial(_reading, source.kind, point))
        if text not in distinct:
            sampling = {**how, **_guide(source, point.sampling)}
            answers = plain({"content": source.content, "sampling": sampling})
            distinct[text] = Interfaces(
                hash_of(answers),
                answers,
                source,
                point.sampling,
                point.written_sampling,
                point.cell.map,
            )
        taken.append(distinct[text])
    return taken


def _reading(kind: str, point: Point) -> Mapping[str, Any]:
    """What decides how a source is read; volumes are taken as they are."""
    if kind in FROM_IMAGES:
        return point.sampling.model_dump(exclude={"line"})
    # profiles and maps too, but read over a length
    length = {"reference_length": point.sampling.reference_length}
    if kind == "height_map":
        return {**point.cell.map.model_dump(), **length}
    return length if kind == "profile" else {}


def _guide(source: Source, sampling: Sampling) -> Mapping[str, str]:
    """Another guide, another line; where there is none, older keys stay as they were."""
    if source.kind not in FROM_IMAGES or source.path is None:
        return {}
    guide = find_guide(source.path, sampling)
    return {"guide_sha256": hash_of_file(guide)} if guide and guide.is_file() else {}


def _budget(interfaces: Interfaces, point: Point) -> PlannedBudget:
    values = relevant_values("current", point.cell)
    answers = plain({"interfaces": interfaces.key, "budget": values})
    return PlannedBudget(hash_of(answers), answers, interfaces, point.cell)


def _case(interfaces: str, line: int, physics: Physics, point: Point, written: _Written) -> Case:
    cell, text = written.of(point, physics, functools.partial(relevant_values, physics, point.cell))
    rest = {"interfaces": interfaces, "line": line, "physics": physics}
    # the canonical text of all four, of which the cell's is the first
    key = hash_of_text(f'{{"cell": {text}, {canonical(rest)[1:]}')
    return Case(key, {"cell": cell, **rest}, physics, point.cell, point.written_cell)


def relevant_values(physics: Physics, cell: StudyCell) -> dict[str, Any]:
    """Values in SI of the keys of a cell that decide the numbers of a physics."""
    content = cell.model_dump()
    content["kinetics"] = _kinetics(cell)
    values: dict[str, Any] = {}
    for section, keys in RELEVANT[physics].items():
        entry = content[section]
        values[section] = entry if keys is None else {key: entry[key] for key in keys}
    return values


def _kinetics(cell: StudyCell) -> dict[str, Any]:
    """A table counts by its content, wherever its file lies."""
    values = cell.kinetics.model_dump()
    del values["file"]
    points = cell.kinetics.points
    return values if points is None else {**values, "table_sha256": points.sha256}
