# SPDX-License-Identifier: BSD-3-Clause
"""Segmented volumes in a study: what is asked of them, and solving one."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pydantic
from mpi4py import MPI
from pydantic import Field

from interfacefem.conduction.result import transport_result
from interfacefem.conduction.transport import solve_transport
from interfacefem.conduction.warm_up import compile_kernels
from interfacefem.errors import InputError
from interfacefem.parameters.case_file import Section, quantity
from interfacefem.volumes.reading import VolumeFile, open_volume, parse_crop, read_slab
from interfacefem.volumes.voxel_size import parse_voxel_size

if TYPE_CHECKING:
    from interfacefem.parameters.case_file import Load

    _Conductivity = float  # a type checker cannot follow what quantity() returns
else:
    _Conductivity = quantity("S/m", "1 mS/cm", at_least=0)


class Transport(Section):
    """What conducts in a segmented volume, and how it is read."""

    phase: int | None = Field(default=None, description="label of the only phase that conducts")
    conductivity: dict[int, _Conductivity] = Field(
        default_factory=dict, description="of each label that conducts, in place of phase"
    )
    voxel: str | None = Field(default=None, description='edges, such as "25 nm"; default: the file')
    resample: str | None = Field(default=None, description="edges of the voxels it is read on")
    crop: str | None = Field(default=None, description='such as "0:100,0:256,20:200"')
    axes: tuple[Literal[0, 1, 2], ...] = Field(default=(0, 1, 2), min_length=1)
    plane: Literal["low", "high"] = Field(default="low", description="end with the electrode")
    safe_share: float = Field(default=0.99, gt=0, lt=1)

    @pydantic.model_validator(mode="after")
    def _one_way(self) -> Transport:
        if self.phase is not None and self.conductivity:
            raise ValueError('says what conducts in two ways; expected "phase" or "conductivity"')
        if len(set(self.axes)) < len(self.axes):
            raise ValueError(f"an axis is named twice; found {list(self.axes)}")
        return self

    @pydantic.field_validator("voxel", "resample")
    @classmethod
    def _is_a_size(cls, text: str | None, info: pydantic.ValidationInfo) -> str | None:
        if text is not None:
            _checked(lambda: parse_voxel_size(text, str(info.field_name)))
        return text

    @pydantic.field_validator("crop")
    @classmethod
    def _is_a_crop(cls, text: str | None) -> str | None:
        if text is not None:
            _checked(lambda: parse_crop(text))
        return text

    def conductivities(self) -> tuple[dict[int, float], float | None]:
        """Conductivity of each label, and their unit in S/m; None where they are pure numbers.

        Raises:
            InputError: Nothing conducts.
        """
        if self.conductivity:
            return dict(self.conductivity), 1.0
        if self.phase is None:
            raise InputError(
                "says not what conducts",
                field="transport",
                expected='"phase: 0", or "conductivity: {0: 1 mS/cm}"',
            )
        return {self.phase: 1.0}, None

    def open(self, path: Path) -> VolumeFile:
        """Open a volume without loading it.

        Raises:
            VolumeError: It cannot be read.
        """
        return open_volume(
            path,
            voxel_size=None if self.voxel is None else parse_voxel_size(self.voxel),
            resample_to=None if self.resample is None else parse_voxel_size(self.resample),
            crop=None if self.crop is None else parse_crop(self.crop),
        )


def _checked(parse: Callable[[], object]) -> None:
    try:
        parse()
    except InputError as error:
        raise ValueError(str(error)) from None


def solve_volume(path: Path, asked: Transport, load: Load, comm: MPI.Comm) -> dict[str, Any]:
    """Transport through a volume as a row of a table: what differs by axis has its number.

    Args:
        path: The volume.
        asked: What conducts.
        load: Current densities, applied and critical.
        comm: Communicator that does the work.

    Raises:
        VolumeError: It cannot be read, or what conducts is not in it.
        ConvergenceError: Not within the iterations allowed.

    Collective.
    """
    conductivities, unit = asked.conductivities()
    compile_kernels(comm)
    started = time.process_time()
    file = asked.open(path)
    volume = read_slab(file, comm)
    found = solve_transport(volume, conductivities, axes=asked.axes, end=int(asked.plane == "high"))
    result = transport_result(
        volume,
        found,
        unit=unit,
        critical=load.critical_current_density,
        applied=load.current_density,
        safe_share=asked.safe_share,
        cpu_s=comm.allreduce(time.process_time() - started, op=MPI.SUM),
    )
    notes, axes = result.pop("notes"), result.pop("axes")
    row: dict[str, Any] = {}
    for name, value in result.items():
        if not isinstance(value, list):
            row[name] = value
            continue
        of_volume = name in ("shape", "voxel_nm")
        for axis, entry in zip((0, 1, 2) if of_volume else axes, value, strict=True):
            row[f"{name}_axis{axis}"] = entry
    return {**row, "notes": notes}
