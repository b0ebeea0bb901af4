# SPDX-License-Identifier: BSD-3-Clause
"""A case file and the interface it names, on all ranks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from interfacefem.assessment.image import take_profiles
from interfacefem.commands.trace_picture import drawing_failures
from interfacefem.errors import CaseError
from interfacefem.files import require_writable_folder
from interfacefem.mpi import MPI
from interfacefem.parallel import on_first_rank
from interfacefem.parameters.case_file import Case, read_case
from interfacefem.study.height_maps import read_map_as
from interfacefem.surfaces import Profile, read_profile_csv
from interfacefem.surfaces.contact_mask import ContactMap, ContactMask, read_contact_csv
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.surfaces.height_map_files import read_contact_map

Shared = TypeVar("Shared")


def read_case_on_all_ranks(case_file: Path, out: Path | None, comm: MPI.Comm) -> Case:
    """Read a case on rank 0 and share it; check the output folder before any work.

    Raises:
        InputError: The file cannot be read, or ``out`` cannot be written to.

    Collective.
    """

    def read() -> Case:
        case = read_case(case_file)
        if out is not None:
            require_writable_folder(out)
        return case

    return _shared(comm, read)


def read_profile(case: Case, case_file: Path, comm: MPI.Comm) -> tuple[Profile, ContactMask | None]:
    """The profile a case names or takes from an image, and where the metal touches it.

    Raises:
        InputError: A file cannot be read, or the case has a height map.

    Collective.
    """

    def read() -> tuple[Profile, ContactMask | None]:
        profile = _profile_of_case(case, case_file)
        return profile, None if case.contact is None else read_contact_csv(case.contact, profile)

    return _shared(comm, read)


def read_map(case: Case, comm: MPI.Comm) -> tuple[HeightMap, ContactMap | None]:
    """The height map a case names, and where the metal touches it.

    Raises:
        InputError: A file cannot be read.

    Collective.
    """

    def read() -> tuple[HeightMap, ContactMap | None]:
        assert case.height_map is not None
        surface = read_map_as(case.height_map, case.map)
        return surface, None if case.contact is None else read_contact_map(case.contact, surface)

    return _shared(comm, read)


def read_interface(
    case: Case, case_file: Path, comm: MPI.Comm
) -> tuple[Profile | HeightMap, ContactMask | ContactMap | None]:
    """The curve or surface a case names, and where the metal touches it.

    Raises:
        InputError: A file cannot be read.

    Collective.
    """
    if case.height_map is None:
        return read_profile(case, case_file, comm)
    return read_map(case, comm)


def profile_alone(case: Case, case_file: Path, comm: MPI.Comm) -> Profile:
    """The profile of a case that names no height map and no contact.

    Raises:
        CaseError: It does.

    Collective.
    """
    if case.contact is not None:
        raise CaseError(
            "is not understood by --sweep, --map and --convergence", file=case_file, field="contact"
        )
    return read_profile(case, case_file, comm)[0]


def _shared(comm: MPI.Comm, read: Callable[[], Shared]) -> Shared:
    result: Shared = comm.bcast(on_first_rank(comm, read), root=0)
    return result


def _profile_of_case(case: Case, case_file: Path) -> Profile:
    if case.profile is not None:
        return read_profile_csv(case.profile)
    if case.image is None:
        raise CaseError(
            "is not understood by --sweep, --map and --convergence",
            file=case_file,
            field="height_map",
            expected="a profile or an image",
        )
    if case.sampling is None:
        raise CaseError(
            "an image needs a sampling block",
            file=case_file,
            field="sampling",
            expected='such as "sampling: {line: 1}"',
        )
    with drawing_failures(Path("results") / f"{case.image.stem}_trace"):
        taken = take_profiles(case.image, case.sampling, keep_refused=True)
        profiles = taken.extraction.profiles
        chosen = profiles[case.sampling.line - 1 : case.sampling.line]
        if not case.sampling.accept_line and any(
            one.quality is not None and one.quality.verdict == "refuse" for one in chosen
        ):
            take_profiles(case.image, case.sampling)  # says why it is refused
    if case.sampling.line > len(profiles):
        raise CaseError(
            "no such line",
            file=case_file,
            field="sampling.line",
            found=case.sampling.line,
            expected=f"1 to {len(profiles)}",
        )
    return profiles[case.sampling.line - 1].profile
