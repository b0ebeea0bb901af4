# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem doctor``."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import sys
from importlib import metadata
from typing import Any

from interfacefem.commands.arguments import Flag
from interfacefem.version import __version__

# distribution (or module, where Debian ships no metadata) and what it is needed for
_REQUIRED = {
    "dolfinx": "finite elements",
    "petsc4py": "linear algebra",
    "mpi4py": "parallel runs",
    "gmsh": "meshing",
    "meshio": "mesh files",
    "numpy": "arrays",
    "scipy": "numerics",
    "skimage": "images",
    "shapely": "geometry",
    "tifffile": "TIFF and microscope tags",
    "PIL": "PNG, JPEG and compressed TIFF",
    "matplotlib": "figures",
    "pydantic": "case files",
    "pint": "units",
    "yaml": "case files",
    "cyclopts": "command line",
    "rich": "progress and tables",
    "h5py": "volumes and XDMF files",
    "numba": "kernels on segmented volumes",
    "sklearn": "trainable segmentation",
    "skfmm": "fast marching through pores",
    "pandas": "tables of studies",
    "jinja2": "reports",
}
_OPTIONAL = {
    "imagecodecs": "TIFF files with rare compressions",
    "SurfaceTopography": "height maps as instruments write them",
    "rosettasciio": "micrographs in DM3, DM4, EMD, SER and others",
    "pyarrow": "tables of studies as Parquet",
}


def doctor(*, json: Flag = False) -> None:
    """Say what is in use: environment, versions, cores, MPI, and what is missing.

    Parameters
    ----------
    json:
        Print one JSON object instead of a table.
    """
    run(json)


def run(json: bool) -> None:
    """Print what is in use and what is missing; collective (call on all ranks)."""
    from interfacefem.commands.printing import print_json, print_line, print_table

    report = examine()
    if json:
        print_json(report)
        return
    print_table("interfacefem doctor", ("what", "in use"), list(report["environment"].items()))
    print_table("libraries", ("library", "version"), list(report["libraries"].items()))
    for line in report["missing"]:
        print_line(f"missing: {line}")
    if not report["missing"]:
        print_line("nothing is missing")


def examine() -> dict[str, Any]:
    """Environment, versions and what is missing."""
    from interfacefem.mpi import MPI

    found = {name: _version(name) for name in [*_REQUIRED, *_OPTIONAL]}
    missing = [
        f"{name} ({purpose}, required)" for name, purpose in _REQUIRED.items() if not found[name]
    ]
    missing += [
        f"{name} ({purpose}, optional)" for name, purpose in _OPTIONAL.items() if not found[name]
    ]
    environment: dict[str, Any] = {
        "interfacefem": __version__,
        "environment": os.environ.get("IFEM_BACKEND", "active Python (not started by ./ifem)"),
        "Python": f"{platform.python_version()} at {sys.executable}",
        "system": platform.platform(),
        "cores": len(os.sched_getaffinity(0)),
        "MPI": MPI.Get_library_version().split(",")[0].split("\n")[0].strip("\x00 "),
        "ranks": MPI.COMM_WORLD.size,
        "threads per rank": os.environ.get("OMP_NUM_THREADS", "not set"),
        "form compiler cache": os.environ.get("XDG_CACHE_HOME", "~/.cache") + "/fenics",
        "C compiler": shutil.which(os.environ.get("CC", "cc")) or "none",
        "package list": os.environ.get("IFEM_PACKAGES_LOCK", "not recorded"),
    }
    if found["petsc4py"]:
        environment["direct solver"] = "MUMPS" if _petsc_has("mumps") else "none"
        environment["multigrid"] = "BoomerAMG" if _petsc_has("hypre") else "GAMG"
        if not _petsc_has("mumps"):
            missing.append("MUMPS in PETSc (direct solver, required)")
    if found["dolfinx"]:
        import dolfinx

        environment["fields for ParaView"] = (
            "VTX" if dolfinx.has_adios2 else "none (DOLFINx without ADIOS2)"
        )
    if environment["C compiler"] == "none":
        missing.append("a C compiler (form compiler, required)")
    return {"environment": environment, "libraries": found, "missing": missing}


def _version(module: str) -> str | None:
    try:
        imported = importlib.import_module(module)
    except ImportError:
        return None
    version = getattr(imported, "__version__", None)
    if version is None:
        names = metadata.packages_distributions().get(module, [module])
        try:
            version = metadata.version(names[0])
        except metadata.PackageNotFoundError:
            version = "unknown"
    return str(version)


def _petsc_has(package: str) -> bool:
    from petsc4py import PETSc

    return bool(PETSc.Sys.hasExternalPackage(package))
