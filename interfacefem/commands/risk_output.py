# SPDX-License-Identifier: BSD-3-Clause
"""What ``risk`` prints and writes; the keys of its JSON are made in assessment/."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from interfacefem.assessment.assess import AssessedImage
from interfacefem.assessment.budget import SOURCES
from interfacefem.commands.printing import (
    csv_text,
    json_text,
    number_text,
    print_line,
    print_table,
)
from interfacefem.commands.profile import write_profiles
from interfacefem.commands.stress_figures import write_stress_figures
from interfacefem.files import write_text_atomically
from interfacefem.mpi import MPI
from interfacefem.parallel import on_each_rank, on_first_rank
from interfacefem.report import (
    budget_figure,
    contact_limited_figure,
    current_figure,
    groups_figure,
    histogram_figure,
    length_figure,
    potential_figure,
    save_figure,
    stress_ratio_figure,
)
from interfacefem.report.methods_text import methods_text
from interfacefem.report.notes import kinds_of_notes
from interfacefem.units import MPA, UM

_COLUMNS = (
    "section", "width_um", "Rq_um", "length_ratio", "excess", "i_ratio", "hot_spot_factor",
    "stress_ratio", "contact_fraction",
)  # fmt: skip
_LIMITED_COLUMNS = (
    "section", "stack_pressure_MPa", "contact_fraction", "i_ratio", "hot_spot_factor",
    "area_specific_resistance_ohm_cm2",
)  # fmt: skip
_IMAGE_COLUMNS = (
    "group",
    "image",
    "synthetic",
    "excess",
    "i_ratio",
    "excess_error",
    "stress_ratio",
)
_GROUP_COLUMNS = (
    "group", "images", "i_ratio", "excess", "excess_low", "excess_high", "sd_ln",
    "images_for_20_percent", "stress_ratio", "stress_ratio_low", "stress_ratio_high",
)  # fmt: skip


def print_image(name: str, result: Mapping[str, Any], out: Path) -> None:
    """The sections of an image, its value and its budget."""
    sections = result["sections"]
    print_table(
        f"{name}: {result['method']}, pixel {result['pixel_size_nm']:.4g} nm "
        f"({result['pixel_size_source']})" + (", synthetic" if result["synthetic"] else ""),
        _COLUMNS,
        [[row[key] for key in _COLUMNS] for row in sections],
    )
    for note in result["notes"]:
        print_line(f"  {note}")
    _print_notes("sections", [row["notes"] for row in sections])
    print_line(value_text(result))
    print_line(lengths_text(result["excess_by_length"]))
    print_line(stress_text(result))
    print_line(images_text(result))
    if result["budget"]:
        print_budget(result["budget"])
    if "contact_limited" in result:
        limited = result["contact_limited"]
        print_table(
            "contact-limited: metal touches only where the stack pressure presses it",
            _LIMITED_COLUMNS,
            [[row[key] for key in _LIMITED_COLUMNS] for row in limited],
        )
        _print_notes("contact-limited cases", [row["notes"] for row in limited])
    print_line(f"figures and results: {out}")


def value_text(result: Mapping[str, Any]) -> str:
    """The excess of an image with its length."""
    if result["excess"] is None:
        return "i_max/i_min: not formed"
    sign = "<" if result["excess_is_upper_limit"] else "="
    text = (
        f"i_max/i_min {sign} {number_text(result['i_ratio'])}: excess {sign} "
        f"{number_text(result['excess'])} over {result['reference_length_um']:.4g} um"
    )
    count = len(result["sections"])
    if count > 1:
        text += f", geometric mean of {count} sections"
    error = result["excess_error"]
    return text if error is None else f"{text}; mesh error estimate {error:.1%}"


def curves_over_length(result: Mapping[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Names and rows of ``length.png``: the image as it is reported, and its sections if several.

    Sections are as traced; blur and smoothing are extrapolated away for the image alone.
    """
    curves = [("image", result["excess_by_length"])]
    if len(result["sections"]) > 1:
        curves += [
            (f"section {row['section']}", row["excess_by_length"]) for row in result["sections"]
        ]
    return curves


