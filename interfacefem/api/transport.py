# SPDX-License-Identifier: BSD-3-Clause
"""Conduction through a segmented volume."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from interfacefem.api.arguments import Amount, cell_of, communicator, quantity, require_path
from interfacefem.api.reading import require_no_voxel
from interfacefem.api.result import Result, number, share
from interfacefem.conduction.electrode_reaction import reaction_of
from interfacefem.conduction.result import transport_result
from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.conduction.solver import (
    ConductionSettings,
    VolumeSlab,
    deal_slabs,
    require_labels,
    solver_bytes,
)
from interfacefem.conduction.tensor import ConductivityTensor, conductivity_tensor
from interfacefem.conduction.transport import AtElectrode, AxisTransport, solve_transport
from interfacefem.conduction.warm_up import compile_kernels
from interfacefem.errors import InputError, naming_fields, naming_file
from interfacefem.mpi import MPI
from interfacefem.parallel import on_each_rank
from interfacefem.parameters.cell import Cell, Load
from interfacefem.parameters.declaration import Number
from interfacefem.parameters.door import Door
from interfacefem.parameters.names import names_at, parameters_of
from interfacefem.parameters.transport import Conducting, Transport
from interfacefem.progress import Step
from interfacefem.volumes.reading import VolumeFile, open_volume, read_slab

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_RESIDUAL = Number(at_least=1e-14, at_most=1e-2)


@dataclass(frozen=True)
class Asked:
    """What is asked of transport.

    Attributes:
        what: What conducts, along which axes, where the electrode is.
        critical_current_density: Local limit in A/m^2, or None.
        current_density: Applied, in A/m^2, or None.
        residual: At which the solver stops.
        cell: Whose kinetics act at the electrode's plane; None for the primary current.
    """

    what: Conducting
    critical_current_density: float | None = None
    current_density: float | None = None
    residual: float = 3e-5
    cell: Cell | None = None

    @property
    def applied(self) -> float | None:
        """Current density applied in A/m^2: as asked for, or that of the cell."""
        if self.current_density is None and self.cell is not None:
            return self.cell.load.current_density
        return self.current_density

    def electrode(self) -> AtElectrode | None:
        """The reaction at the electrode's plane; None for the primary current.

        Raises:
            InputError: The conductivities are pure numbers.
        """
        if self.cell is None:
            return None
        assert self.applied is not None
        reaction = reaction_of(self.cell.kinetics, self.applied)
        if reaction is None:
            return None
        if self.what.conductivities()[1] is None:
            raise InputError(
                "kinetics need conductivities with their unit", field="phase",
                found=self.what.phase, expected="a conductivity of each label, such as 1 mS/cm",
            )  # fmt: skip
        return AtElectrode(reaction, self.critical_current_density, self.what.safe_share)


@dataclass(frozen=True, eq=False, repr=False)
class TransportResult(Result):
    """Conduction through a segmented volume along its axes.

    Attributes:
        axes: Transport along each axis that was solved.
        volume: This rank's part of the volume.
        asked: What was asked.
        cpu_s: Process CPU time in s, summed over ranks.
        of_file: What is to be known of the file.
        tensor: Of the whole box; None where its sides are insulated.
    """

    axes: tuple[AxisTransport, ...]
    volume: VolumeSlab
    asked: Asked
    cpu_s: float
    of_file: tuple[str, ...] = ()
    tensor: ConductivityTensor | None = None
    _cited = ("tran", "wesseling", "doyle")

    @property
    def comm(self) -> MPI.Comm:
        """The ranks that share the volume."""
        return self.volume.slabs.comm

    def to_dict(self) -> dict[str, Any]:
        """What ``interfacefem volume transport --json`` prints."""
        return transport_result(
            self.volume,
            self.axes,
            unit=self.asked.what.conductivities()[1],
            critical=self.asked.critical_current_density,
            applied=self.asked.applied,
            safe_share=self.asked.what.safe_share,
            cpu_s=self.cpu_s,
            notes=self.of_file,
            tensor=self.tensor,
        )

    def rows(self) -> list[dict[str, Any]]:
        """One row for each axis."""
        found = self.to_dict()
        left_out = ("axes", "shape", "voxel_nm", "budget", "tensor", "notes", "cpu_s")
        return [
            {"axis": axis}
            | {
                key: value[place] if isinstance(value, list) else value
                for key, value in found.items()
                if key not in left_out
            }
            for place, axis in enumerate(found["axes"])
        ]

    def headline(self) -> list[tuple[str, str]]:
        """Effective conductivity and tortuosity factor along each axis."""
        found = self.to_dict()
        entries = [("voxels", " x ".join(map(str, self.volume.shape)))]
        for place, axis in enumerate(found["axes"]):
            factor = found["tortuosity_factor"][place]
            # beside units, sigma_eff is over the largest conductivity
            unit = "mS/cm" if "sigma_eff_mS_cm" in found else ""
            sigma = found["sigma_eff_mS_cm" if unit else "sigma_eff"][place]
            entries.append((f"sigma_eff along axis {axis}", number(sigma, unit)))
            entries.append(("tortuosity factor", number(factor)))
        return [*entries, ("conducting", share(found["volume_fraction"]))]

    def _figure(self) -> Figure:
        from interfacefem.report.volume_transport_figures import electrode_figure

        one = self._conducting()
        assert one.electrode is not None
        axis, size = one.conduction.axis, self.volume.voxel_size
        return electrode_figure(one.electrode, size, axis, self._relative_critical())

    def _draw(self, axes: Axes) -> None:
        from interfacefem.report.volume_transport_figures import draw_plane

        one = self._conducting()
        assert one.electrode is not None
        draw_plane(axes, one.electrode, self.volume.voxel_size, one.conduction.axis)

    def _conducting(self) -> AxisTransport:
        """The first axis along which current flows."""
        for one in self.axes:
            if one.plane is not None:
                return one
        raise InputError("there is nothing to draw: no current flows along any axis", field="plot")

    def _relative_critical(self) -> float | None:
        critical, applied = self.asked.critical_current_density, self.asked.applied
        return critical / applied if critical and applied else None

    def _field_writers(self) -> Mapping[str, Callable[[Path], None]]:
        from interfacefem.volumes.image_data import write_potential

        one = self.axes[0].conduction
        return {".vti": lambda path: write_potential(path, one, self.volume)}


def transport(
    volume: SegmentedVolume | str | Path,
    *,
    phase: int | None = None,
    conductivity: Mapping[int, Amount] | None = None,
    axes: Sequence[int] = (0, 1, 2),
    plane: Literal["low", "high"] = "low",
    critical_current_density: Amount | None = None,
    current_density: Amount | None = None,
    safe_share: float = 0.99,
    sides: Literal["insulated", "periodic", "linear"] = "insulated",
    cell: Cell | None = None,
    greys: npt.NDArray[np.generic] | None = None,
    residual: float = 3e-5,
    voxel: Amount | Sequence[Amount] | None = None,
    comm: MPI.Comm | None = None,
) -> TransportResult:
    """Effective conductivity, tortuosity factor, current at the electrode's plane.

    Args:
        volume: What ``read_volume`` returns, or the name of a file, of which each rank reads its
            part.
        phase: Label of the only phase that conducts.
        conductivity: Of each label that conducts, in place of ``phase``: ``{0: "1 mS/cm"}``.
        axes: Axes to solve along.
        plane: End of the axis with the electrode.
        critical_current_density: Such as "1 mA/cm^2": gives the largest safe current density.
        current_density: Applied: gives the share of the contact above the critical one.
        safe_share: Share of the contact that the safe current density keeps below the limit.
        sides: ``periodic`` or ``linear`` give the whole tensor of the box, too.
        cell: Whose kinetics act at the electrode's plane, and whose load is applied unless
            ``current_density`` says another; None leaves the primary current distribution.
        greys: Grey values that the labels were cut from, of the whole volume: the budget then says
            what the thresholds do.
        residual: Norm of the residual, over that of the right-hand side, at which to stop.
        voxel: Of a file that says none, such as "25 nm".
        comm: Ranks that share the volume; default: this process alone.

    Raises:
        InputError: An argument is not what it should be.
        VolumeError: The file cannot be read, or what conducts is not in it.
        ConvergenceError: Not within the iterations allowed.

    Collective over ``comm``.
    """
    comm = communicator(comm)
    if (phase is None) == (conductivity is None):
        raise InputError(
            "says what conducts",
            field="phase=",
            found="neither phase nor conductivity" if phase is None else "both",
            expected='phase=0, or a conductivity for each: conductivity={0: "1 mS/cm"}',
        )
    try:
        residual = _RESIDUAL.read(residual, Door.ARGUMENT)
    except ValueError as error:
        raise InputError(str(error), field="residual=") from None
    given: dict[str, Any] = {
        "phase": phase, "conductivity": conductivity or {}, "axes": axes, "plane": plane,
        "safe_share": safe_share, "voxel": voxel, "sides": sides,
    }  # fmt: skip
    what = Transport(**given)
    load = parameters_of(Load)
    limit, applied = critical_current_density, current_density
    asked = Asked(
        what,
        None if limit is None else quantity(limit, load["critical_current_density"]),
        None if applied is None else quantity(applied, load["current_density"]),
        residual,
        None if cell is None else cell_of(cell),
    )
    with naming_fields(names_at(Door.ARGUMENT, Transport)):
        if isinstance(volume, SegmentedVolume):
            require_no_voxel(voxel)
            part = _own_part(volume, comm)
            own = _own_greys(greys, part)
            return solve_volume(part, asked, file=volume.source, greys=own)
        path = require_path(volume, "volume", "what read_volume returns")
        file = on_each_rank(comm, lambda: open_volume(path, voxel_size=what.voxel))
        part = part_of_file(file, comm, asked)
        own = _own_greys(greys, part)
        return solve_volume(part, asked, file=path, notes=file.notes, greys=own)


def part_of_file(
    file: VolumeFile, comm: MPI.Comm, asked: Asked, *, keep_fields: bool = True
) -> VolumeSlab:
    """This rank's part of an open volume, if what is asked of it fits into the memory; collective.

    Args:
        file: The volume.
        comm: The ranks.
        asked: What is going to be asked.
        keep_fields: As for ``solve_volume``.
    """
    what = asked.what
    work = solver_bytes(
        sum(value > 0 for value in what.conductivities()[0].values()),
        fields=(len(what.axes) - 1 if keep_fields else 0) + (asked.cell is not None),
        tensor=what.sides != "insulated",
    )
    return on_each_rank(comm, lambda: read_slab(file, comm, work))


def solve_volume(
    volume: VolumeSlab,
    asked: Asked,
    *,
    file: object = None,
    notes: tuple[str, ...] = (),
    greys: npt.NDArray[np.generic] | None = None,
    keep_fields: bool = True,
    step: Step | None = None,
) -> TransportResult:
    """Solve transport through a volume that is dealt out.

    Args:
        volume: This rank's part.
        asked: What is asked.
        file: Named in messages.
        notes: What is to be known of the file.
        greys: Of this rank's part; None for none.
        keep_fields: Keep potentials, which ``write`` and figures need: five bytes a voxel and axis.
        step: Called as the work on each part begins.

    Raises:
        VolumeError: What conducts is not in it.
        ConvergenceError: Not within the iterations allowed.

    Collective.
    """
    say: Step = step or (lambda text: None)
    what = asked.what
    conductivities, _ = what.conductivities()
    with naming_file(file):
        require_labels(volume, conductivities)
    electrode = asked.electrode()
    settings = ConductionSettings(residual=asked.residual)
    say("kernels (compiled at the first run of all)")
    compile_kernels(volume.slabs.comm, len(conductivities), asked.residual)
    started = time.process_time()
    with naming_file(file):
        found = solve_transport(
            volume,
            conductivities,
            axes=what.axes,
            end=int(what.plane == "high"),
            settings=settings,
            electrode=electrode,
            greys=greys,
            keep_fields=keep_fields,
            progress=say,
        )
        tensor = None
        if what.sides != "insulated":
            tensor = conductivity_tensor(
                volume, conductivities, what.sides, settings=settings, progress=say
            )
    (cpu,) = volume.slabs.sum(time.process_time() - started)
    return TransportResult(tuple(found), volume, asked, cpu, notes, tensor)


def _own_part(volume: SegmentedVolume, comm: MPI.Comm) -> VolumeSlab:
    slabs = deal_slabs(volume.shape, volume.voxel_size, comm)
    labels = np.ascontiguousarray(volume.labels[slabs.start : slabs.stop])
    return VolumeSlab(labels, volume.shape, volume.voxel_size, slabs)


def _own_greys(
    greys: npt.NDArray[np.generic] | None, part: VolumeSlab
) -> npt.NDArray[np.generic] | None:
    if greys is None:
        return None
    greys = np.asarray(greys)
    if greys.shape != part.shape or greys.dtype.kind not in "iuf":
        raise InputError(
            "have not the shape of the labels, or are no numbers", field="greys=",
            found=f"{greys.dtype} {greys.shape}", expected=f"numbers of shape {part.shape}",
        )  # fmt: skip
    return greys[part.slabs.start : part.slabs.stop]
