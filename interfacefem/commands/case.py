# SPDX-License-Identifier: BSD-3-Clause
"""A case file and the profile it names, on all ranks."""

from __future__ import annotations

from pathlib import Path

from mpi4py import MPI

from interfacefem.config import Case, read_case
from interfacefem.errors import CaseError
from interfacefem.files import require_writable_folder
from interfacefem.parallel import on_first_rank
from interfacefem.risk import take_profiles
from interfacefem.surfaces import Profile, read_profile_csv


def read_case_and_profile(
    case_file: Path, out: Path | None, comm: MPI.Comm
) -> tuple[Case, Profile]:
    """Read a case and its profile on rank 0 and share them; check the output folder first.

    Raises:
        InputError: A file cannot be read, or ``out`` cannot be written to.

    Collective.
    """

    def read() -> tuple[Case, Profile]:
        case = read_case(case_file)
        if out is not None:
            require_writable_folder(out)
        return case, profile_of_case(case, case_file)

    shared: tuple[Case, Profile] = comm.bcast(on_first_rank(comm, read), root=0)
    return shared


def profile_of_case(case: Case, case_file: Path) -> Profile:
    """The profile a case names, or takes from an image.

    Raises:
        InputError: It cannot be read or taken.

    Rank-local.
    """
    if case.profile is not None:
        return read_profile_csv(case.profile)
    assert case.image is not None  # the case was validated
    if case.sampling is None:
        raise CaseError(
            "an image needs a sampling block",
            file=case_file,
            field="sampling",
            expected='such as "sampling: {line: 1}"',
        )
    profiles = take_profiles(case.image, case.sampling).extraction.profiles
    if case.sampling.line > len(profiles):
        raise CaseError(
            "no such line",
            file=case_file,
            field="sampling.line",
            found=case.sampling.line,
            expected=f"1 to {len(profiles)}",
        )
    return profiles[case.sampling.line - 1].profile
