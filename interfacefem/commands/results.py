# SPDX-License-Identifier: BSD-3-Clause
"""What commands of powders do alike: find on rank 0, write a folder, print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from interfacefem.commands.arguments import Output
from interfacefem.files import json_text, require_writable_folder, write_text_atomically

if TYPE_CHECKING:
    from interfacefem.api.result import Result
    from interfacefem.progress import Step

R = TypeVar("R", bound="Result")


def find_and_print(
    title: str,
    steps: int,
    find: Callable[[Step], R],
    print_result: Callable[[dict[str, Any]], None],
    write: Callable[[R, Path], None],
    out: Path | None,
    json: bool,
    output: Output,
) -> None:
    """Run on rank 0, write ``result.json`` and the rest, print JSON or tables; collective."""
    from interfacefem.commands.printing import print_json, print_line
    from interfacefem.mpi import MPI
    from interfacefem.parallel import on_first_rank
    from interfacefem.progress import configure_logging, progress

    configure_logging(quiet=output.quiet, verbose=output.verbose)

    def work() -> dict[str, Any]:
        if out is not None:
            require_writable_folder(out)
        with progress(title, steps + (out is not None), quiet=output.quiet) as step:
            found = find(step)
            result = found.to_dict()
            if out is not None:
                step("figures and tables")
                write(found, out)
                write_text_atomically(out / "result.json", json_text(result) + "\n")
        return result

    result = on_first_rank(MPI.COMM_WORLD, work)
    if result is None:
        return
    if json:
        print_json(result)
        return
    print_result(result)
    for note in result["notes"]:
        print_line(f"  {note}")
    if out is not None:
        print_line(f"figures and tables: {out}")


def print_rows(title: str, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    """Those columns of a table that hold something."""
    from interfacefem.commands.printing import print_table

    held = [name for name in columns if any(row.get(name) is not None for row in rows)]
    print_table(title, held, [[row.get(name) for name in held] for row in rows])
