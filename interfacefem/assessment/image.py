# SPDX-License-Identifier: BSD-3-Clause
"""From one micrograph to current and stress ratio: profiles, solved one by one, mean and spread."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mpi4py import MPI

from interfacefem.assessment.line_stress import LineStress, line_stress
from interfacefem.assessment.sensitivity import uncertainty
from interfacefem.current.result import current_result
from interfacefem.current.run import CurrentRun, run_current
from interfacefem.errors import InterfaceFemError
from interfacefem.images import (
    ExtractedProfile,
    Extraction,
    Micrograph,
    extract_profiles,
    read_micrograph,
)
from interfacefem.parallel import on_each_rank
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.sampling import Sampling
from interfacefem.progress import Step
from interfacefem.short_repr import short_repr
from interfacefem.statistics.summary import Summary, summarize
from interfacefem.surfaces.result import roughness_result
from interfacefem.units import NM

SUMMARIZED = (
    "i_ratio",
    "hot_spot_factor",
    "i_p99_p1",
    "roughness_factor",
    "area_above_ccd",
    "safe_current_density_mA_cm2",
    "area_specific_resistance_ohm_cm2",
    "stress_ratio",
    "p_max_GPa",
    "contact_fraction",
)


@dataclass(frozen=True, eq=False)
class LineRun:
    """Both physics of one sampling line."""

    current: CurrentRun
    stress: LineStress


@dataclass(frozen=True, eq=False)
class ImageProfiles:
    """A micrograph and the profiles taken from it."""

    __repr__ = short_repr

    micrograph: Micrograph
    extraction: Extraction


def take_profiles(image: str | Path, sampling: Sampling) -> ImageProfiles:
    """Read a micrograph and take its profiles.

    Raises:
        ImageError: The image cannot be read or holds no such interface.
    """
    crop = None if sampling.crop == "auto" else sampling.crop
    micrograph = read_micrograph(image, pixel_size=sampling.pixel_size, crop=crop)
    return ImageProfiles(micrograph, extract_profiles(micrograph, sampling))


def solve_lines(
    profiles: tuple[ExtractedProfile, ...], cell: Cell, comm: MPI.Comm, step: Step
) -> dict[int, LineRun]:
    """Current and contact stress of every sampling line, the lines shared out over the ranks.

    Returns:
        On each rank the runs of the lines it solved, by line number from 1.

    Raises:
        InterfaceFemError: A line could not be solved; the message names it.

    Collective: each line is solved by one rank, since two dimensions do not repay more.
    """

    def solve_own_lines() -> dict[int, LineRun]:
        runs = {}
        for index in range(comm.rank, len(profiles), comm.size):
            step(f"current and stress of line {index + 1} of {len(profiles)}")
            runs[index + 1] = _solve_line(profiles[index], index + 1, cell)
        return runs

    return on_each_rank(comm, solve_own_lines)


def line_results(
    profiles: tuple[ExtractedProfile, ...], runs: dict[int, LineRun], comm: MPI.Comm
) -> list[dict[str, Any]]:
    """One flat row of numbers for each line, in order, on every rank; collective."""
    own = {
        number: {
            "line": number,
            "place": profiles[number - 1].profile.metadata.get("place", ""),
            **roughness_result(run.current.profile),
            **_both(run),
        }
        for number, run in runs.items()
    }
    gathered: dict[int, dict[str, Any]] = {}
    for part in comm.allgather(own):
        gathered.update(part)
    return [gathered[number] for number in sorted(gathered)]


def image_result(image: ImageProfiles) -> dict[str, Any]:
    """What is said of a micrograph and how its profiles were taken."""
    return {
        "image": str(image.micrograph.source),
        "pixel_size_nm": image.micrograph.pixel_size / NM,
        "pixel_size_source": image.micrograph.pixel_size_source,
        "method": image.extraction.method,
        "tilt_degrees": image.extraction.tilt_degrees,
    }


def profile_result(taken: ImageProfiles) -> dict[str, Any]:
    """Contract of ``interfacefem profile --json`` (docs/results.md)."""
    return {
        **image_result(taken),
        "lines": [
            {
                "line": number,
                "place": extracted.profile.metadata.get("place", ""),
                **roughness_result(extracted.profile),
            }
            for number, extracted in enumerate(taken.extraction.profiles, start=1)
        ],
        "notes": list(taken.extraction.notes),
    }


def risk_result(
    image: ImageProfiles,
    lines: list[dict[str, Any]],
    cutoffs: list[dict[str, Any]],
    pressures: list[dict[str, Any]],
    contact_limited: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Contract of ``interfacefem risk --json`` (docs/results.md)."""
    return {
        **image_result(image),
        "lines": lines,
        "summary": {key: _as_dict(summarize(line[key] for line in lines)) for key in SUMMARIZED},
        "cutoffs": cutoffs,
        "uncertainty": asdict(uncertainty(lines, cutoffs)),
        "pressures": pressures,
        **({} if contact_limited is None else {"contact_limited": contact_limited}),
        "notes": list(image.extraction.notes),
        "cpu_s": sum(line["cpu_s"] for line in lines),
    }


def _both(run: LineRun) -> dict[str, Any]:
    # the metal of these currents touches everywhere: contact_fraction is the contact problem's
    current, stress = current_result(run.current), run.stress.result()
    return {
        **current,
        **stress,
        "cpu_s": current["cpu_s"] + stress["cpu_s"],
        "notes": [*current["notes"], *stress["notes"]],
    }


def _solve_line(extracted: ExtractedProfile, number: int, cell: Cell) -> LineRun:
    profile = extracted.profile
    try:
        return LineRun(run_current(profile, cell, MPI.COMM_SELF), line_stress(profile, cell))
    except InterfaceFemError as error:
        raise type(error)(f"line {number}: {error}") from None


def _as_dict(summary: Summary | None) -> dict[str, Any] | None:
    return None if summary is None else asdict(summary)
