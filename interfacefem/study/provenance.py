# SPDX-License-Identifier: BSD-3-Clause
"""What a number was made with: versions, sources, package list, git state, command."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from interfacefem.files import hash_of_file
from interfacefem.version import __version__

PACKAGE = Path(__file__).parents[1]

LIBRARIES = (
    "fenics-dolfinx", "fenics-basix", "fenics-ffcx", "fenics-ufl", "petsc4py", "mpi4py", "gmsh",
    "numpy", "scipy", "scikit-image", "scikit-learn", "shapely", "tifffile", "pillow", "pydantic",
    "pint", "pandas", "numba", "h5py",
)  # fmt: skip

# what cannot change a number; everything else in the package decides whether a stored one is valid
NO_NUMBERS = ("report", "commands", "app")

# libraries that the numbers of each step come from
_IMAGE_LIBRARIES = ("numpy", "scipy", "scikit-image", "shapely", "tifffile")
_SOLVER_LIBRARIES = (*_IMAGE_LIBRARIES, "fenics-dolfinx", "fenics-basix", "fenics-ffcx", "gmsh",
                     "petsc4py")  # fmt: skip
_OWN_LIBRARIES = {
    "profiles": _IMAGE_LIBRARIES,
    "transport": ("numpy", "scipy", "scikit-image", "numba", "h5py", "tifffile", "petsc4py"),
}


@functools.cache
def library_versions() -> dict[str, str | None]:
    """Versions of the libraries in use, None for those that are not there."""
    found: dict[str, str | None] = {}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def sources_that_decide(package: Path) -> list[Path]:
    """Files of the package that can change a number, in a fixed order."""
    return [
        path
        for path in sorted(package.rglob("*"))
        if path.suffix in (".py", ".yaml") and path.relative_to(package).parts[0] not in NO_NUMBERS
    ]


@functools.cache
def code_version(step: str) -> str:
    """Fingerprint of everything that decides the numbers of a step but its inputs.

    That is the package's sources without ``NO_NUMBERS`` and the versions of the libraries that the
    step uses; another report or command line leaves results valid.

    Args:
        step: ``profiles`` or a physics.
    """
    digest = hashlib.sha256()
    for path in sources_that_decide(PACKAGE):
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    versions = library_versions()
    for name in _OWN_LIBRARIES.get(step, _SOLVER_LIBRARIES):
        digest.update(f"{name}={versions[name]}".encode())
    return digest.hexdigest()[:16]


@functools.cache
def provenance() -> dict[str, Any]:
    """Everything that is the same for all results of a process."""
    return {
        "interfacefem": __version__,
        "git": _git_state(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "machine": platform.machine(),
        "libraries": library_versions(),
        "environment": os.environ.get("IFEM_BACKEND", "active Python"),
        "package_list_sha256": _package_list_hash(),
        "threads": os.environ.get("OMP_NUM_THREADS", "not set"),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
    }


def record_command(command: list[str]) -> None:
    """Record, in a worker, the command that the user gave."""
    provenance()["command"] = command


def _package_list_hash() -> str | None:
    path = os.environ.get("IFEM_PACKAGES_LOCK")
    return hash_of_file(Path(path)) if path and Path(path).is_file() else None


def _git_state() -> dict[str, Any] | None:
    """Commit, and whether sources differ from it (None where there is no git)."""
    commit = _commit()
    if commit is None:
        return None
    if shutil.which("git") is None:
        said = os.environ.get("IFEM_SOURCES_MODIFIED")  # by the launcher; empty: unmodified
        return {"commit": commit, "modified": None if said is None else said != ""}
    # the owner of the files may be another user, as in a container
    finished = subprocess.run(
        ["git", "-c", f"safe.directory={PACKAGE.parent}", "status", "--porcelain", "--", PACKAGE],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "commit": commit,
        "modified": bool(finished.stdout.strip()) if finished.returncode == 0 else None,
    }


def _commit() -> str | None:
    """Read from git's files, since the environment of the launcher holds no git."""
    folder = PACKAGE.parent / ".git"
    try:
        if folder.is_file():  # a worktree
            folder = PACKAGE.parent / folder.read_text().removeprefix("gitdir:").strip()
        head = (folder / "HEAD").read_text().strip()
        if not head.startswith("ref:"):
            return head
        name = head.removeprefix("ref:").strip()
        common = folder / "commondir"
        shared = folder / common.read_text().strip() if common.is_file() else folder
        if (shared / name).is_file():
            return (shared / name).read_text().strip()
        for line in (shared / "packed-refs").read_text().splitlines():
            if line.endswith(f" {name}"):
                return line.split()[0]
    except OSError:
        pass
    return None