def lengths_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """The excess over other lengths."""
    known = [
        f"{number_text(row['excess'])} over {row['length_um']:g} um"
        for row in rows
        if row["excess"] is not None
    ]
    return "excess " + ", ".join(known) if known else "excess over other lengths: not formed"


def stress_text(result: Mapping[str, Any]) -> str:
    """The stress ratio with its depth."""
    if result["stress_ratio"] is None:
        return "stress ratio: not formed"
    ratio, depth = number_text(result["stress_ratio"]), result["stress_depth_um"]
    return f"stress ratio = {ratio}, {depth:g} um below the surface"


def images_text(result: Mapping[str, Any]) -> str:
    """Why one image has no interval, and how many would give a narrow one."""
    text = f"no interval: {result['interval_reason']}"
    count = result["images_for_20_percent"]
    if count is not None:
        text += (
            f"; if images differ as windows along this line do (factor "
            f"{math.exp(result['sd_ln_windows']):.2g}), {count} give +-20 %"
        )
    return text


def print_budget(
    entries: Sequence[Mapping[str, Any]], title: str = "what moves the excess besides the surface"
) -> None:
    """What moves the number, the largest first."""
    print_table(
        f"{title}: factors on it",
        ("source", "from", "to", "not formed because"),
        [
            [SOURCES[row["source"]], row["factor_low"], row["factor_high"], row["reason"] or ""]
            for row in entries
        ],
    )


def print_groups(result: Mapping[str, Any], out: Path) -> None:
    """Images, groups and their comparison."""
    print_table("images", _IMAGE_COLUMNS, _cells(result["images"], _IMAGE_COLUMNS))
    length = result["groups"][0]["reference_length_um"]
    print_table(
        f"groups: geometric means over windows of {length:.4g} um, 95 % intervals (t, logarithm)",
        _GROUP_COLUMNS,
        _cells(result["groups"], _GROUP_COLUMNS),
    )
    for row in result["groups"]:
        for note in row["notes"]:
            print_line(f"  {row['group']}: {note}")
        if row["budget"]:
            print_budget(row["budget"], f"what moves the excess of {row['group']}")
    for metric, compared in result["comparisons"].items():
        if compared is None:
            continue
        p = "not formed" if compared["p_value"] is None else f"{compared['p_value']:.2g}"
        print_line(f"{metric}: {compared['test']}, p = {p}")
        for pair in compared["pairs"]:
            print_line("  " + _pair_text(pair))
    print_line(f"figures and results: {out}")


def write_image(assessed: AssessedImage, out: Path, comm: MPI.Comm) -> None:
    """Overlay, profiles, figures, ``sections.csv`` and ``risk.json``; collective."""
    sections, result, runs = assessed.found["sections"], assessed.found, assessed.runs
    drawn = result["synthetic"]
    critical = assessed.cell.load.critical_current_density
    # a ratio that cannot be formed is worse than any number
    worst = max(sections, key=lambda row: row["i_ratio"] or math.inf)["section"]

    def write_worst() -> None:
        if worst in runs:
            solved = runs[worst].current
            potential = potential_figure(solved.solution)
            assert potential is not None  # a section is solved by one rank
            save_figure(potential, out / f"potential_section_{worst}.png", synthetic=drawn)
            figure = current_figure(
                solved.solution, solved.metrics, critical_current_density=critical
            )
            save_figure(figure, out / f"current_section_{worst}.png", synthetic=drawn)

    on_each_rank(comm, write_worst)
    own = {number: run.current.solution.distribution for number, run in runs.items()}
    found = {number: one for part in comm.allgather(own) for number, one in part.items()}

    def write() -> None:
        write_profiles(assessed.taken, out)
        numbers = sorted(found)
        histogram = histogram_figure(
            [found[number] for number in numbers],
            [f"section {number}" for number in numbers],
            critical_current_density=critical,
        )
        save_figure(histogram, out / "histogram.png", synthetic=drawn)
        length = result["reference_length_um"]
        save_figure(
            length_figure(curves_over_length(result), length), out / "length.png", synthetic=drawn
        )
        if result["budget"]:
            title = f"{Path(result['image']).stem}, windows of {length:.4g} µm"
            figure = budget_figure(result["budget"], result["excess"], title)
            save_figure(figure, out / "budget.png", synthetic=drawn)
        _write_stress(assessed, out)
        plain = [
            {key: value for key, value in row.items() if not isinstance(value, list)}
            for row in sections
        ]
        write_text_atomically(out / "sections.csv", csv_text(plain))
        write_text_atomically(out / "methods.txt", methods_text(result, assessed.cell))
        write_text_atomically(out / "risk.json", json_text(result) + "\n")

    on_first_rank(comm, write)


