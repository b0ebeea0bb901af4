# SPDX-License-Identifier: BSD-3-Clause
"""Measured points of a charge-transfer law, from the CSV file that a case names."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from interfacefem.errors import CaseError
from interfacefem.files import hash_of_file, read_text_file
from interfacefem.units import MA_PER_CM2

COLUMNS = ("overpotential_V", "current_density_mA_cm2")
_LARGEST = 1e15  # mA/cm^2; beyond lies no cell (assumed)
_FARTHEST_ZERO = 5e-3  # V; a measurement's offset, assumed
_EXPECTED = f'a header "{",".join(COLUMNS)}", then rows such as "0.01,0.39", both increasing'


@dataclass(frozen=True, eq=False)
class KineticsPoints:
    """Points of ``i(eta)``, positive where metal is plated.

    Attributes:
        overpotentials: In V, increasing, shape ``(n,)``, n at least 2.
        current_densities: In A/m^2, increasing, zero within 5 mV of zero overpotential, ``(n,)``.
        name: For messages.
        sha256: Of the file.
    """

    overpotentials: npt.NDArray[np.floating]
    current_densities: npt.NDArray[np.floating]
    name: str
    sha256: str


def read_kinetics_points(path: str | Path) -> KineticsPoints:
    """Read ``overpotential_V,current_density_mA_cm2``; lines that start with ``#`` are skipped.

    Raises:
        CaseError: The file is missing or not of this form, has fewer than two rows, does not
            increase, or its current is not zero at zero overpotential.
    """
    path = Path(path)
    text = read_text_file(path, CaseError, "a CSV file in UTF-8")
    return _points(text, path, hash_of_file(path))


@functools.lru_cache(maxsize=64)
def _points(text: str, path: Path, sha256: str) -> KineticsPoints:
    """Cached: a study reads the same file for each of its points."""
    lines = [line.strip() for line in text.splitlines()]
    rows = [line.split(",") for line in lines if line and not line.startswith("#")]
    header = tuple(name.strip() for name in rows[0]) if rows else ()
    if header != COLUMNS:
        found = f'"{",".join(header)}"' if rows else "nothing"
        raise CaseError("wrong header", file=path, found=found, expected=_EXPECTED)
    points = np.array([_numbers(row, path) for row in rows[1:]], dtype=float).reshape(-1, 2)
    if len(points) < 2:
        raise CaseError(
            "has too few rows", file=path, found=len(points), expected="two or more, with zero"
        )
    for column, values in zip(COLUMNS, points.T, strict=True):
        falls = np.flatnonzero(~(np.diff(values) > 0))
        if len(falls):
            before, after = values[falls[0]], values[falls[0] + 1]
            raise CaseError(
                "does not increase", file=path, field=column,
                found=f"{after:g} after {before:g}", expected=_EXPECTED,
            )  # fmt: skip
    if np.abs(points).max() > _LARGEST:
        raise CaseError(
            "is out of range", file=path, found=f"{np.abs(points).max():g}",
            expected=f"up to {_LARGEST:g}",
        )  # fmt: skip
    eta, current = points[:, 0], points[:, 1] * MA_PER_CM2
    if not current[0] <= 0 < current[-1]:
        raise CaseError(
            "the current does not cross zero, or plates nothing",
            file=path,
            field=COLUMNS[1],
            found=f"{points[0, 1]:g} to {points[-1, 1]:g}",
            expected="a first row at zero or below it, and a last row above it",
        )
    zero = float(np.interp(0.0, current, eta))
    if abs(zero) > _FARTHEST_ZERO:
        raise CaseError(
            "the current is zero at another potential", file=path, field=COLUMNS[0],
            found=f"{zero:.4g} V", expected="zero overpotential, to 5 mV: subtract this potential",
        )  # fmt: skip
    return KineticsPoints(eta, current, path.name, sha256)


def _numbers(row: list[str], path: Path) -> tuple[float, float]:
    try:
        first, second = (float(cell) for cell in row)
    except ValueError:
        first = second = np.nan
    if not (np.isfinite(first) and np.isfinite(second)):
        raise CaseError(
            "is no pair of numbers", file=path, found=f'"{",".join(row)}"', expected=_EXPECTED
        )
    return first, second
