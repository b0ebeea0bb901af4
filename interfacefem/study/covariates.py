# SPDX-License-Identifier: BSD-3-Clause
"""What is known of the process behind a factor: milling energy, sizes, porosity of each powder.

Covariates are joined to the table after solving. They are no part of a case's key, so that nothing
is solved again because of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interfacefem.errors import CaseError
from interfacefem.study.columns import is_taken
from interfacefem.study.file import Factor, StudyFile
from interfacefem.tables import Value, read_table
from interfacefem.units import (
    HOUR,
    JOULE_PER_GRAM,
    MEGAPASCAL,
    MICROMETRE,
    MILLISIEMENS_PER_CM,
    NANOMETRE,
    unit_of_column,
)

Cell = float | str | None

_NEVER_NEGATIVE = (
    HOUR, JOULE_PER_GRAM, MEGAPASCAL, MICROMETRE, MILLISIEMENS_PER_CM, NANOMETRE,
)  # fmt: skip
LOW, HIGH = "_low", "_high"
# columns of words; in all others a word is a mistake
_WORDS = ("_basis", "_source", "_notes")
_WORD_NAMES = ("basis", "weight", "medium", "mode", "state", "notes")


@dataclass(frozen=True, eq=False)
class Covariates:
    """A table of one row for each level of a factor.

    Attributes:
        key: The factor.
        mixed: Whether values of different basis or source may stand on one axis.
        columns: Names, the key left out.
        rows: Values by level of the key, None where a cell is empty.
    """

    key: str
    mixed: bool
    columns: tuple[str, ...]
    rows: Mapping[Factor, Mapping[str, Cell]]

    @property
    def numeric(self) -> tuple[str, ...]:
        """Columns that can stand on an axis: numbers that are no end of another's interval."""
        return tuple(
            name
            for name in self.columns
            if not _is_end(name, self.columns)
            and any(isinstance(row[name], float) for row in self.rows.values())
        )

    def of(self, level: Factor) -> Mapping[str, Cell]:
        """What is joined to the rows of a level."""
        return self.rows[level]

    def kinds(self, column: str) -> dict[str, list[str]]:
        """Different bases or sources of a column's values, by the column that names them."""
        unit = unit_of_column(column)
        stem = column.removesuffix(unit.ending)
        own = {f"{name}{ending}" for name in (column, stem) for ending in ("_basis", "_source")}
        if unit in (MICROMETRE, NANOMETRE):
            own |= {"basis", "weight"}
        return {
            name: sorted({str(row[name]) for row in self.rows.values()
                          if row[name] is not None and row[column] is not None})
            for name in self.columns if name in own
        }  # fmt: skip

    def content(self) -> dict[str, Any]:
        """For JSON."""
        rows = [[level, *(row[name] for name in self.columns)] for level, row in self.rows.items()]
        return {"key": self.key, "mixed": self.mixed, "columns": list(self.columns), "rows": rows}


def from_content(content: Mapping[str, Any]) -> Covariates:
    """What ``Covariates.content`` gave."""
    columns = tuple(content["columns"])
    rows = {level: dict(zip(columns, values, strict=True)) for level, *values in content["rows"]}
    return Covariates(content["key"], content["mixed"], columns, rows)


def read_covariates(
    file: StudyFile, factors: Sequence[Mapping[str, Factor]], parameters: Sequence[str]
) -> Covariates | None:
    """The table of the section ``process``, checked against the study.

    Args:
        file: The study file.
        factors: Of each source.
        parameters: Columns of the parameters that vary.

    Returns:
        None without that section.

    Raises:
        CaseError: The key is no factor; a level has no row, or two; a row that nothing has; a
            column has another one's name; a word among numbers.
    """
    asked = file.study.process
    if asked is None:
        return None
    names = list(factors[0])
    if asked.key not in names:
        raise file.error(
            "no such factor", "process", "key",
            found=f'"{asked.key}"', expected=" or ".join(names) or "a study with factors",
        )  # fmt: skip
    path = file.path.parent / asked.table
    table = read_table(path)
    columns = _columns(file, list(table[0]), [*names, *parameters])
    levels = list(dict.fromkeys(source[asked.key] for source in factors))
    rows: dict[Factor, dict[str, Cell]] = {}
    for number, row in enumerate(table, start=2):
        where = f"row {number}"
        level = _level(row[asked.key], levels)
        if level is None:
            raise CaseError(
                "no image of the study has it", file=path, field=f"{where}: {asked.key}",
                found=f'"{row[asked.key]}"', expected=" or ".join(map(str, levels)),
            )  # fmt: skip
        if level in rows:
            raise CaseError(
                "stands there twice", file=path, field=f"{where}: {asked.key}", found=f'"{level}"'
            )
        rows[level] = {name: _cell(row[name]) for name in columns}
    for level in levels:
        if level not in rows:
            raise CaseError(
                "the row is missing", file=path, field=asked.key, expected=f'one for "{level}"'
            )
    for name in columns:
        _check_numbers(path, name, rows)
    _check_intervals(path, columns, rows)
    return Covariates(asked.key, asked.mixed, tuple(columns), rows)


