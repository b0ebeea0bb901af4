# SPDX-License-Identifier: BSD-3-Clause
"""Current density at the electrode's plane, and at planes parallel to it.

The maximum over single faces grows as voxels shrink, quantiles over the contact hardly do: the safe
current density is taken from a quantile (Tran 2025, Note S2), and the maximum is given with the
size of the face it is a mean over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from interfacefem.conduction.solver import Conduction, VolumeSlab
from interfacefem.errors import VolumeError

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PlaneCurrent:
    """Current density through a plane of faces parallel to the plates.

    Attributes:
        depth: Distance from the electrode's plane in m.
        relative: Current density along the axis over its mean over the whole plane, shape of the
            two other axes in their order; 0 where nothing conducts through the plane.
        contact: Where something conducts through the plane, same shape.
    """

    depth: float
    relative: Doubles
    contact: npt.NDArray[np.bool_]

    @property
    def hot_spot_factor(self) -> float:
        """Largest value, a mean over one face of a voxel."""
        return float(self.relative.max())

    @property
    def contact_share(self) -> float:
        """Share of the plane through which something conducts."""
        return float(self.contact.mean())

    def quantile(self, share: float) -> float:
        """Value that this share of the contact does not exceed."""
        return float(np.quantile(self.relative[self.contact], share))

    def share_above(self, relative: float) -> float:
        """Share of the contact that exceeds a value."""
        return float(np.mean(self.relative[self.contact] > relative))

    def safe_current_density(self, critical: float, share: float = 0.99) -> float:
        """Applied current density at which this share of the contact stays below critical.

        Args:
            critical: Critical current density, in the unit of the result.
            share: Of the contact's area.
        """
        return critical / self.quantile(share)


def plane_current(
    conduction: Conduction, volume: VolumeSlab, *, planes: int = 0, end: int = 0
) -> PlaneCurrent | None:
    """Current density through the faces ``planes`` voxels away from a plate.

    Args:
        conduction: Along the axis normal to the plate.
        volume: What was solved for.
        planes: 0 for the plate itself.
        end: 0 for the plate at the low end of the axis, 1 for the other one.

    Returns:
        The same on all ranks; None where no current flows.

    Raises:
        VolumeError: There are no so many planes.

    Collective.
    """
    axis, count = conduction.axis, volume.shape[conduction.axis]
    if not 0 <= planes < count:
        raise VolumeError(
            "lies outside the volume", field="depth", found=f"{planes} voxels",
            expected=f"less than {count}",
        )  # fmt: skip
    if conduction.sigma_eff == 0:
        return None
    here = _Plane.of(conduction, volume, planes if end == 0 else count - 1 - planes)
    if planes == 0:
        drop = 1 - here.potential if end == 0 else here.potential
        current = 2 * here.conductivity * drop
    else:
        before = _Plane.of(conduction, volume, planes - 1 if end == 0 else count - planes)
        total = here.conductivity + before.conductivity
        product = 2 * here.conductivity * before.conductivity
        in_series = np.divide(product, total, out=np.zeros_like(total), where=total > 0)
        drop = before.potential - here.potential
        current = in_series * (drop if end == 0 else -drop)
    contact = np.isfinite(current) & (current != 0)
    current = np.where(contact, current, 0.0)
    return PlaneCurrent(planes * volume.voxel_size[axis], current / current.mean(), contact)


@dataclass(frozen=True, eq=False)
class _Plane:
    potential: Doubles
    conductivity: Doubles

    @classmethod
    def of(cls, conduction: Conduction, volume: VolumeSlab, index: int) -> _Plane:
        """One plane of voxels on all ranks; collective."""
        conductivities = np.array(conduction.conductivities)
        phases = whole_plane(conduction.phases, conduction.axis, index, volume)
        return cls(
            whole_plane(conduction.potential, conduction.axis, index, volume),
            conductivities[phases],
        )


def whole_plane(
    values: npt.NDArray[Any], axis: int, index: int, volume: VolumeSlab
) -> npt.NDArray[Any]:
    """One plane of voxels normal to an axis, put together from all slabs, on all ranks.

    Args:
        values: At the voxels of this rank's slab.
        axis: Normal to the plane.
        index: Of the plane in the whole volume.
        volume: Says how planes are dealt out.

    Collective.
    """
    slabs = volume.slabs
    if axis == 0:
        owner = int(np.searchsorted(slabs.starts, index, side="right")) - 1
        own = values[index - slabs.start].copy() if slabs.comm.rank == owner else None
        return slabs.comm.bcast(own, root=owner)
    parts: Sequence[npt.NDArray[Any]] = slabs.comm.allgather(values.take(index, axis))
    return np.concatenate(parts)
