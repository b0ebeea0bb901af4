# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem risk``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from interfacefem.commands.arguments import FileName, Flag, LeftOut, Output
from interfacefem.errors import naming_file
from interfacefem.files import require_writable_folder, write_text_atomically
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.sampling import Sampling
from interfacefem.units import MPA, UM

if TYPE_CHECKING:
    from mpi4py import MPI

    from interfacefem.assessment.image import ImageProfiles, LineRun
    from interfacefem.assessment.line_stress import LineStress

_Found = TypeVar("_Found")

_COLUMNS = (
    "line", "Rq_um", "length_ratio", "i_ratio", "i_max_mA_cm2", "i_min_mA_cm2", "hot_spot_factor",
    "safe_current_density_mA_cm2", "stress_ratio", "p_max_GPa", "contact_fraction", "cpu_s",
)  # fmt: skip
_LIMITED_COLUMNS = (
    "contact_fraction", "i_ratio", "hot_spot_factor", "area_specific_resistance_ohm_cm2",
)  # fmt: skip
_SOURCES = {
    "mesh": "mesh",
    "cutoff": "low-pass cutoff (4 or 8 pixels)",
    "lines": "spread over lines (95 %)",
}


def risk(
    image: FileName,
    *,
    parameters: FileName | None = None,
    sampling: Annotated[Sampling, LeftOut(("line",))],
    contact_limited: Flag = False,
    out: FileName | None = None,
    json: Flag = False,
    output: Output = Output(),
) -> None:
    """From one micrograph to current and stress ratio: at least five lines, mean, spread, figures.

    Parameters
    ----------
    image:
        TIFF, PNG or JPEG.
    parameters:
        YAML file with the cell (domain, electrolyte, kinetics, load, block, stress); default: LPSCl
        on lithium.
    contact_limited:
        Also solve for current that passes only where a stack pressure presses the metal on.
    out:
        Folder for results and figures; default: results/IMAGE_risk.
    json:
        Print one JSON object instead of a table.
    """
    folder = out or Path("results") / f"{image.stem}_risk"
    with naming_file(image):
        run(image, parameters, sampling, contact_limited, folder, json, output)


def run(
    image: Path,
    parameters: Path | None,
    sampling: Sampling,
    contact_limited: bool,
    out: Path,
    json: bool,
    output: Output,
) -> None:
    """Profiles, both physics, statistics and figures of one image; collective."""
    from mpi4py import MPI

    from interfacefem.assessment.image import line_results, risk_result, solve_lines, take_profiles
    from interfacefem.assessment.line_stress import (
        STACK_PRESSURES,
        against_pressure,
        for_lines_of_micrographs,
        solve_contact_limited,
    )
    from interfacefem.assessment.sensitivity import CUTOFFS_IN_PIXELS, solve_cutoffs
    from interfacefem.commands.printing import print_json, print_line, print_table
    from interfacefem.parallel import on_first_rank
    from interfacefem.parameters.case_file import read_cell
    from interfacefem.progress import configure_logging, progress

    configure_logging(quiet=output.quiet, verbose=output.verbose)
    comm = MPI.COMM_WORLD

    def read() -> tuple[Cell, ImageProfiles]:
        cell = Cell() if parameters is None else read_cell(parameters)
        require_writable_folder(out)
        return cell, take_profiles(image, sampling)

    steps = sampling.lines * (2 if contact_limited else 1) + len(CUTOFFS_IN_PIXELS) + 2
    with progress("risk", steps, quiet=output.quiet) as step:
        step(f"profiles of {image.name}")
        cell, taken = comm.bcast(on_first_rank(comm, read), root=0)
        cell = for_lines_of_micrographs(cell)
        profiles = taken.extraction.profiles
        runs = solve_lines(profiles, cell, comm, step)
        lines = line_results(profiles, runs, comm)
        cutoffs = solve_cutoffs(profiles, taken.micrograph.pixel_size, cell, comm, step)
        stresses = _gathered({number: run.stress for number, run in runs.items()}, comm)
        limited = None
        if contact_limited:
            interfaces = {number: one.profile for number, one in enumerate(profiles, start=1)}
            loads = [load for load in STACK_PRESSURES if load < cell.electrolyte.hardness]
            limited = solve_contact_limited(interfaces, cell, loads, comm, step)
        result = risk_result(taken, lines, cutoffs, against_pressure(stresses), limited)
        step("figures")
        _write(taken, runs, stresses, lines, result, cell, out, comm)
    if json:
        print_json(result)
        return
    print_table(
        f"{image.name}: {result['method']}, pixel {result['pixel_size_nm']:.4g} nm "
        f"({result['pixel_size_source']})",
        _COLUMNS,
        [[line[name] for name in _COLUMNS] for line in lines],
    )
    for note in result["notes"]:
        print_line(f"  {note}")
    _print_notes("lines", [line["notes"] for line in lines])
    print_line(summary_text("i_max/i_min", result["summary"]["i_ratio"]))
    print_line(summary_text("i_max/i_applied", result["summary"]["hot_spot_factor"]))
    print_line(summary_text("stress ratio", result["summary"]["stress_ratio"]))
    print_line(uncertainty_text(result["uncertainty"]))
    if limited is not None:
        _print_limited(limited)
    print_line(f"figures and results: {out}")


def _print_notes(of_what: str, notes: list[list[str]]) -> None:
    from interfacefem.commands.printing import print_line
    from interfacefem.report.notes import kinds_of_notes

    for count, note in kinds_of_notes(notes):
        print_line(f"  {count} of {len(notes)} {of_what}: {note}")


