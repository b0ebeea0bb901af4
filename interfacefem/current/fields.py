# SPDX-License-Identifier: BSD-3-Clause
"""Fields for ParaView: VTX, which ADIOS2 writes in parallel, and XDMF with HDF5."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import dolfinx
import ufl
from dolfinx import fem

from interfacefem import compat
from interfacefem.current.solution import CurrentSolution
from interfacefem.errors import InputError
from interfacefem.mpi import MPI
from interfacefem.parallel import on_first_rank


def write_fields(solution: CurrentSolution, folder: str | Path) -> list[Path]:
    """Write ``potential.bp`` (V) and ``current_density.bp`` (A/m^2), coordinates in m.

    Args:
        solution: What was solved.
        folder: An existing folder.

    Returns:
        The folders written; none where DOLFINx was built without ADIOS2.

    Collective.
    """
    if not dolfinx.has_adios2:
        return []
    folder = Path(folder)
    fields = {"potential": solution.potential, "current_density": current_density_field(solution)}
    comm = solution.interface_mesh.comm
    return [_write(field, folder / f"{name}.bp", comm) for name, field in fields.items()]


def write_vtx(solution: CurrentSolution, path: Path) -> None:
    """Write ``NAME.bp`` with the potential (V) and ``NAME_current_density.bp`` (A/m^2).

    A VTX folder holds functions of one kind of element, so that there are two; coordinates are in
    m.

    Raises:
        InputError: DOLFINx was built without ADIOS2.

    Collective.
    """
    if not dolfinx.has_adios2:
        raise InputError(
            "needs DOLFINx with ADIOS2, which is not there", file=path, expected="or .xdmf"
        )
    comm = solution.interface_mesh.comm
    _write(solution.potential, path, comm)
    beside = path.with_name(f"{path.stem}_current_density{path.suffix}")
    _write(current_density_field(solution), beside, comm)


def write_xdmf(solution: CurrentSolution, path: Path) -> None:
    """Write ``NAME.xdmf`` and ``NAME.h5``: potential (V) and current density (A/m^2).

    XDMF knows values at vertices and in cells: the potential is that of the vertices, the current
    density the mean over each cell. Coordinates are in m.

    Collective.
    """
    mesh = solution.interface_mesh.mesh
    comm = solution.interface_mesh.comm
    potential = fem.Function(fem.functionspace(mesh, ("Lagrange", 1)), name="potential")
    potential.interpolate(solution.potential)
    space = fem.functionspace(mesh, ("DG", 0, (mesh.geometry.dim,)))
    current = fem.Function(space, name="current_density")
    # linear in each cell: its mean is the value in the middle
    flux = -solution.problem.conductivity * ufl.grad(solution.potential)
    current.interpolate(fem.Expression(flux, compat.interpolation_points(space)))
    # the one file names the other: both are written elsewhere under their own names, then moved
    made = on_first_rank(comm, lambda: tempfile.mkdtemp(prefix=f".{path.stem}.", dir=path.parent))
    folder = Path(comm.bcast(made, root=0))

    def put_in_place() -> None:
        for suffix in (".h5", path.suffix):
            (folder / path.name).with_suffix(suffix).replace(path.with_suffix(suffix))

    try:
        with dolfinx.io.XDMFFile(comm, folder / path.name, "w") as file:
            file.write_mesh(mesh)
            file.write_function(potential)
            file.write_function(current)
        comm.barrier()
        on_first_rank(comm, put_in_place)
    finally:
        # not collective: a rank may have failed alone
        if comm.rank == 0:
            shutil.rmtree(folder, ignore_errors=True)


def current_density_field(solution: CurrentSolution) -> fem.Function:
    """Current density ``-k grad phi`` in A/m^2, discontinuous across cells; collective."""
    potential = solution.potential
    degree = potential.function_space.ufl_element().degree
    mesh = solution.interface_mesh.mesh
    space = fem.functionspace(mesh, ("DG", degree - 1, (mesh.geometry.dim,)))
    current = fem.Function(space, name="current_density")
    flux = -solution.problem.conductivity * ufl.grad(potential)
    current.interpolate(fem.Expression(flux, compat.interpolation_points(space)))
    return current


def _write(field: fem.Function, path: Path, comm: MPI.Comm) -> Path:
    temporary = path.with_name(f".{path.name}.part")
    on_first_rank(comm, lambda: shutil.rmtree(temporary, ignore_errors=True))

    def put_in_place() -> None:
        shutil.rmtree(path, ignore_errors=True)
        temporary.rename(path)

    try:
        with dolfinx.io.VTXWriter(comm, temporary, [field]) as writer:
            writer.write(0.0)
        comm.barrier()
        on_first_rank(comm, put_in_place)
    finally:
        # not collective: a rank may have failed alone
        if comm.rank == 0:
            shutil.rmtree(temporary, ignore_errors=True)
    return path
