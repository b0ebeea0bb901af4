# SPDX-License-Identifier: BSD-3-Clause
"""How powders were milled and what pressing made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacefem.api.arguments import Amount, quantity, require_path
from interfacefem.api.result import Result
from interfacefem.errors import InputError
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.declaration import entries_of, shown
from interfacefem.parameters.names import parameters_of
from interfacefem.process.powder_analysis import (
    PowderAnalysis,
    analyse_powders,
    powder_result,
    powder_rows,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PRESSURE = parameters_of(Cell)["load.pressure"]


@dataclass(frozen=True, eq=False, repr=False)
class MillResult(Result):
    """A table of powders, read and fitted.

    Attributes:
        found: Every number in SI.
    """

    found: PowderAnalysis
    _cited = ("frankenberg", "heckel")

    def to_dict(self) -> dict[str, Any]:
        """What ``interfacefem process --json`` prints."""
        return powder_result(self.found)

    def rows(self) -> list[dict[str, Any]]:
        """One row for each of the table."""
        return powder_rows(self.found)

    def headline(self) -> list[tuple[str, str]]:
        """How many powders, and how many have an energy."""
        known = sum(row.milling is not None and row.milling.energy is not None
                    for row in self.found.rows)  # fmt: skip
        return [("rows", str(len(self.found.rows))), ("with an energy", str(known))]

    def _figure(self) -> Figure:
        from interfacefem.report.powder_figures import powder_figure

        return powder_figure(self.found)

    def _draw(self, axes: Axes) -> None:
        from interfacefem.report.powder_figures import draw_first

        draw_first(axes, self.found)


def mill(
    table: str | Path,
    *,
    fit: str | Sequence[str] = (),
    pressure_from: Amount | None = None,
    pressure_to: Amount | None = None,
) -> MillResult:
    """Milling energies, porosities, laws of pressing, fits over the energy (docs/process.md).

    Args:
        table: CSV file with a row for each powder, or for each pressed sample.
        fit: Columns to be fitted over the energy, such as "d50_um".
        pressure_from: Lowest pressure that Heckel's law is fitted to, such as "50 MPa".
        pressure_to: Highest.

    Raises:
        InputError: A row cannot be what it says; the message names file, row and column.
    """
    path = require_path(table, "table")
    least, most = (
        None if value is None else quantity(value, _PRESSURE, name)
        for value, name in ((pressure_from, "pressure_from"), (pressure_to, "pressure_to"))
    )
    if least is not None and most is not None and least > most:
        raise InputError(
            "is above the highest pressure", field="pressure_from=", found=shown(pressure_from),
            expected=f"at most {shown(pressure_to)}",
        )  # fmt: skip
    columns = (fit,) if isinstance(fit, str) else tuple(entries_of(fit) or ())
    if not all(isinstance(name, str) for name in columns) or (not columns and fit != ()):
        raise InputError(
            "names no columns", field="fit=", found=shown(fit), expected='such as "d50_um"'
        )
    return MillResult(
        analyse_powders(
            path, columns, least_pressure=least or 0.0,
            most_pressure=np.inf if most is None else most,
        )
    )  # fmt: skip
