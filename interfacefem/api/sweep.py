# SPDX-License-Identifier: BSD-3-Clause
"""Current over one profile for many values of the cell's parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from interfacefem.api.arguments import (
    Amount,
    cell_of,
    communicator,
    profile_of,
    quantity,
)
from interfacefem.api.result import Result, number, share
from interfacefem.current.result import sweep_result
from interfacefem.current.sweep import CurrentSweep, run_sweep
from interfacefem.errors import InputError, naming_fields
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.declaration import entries_of, shown
from interfacefem.parameters.series import SWEEP_PARAMETERS
from interfacefem.surfaces import Profile

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_AXES = 3
MOST_POINTS = 10_000
_BY_ARGUMENT = {entry.argument: name for name, entry in SWEEP_PARAMETERS.items()}


@dataclass(frozen=True, eq=False, repr=False)
class SweepResult(Result):
    """Current at every combination of the swept values, on one mesh.

    Attributes:
        swept: Metrics of each point.
        cell: Everything that was not swept.
        ranks: Those that share the result.
    """

    swept: CurrentSweep
    cell: Cell
    ranks: MPI.Comm
    _cited = ("tran", "dolfinx", "becker", "quarteroni")

    @property
    def comm(self) -> MPI.Comm:
        """The ranks that share the result."""
        return self.ranks

    @property
    def notes(self) -> tuple[str, ...]:
        """Why numbers are missing or doubtful, each once."""
        return tuple(dict.fromkeys(note for one in self.swept.metrics for note in one.notes))

    @property
    def columns(self) -> list[str]:
        """Names of the swept parameters in the table."""
        return [SWEEP_PARAMETERS[name].column for name in self.swept.axes]

    def to_dict(self) -> dict[str, Any]:
        """What ``interfacefem current --sweep --json`` prints."""
        return sweep_result(self.swept)

    def rows(self) -> list[dict[str, Any]]:
        """One row for each point: the swept values, then the metrics."""
        return list(self.to_dict()["rows"])

    def headline(self) -> list[tuple[str, str]]:
        """Parameters, points, range of the current ratio."""
        ratios = [one.i_ratio for one in self.swept.metrics if one.i_ratio is not None]
        ends = (min(ratios), max(ratios)) if ratios else (None, None)
        error = self.swept.i_ratio_error
        return [
            ("swept", " x ".join(self.columns)),
            ("points", str(len(self.swept.points))),
            ("i_max/i_min from", number(ends[0])),
            ("to", number(ends[1])),
            ("error at any point", "not estimated" if error is None else share(error)),
        ]

    def _figure(self) -> Figure:
        from interfacefem.report import sweep_figure

        return sweep_figure(self._drawn(), self._values(), self._ratios())

    def _draw(self, axes: Axes) -> None:
        from interfacefem.report.sweep_figure import draw_sweep

        draw_sweep(axes, self._drawn(), self._values(), self._ratios())

    def _drawn(self) -> list[str]:
        if len(self.columns) > 2:
            raise InputError(
                "cannot be drawn",
                field="plot",
                found=f"{len(self.columns)} parameters",
                expected="one or two; table() holds all of them",
            )
        return self.columns

    def _values(self) -> list[npt.NDArray[np.floating]]:
        return list(self.swept.axes.values())

    def _ratios(self) -> list[float | None]:
        return [one.i_ratio for one in self.swept.metrics]


def sweep(
    interface: object,
    cell: Cell | None = None,
    *,
    comm: MPI.Comm | None = None,
    **values: Sequence[Amount],
) -> SweepResult:
    """Solve every combination of some values on one mesh.

    Args:
        interface: A section of ``trace(...)`` or a profile; the same on all ranks.
        cell: Everything that is not swept; default: LPSCl.
        comm: Ranks that share the mesh; default: this process alone.
        values: Lists by parameter, up to three: ``exchange_current_density``, ``current_density``,
            ``conductivity``, ``temperature``, ``film_resistance``, ``alpha_a``, ``alpha_c``. For a
            figure they increase.

    Raises:
        InputError: A parameter is unknown or none of these kinetics, or a value is out of range.
        ConvergenceError: The solver did not converge at a point.

    Collective over ``comm``.
    """
    profile, cell, comm = profile_of(interface), cell_of(cell), communicator(comm)
    if not values:
        raise InputError(
            "sweeps nothing", field="**values", expected=f"one or more of {', '.join(_BY_ARGUMENT)}"
        )
    given = {name: _axis(name, entries) for name, entries in values.items()}
    axes = {_BY_ARGUMENT[name]: axis for name, axis in given.items()}
    with naming_fields({name: f"{argument}=" for argument, name in _BY_ARGUMENT.items()}):
        return solve_sweep(profile, cell, axes, comm, field="**values")


def solve_sweep(
    profile: Profile,
    cell: Cell,
    axes: Mapping[str, npt.NDArray[np.floating]],
    comm: MPI.Comm,
    *,
    field: str,
) -> SweepResult:
    """Solve every combination of values that are known to be in range.

    Args:
        profile: The interface.
        cell: Everything that is not swept.
        axes: Values by the name of ``--sweep``, in the unit of the parameter's column.
        comm: Ranks that share the mesh.
        field: What the user calls the values.

    Raises:
        InputError: There are too many, or a parameter is none of these kinetics.
        ConvergenceError: The solver did not converge at a point.

    Collective.
    """
    require_few(axes, field)
    return SweepResult(run_sweep(profile, cell, axes, comm), cell, comm)


def require_few(axes: Mapping[str, npt.NDArray[np.floating]], field: str) -> None:
    """Refuse more parameters or points than anybody means.

    Raises:
        InputError: There are.
    """
    if len(axes) > MOST_AXES:
        raise InputError(
            "cannot be combined", field=field, found=", ".join(axes),
            expected=f"up to {MOST_AXES} different parameters",
        )  # fmt: skip
    points = math.prod(len(values) for values in axes.values())
    if points > MOST_POINTS:
        raise InputError(
            "makes too many points", field=field, found=points, expected=f"at most {MOST_POINTS}"
        )


def _axis(argument: str, given: Sequence[Amount]) -> npt.NDArray[np.floating]:
    """Values in the unit of the parameter's column."""
    if argument not in _BY_ARGUMENT:
        raise InputError(
            "cannot be swept", field=f"{argument}=", expected=f"one of {', '.join(_BY_ARGUMENT)}"
        )
    entries = entries_of(given)
    if not entries:
        raise InputError(
            "is no list of values", field=f"{argument}=", found=shown(given),
            expected="one value or more",
        )  # fmt: skip
    parameter = SWEEP_PARAMETERS[_BY_ARGUMENT[argument]]
    return np.array([parameter.in_column_unit(quantity(value, parameter)) for value in entries])
