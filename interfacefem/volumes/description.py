# SPDX-License-Identifier: BSD-3-Clause
"""Descriptors of the phases of a volume: all of them in one call."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.conduction.solver import ConductionSettings, ConductionSolver, VolumeSlab
from interfacefem.errors import InputError
from interfacefem.units import UM
from interfacefem.volumes.chords import ChordLengths, chord_lengths
from interfacefem.volumes.interface_areas import (
    InterfaceAreas,
    interface_areas,
    triple_line_shares,
)
from interfacefem.volumes.local_thickness import local_thickness
from interfacefem.volumes.pores import phase_mask
from interfacefem.volumes.random_walk import RandomWalk, random_walk
from interfacefem.volumes.representative_volume import RepresentativeVolume, representative_volume

_THICKNESS_BINS = 64
DESCRIPTION_BYTES = 24.0  # a voxel: sums, smoothed and distance fields beside the mask (assumed)
FEWEST_PER_FEATURE = 10.0  # voxels: with fewer, areas and thickness err by more than 1 %
_MUCH_AT_TRIPLE_LINES = 0.1  # of an interface: then its area errs by more than 1 to 3 %

Begin = Callable[[str], None]
"""Called with a text as a step of the work begins."""

FluxTortuosity = Callable[[SegmentedVolume, tuple[int, ...], Begin], tuple[float | None, ...]]
"""Tortuosity factors along axes 0, 1, 2 of the phases taken as one, from conduction; 3 steps."""


@dataclass(frozen=True, eq=False)
class Thickness:
    """Distribution of the local thickness of a phase.

    Attributes:
        mean: Over the phase's volume, in m.
        sd: Standard deviation, in m.
        edges: Ends of the bins in m, shape (bins + 1,).
        share: Of the phase's volume in each bin, shape (bins,).
    """

    mean: float
    sd: float
    edges: np.ndarray
    share: np.ndarray


@dataclass(frozen=True, eq=False)
class PhaseDescription:
    """Descriptors of one phase.

    Attributes:
        fraction: Share of the volume.
        chords: Along axes 0, 1, 2.
        thickness: Local thickness.
        representative: Scatter of the share with volume, None for a small volume.
        walk: Random walk in the phase.
        flux_tortuosity: Tortuosity factors from conduction, None each where nothing conducts; empty
            if not asked for.
        filled_walk: Random walk where pores conduct as the phase does; None if not asked for.
        filled_flux_tortuosity: The same from conduction.
    """

    fraction: float
    chords: tuple[ChordLengths, ...]
    thickness: Thickness
    representative: RepresentativeVolume | None
    walk: RandomWalk
    flux_tortuosity: tuple[float | None, ...]
    filled_walk: RandomWalk | None
    filled_flux_tortuosity: tuple[float | None, ...]


@dataclass(frozen=True, eq=False)
class VolumeDescription:
    """Descriptors of a volume.

    Attributes:
        volume: The volume.
        areas: Surfaces and interfaces of all phases.
        triple_lines: Share of each interface that lies beside a third phase.
        phases: Descriptors of each phase that was asked for.
        filled: Labels that were filled with each phase; empty for none.
    """

    volume: SegmentedVolume
    areas: InterfaceAreas
    triple_lines: Mapping[tuple[int, int], float]
    phases: Mapping[int, PhaseDescription]
    filled: tuple[int, ...]


def describe_volume(
    volume: SegmentedVolume,
    phases: tuple[int, ...] | None = None,
    *,
    filled: tuple[int, ...] = (),
    flux_tortuosity: FluxTortuosity | None = None,
    begin: Begin | None = None,
) -> VolumeDescription:
    """Describe a volume.

    Args:
        volume: Labels.
        phases: Labels to describe; all by default.
        filled: Labels, such as the pores', that the variant of Minnmann 2024 (Fig. S7) gives the
            conductivity of the phase described; none by default.
        flux_tortuosity: Gives tortuosity factors from conduction beside those of random walks.
        begin: Called with a text as each of ``description_steps`` begins.

    Raises:
        InputError: A label does not occur, or only one does.
    """
    begin = begin or (lambda text: None)
    occur = volume.phases
    chosen = occur if phases is None else phases
    for phase in (*chosen, *filled):
        phase_mask(volume, (phase,))
    if filled and any({phase, *filled} == set(occur) for phase in chosen):
        raise InputError(
            "no phase is left that does not conduct", field="fill", found=filled,
            expected="a third phase in the volume",
        )  # fmt: skip
    begin("interface areas")
    areas = interface_areas(volume.labels, occur, volume.voxel_size)
    triple_lines = triple_line_shares(volume.labels, occur)
    begin("chords")
    chords = [chord_lengths(volume, axis) for axis in range(3)]
    described = {}
    for phase in chosen:
        begin(f"thickness, representative volume and walk of phase {phase}")
        mask = phase_mask(volume, (phase,))
        thickness = _thickness(mask, volume.voxel_size)
        representative = representative_volume(mask, volume.voxel_size)
        walk = random_walk(mask, volume.voxel_size)
        flux = flux_tortuosity(volume, (phase,), begin) if flux_tortuosity else ()
        filled_walk: RandomWalk | None = None
        filled_flux: tuple[float | None, ...] = ()
        if variant := _variant(phase, filled):
            begin(f"walk in phases {_listed(variant)} as one")
            filled_walk = random_walk(phase_mask(volume, variant), volume.voxel_size)
            filled_flux = flux_tortuosity(volume, variant, begin) if flux_tortuosity else ()
        described[phase] = PhaseDescription(
            float(np.count_nonzero(mask) / mask.size),
            tuple(along[occur.index(phase)] for along in chords),
            thickness, representative, walk, flux, filled_walk, filled_flux,
        )  # fmt: skip
    return VolumeDescription(volume, areas, triple_lines, described, filled)


def description_steps(phases: tuple[int, ...], filled: tuple[int, ...], *, flux: bool) -> int:
    """How often ``describe_volume`` says that a step begins."""
    of_phase = 4 if flux else 1
    return 2 + sum(of_phase * (2 if _variant(phase, filled) else 1) for phase in phases)


def _variant(phase: int, filled: tuple[int, ...]) -> tuple[int, ...]:
    """Labels that conduct as one where others are filled with a phase; empty if it fills none."""
    return tuple(dict.fromkeys((phase, *filled))) if filled and phase not in filled else ()


def _listed(phases: tuple[int, ...]) -> str:
    return ", ".join(str(phase) for phase in phases)


def flux_tortuosity_factors(
    volume: SegmentedVolume, phases: tuple[int, ...], begin: Begin = lambda text: None
) -> tuple[float | None, ...]:
    """Tortuosity factors along axes 0, 1, 2 by conduction through phases taken as one.

    None where nothing connects the plates.
    """
    # one label, so that the solver has one conductance for all of them
    joined = np.isin(volume.labels, phases).view(np.uint8)
    solver = ConductionSolver(
        VolumeSlab.of(SegmentedVolume(joined, volume.voxel_size, volume.source)), {1: 1.0}
    )
    settings = ConductionSettings(lower_bound=False)
    found = []
    for axis in range(3):
        begin(f"conduction through phase {_listed(phases)} along axis {axis}")
        found.append(solver.solve(axis, settings).tortuosity_factor)
    return tuple(found)


def _thickness(mask: np.ndarray, voxel_size: tuple[float, float, float]) -> Thickness:
    values = local_thickness(mask, voxel_size)[mask]
    counts, edges = np.histogram(values, _THICKNESS_BINS, (0.0, float(values.max())))
    mean = float(values.mean(dtype=np.float64))
    sd = float(np.sqrt(np.mean((values.astype(np.float64) - mean) ** 2)))
    return Thickness(mean, sd, edges, counts / len(values))


def description_result(description: VolumeDescription) -> dict[str, Any]:
    """Contract of ``interfacefem volume describe --json``."""
    areas = description.areas
    per_feature = {
        phase: voxels_per_feature(one, description.volume.voxel_size)
        for phase, one in description.phases.items()
    }
    phases = {
        str(phase): {**_phase_result(one), "voxels_per_feature": _number(per_feature[phase])}
        for phase, one in description.phases.items()
    }
    return {
        "phases": phases,
        "specific_surface_per_um": {
            str(phase): area / areas.volume * UM for phase, area in areas.surface.items()
        },
        "specific_interface_per_um": {
            f"{a}-{b}": area / areas.volume * UM for (a, b), area in areas.interface.items()
        },
        "triple_line_share": {
            f"{a}-{b}": share for (a, b), share in description.triple_lines.items()
        },
        "filled": list(description.filled),
        "notes": [
            "surfaces and interfaces per volume of the whole; chords that touch the border left "
            "out",
            *_doubts(description, per_feature),
        ],
    }


def voxels_per_feature(phase: PhaseDescription, voxel_size: tuple[float, float, float]) -> float:
    """Mean chord in voxels along the axis where it has the fewest; nan where no chord ends."""
    counts = [chord.mean / size for chord, size in zip(phase.chords, voxel_size, strict=True)]
    known = [count for count in counts if math.isfinite(count)]
    return min(known) if known else math.nan


def _doubts(description: VolumeDescription, per_feature: Mapping[int, float]) -> list[str]:
    """What a reader should know of numbers that rest on few voxels or a biased estimate."""
    notes = [
        f"phase {phase}: {count:.2g} voxels to a feature (mean chord); below "
        f"{FEWEST_PER_FEATURE:g} areas are low, and thickness and tortuosity rough"
        for phase, count in per_feature.items()
        if count < FEWEST_PER_FEATURE
    ]
    notes += [
        f"interface {a}-{b}: {share:.0%} of it lies beside a third phase, where areas are 10 "
        "to 34 % low"
        for (a, b), share in description.triple_lines.items()
        if share > _MUCH_AT_TRIPLE_LINES
    ]
    if any(not one.flux_tortuosity for one in description.phases.values()):
        notes.append(
            "random walks of this length are biased, up to 30 % in tortuous phases; with factors "
            "from conduction the bias is said"
        )
    return notes


def _phase_result(phase: PhaseDescription) -> dict[str, Any]:
    result: dict[str, Any] = {
        "volume_fraction": phase.fraction,
        "mean_chord_um": [_number(chord.mean / UM) for chord in phase.chords],
        "length_weighted_chord_um": [
            _number(chord.length_weighted_mean / UM) for chord in phase.chords
        ],
        "local_thickness_um": phase.thickness.mean / UM,
        "local_thickness_sd_um": phase.thickness.sd / UM,
        **_walk_result("random_walk", phase.walk),
    }
    if phase.representative is not None:
        result["volume_fraction_sd"] = phase.representative.fraction_sd
        result["representative_edge_um"] = phase.representative.representative_edge / UM
    if phase.flux_tortuosity:
        result["flux_tortuosity_factor"] = list(phase.flux_tortuosity)
        result["random_walk_bias"] = [
            None if flux is None else _number(walk / flux - 1)
            for walk, flux in zip(phase.walk.tortuosity_factor, phase.flux_tortuosity, strict=True)
        ]
    if phase.filled_walk is not None:
        result |= _walk_result("filled_random_walk", phase.filled_walk)
    if phase.filled_flux_tortuosity:
        result["filled_flux_tortuosity_factor"] = list(phase.filled_flux_tortuosity)
    return result


def _walk_result(name: str, walk: RandomWalk) -> dict[str, Any]:
    return {
        f"{name}_tortuosity_factor": [_number(value) for value in walk.tortuosity_factor],
        f"{name}_standard_error": [_number(value) for value in walk.standard_error],
    }


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
