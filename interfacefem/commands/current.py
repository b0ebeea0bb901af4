# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem current``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfacefem.commands.arguments import FileName, Flag, Output
from interfacefem.errors import InputError, naming_file
from interfacefem.files import write_text_atomically

if TYPE_CHECKING:
    from mpi4py import MPI

    from interfacefem.current.run import CurrentRun
    from interfacefem.parameters.case_file import Case
    from interfacefem.progress import Step


def current(
    case: FileName,
    *,
    sweep: tuple[str, ...] = (),
    map: Flag = False,
    convergence: Flag = False,
    contact_limited: Flag = False,
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """Current distribution of one case (docs/current.md).

    Parameters
    ----------
    case:
        Case file (YAML); "interfacefem schema" prints what it may say.
    sweep:
        Values of a parameter, solved on one mesh: "i0=0.1:100:7:log" or "i0=1,10,100". May be given
        up to three times. Names: i0, current_density (mA/cm2), conductivity (mS/cm), temperature
        (K), film_resistance (ohm cm2), alpha_a, alpha_c.
    map:
        Solve over Wagner number and applied over exchange current density instead: the two numbers
        that the ratio depends on.
    convergence:
        Solve on ever finer meshes instead and print how the ratio and its bound converge.
    contact_limited:
        Solve where the pressure of the case presses the block on, and nowhere else
        (docs/interface.md).
    out:
        Folder for figures, fields (ParaView) and mesh; default: none are written.
    json:
        Print one JSON object instead of a table.
    """
    if bool(sweep) + map + convergence + contact_limited > 1:
        raise InputError("--sweep, --map, --convergence and --contact-limited cannot be combined")
    with naming_file(case):
        if map:
            from interfacefem.commands.sweep import run_map

            run_map(case, out, json, output)
        elif convergence:
            from interfacefem.commands.convergence import run as run_convergence

            run_convergence(case, out, json, output)
        elif sweep:
            from interfacefem.commands.sweep import run as run_sweep

            run_sweep(case, sweep, out, json, output)
        elif contact_limited:
            run_contact_limited(case, out, json, output)
        else:
            run(case, out, json, output)


def run(case_file: Path, out: Path | None, json: bool, output: Output) -> None:
    """Solve one case on all ranks, print its metrics, write figures and fields; collective."""
    from mpi4py import MPI

    from interfacefem.commands.case import read_case_on_all_ranks
    from interfacefem.commands.printing import print_json, print_line, print_table
    from interfacefem.progress import configure_logging, progress

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    comm = MPI.COMM_WORLD

    with progress("current", 2 if out is None else 3, quiet=output.quiet) as step:
        step(f"reading {case_file}")
        case = read_case_on_all_ranks(case_file, out, comm)
        result = (
            _solve_profile(case, case_file, out, comm, step)
            if case.height_map is None
            else _solve_map(case, out, comm, step)
        )
    if json:
        print_json(result)
        return
    print_table(str(case_file), ("quantity", "value"), printed_rows(result))
    for note in result["notes"]:
        print_line(f"  {note}")
    if out is not None:
        print_line(f"figures, fields and mesh: {out}")


def run_contact_limited(case_file: Path, out: Path | None, json: bool, output: Output) -> None:
    """Solve where the block presses, print resistance, error and hot spot; collective."""
    from mpi4py import MPI

    from interfacefem.commands.pressed import PressedOptions, read_pressed
    from interfacefem.commands.printing import json_text, print_json, print_line, print_table
    from interfacefem.interface.result import limited_result
    from interfacefem.interface.run import run_interface
    from interfacefem.parallel import on_first_rank
    from interfacefem.progress import configure_logging, progress

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    comm = MPI.COMM_WORLD
    with progress("current", 2, quiet=output.quiet) as step:
        step(f"reading {case_file}")
        surface, cell = read_pressed(case_file, PressedOptions(), out, comm)
        step("contact and current through it")
        curve = run_interface(surface, cell, [cell.load.pressure], comm)
        result = {**limited_result(curve.rows[0], curve.hidden_share), "cpu_s": curve.cpu_s}
        if out is not None:
            target = out / "result.json"
            on_first_rank(comm, lambda: write_text_atomically(target, json_text(result) + "\n"))
    if json:
        print_json(result)
        return
    print_table(str(case_file), ("quantity", "value"), printed_rows(result))
    for note in result["notes"]:
        print_line(f"  {note}")


def _solve_profile(
    case: Case, case_file: Path, out: Path | None, comm: MPI.Comm, step: Step
) -> dict[str, Any]:
    from interfacefem.commands.case import read_profile
    from interfacefem.current.result import current_result
    from interfacefem.current.run import run_current

    profile, contact = read_profile(case, case_file, comm)
    step("mesh and current distribution")
    solved = run_current(profile, case, comm, contact)
    result = current_result(solved)
    if out is not None:
        step("figures, fields and mesh")
        write_current(solved, case, result, out)
    return result


def _solve_map(case: Case, out: Path | None, comm: MPI.Comm, step: Step) -> dict[str, Any]:
    from interfacefem.commands.case import read_map
    from interfacefem.commands.printing import json_text
    from interfacefem.current.fields import write_fields
    from interfacefem.current.map_run import run_current_map
    from interfacefem.current.result import current_result
    from interfacefem.meshing.height_map_domain import HeightMapMesh
    from interfacefem.parallel import on_first_rank
    from interfacefem.report import map_figure, save_figure

    height_map, contact = read_map(case, comm)
    step("mesh and current distribution in three dimensions")
    solved = run_current_map(height_map, case, comm, contact=contact)
    result = current_result(solved)
    if out is not None:
        step("figure and fields")

        def write(folder: Path) -> None:
            domain = solved.solution.interface_mesh
            assert isinstance(domain, HeightMapMesh)
            save_figure(map_figure(solved.solution, domain.height_map), folder / "current_map.png")
            write_text_atomically(folder / "result.json", json_text(result) + "\n")

        on_first_rank(comm, lambda: write(out))
        write_fields(solved.solution, out)
    return result


def write_current(solved: CurrentRun, case: Case, result: dict[str, Any], out: Path) -> None:
    """Write figures, ``result.json``, mesh and fields; collective."""
    from interfacefem.commands.printing import json_text
    from interfacefem.current.fields import write_fields
    from interfacefem.meshing.export import MESH_FORMATS, write_mesh
    from interfacefem.parallel import on_first_rank
    from interfacefem.report import current_figure, histogram_figure, potential_figure, save_figure

    comm = solved.solution.interface_mesh.comm
    potential = potential_figure(solved.solution)
    critical = case.load.critical_current_density

    def write() -> None:
        assert potential is not None  # on rank 0
        assert solved.triangulation is not None
        save_figure(potential, out / "potential.png")
        figure = current_figure(solved.solution, solved.metrics, critical_current_density=critical)
        save_figure(figure, out / "current.png")
        histogram = histogram_figure(
            [solved.solution],
            [case.profile.stem if case.profile else "profile"],
            critical_current_density=critical,
        )
        save_figure(histogram, out / "histogram.png")
        for suffix in MESH_FORMATS:
            write_mesh(solved.triangulation, out / f"mesh{suffix}")
        write_text_atomically(out / "result.json", json_text(result) + "\n")

    on_first_rank(comm, write)
    write_fields(solved.solution, out)


def printed_rows(result: dict[str, Any]) -> list[tuple[str, object]]:
    """Metrics with their keys, as they stand in the JSON."""
    return [(key, value) for key, value in result.items() if key != "notes"]
