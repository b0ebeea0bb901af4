# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem volume transport``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpi4py import MPI

from interfacefem.commands.printing import (
    csv_text,
    json_text,
    print_json,
    print_line,
    print_table,
)
from interfacefem.commands.volume_input import open_from_options
from interfacefem.conduction.electrode_plane import PlaneCurrent
from interfacefem.conduction.result import transport_result
from interfacefem.conduction.solver import (
    SOLVER_BYTES,
    Conduction,
    ConductionSettings,
    VolumeSlab,
    require_labels,
)
from interfacefem.conduction.transport import AxisTransport, solve_transport
from interfacefem.conduction.warm_up import compile_kernels
from interfacefem.errors import InputError, VolumeError, naming_file
from interfacefem.files import require_writable_folder, write_text_atomically
from interfacefem.parallel import on_each_rank, on_first_rank
from interfacefem.progress import configure_logging, progress
from interfacefem.units import UM, parse_quantity
from interfacefem.volumes.reading import VolumeFile, read_slab, voxel_size_text

if TYPE_CHECKING:
    from interfacefem.cli import Output, TransportOptions, VolumeOptions


def run(
    path: Path,
    reading: VolumeOptions,
    options: TransportOptions,
    out: Path | None,
    json: bool,
    output: Output,
) -> None:
    """Solve transport through one volume on all ranks, print it, write figures; collective."""
    configure_logging(quiet=output.quiet, verbose=output.verbose)
    comm = MPI.COMM_WORLD
    axes = _axes(options.axis)
    conductivities, unit = _conductivities(options)
    critical = _current_density(options.critical_current_density, "--critical-current-density")
    applied = _current_density(options.current_density, "--current-density")
    settings = _settings(options)
    end = _end(options.plane)
    share = _share(options.safe_share)

    def begin() -> VolumeFile:
        if out is not None:
            require_writable_folder(out)
        return open_from_options(path, reading)

    steps = 2 + len(axes) + (out is not None)
    with progress("transport", steps, quiet=output.quiet) as step:
        step(f"reading {path}")
        file = on_each_rank(comm, begin)
        volume = on_each_rank(comm, lambda: read_slab(file, comm, SOLVER_BYTES))
        with naming_file(path):
            require_labels(volume, conductivities)
        step("kernels (compiled at the first run of all)")
        compile_kernels(comm)
        started = time.process_time()
        with naming_file(path):
            found = solve_transport(
                volume, conductivities, axes=axes, end=end, settings=settings, progress=step
            )
        (cpu,) = volume.slabs.sum(time.process_time() - started)
        result = transport_result(
            volume,
            found,
            unit=unit,
            critical=critical,
            applied=applied,
            safe_share=share,
            cpu_s=cpu,
            notes=file.notes,
        )
        if out is not None:
            step("figures and fields")
            _write(found, volume, result, (critical, applied, end), out, comm)
    if json:
        print_json(result)
        return
    _print(path, file, result, axes)
    if out is not None:
        print_line(f"figures and fields: {out}")


def _print(path: Path, file: VolumeFile, result: dict[str, Any], axes: Sequence[int]) -> None:
    n0, n1, n2 = file.shape
    title = f"{path}: {n0} x {n1} x {n2} voxels of {voxel_size_text(file.voxel_size)}"
    rows: list[tuple[object, ...]] = []
    for key, value in result.items():
        if key in {"axes", "shape", "voxel_nm", "notes", "budget"}:
            continue
        values = value if isinstance(value, list) else [value, *[""] * (len(axes) - 1)]
        rows.append((key, *values))
    print_table(title, ("quantity", *(f"axis {axis}" for axis in axes)), rows)
    print_table(
        "error of sigma_eff by source",
        ("axis", "source", "error", "relative", "dominates", "meaning"),
        [
            (row["axis"], row["source"], row["error"], row["relative"],
             "yes" if row["dominates"] else "", row["meaning"])
            for row in result["budget"]
        ],
    )  # fmt: skip
    for note in result["notes"]:
        print_line(f"  {note}")


