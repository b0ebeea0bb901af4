# SPDX-License-Identifier: BSD-3-Clause
"""Contact of a flat block with one interface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interfacefem.api.arguments import (
    Amount,
    cell_of,
    communicator,
    interface_of,
    quantities,
)
from interfacefem.api.result import Result, number, share
from interfacefem.contact.metrics import StressMetrics
from interfacefem.contact.result import stress_result
from interfacefem.contact.run import StressRun, run_stress_sweep
from interfacefem.errors import InputError
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.declaration import entries_of
from interfacefem.parameters.names import parameters_of
from interfacefem.surfaces import HeightMap
from interfacefem.surfaces.left_out import guide_hashes
from interfacefem.units import GPA, MPA, UM

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


PRESSURE = parameters_of(Cell)["load.pressure"]


@dataclass(frozen=True, eq=False, repr=False)
class ContactResult(Result):
    """Contact of one interface under one mean pressure.

    Attributes:
        run: Pressure, gap and metrics.
        cell: What was solved with.
        ranks: Those that have the result.
    """

    run: StressRun
    cell: Cell
    ranks: MPI.Comm

    @property
    def comm(self) -> MPI.Comm:
        """The ranks that have the result."""
        return self.ranks

    @property
    def metrics(self) -> StressMetrics:
        """Every number in SI."""
        return self.run.metrics

    @property
    def stress_ratio(self) -> float | None:
        """Mean normal stress below peaks over that below valleys, at the reference depth."""
        return self.run.metrics.stress_ratio

    @property
    def synthetic(self) -> bool:
        """Whether this program drew the picture that the profile is from."""
        surface = self.run.surface
        return not isinstance(surface, HeightMap) and surface.is_synthetic

    @property
    def notes(self) -> tuple[str, ...]:
        """Why a number is missing or doubtful."""
        return self.run.notes

    @property
    def citations(self) -> tuple[str, ...]:
        """What to cite for the methods behind the numbers."""
        return _citations(self.run)

    def to_dict(self) -> dict[str, Any]:
        """What ``interfacefem stress --json`` prints."""
        hashes = guide_hashes(self.run.surface)
        return {**stress_result(self.run), "synthetic": self.synthetic, **hashes}

    def rows(self) -> list[dict[str, Any]]:
        """One row."""
        return [self.to_dict()]

    def along_surface(self) -> pd.DataFrame:
        """Surface, gap and pressure at the nodes of a profile.

        Raises:
            InputError: The interface is a height map, of which ``run.solution`` holds grids.
        """
        import pandas as pd

        if isinstance(self.run.surface, HeightMap):
            raise InputError("belongs to profiles", field="along_surface", found="a height map")
        solution = self.run.solution
        surface = solution.problem.surface
        return pd.DataFrame(
            {
                "x_um": surface.x / UM,
                "z_um": surface.z / UM,
                "gap_um": solution.gap / UM,
                "pressure_MPa": solution.pressure / MPA,
            }
        )

    def headline(self) -> list[tuple[str, str]]:
        """Stress ratio and its depth, pressures, contact."""
        metrics = self.run.metrics
        p_max = None if metrics.p_max is None else metrics.p_max / GPA
        return [
            ("stress ratio", number(metrics.stress_ratio)),
            ("depth", number(metrics.depth / UM, "um")),
            ("mean pressure", number(metrics.p_mean / MPA, "MPa")),
            ("largest pressure", number(p_max, "GPa")),
            ("in contact", share(metrics.contact_fraction)),
        ]

    def _figure(self) -> Figure:
        from interfacefem.report import pressure_figure, pressure_map_figure

        if isinstance(self.run.surface, HeightMap):
            return pressure_map_figure(self.run)
        return pressure_figure(self.run.solution, self.run.metrics)

    def _draw(self, axes: Axes) -> None:
        from interfacefem.report.panels import draw_pressure, draw_pressure_map

        if isinstance(self.run.surface, HeightMap):
            draw_pressure_map(axes, self.run)
        else:
            draw_pressure(axes, self.run.solution, self.run.metrics)


@dataclass(frozen=True, eq=False, repr=False)
class ContactSeries(Result):
    """Contact of one interface at several mean pressures.

    Attributes:
        results: In the order of the pressures.
    """

    results: tuple[ContactResult, ...]

    @property
    def comm(self) -> MPI.Comm:
        """The ranks that have the results."""
        return self.results[0].comm

    @property
    def notes(self) -> tuple[str, ...]:
        """Why numbers are missing or doubtful, each once."""
        return tuple(dict.fromkeys(note for one in self.results for note in one.notes))

    @property
    def citations(self) -> tuple[str, ...]:
        """What to cite for the methods behind the numbers."""
        return self.results[0].citations

    def to_dict(self) -> dict[str, Any]:
        """What ``interfacefem stress --pressures --json`` prints."""
        return {"rows": self.rows(), "cpu_s": sum(one.run.cpu_s for one in self.results)}

    def rows(self) -> list[dict[str, Any]]:
        """One row for each pressure."""
        return [one.to_dict() for one in self.results]

    def headline(self) -> list[tuple[str, str]]:
        """Range of pressures and of stress ratios."""
        pressures = [one.run.metrics.p_mean / MPA for one in self.results]
        ratios = [one.stress_ratio for one in self.results if one.stress_ratio is not None]
        ends = (min(ratios), max(ratios)) if ratios else (None, None)
        return [
            ("pressures", str(len(pressures))),
            ("from", number(min(pressures), "MPa")),
            ("to", number(max(pressures), "MPa")),
            ("stress ratio from", number(ends[0])),
            ("to", number(ends[1])),
        ]

    def _figure(self) -> Figure:
        from interfacefem.report import stress_ratio_figure

        return stress_ratio_figure(self.rows(), self.results[0].run.metrics.depth / UM)

    def _draw(self, axes: Axes) -> None:
        from interfacefem.report.panels import draw_stress_ratios

        draw_stress_ratios(axes, self.rows())


def solve_contact(
    interface: object,
    cell: Cell | None = None,
    *,
    pressure: Amount | Sequence[Amount] | None = None,
    comm: MPI.Comm | None = None,
) -> ContactResult | ContactSeries:
    """Contact of a flat block with a section, a profile or a height map.

    Args:
        interface: A section of ``trace(...)``, a profile or a height map; the same on all ranks.
        cell: Electrolyte, block and load; default: LPSCl under a rigid block.
        pressure: Mean pressure, such as "50 MPa"; default: that of the cell. A list of pressures
            gives a series, on one set-up.
        comm: Ranks that get the result; default: this process alone. The first one solves.

    Returns:
        The result, or a series of results for a list of pressures.

    Raises:
        InputError: An argument is not what it should be, or makes no contact problem.
        ConvergenceError: The contact conditions were not met.

    Collective over ``comm``.
    """
    surface, cell, comm = interface_of(interface), cell_of(cell), communicator(comm)
    several = entries_of(pressure) is not None
    pressures = [cell.load.pressure] if pressure is None else quantities(pressure, PRESSURE)
    runs = run_stress_sweep(surface, cell, pressures, comm)
    results = tuple(ContactResult(run, cell, comm) for run in runs)
    return ContactSeries(results) if several else results[0]


def _citations(run: StressRun) -> tuple[str, ...]:
    from interfacefem.report.references import REFERENCES

    solver = "polonsky" if isinstance(run.surface, HeightMap) else "judice"
    return REFERENCES["tran"], REFERENCES[solver]
