# SPDX-License-Identifier: BSD-3-Clause
"""Transport through a volume as JSON keys that others script against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from interfacefem.conduction.budget import budget_result
from interfacefem.conduction.solver import VolumeSlab
from interfacefem.conduction.tensor import ConductivityTensor
from interfacefem.conduction.transport import AxisTransport
from interfacefem.units import MA_PER_CM2, MS_PER_CM, NM, OHM_CM2


def transport_result(
    volume: VolumeSlab,
    found: Sequence[AxisTransport],
    *,
    unit: float | None,
    critical: float | None,
    applied: float | None,
    safe_share: float,
    cpu_s: float,
    notes: Sequence[str] = (),
    tensor: ConductivityTensor | None = None,
) -> dict[str, Any]:
    """Contract of ``interfacefem volume transport --json`` (docs/results.md).

    Args:
        volume: This rank's part of the volume.
        found: Transport along each axis that was solved.
        unit: Of the conductivities in S/m; None where they are pure numbers.
        critical: Local limit of the current density in A/m^2; None leaves out what depends on it.
        applied: Applied current density in A/m^2.
        safe_share: Share of the contact that the safe current density keeps below the limit.
        cpu_s: Process CPU time in s.
        notes: What is to be known of the file.
        tensor: Of the whole box; None where it was not asked for.
    """
    conductions = [one.conduction for one in found]
    largest = max(conductions[0].conductivities)
    planes = [one.electrode for one in found]
    reacts = any(one.reacting is not None for one in found)
    voxels = [one.voxels for one in found]
    remarks = [
        *notes,
        *(
            f"no path between the plates along axis {one.axis}: its conductivity is 0"
            for one in conductions
            if one.sigma_eff == 0
        ),
    ]
    remarks += [
        f"axis {one.conduction.axis}: not resolved: every second voxel conducts "
        f"{min(one.voxels.coarse) / one.conduction.sigma_eff:.2g} to "
        f"{max(one.voxels.coarse) / one.conduction.sigma_eff:.2g} times as well as all; "
        "smaller voxels are needed"
        for one in found
        if one.voxels is not None and not one.voxels.resolved
    ]
    if len(conductions[0].conductivities) == 2 and conductions[0].volume_fraction == 1:
        remarks.append("one phase fills the volume: there is nothing to find but its conductivity")
    result: dict[str, Any] = {
        "axes": [one.axis for one in conductions],
        "shape": list(volume.shape),
        "voxel_nm": [size / NM for size in volume.voxel_size],
        "sigma_eff": [one.sigma_eff / largest for one in conductions],
        "sigma_eff_low": [
            None if one.sigma_low is None else one.sigma_low / largest for one in conductions
        ],
        "sigma_eff_high": [one.sigma_high / largest for one in conductions],
        "sigma_eff_error": [one and one.error / largest for one in voxels],
        "sigma_eff_extrapolated": [
            None if one is None or one.extrapolated is None else one.extrapolated / largest
            for one in voxels
        ],
        "sigma_eff_extrapolated_error": [
            None
            if one is None or one.extrapolated_error is None
            else one.extrapolated_error / largest
            for one in voxels
        ],
        "resolved": [one and one.resolved for one in voxels],
        "tortuosity_factor": [one.tortuosity_factor for one in conductions],
        "volume_fraction": conductions[0].volume_fraction,
        "connected_fraction": [one.connected_fraction for one in conductions],
        "flux_imbalance": [one.flux_imbalance for one in conductions],
        "flux_spread": [one.flux_spread for one in conductions],
        "residual": [one.residual for one in conductions],
        "iterations": [one.iterations for one in conductions],
        "hot_spot_factor": [plane and plane.hot_spot_factor for plane in planes],
        "hot_spot_quantile": [plane and plane.quantile(safe_share) for plane in planes],
        "contact_share": [plane and plane.contact_share for plane in planes],
    }
    if unit is not None:
        result["sigma_eff_mS_cm"] = [one.sigma_eff / MS_PER_CM for one in conductions]
    if critical is not None:
        result["safe_current_density_mA_cm2"] = [
            one.safe_current_density / MA_PER_CM2
            if one.safe_current_density is not None
            else one.electrode
            and one.electrode.safe_current_density(critical, safe_share) / MA_PER_CM2
            for one in found
        ]
        if applied is not None:
            result["area_above_ccd"] = [
                plane and plane.share_above(critical / applied) for plane in planes
            ]
    if reacts:
        result |= _reaction_result(found)
    if tensor is not None:
        result["tensor"] = _tensor_result(tensor, found, largest)
    result["budget"] = [
        row for one in found for row in budget_result(one.conduction.axis, one.budget, largest)
    ]
    result["cpu_s"] = cpu_s
    result["notes"] = remarks
    return result


def _reaction_result(found: Sequence[AxisTransport]) -> dict[str, Any]:
    """Keys that a reaction at the electrode adds."""
    reacting = [one.reacting for one in found]
    parts = ("bulk", "constriction", "charge_transfer", "film")
    return {
        "primary_hot_spot_factor": [one.plane and one.plane.hot_spot_factor for one in found],
        "primary_hot_spot_quantile": [one.plane and one.plane.quantile(0.99) for one in found],
        "cell_voltage_V": [one and one.potential for one in reacting],
        "resistance_ohm_cm2": [one and one.resistance / OHM_CM2 for one in reacting],
        **{
            f"resistance_{part}_ohm_cm2": [one and getattr(one, part) / OHM_CM2 for one in reacting]
            for part in parts
        },
        "reaction_iterations": [one and one.iterations for one in reacting],
    }


def _tensor_result(
    tensor: ConductivityTensor, found: Sequence[AxisTransport], largest: float
) -> dict[str, Any]:
    """The tensor over the largest conductivity; its error is that of the voxels along the axes."""
    relative = [
        one.voxels.error / one.conduction.sigma_eff for one in found if one.voxels is not None
    ]
    error = max(relative) if relative else None
    return {
        "sides": tensor.sides,
        "sigma_eff": (tensor.tensor / largest).tolist(),
        "principal": (tensor.principal / largest).tolist(),
        "directions": tensor.directions.tolist(),
        "relative_error": error,
        "anisotropy": tensor.anisotropy,
        # two values that err alike by a share differ by at most twice of it
        "isotropic": None if error is None else tensor.anisotropy <= 2 * error,
        "asymmetry": tensor.asymmetry / largest,
        "iterations": list(tensor.iterations),
    }