def _write(
    found: Sequence[AxisTransport],
    volume: VolumeSlab,
    result: dict[str, Any],
    at_plane: tuple[float | None, float | None, int],
    out: Path,
    comm: MPI.Comm,
) -> None:
    from interfacefem.report.volume_transport_figures import write_transport_figures
    from interfacefem.volumes.image_data import write_potential

    tables: dict[Path, str] = {}
    for one in found:
        conduction: Conduction = one.conduction
        if conduction.sigma_eff > 0:
            depths = write_transport_figures(one, volume, *at_plane, out)
            tables[out / f"current_depth_axis{conduction.axis}.csv"] = _depth_table(depths)
            write_potential(out / f"potential_axis{conduction.axis}.vti", conduction, volume)
    tables[out / "result.json"] = json_text(result) + "\n"

    def write() -> None:
        for path, text in tables.items():
            write_text_atomically(path, text)

    on_first_rank(comm, write)


def _depth_table(depths: Sequence[PlaneCurrent]) -> str:
    return csv_text([
        {
            "depth_um": plane.depth / UM,
            "largest": plane.hot_spot_factor,
            "quantile_99": plane.quantile(0.99),
            "median": plane.quantile(0.5),
            "contact_share": plane.contact_share,
        }
        for plane in depths
    ])  # fmt: skip


def _conductivities(options: TransportOptions) -> tuple[dict[int, float], float | None]:
    """Conductivity of each label, and the unit they have in S/m, None for pure numbers."""
    if bool(options.phase is not None) == bool(options.conductivity):
        raise VolumeError(
            "says what conducts", field="--phase",
            found="both --phase and --conductivity" if options.conductivity else "neither",
            expected='--phase 0, or a conductivity for each: --conductivity "0=1 mS/cm"',
        )  # fmt: skip
    if options.phase is not None:
        return {options.phase: 1.0}, None
    values: dict[int, float] = {}
    for text in options.conductivity:
        name, _, value = text.partition("=")
        try:
            label = int(name)
        except ValueError:
            label = None
        if label is None or not value:
            raise VolumeError(
                "is no label with its conductivity", field="--conductivity", found=f'"{text}"',
                expected='such as "0=1 mS/cm"',
            )  # fmt: skip
        if label in values:
            raise VolumeError(
                f"gives label {label} twice", field="--conductivity",
                found=" and ".join(f'"{one}"' for one in options.conductivity),
                expected="one conductivity for each label",
            )  # fmt: skip
        values[label] = parse_quantity(
            value, unit="S/m", example="1 mS/cm", field=f"--conductivity {label}="
        )
    return values, 1.0


def _axes(text: str) -> list[int]:
    try:
        axes = [int(part) for part in text.split(",")]
    except ValueError:
        axes = []
    if not axes or not set(axes) <= {0, 1, 2} or len(set(axes)) < len(axes):
        raise VolumeError(
            "cannot be read", field="--axis", found=f'"{text}"', expected="such as 0 or 0,1,2"
        )
    return axes


def _current_density(text: str | None, field: str) -> float | None:
    if text is None:
        return None
    value = parse_quantity(text, unit="A/m^2", example="1 mA/cm^2", field=field)
    if not 0 < value < float("inf"):
        raise InputError("is not positive", field=field, found=f'"{text}"')
    return value


def _settings(options: TransportOptions) -> ConductionSettings:
    if not 1e-14 <= options.residual <= 1e-2:
        raise VolumeError(
            "is out of range", field="--residual", found=options.residual, expected="1e-14 to 1e-2"
        )
    return ConductionSettings(residual=options.residual)


def _end(text: str) -> int:
    if text not in {"low", "high"}:
        raise VolumeError("is not known", field="--plane", found=f'"{text}"', expected="low, high")
    return int(text == "high")


def _share(share: float) -> float:
    if not 0 < share < 1:
        raise VolumeError(
            "is out of range", field="--safe-share", found=share, expected="between 0 and 1"
        )
    return share
