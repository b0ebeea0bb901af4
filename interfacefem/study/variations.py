# SPDX-License-Identifier: BSD-3-Clause
"""Parameter points of a study: grids, zips and tables multiplied, each point checked."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pydantic

from interfacefem.errors import CaseError, InputError
from interfacefem.parameters.door import Door
from interfacefem.parameters.messages import describe_problem, key_path
from interfacefem.parameters.sampling import Sampling
from interfacefem.study.file import StudyCell, StudyFile
from interfacefem.study.parameters import SAMPLING, column_value, require_known, with_parameters
from interfacefem.study.sources import Source
from interfacefem.study.uncertain import drawn_values
from interfacefem.tables import read_table

Written = Mapping[str, Any]

MOST_COMBINATIONS = 100_000  # of one source; planning them takes seconds


@dataclass(frozen=True, eq=False)
class Point:
    """One set of parameter values.

    Attributes:
        cell: In SI.
        written_cell: The same as a case file would say it.
        sampling: How profiles are taken.
        written_sampling: The same as a case file would say it.
        values: Of the parameters that vary, in the unit of their column, by parameter.
    """

    cell: StudyCell
    written_cell: Mapping[str, Any]
    sampling: Sampling
    written_sampling: Mapping[str, Any]
    values: Mapping[str, float | str | None]


@dataclass(frozen=True)
class _Options:
    """What one entry of ``parameters`` offers.

    Attributes:
        rows: One set of written values for each option.
        place: Of the entry in the file.
        factors: Names among its columns that are factors, by which rows are chosen.
    """

    rows: list[dict[str, Any]]
    place: tuple[str | int, ...]
    factors: list[str] = field(default_factory=list)


class Variations:
    """Everything that varies in a study.

    Raises:
        CaseError: A parameter is unknown or named twice, or a table cannot be read.
    """

    def __init__(self, file: StudyFile, factors: list[str]) -> None:
        self._file = file
        self._entries = [
            self._options_of(index, factors) for index in range(len(file.study.parameters))
        ]
        if file.study.uncertain is not None:
            self._entries.append(self._uncertain())
        self.names = self._distinct_names()
        self._point = functools.cache(self._checked_point)

    def points(self, source: Source) -> list[Point]:
        """Every combination for one source.

        Raises:
            CaseError: A table has no row for its factors, or a value is out of range.
        """
        choices = [self._chosen(entry, source) for entry in self._entries]
        self._refuse_too_many(math.prod(map(len, choices)), ("parameters",))
        points = [
            self._point(tuple(itertools.chain.from_iterable(row.items() for row in combination)))
            for combination in itertools.product(*choices)
        ]
        self._refuse_equal_points(points)
        return points

    def _refuse_too_many(self, count: int, place: tuple[str | int, ...]) -> None:
        if count > MOST_COMBINATIONS:
            raise self._file.error(
                "too many combinations",
                *place,
                found=count,
                expected=f"{MOST_COMBINATIONS} or fewer",
            )

    def _refuse_equal_points(self, points: list[Point]) -> None:
        if self._file.study.uncertain is not None:
            return  # draws may agree by chance
        seen: set[tuple[tuple[str, float | str | None], ...]] = set()
        for point in points:
            values = tuple(point.values.items())
            if values in seen:
                said = ", ".join(f"{name} {value}" for name, value in values)
                raise self._file.error("the same values are given twice", "parameters", found=said)
            seen.add(values)

    def _options_of(self, index: int, factors: list[str]) -> _Options:
        entry = self._file.study.parameters[index]
        place: tuple[str | int, ...] = ("parameters", index)
        chosen_by: list[str] = []
        if entry.grid is not None:
            place = (*place, "grid")
            self._refuse_too_many(math.prod(map(len, entry.grid.values())), place)
            rows = [
                dict(zip(entry.grid, values, strict=True))
                for values in itertools.product(*entry.grid.values())
            ]
        elif entry.zip is not None:
            place = (*place, "zip")
            rows = [
                dict(zip(entry.zip, values, strict=True))
                for values in zip(*entry.zip.values(), strict=True)
            ]
        else:
            place = (*place, "table")
            rows = self._table_rows(entry.table)
            chosen_by = [name for name in rows[0] if name in factors]
        for name in rows[0]:
            if name in chosen_by:
                continue
            try:
                require_known(name)
            except InputError as error:
                raise self._file.wrap(error, *place) from None
        return _Options(rows, place, chosen_by)

    def _uncertain(self) -> _Options:
        uncertain = self._file.study.uncertain
        assert uncertain is not None
        for name in uncertain.parameters:
            try:
                require_known(name)
            except InputError as error:
                raise self._file.wrap(error, "uncertain", "parameters", name) from None
        rows = drawn_values(uncertain.parameters, uncertain.draws, self._file.study.seed)
        return _Options(rows, ("uncertain", "parameters"))

    def _table_rows(self, table: Any) -> list[dict[str, Any]]:
        if hasattr(table, "columns"):
            return [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        rows: list[dict[str, Any]] = read_table(self._file.path.parent / table)
        return rows

    def _distinct_names(self) -> list[str]:
        names: list[str] = []
        for entry in self._entries:
            for name in entry.rows[0]:
                if name in entry.factors:
                    continue
                if name in names:
                    raise self._file.error("the parameter varies twice", *entry.place, found=name)
                names.append(name)
        return names

    def _chosen(self, entry: _Options, source: Source) -> list[dict[str, Any]]:
        wanted = {name: _comparable(source.factors[name]) for name in entry.factors}
        rows = [
            {name: value for name, value in row.items() if name not in entry.factors}
            for row in entry.rows
            if all(_comparable(row[name]) == value for name, value in wanted.items())
        ]
        if not rows:
            where = ", ".join(f"{name} {source.factors[name]}" for name in entry.factors)
            raise self._file.error(
                "the table has no row for these factors",
                *entry.place,
                found=f"{where} of {source.name}",
            )
        return rows

    def _checked_point(self, written: tuple[tuple[str, Any], ...]) -> Point:
        values = dict(written)
        prefix = f"{SAMPLING}."
        own = {name: value for name, value in values.items() if not name.startswith(prefix)}
        taken = {
            name.removeprefix(prefix): value
            for name, value in values.items()
            if name.startswith(prefix)
        }
        written_cell = with_parameters(self._file.cell, own)
        written_sampling = {**self._file.sampling, **taken}
        cell = self._validated(StudyCell, written_cell, "", values)
        cell = cell.with_files_read(self._file.path.parent)
        if cell.kinetics.file is not None:
            # the record of a case stands in another folder
            section = {**written_cell["kinetics"], "file": str(cell.kinetics.file.absolute())}
            written_cell["kinetics"] = section
        sampling = self._validated(Sampling, written_sampling, prefix, values)
        if self._file.study.volumes:
            self._refuse_insulators(cell, values)
        columns = {
            name: column_value(name, sampling if name.startswith(prefix) else cell, value)
            for name, value in values.items()
        }
        return Point(cell, written_cell, sampling, written_sampling, columns)

    def _refuse_insulators(self, cell: StudyCell, values: Written) -> None:
        try:
            cell.transport.conductivities()
        except InputError as error:
            raise self._place_of(values, "transport", str(error)) from None
        if cell.transport.sides != "insulated":
            raise self._place_of(
                values,
                "transport.sides",
                "a study solves between plates with insulated sides",
                found=cell.transport.sides,
                expected="insulated; volume transport gives the tensor of one volume",
            )

    def _validated(
        self, model: Callable[..., Any], written: Written, prefix: str, values: Written
    ) -> Any:
        try:
            return model.model_validate(written, context=Door.FILE)  # type: ignore[attr-defined]
        except pydantic.ValidationError as error:
            problem = error.errors()[0]
            name = prefix + ".".join(key_path(problem))
            message, found, expected = describe_problem(problem, model)  # type: ignore[arg-type]
            raise self._place_of(values, name, message, found=found, expected=expected) from None

    def _place_of(self, values: Written, name: str, message: str, **parts: Any) -> CaseError:
        """The entry that varies a parameter, or the section that holds it."""
        name = name.rstrip(".")
        for entry in self._entries:
            if any(key == name or key.startswith(f"{name}.") for key in entry.rows[0]):
                return self._file.error(f"{name}: {message}", *entry.place, **parts)
        section = name.partition(".")[0]
        place = name.split(".") if section == SAMPLING else ["cell", *name.split(".")]
        return self._file.error(message, *place, **parts)


def _comparable(value: object) -> object:
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value.strip()
    return float(value) if isinstance(value, int) else value
