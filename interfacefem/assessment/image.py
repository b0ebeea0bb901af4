# SPDX-License-Identifier: BSD-3-Clause
"""From one micrograph to its sections, each solved whole, and to the rows that describe them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfacefem.assessment.line_stress import LineStress, line_stress
from interfacefem.errors import InputError, InterfaceFemError
from interfacefem.images import (
    ExtractedProfile,
    Extraction,
    Micrograph,
    read_micrograph,
)
from interfacefem.images.guide import Guidance, guidance_for, with_guide
from interfacefem.images.guided import extract_guided, guided_field, line_hash, trace_guided
from interfacefem.images.interface_field import InterfaceField
from interfacefem.images.section_check import quality_result
from interfacefem.mpi import MPI
from interfacefem.parallel import on_each_rank
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.sampling import Sampling
from interfacefem.progress import Step
from interfacefem.short_repr import short_repr
from interfacefem.surfaces.result import roughness_result
from interfacefem.units import NM, UM

if TYPE_CHECKING:
    from interfacefem.current.run import CurrentRun

_DRAWN_KEYS = ("boundary", "strokes", "dropped", "snap")


@dataclass(frozen=True, eq=False)
class SectionRun:
    """Both physics of one section."""

    current: CurrentRun
    stress: LineStress


@dataclass(frozen=True, eq=False)
class ImageProfiles:
    """A micrograph and the sections of its interface.

    Attributes:
        micrograph: The image.
        sampling: What was asked for, by options and by the guide.
        extraction: What was traced.
        guidance: What a person said of the image, if anybody did.
    """

    __repr__ = short_repr

    micrograph: Micrograph
    sampling: Sampling
    extraction: Extraction
    guidance: Guidance | None = None

    def field(self, settings: Sampling) -> InterfaceField:
        """The field that settings cut, with the same guide.

        Raises:
            ImageError: There is none.
        """
        return guided_field(self.micrograph, settings, self.guidance)

    def traced(self, settings: Sampling, field: InterfaceField) -> Extraction:
        """The sections along a field, with the same guide.

        Raises:
            ImageError: There are none.
        """
        return trace_guided(self.micrograph, settings, field, self.guidance)


def take_profiles(
    image: str | Path, sampling: Sampling, *, keep_refused: bool = False
) -> ImageProfiles:
    """Read a micrograph, trace its sections and check each on the image.

    Args:
        image: Its file.
        sampling: How.
        keep_refused: Whether lines that fail their check are given as well, marked so.

    Raises:
        ImageError: The image cannot be read or holds no such interface.
    """
    image = Path(image)
    if not image.is_file():
        read_micrograph(image)  # says what is wrong with it
    guidance = guidance_for(image, sampling)
    return guided_profiles(image, sampling, guidance, keep_refused=keep_refused)


def guided_profiles(
    image: str | Path | Micrograph,
    sampling: Sampling,
    guidance: Guidance | None,
    *,
    keep_refused: bool = False,
) -> ImageProfiles:
    """Read a micrograph, unless that is done, and trace its sections as a guide says.

    Args:
        image: Its file, or what was read.
        sampling: How, by options.
        guidance: What a person said of the image.
        keep_refused: As of ``take_profiles``.

    Raises:
        ImageError: The image cannot be read or holds no such interface.
        CaseError: The guide does not fit the image.
    """
    notes: tuple[str, ...] = ()
    asked = sampling
    if guidance is not None:
        sampling, notes = with_guide(sampling, guidance.guide)
    try:
        if not isinstance(image, Micrograph):
            crop = None if sampling.crop == "auto" else sampling.crop
            image = read_micrograph(image, pixel_size=sampling.pixel_size, crop=crop)
        extraction = extract_guided(image, sampling, guidance, keep_refused=keep_refused)
    except InputError as error:
        # what the guide said is named as the guide says it
        own = () if guidance is None else guidance.guide.guided_keys
        if (
            guidance is not None
            and guidance.file is not None
            and (
                (error.field in own and error.field not in asked.model_fields_set)
                or str(error.field).split(".")[0] in _DRAWN_KEYS
            )
        ):
            error.file, error.names = str(guidance.file), {}
        raise
    extraction = replace(extraction, notes=(*notes, *extraction.notes))
    return ImageProfiles(image, sampling, extraction, guidance)


def solve_sections(
    profiles: tuple[ExtractedProfile, ...],
    cell: Cell,
    comm: MPI.Comm,
    step: Step,
    *,
    reference_length: float,
    with_stress: bool = True,
) -> dict[int, SectionRun]:
    """Current and contact stress of every section, the sections shared out over the ranks.

    Args:
        profiles: The sections.
        cell: What each is solved with.
        comm: Ranks that share the work.
        step: Called as each section begins.
        reference_length: Of the windows that extremes are read over, in m.
        with_stress: Whether the contact stress is solved.

    Returns:
        On each rank the runs of the sections it solved, by number from 1.

    Raises:
        InterfaceFemError: A section could not be solved; the message names it.

    Collective: each section is solved by one rank, since two dimensions do not repay more.
    """

    def solve_own() -> dict[int, SectionRun]:
        runs = {}
        for index in range(comm.rank, len(profiles), comm.size):
            number = index + 1
            step(f"current and stress of section {number} of {len(profiles)}")
            runs[number] = _solve_section(
                profiles[index].profile,
                number,
                cell,
                reference_length=reference_length,
                with_stress=with_stress,
            )
        return runs

    return on_each_rank(comm, solve_own)


def section_results(
    profiles: tuple[ExtractedProfile, ...], runs: dict[int, SectionRun], comm: MPI.Comm
) -> list[dict[str, Any]]:
    """One row of numbers for each section, in order, on every rank; collective."""
    own = {
        number: {
            "section": number,
            "place": profiles[number - 1].profile.metadata.get("place", ""),
            **roughness_result(run.current.profile),
            **_both(run),
        }
        for number, run in runs.items()
    }
    found: dict[int, dict[str, Any]] = {}
    for part in comm.allgather(own):
        found.update(part)
    return [found[number] for number in sorted(found)]


def image_result(image: ImageProfiles) -> dict[str, Any]:
    """What is said of a micrograph and how its sections were traced."""
    return {
        "image": str(image.micrograph.source),
        "pixel_size_nm": image.micrograph.pixel_size / NM,
        "pixel_size_source": image.micrograph.pixel_size_source,
        "method": image.extraction.method,
        "tilt_degrees": image.extraction.tilt_degrees,
        "quality": quality_result(image.extraction.qualities, image.sampling),
        "synthetic": image.micrograph.is_synthetic,
        "guide": None if image.guidance is None else image.guidance.result(),
        "line_sha256": [line_hash(one) for one in image.extraction.profiles],
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


def window_result(run: CurrentRun) -> dict[str, Any]:
    """What windows over a section say; a section narrower than a window is read whole."""
    from interfacefem.current.result import window_columns
    from interfacefem.current.windows import COMPARED_LENGTHS

    windows = run.windows
    return {
        "excess": windows.excess,
        "excess_error": run.excess_error,
        "reference_length_um": windows.places.length / UM,
        "windows": windows.places.count,
        "sd_ln_windows": windows.sd_ln,
        "excess_by_length": [
            {"length_um": length / UM, "excess": run.excess_over(length)}
            for length in COMPARED_LENGTHS
        ],
        **window_columns(windows),
    }


def _both(run: SectionRun) -> dict[str, Any]:
    # the metal of these currents touches everywhere: contact_fraction is the contact problem's
    from interfacefem.current.result import current_result

    current, stress = current_result(run.current), run.stress.result()
    return {
        **current,
        **window_result(run.current),
        **stress,
        "cpu_s": current["cpu_s"] + stress["cpu_s"],
        "notes": list(
            dict.fromkeys([*current["notes"], *run.current.windows.notes, *stress["notes"]])
        ),
    }


def _solve_section(
    profile: Any, number: int, cell: Cell, *, reference_length: float, with_stress: bool
) -> SectionRun:
    try:
        from interfacefem.current.run import run_current  # tracing needs no solver

        current = run_current(profile, cell, MPI.COMM_SELF, reference_length=reference_length)
        stress = line_stress(profile, cell) if with_stress else LineStress(None, note="not asked")
        return SectionRun(current, stress)
    except InterfaceFemError as error:
        raise type(error)(f"section {number}: {error}") from None
