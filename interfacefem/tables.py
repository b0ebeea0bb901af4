# SPDX-License-Identifier: BSD-3-Clause
"""CSV tables with a header: what is read from them is checked, and named where it is wrong."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from interfacefem.errors import CaseError, InputError
from interfacefem.files import read_text_file

Value: TypeAlias = str | float


def read_table(path: str | Path) -> list[dict[str, Value]]:
    """Rows of a CSV file with a header; numbers as numbers.

    Raises:
        CaseError: The file cannot be read, has no rows, or a row does not fit the header.
    """
    text = read_text_file(path, CaseError, "a CSV file with a header")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        raise CaseError("is empty", file=path, expected="a header and rows")
    try:
        header, *rows = list(csv.reader(io.StringIO("\n".join(lines)), strict=True))
    except (csv.Error, ValueError) as error:
        raise CaseError(f"is no table ({error})", file=path, expected="a header and rows") from None
    names = [name.strip() for name in header]
    # as spreadsheets write them, some where the decimal mark is a comma
    if names[0].lower().startswith("sep=") or (len(names) == 1 and set(";\t") & set(names[0])):
        raise CaseError(
            "does not begin with names between commas", file=path,
            found=f'"{" ".join(lines[0].split())[:60]}"',
            expected="a header, commas between columns, points as decimal marks",
        )  # fmt: skip
    if not rows or len(set(names)) < len(names) or not all(names):
        raise CaseError("is no table", file=path, expected="a header of different names, and rows")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(names):
            raise CaseError(
                "the row does not fit the header",
                file=path,
                field=f"row {number}",
                found=f"{len(row)} values",
                expected=str(len(names)),
            )
    return [
        dict(zip(names, (_number_or_text(value) for value in row), strict=True)) for row in rows
    ]


def number_column(
    path: str | Path,
    rows: Sequence[Mapping[str, Value]],
    name: str,
    *,
    least: float = -math.inf,
    most: float = math.inf,
) -> npt.NDArray[np.floating]:
    """A column of numbers within bounds.

    Raises:
        InputError: The column is missing, or a row holds no such number.
    """
    if name not in rows[0]:
        raise InputError("the column is missing", file=path, field=name, found=", ".join(rows[0]))
    return np.array(
        [
            number_in(path, number, row, name, least=least, most=most)
            for number, row in enumerate(rows, start=2)
        ]
    )


def number_in(
    path: str | Path,
    number: int,
    row: Mapping[str, Value],
    name: str,
    *,
    least: float = -math.inf,
    most: float = math.inf,
    above: float = -math.inf,
) -> float:
    """The number in one cell.

    Args:
        path: The table, for messages.
        number: Of the row in the file, the header being 1.
        row: The row.
        name: Of the column.
        least: Smallest value allowed.
        most: Largest value allowed.
        above: What the value must exceed.

    Raises:
        InputError: There is none, or it is out of bounds.
    """
    value = row.get(name, "")
    field = f"row {number}: {name}"
    if value == "":
        raise InputError("the value is missing", file=path, field=field)
    if not isinstance(value, float):
        hint = " with a decimal point" if "," in value else ""
        raise InputError(
            "is no number", file=path, field=field, found=f'"{value}"', expected=f"a number{hint}"
        )
    if not (least <= value <= most and value > above and math.isfinite(value)):
        bounds = [
            text
            for text in (
                f"above {above:g}" if above > -math.inf else "",
                f"at least {least:g}" if least > -math.inf else "",
                f"at most {most:g}" if most < math.inf else "",
            )
            if text
        ]
        raise InputError(
            "is out of range", file=path, field=field, found=f"{value:g}",
            expected=" and ".join(bounds) or "a finite number",
        )  # fmt: skip
    return value


def finite_number(value: object) -> float | None:
    """A number of a table, None where there is none."""
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return None


def _number_or_text(text: str) -> Value:
    # float() takes digits of every script, underscores and blanks: a table of numbers does not
    stripped = text.strip()
    try:
        return float(stripped) if stripped.isascii() and "_" not in stripped else stripped
    except ValueError:
        return stripped
