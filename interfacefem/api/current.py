# SPDX-License-Identifier: BSD-3-Clause
"""Current distribution over one interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfacefem.api.arguments import Amount, cell_of, communicator, interface_of, quantity
from interfacefem.api.result import Result, number, share
from interfacefem.current.fields import write_vtx, write_xdmf
from interfacefem.current.map_run import CurrentMapRun, run_current_map
from interfacefem.current.metrics import CurrentMetrics
from interfacefem.current.result import current_result
from interfacefem.current.run import CurrentRun, run_current
from interfacefem.current.solution import CurrentSolution
from interfacefem.current.windows import REFERENCE_LENGTH
from interfacefem.errors import InputError
from interfacefem.meshing.height_map_domain import HeightMapMesh
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.names import parameters_of
from interfacefem.parameters.sampling import Sampling
from interfacefem.surfaces import Profile
from interfacefem.surfaces.contact_mask import ContactMap, ContactMask
from interfacefem.surfaces.left_out import guide_hashes
from interfacefem.units import MA_PER_CM2, UM

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False, repr=False)
class CurrentResult(Result):
    """Current distribution over one interface.

    Attributes:
        run: Mesh, potential, current and metrics.
        cell: What was solved with.
    """

    run: CurrentRun | CurrentMapRun
    cell: Cell
    _cited = ("tran", "dolfinx", "becker")
    _holds_mesh = True

    @property
    def comm(self) -> MPI.Comm:
        """The ranks that share the mesh."""
        comm: MPI.Comm = self.solution.interface_mesh.comm
        return comm

    @property
    def solution(self) -> CurrentSolution:
        """Potential and current in SI."""
        return self.run.solution

    @property
    def metrics(self) -> CurrentMetrics:
        """Every number in SI."""
        return self.run.metrics

    @property
    def i_ratio(self) -> float | None:
        """Largest over smallest current density; None where it cannot be formed."""
        return self.run.metrics.i_ratio

    @property
    def synthetic(self) -> bool:
        """Whether this program drew the picture that the profile is from."""
        return isinstance(self.run, CurrentRun) and self.run.profile.is_synthetic

    @property
    def excess(self) -> float | None:
        """``i_max/i_min - 1`` over windows of the reference length; None where there is none."""
        value: float | None = self.to_dict()["excess"]
        return value

    @property
    def notes(self) -> tuple[str, ...]:
        """Why a number is missing or doubtful."""
        return self.run.notes

    @property
    def citations(self) -> tuple[str, ...]:
        """What to cite for the methods behind the numbers."""
        return super().citations if isinstance(self.run, CurrentRun) else super().citations[:-1]

    def to_dict(self) -> dict[str, Any]:
        """What ``interfacefem current --json`` prints."""
        hashes = guide_hashes(self.run.profile) if isinstance(self.run, CurrentRun) else {}
        return {**current_result(self.run), "synthetic": self.synthetic, **hashes}

    def rows(self) -> list[dict[str, Any]]:
        """One row."""
        return [self.to_dict()]

    def along_interface(self) -> pd.DataFrame:
        """Potential and current density at the nodes of the interface, in order along it."""
        import pandas as pd

        samples = self.solution.samples
        columns = {
            "x_um": samples.x / UM,
            "y_um": samples.y / UM,
            "z_um": samples.z / UM,
            "arc_length_um": samples.arc_length / UM,
            "potential_V": samples.potential,
            "current_density_mA_cm2": samples.current_density / MA_PER_CM2,
        }
        unused = "y_um" if isinstance(self.run, CurrentRun) else "arc_length_um"
        return pd.DataFrame({name: value for name, value in columns.items() if name != unused})

    def headline(self) -> list[tuple[str, str]]:
        """The current ratio and its error, the extremes, the mesh."""
        metrics = self.run.metrics
        error = self.run.i_ratio_error
        return [
            ("i_max/i_min", "–" if metrics.i_ratio is None else f"{metrics.i_ratio:.6g}"),
            ("error of (i_max/i_min - 1)", "not estimated" if error is None else share(error)),
            ("i_max", number(metrics.i_max / MA_PER_CM2, "mA/cm2")),
            ("i_min", number(metrics.i_min / MA_PER_CM2, "mA/cm2")),
            ("cells", str(self.solution.interface_mesh.quality.cells)),
        ]

    def _figure(self) -> Figure:
        from interfacefem.report import current_figure, map_figure

        domain = self.solution.interface_mesh
        if isinstance(domain, HeightMapMesh):
            return map_figure(self.solution, domain.height_map)
        critical = self.cell.load.critical_current_density
        return current_figure(self.solution, self.metrics, critical_current_density=critical)

    def _draw(self, axes: Axes) -> None:
        from interfacefem.report.panels import draw_current, draw_current_map

        domain = self.solution.interface_mesh
        if isinstance(domain, HeightMapMesh):
            draw_current_map(axes, self.solution, domain.height_map)
        else:
            draw_current(axes, self.solution)

    def _field_writers(self) -> Mapping[str, Callable[[Path], None]]:
        return {
            ".bp": lambda path: write_vtx(self.solution, path),
            ".xdmf": lambda path: write_xdmf(self.solution, path),
        }


def solve_current(
    interface: object,
    cell: Cell | None = None,
    *,
    contact: ContactMask | ContactMap | None = None,
    reference_length: Amount = None,
    comm: MPI.Comm | None = None,
) -> CurrentResult:
    """Current distribution over a section, a profile or a height map.

    Args:
        interface: A section of ``trace(...)``, a profile or a height map; the same on all ranks.
        cell: Electrolyte, kinetics and load; default: LPSCl.
        contact: Where the metal touches; default: everywhere.
        reference_length: Of the windows that ``excess`` is read over, text with its unit or m;
            default: 25 um.
        comm: Ranks that share the work; default: this process alone. They pay for height maps.

    Raises:
        InputError: An argument is not what it should be, or the domain cannot be meshed.
        ConvergenceError: The solver did not converge.

    Collective over ``comm``.
    """
    surface, cell, comm = interface_of(interface), cell_of(cell), communicator(comm)
    length = REFERENCE_LENGTH
    if reference_length is not None:
        length = quantity(reference_length, parameters_of(Sampling)["reference_length"])
    if isinstance(surface, Profile):
        if contact is not None and not isinstance(contact, ContactMask):
            raise _wrong_contact(contact, "a ContactMask")
        run = run_current(surface, cell, comm, contact, reference_length=length)
        return CurrentResult(run, cell)
    if contact is not None and not isinstance(contact, ContactMap):
        raise _wrong_contact(contact, "a ContactMap")
    over_map = run_current_map(surface, cell, comm, contact=contact, reference_length=length)
    return CurrentResult(over_map, cell)


def _wrong_contact(contact: object, expected: str) -> InputError:
    return InputError(
        "does not fit the interface",
        field="contact=",
        found=type(contact).__name__,
        expected=f"{expected}, or None",
    )