def write_groups(result: Mapping[str, Any], out: Path) -> None:
    """``groups.png``, ``images.csv``, ``groups.csv`` and ``risk.json``."""
    by_group: dict[str, list[Mapping[str, Any]]] = {}
    for row in result["images"]:
        by_group.setdefault(row["group"], []).append(row)
    figure = groups_figure(by_group, result["groups"])
    save_figure(figure, out / "groups.png", synthetic=result["synthetic"])
    for row in result["groups"]:
        if row["budget"]:
            length = row["reference_length_um"]
            title = f"{row['group']}, {row['images']} images, windows of {length:.4g} µm"
            figure = budget_figure(row["budget"], row["excess"], title)
            name = f"budget_{_file_name(row['group'])}.png"
            save_figure(figure, out / name, synthetic=row["synthetic"])
    for name in ("images", "groups"):
        plain = [
            {key: value for key, value in row.items() if not isinstance(value, list | dict)}
            for row in result[name]
        ]
        write_text_atomically(out / f"{name}.csv", csv_text(plain))
    write_text_atomically(out / "risk.json", json_text(result) + "\n")


def _write_stress(assessed: AssessedImage, out: Path) -> None:
    stresses, result = assessed.stresses, assessed.found
    solved = {number: one.run for number, one in stresses.items() if one.run is not None}
    if solved:
        worst = max(solved, key=lambda number: solved[number].metrics.stress_ratio or math.inf)
        write_stress_figures(solved[worst], out, f"_section_{worst}")
        curves = {
            f"section {number}": [
                (run.metrics.p_mean / MPA, run.metrics.stress_ratio)
                for run in stresses[number].against_pressure
                if run.metrics.stress_ratio is not None
            ]
            for number in sorted(solved)
        }
        depth = solved[worst].metrics.depth / UM
        figure = stress_ratio_figure(result["pressures"], depth, curves)
        save_figure(figure, out / "stress_ratio.png", synthetic=result["synthetic"])
    if "contact_limited" in result:
        limited = result["contact_limited"]
        figure = contact_limited_figure(limited)
        save_figure(figure, out / "contact_limited.png", synthetic=result["synthetic"])
        write_text_atomically(out / "contact_limited.csv", csv_text(limited))


def _print_notes(of_what: str, notes: list[list[str]]) -> None:
    for count, note in kinds_of_notes(notes):
        print_line(f"  {count} of {len(notes)} {of_what}: {note}")


def _cells(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> list[list[object]]:
    return [[Path(row[key]).name if key == "image" else row[key] for key in keys] for row in rows]


def _pair_text(pair: Mapping[str, Any]) -> str:
    interval = ""
    if pair["low"] is not None:
        interval = f" ({number_text(pair['low'])} to {number_text(pair['high'])} at 95 %)"
    p = "" if pair["p_value"] is None else f", p = {pair['p_value']:.2g}"
    text = (
        f"{pair['second']} over {pair['first']}: factor {number_text(pair['factor'])}{interval}{p}"
        f", by permutation {pair['p_permutation']:.2g}"
    )
    return "; ".join([text, *pair["notes"]])


def _file_name(group: str) -> str:
    """A group's name where a file may have it."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", group).strip(".") or "group"