def _columns(file: StudyFile, header: Sequence[str], taken: Sequence[str]) -> list[str]:
    asked = file.study.process
    assert asked is not None
    path = file.path.parent / asked.table
    if asked.key not in header:
        raise CaseError(
            "the column is missing", file=path, field=asked.key, found=", ".join(header)
        )
    for name in asked.columns or ():
        if name not in header or name == asked.key:
            raise file.error(
                "no such column", "process", "columns",
                found=f'"{name}"', expected=" or ".join(one for one in header if one != asked.key),
            )  # fmt: skip
    columns = list(asked.columns or (name for name in header if name != asked.key))
    for name in columns:
        if is_taken(name) or name in taken:
            raise CaseError(
                "a covariate has the name of another column of the table", file=path, field=name,
                expected='another name, or "columns" in "process" without it',
            )  # fmt: skip
    if not columns:
        raise CaseError("has no covariate", file=path, found=", ".join(header))
    return columns


def _level(value: Value, levels: Sequence[Factor]) -> Factor | None:
    """The level of the key that a cell means."""
    for level in levels:
        if value == level or str(value) == str(level):
            return level
    return None


def _cell(value: Value) -> Cell:
    return None if value == "" else value


def _check_numbers(path: Path, name: str, rows: Mapping[Factor, Mapping[str, Cell]]) -> None:
    if name in _WORD_NAMES or name.endswith(_WORDS):
        return
    unit = unit_of_column(name)
    numbers = any(isinstance(row[name], float) for row in rows.values())
    share = name.startswith("porosity")
    for level, row in rows.items():
        value, field = row[name], f"{name} of {level}"
        if isinstance(value, str) and (numbers or unit.ending):
            hint = " with a decimal point" if "," in value else ""
            raise CaseError(
                "is no number", file=path, field=field, found=f'"{value}"',
                expected=f"a number{hint}, or nothing",
            )  # fmt: skip
        if not isinstance(value, float):
            continue
        least = 0.0 if share or unit in _NEVER_NEGATIVE else -math.inf
        most = 1.0 if share else math.inf
        if not (math.isfinite(value) and least <= value <= most):
            expected = "from 0 to 1" if share else "at least 0" if least == 0 else "a finite number"
            raise CaseError(
                "is out of range", file=path, field=field, found=f"{value:g}", expected=expected
            )


def _check_intervals(
    path: Path, columns: Sequence[str], rows: Mapping[Factor, Mapping[str, Cell]]
) -> None:
    for name in columns:
        ends = [name + end for end in (LOW, HIGH) if name + end in columns]
        if len(ends) == 1:
            raise CaseError(
                "the column is missing", file=path,
                field=next(name + end for end in (LOW, HIGH) if name + end not in ends),
                expected=f"both ends of {name}, or none",
            )  # fmt: skip
        if not ends:
            continue
        for level, row in rows.items():
            values = [row[one] for one in (ends[0], name, ends[1])]
            known = [value for value in values if isinstance(value, float)]
            if known != sorted(known):
                raise CaseError(
                    "is not between its ends", file=path, field=f"{name} of {level}",
                    found=", ".join(f"{value:g}" for value in known),
                    expected=f"{ends[0]}, {name}, {ends[1]} in rising order",
                )  # fmt: skip


def _is_end(name: str, columns: Sequence[str]) -> bool:
    return any(name.endswith(end) and name.removesuffix(end) in columns for end in (LOW, HIGH))
