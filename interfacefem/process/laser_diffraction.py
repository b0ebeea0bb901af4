# SPDX-License-Identifier: BSD-3-Clause
"""Size distributions measured by laser diffraction, from a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from interfacefem.errors import InputError
from interfacefem.process.size_distribution import SizeDistribution
from interfacefem.tables import number_column, read_table
from interfacefem.units import UM

Array = npt.NDArray[np.floating]

_END = 0.005  # by which a cumulative share may miss 1
_PIECES = 20  # into which a class is spread


def read_laser_diffraction(path: str | Path) -> SizeDistribution:
    """Sizes out of a CSV file with ``x_um`` and either ``Q3`` (0 to 1) or ``q3_per_um``.

    Shares of volume are spread evenly over each class and turned to numbers of spheres.

    Raises:
        InputError: A column is missing, sizes do not rise, or Q3 falls or does not end at 1.
    """
    rows = read_table(path)
    x = number_column(path, rows, "x_um", least=0)
    if len(x) < 2:
        raise InputError(
            "has too few sizes", file=path, field="x_um", found=len(x), expected="two or more"
        )
    if (np.diff(x) <= 0).any():
        worst = int(np.argmax(np.diff(x) <= 0)) + 1  # the header is row 1
        raise InputError(
            "sizes do not rise", file=path, field=f"row {worst + 2}: x_um",
            found=f"{x[worst]:g} after {x[worst - 1]:g}",
        )  # fmt: skip
    if "Q3" in rows[0]:
        cumulative = _checked(path, number_column(path, rows, "Q3", least=0, most=1))
    elif "q3_per_um" in rows[0]:
        density = number_column(path, rows, "q3_per_um", least=0)
        steps = (density[1:] + density[:-1]) / 2 * np.diff(x)
        cumulative = np.concatenate(([0.0], np.cumsum(steps)))
        if abs(cumulative[-1] - 1) > 10 * _END:
            raise InputError(
                "the density does not add up to 1", file=path, field="q3_per_um",
                found=f"{cumulative[-1]:.3g}",
                expected="1: q3 in 1/um over x in um (not over its logarithm)",
            )  # fmt: skip
        cumulative = cumulative / cumulative[-1]
    else:
        raise InputError(
            "the column is missing", file=path, field="Q3", found=", ".join(rows[0]),
            expected="x_um, and Q3 or q3_per_um",
        )  # fmt: skip
    ends, shares = x, np.diff(cumulative)
    if cumulative[0] > 0:
        ends, shares = np.concatenate(([0.0], x)), np.concatenate(([cumulative[0]], shares))
    at = (np.arange(_PIECES) + 0.5) / _PIECES
    diameter = (ends[:-1, None] + np.diff(ends)[:, None] * at).ravel() * UM
    volume = np.repeat(shares / _PIECES, _PIECES)
    held = volume > 0
    return SizeDistribution(diameter[held], volume[held] / diameter[held] ** 3)


def density_per_decade(x: Array, q3: Array) -> tuple[Array, Array]:
    """Sizes between neighbours and the density over lg x: ``sqrt(x_up x_low) q3 ln 10``.

    Frankenberg 2025, eq. 11 has the same without saying that it is over lg x, and a factor of
    1/1000 for x in um and q3 in 1/mm.

    Args:
        x: Ends of classes, ascending, shape (n + 1,).
        q3: Density over x in each class, shape (n,).
    """
    middle = np.sqrt(x[1:] * x[:-1])
    return middle, middle * q3 * np.log(10)


def _checked(path: str | Path, cumulative: Array) -> Array:
    falls = np.flatnonzero(np.diff(cumulative) < 0)
    if len(falls):
        at = int(falls[0]) + 1
        raise InputError(
            "a cumulative share falls", file=path, field=f"row {at + 2}: Q3",
            found=f"{cumulative[at]:g} after {cumulative[at - 1]:g}",
        )  # fmt: skip
    if abs(cumulative[-1] - 1) > _END:
        raise InputError(
            "does not end at 1", file=path, field="Q3", found=f"{cumulative[-1]:g}",
            expected="shares from 0 to 1 of the whole volume",
        )  # fmt: skip
    return cumulative / cumulative[-1]
