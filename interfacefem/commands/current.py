# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem current``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import cyclopts

from interfacefem.commands.arguments import FileName, Flag, Output
from interfacefem.errors import InputError, naming_file
from interfacefem.files import write_text_atomically
from interfacefem.parameters.series import SWEEP_NAMES

if TYPE_CHECKING:
    from interfacefem.api.current import CurrentResult
    from interfacefem.current.run import CurrentRun
    from interfacefem.parameters.case_file import Case

_SWEEP = (
    'Values of a parameter, solved on one mesh: "i0=0.1:100:7:log" or "i0=1,10,100". May be given '
    f"up to three times. Names: {SWEEP_NAMES}."
)


def current(
    case: FileName,
    *,
    sweep: Annotated[tuple[str, ...], cyclopts.Parameter(help=_SWEEP)] = (),
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
    from interfacefem.api.current import solve_current
    from interfacefem.commands.case import read_case_on_all_ranks, read_interface
    from interfacefem.commands.printing import print_json, print_line, print_table
    from interfacefem.mpi import MPI
    from interfacefem.progress import configure_logging, progress

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    comm = MPI.COMM_WORLD
    with progress("current", 2 if out is None else 3, quiet=output.quiet) as step:
        step(f"reading {case_file}")
        case = read_case_on_all_ranks(case_file, out, comm)
        interface, contact = read_interface(case, case_file, comm)
        step(f"mesh and current distribution{' in three dimensions' if case.height_map else ''}")
        length = None if case.sampling is None else case.sampling.reference_length
        solved = solve_current(interface, case, contact=contact, reference_length=length, comm=comm)
        result = solved.to_dict()
        if out is not None:
            step("figures and fields")
            _write(solved, case, out)
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
    from interfacefem.commands.pressed import PressedOptions, read_pressed
    from interfacefem.commands.printing import json_text, print_json, print_line, print_table
    from interfacefem.interface.result import limited_result
    from interfacefem.interface.run import run_interface
    from interfacefem.mpi import MPI
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


def _write(solved: CurrentResult, case: Case, out: Path) -> None:
    """Write figures, ``result.json``, mesh and fields; collective."""
    from interfacefem.current.fields import write_fields
    from interfacefem.current.run import CurrentRun
    from interfacefem.parallel import on_first_rank
    from interfacefem.report import histogram_figure, potential_figure, save_figure

    solved.write(out / "result.json")
    if not isinstance(solved.run, CurrentRun):
        solved.write(out / "current_map.png")
    else:
        name = case.profile.stem if case.profile else "profile"
        potential = potential_figure(solved.solution)
        critical = case.load.critical_current_density
        run = solved.run

        def write() -> None:
            assert potential is not None  # on rank 0
            save_figure(potential, out / "potential.png", synthetic=solved.synthetic)
            histogram = histogram_figure(
                [solved.solution], [name], critical_current_density=critical
            )
            save_figure(histogram, out / "histogram.png", synthetic=solved.synthetic)
            _write_meshes(run, out)

        on_first_rank(solved.comm, write)
        solved.write(out / "current.png")
    write_fields(solved.solution, out)


def _write_meshes(run: CurrentRun, out: Path) -> None:
    from interfacefem.meshing.export import MESH_FORMATS, write_mesh

    assert run.triangulation is not None
    for suffix in MESH_FORMATS:
        write_mesh(run.triangulation, out / f"mesh{suffix}")


def printed_rows(result: Mapping[str, object]) -> list[tuple[str, object]]:
    """Metrics with their keys, as they stand in the JSON."""
    return [(key, value) for key, value in result.items() if key != "notes"]