def _print_limited(limited: list[dict[str, Any]]) -> None:
    """Where only what the stack pressure presses together conducts: means over lines."""
    from interfacefem.commands.printing import print_table
    from interfacefem.statistics.summary import summarize

    rows = []
    for pressure in sorted({row["stack_pressure_MPa"] for row in limited}):
        at_pressure = [row for row in limited if row["stack_pressure_MPa"] == pressure]
        means = [summarize(row[key] for row in at_pressure) for key in _LIMITED_COLUMNS]
        rows.append([pressure, *(None if one is None else one.mean for one in means)])
    print_table(
        "contact-limited: metal touches only where the stack pressure presses it; means over lines",
        ["stack_pressure_MPa", *_LIMITED_COLUMNS],
        rows,
    )
    _print_notes("contact-limited cases", [row["notes"] for row in limited])


def summary_text(name: str, summary: dict[str, Any] | None) -> str:
    """Mean, spread and interval of one metric in a line of text."""
    from interfacefem.commands.printing import number_text

    if summary is None:
        return f"{name}: not formed on any line"
    text = f"{name} = {number_text(summary['mean'])}"
    if summary["sd"] is not None:
        text += f" ± {number_text(summary['sd'])} (standard deviation, {summary['n']} lines"
        if summary["ci95_low"] is not None:
            low, high = number_text(summary["ci95_low"]), number_text(summary["ci95_high"])
            text += f"; mean within {low} to {high} at 95 %"
        text += ")"
    return text


def uncertainty_text(parts: dict[str, Any]) -> str:
    """The three sources of uncertainty in a line of text."""
    shares = ", ".join(
        f"{name} {'unknown' if parts[key] is None else format(parts[key], '.1%')}"
        for key, name in _SOURCES.items()
    )
    text = f"uncertainty of the mean of (i_max/i_min - 1): {shares}"
    return text if parts["dominant"] is None else f"{text}; {_SOURCES[parts['dominant']]} dominates"


def _write(
    taken: ImageProfiles,
    runs: dict[int, LineRun],
    stresses: dict[int, LineStress],
    lines: list[dict[str, Any]],
    result: dict[str, Any],
    cell: Cell,
    out: Path,
    comm: MPI.Comm,
) -> None:
    from interfacefem.commands.printing import csv_text, json_text
    from interfacefem.commands.profile import write_profiles
    from interfacefem.parallel import on_each_rank, on_first_rank
    from interfacefem.report import (
        current_figure,
        histogram_figure,
        lines_figure,
        potential_figure,
        save_figure,
        sensitivity_figure,
    )

    critical = cell.load.critical_current_density
    # a ratio that cannot be formed is worse than any number
    worst = max(lines, key=lambda line: line["i_ratio"] or math.inf)["line"]

    def write_worst_line() -> None:
        if worst in runs:
            solved = runs[worst].current
            potential = potential_figure(solved.solution)
            assert potential is not None  # a line is solved by one rank
            save_figure(potential, out / f"potential_line_{worst}.png")
            figure = current_figure(
                solved.solution, solved.metrics, critical_current_density=critical
            )
            save_figure(figure, out / f"current_line_{worst}.png")

    on_each_rank(comm, write_worst_line)
    own = {number: run.current.solution.distribution for number, run in runs.items()}
    distributions = _gathered(own, comm)
    numbers = sorted(distributions)

    def write() -> None:
        write_profiles(taken, out)
        labels = [f"line {number}" for number in numbers]
        histogram = histogram_figure(
            [distributions[number] for number in numbers], labels, critical_current_density=critical
        )
        save_figure(histogram, out / "histogram.png")
        sensitivity = sensitivity_figure(lines, result["cutoffs"], result["uncertainty"])
        save_figure(sensitivity, out / "sensitivity.png")
        save_figure(
            lines_figure(
                [str(line["line"]) for line in lines],
                [line["i_ratio"] for line in lines],
                [line["hot_spot_factor"] for line in lines],
            ),
            out / "lines.png",
        )
        _write_stress(stresses, result, out)
        write_text_atomically(out / "lines.csv", csv_text(lines))
        write_text_atomically(out / "risk.json", json_text(result) + "\n")

    on_first_rank(comm, write)


def _write_stress(stresses: dict[int, LineStress], result: dict[str, Any], out: Path) -> None:
    from interfacefem.commands.printing import csv_text
    from interfacefem.commands.stress_figures import write_stress_figures
    from interfacefem.report import contact_limited_figure, save_figure, stress_ratio_figure

    solved = {number: one.run for number, one in stresses.items() if one.run is not None}
    if solved:
        worst = max(solved, key=lambda number: solved[number].metrics.stress_ratio or math.inf)
        write_stress_figures(solved[worst], out, f"_line_{worst}")
        curves = {
            f"line {number}": [
                (run.metrics.p_mean / MPA, run.metrics.stress_ratio)
                for run in stresses[number].against_pressure
                if run.metrics.stress_ratio is not None
            ]
            for number in sorted(solved)
        }
        depth = solved[worst].metrics.depth / UM
        figure = stress_ratio_figure(result["pressures"], depth, curves)
        save_figure(figure, out / "stress_ratio.png")
    if "contact_limited" in result:
        limited = result["contact_limited"]
        save_figure(contact_limited_figure(limited), out / "contact_limited.png")
        write_text_atomically(out / "contact_limited.csv", csv_text(limited))


def _gathered(own: dict[int, _Found], comm: MPI.Comm) -> dict[int, _Found]:
    parts = comm.allgather(own)
    return {number: one for part in parts for number, one in part.items()}
