# SPDX-License-Identifier: BSD-3-Clause
"""One row for each interface and set of parameters, out of the files of a study."""

from __future__ import annotations

import csv
import functools
import hashlib
import importlib.util
import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfacefem.errors import InputError
from interfacefem.files import read_text_file, write_text_atomically, written_atomically
from interfacefem.study.columns import ENDING
from interfacefem.study.covariates import Covariates, from_content
from interfacefem.study.plan import Plan
from interfacefem.study.record_shapes import is_plan
from interfacefem.study.records import parsed, without_collector
from interfacefem.study.store import FORMAT, opened_store, plain, require_present_format, store_of
from interfacefem.version import __version__

if TYPE_CHECKING:
    import pandas as pd

PLAN, RESULTS, TIMINGS, PARQUET = "plan.json", "results.csv", "timings.csv", "results.parquet"
RESULTS_JSON, REPORT = "results.json", "report.html"
_RUN_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# the metal of a study touches everywhere, and the contact problem gives this name a meaning
_LEFT_OUT = {"current": ("contact_fraction",), "stress": (), "interface": (), "transport": ()}


@dataclass(frozen=True, eq=False)
class Tables:
    """What the files of a study hold.

    Attributes:
        rows: Identification, roughness, metrics, status; in the order of the plan.
        timings: CPU time and place of each.
        planned: What the plan says of each; sections that turned out not to be there are left out.
    """

    rows: list[dict[str, Any]]
    timings: list[dict[str, Any]]
    planned: list[Mapping[str, Any]]


def plan_text(plan: Plan) -> str:
    """What must be known of a plan to read its folder later, with a checksum."""
    return signed_text(_plan_content(plan))


def signed_text(content: Mapping[str, Any]) -> str:
    """A JSON object with the checksum of its own text as its last entry."""
    text = json.dumps(content, ensure_ascii=False)
    checksum = hashlib.sha256(text.encode()).hexdigest()
    return f'{text[:-1]}, "checksum": "{checksum}"}}\n'


def _is_as_written(text: str) -> bool:
    head, found, tail = text.rpartition(', "checksum": "')
    checksum = hashlib.sha256(f"{head}}}".encode()).hexdigest()
    return bool(found) and tail == f'{checksum}"}}\n'


def _plan_content(plan: Plan) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "study": plan.name,
        "physics": list(plan.physics),
        "sources": plain({entry.source.name: entry.source.content for entry in plan.interfaces}),
        "cases": [[case.physics, case.key] for _, case in plan.cases],
        "rows": [
            {
                "identification": row.identification,
                "interfaces": row.interfaces,
                "line": row.line,
                "cases": row.cases,
            }
            for row in plan.rows
        ],
        "process": None if plan.covariates is None else plain(plan.covariates.content()),
        "budgets": [{"key": one.key, "image": one.interfaces.source.name} for one in plan.budgets],
    }


def read_plan_record(folder: Path) -> dict[str, Any]:
    """The plan of the study in a folder.

    Raises:
        InputError: There is none.
    """
    path = folder / PLAN
    require_present_format(folder)
    if not path.exists():
        raise InputError("is no folder of a study", file=folder, expected=f"a folder with {PLAN}")
    state = path.stat()
    return _plan_record(path.absolute(), state.st_size, state.st_mtime_ns, state.st_ino)


@functools.lru_cache(maxsize=1)
def _plan_record(path: Path, *_: int) -> dict[str, Any]:
    """Read once while the file has not changed."""
    text = read_text_file(path, InputError, "the plan of a study")
    with without_collector():
        record = parsed(text)
    if record is None:
        raise InputError("is damaged; run the study again", file=path)
    if record.get("format") != FORMAT:
        raise InputError("belongs to another version; run the study again", file=path)
    if not _is_as_written(text) or not is_plan(record):
        raise InputError("is not as it was written; run the study again", file=path)
    return record


def tables_of(record: Mapping[str, Any], folder: Path) -> Tables:
    """Collect every result of a study that is there."""
    store = store_of(folder)
    profiles: dict[str, Any] = {}
    results: dict[str, Any] = {}
    for key in {row["interfaces"] for row in record["rows"]}:
        profiles[key] = store.source(key) or {"lines": []}
    for physics, key in record["cases"]:
        results[key] = store.case(physics, key)
    covariates = covariates_of(record)
    columns: dict[str, None] = {}
    rows, timings, planned = [], [], []
    for row in record["rows"]:
        if _is_absent(row, profiles[row["interfaces"]]):
            continue
        planned.append(row)
        found = {physics: results[key] for physics, key in row["cases"].items()}
        lines = profiles[row["interfaces"]]["lines"]
        kept = lines[row["line"] - 1] if row["line"] <= len(lines) else {"roughness": {}}
        entry = {
            **joined(row["identification"], covariates),
            **_guided(profiles[row["interfaces"]]),
            **({"line_check": kept["line_check"]} if "line_check" in kept else {}),
            **kept["roughness"],
            **_metrics(found),
        }
        columns.update(dict.fromkeys(entry))
        rows.append({**entry, **_ending(found)})
        timings.append({**row["identification"], **_timing(found)})
    order = [*columns, *ENDING]
    return Tables([{name: entry.get(name) for name in order} for entry in rows], timings, planned)


def covariates_of(record: Mapping[str, Any]) -> Covariates | None:
    """What a plan knows of the process behind one of its factors."""
    content = record.get("process")
    return None if content is None else from_content(content)


def joined(identification: Mapping[str, Any], covariates: Covariates | None) -> Mapping[str, Any]:
    """Identification with the covariates between factors and parameters."""
    if covariates is None:
        return identification
    found: dict[str, Any] = {}
    for name, value in identification.items():
        if name == "line":
            found |= covariates.of(identification[covariates.key])
        found[name] = value
    return found


def tables_written() -> tuple[str, ...]:
    """Files that ``write_tables`` writes here."""
    parquet = (PARQUET,) if importlib.util.find_spec("pyarrow") is not None else ()
    return (RESULTS, RESULTS_JSON, TIMINGS, *parquet)


def write_tables(record: Mapping[str, Any], folder: Path) -> Tables:
    """Write results.csv, results.json, timings.csv and, where pyarrow is there, results.parquet.

    Times are in a file of their own: the results of a study are the same, byte for byte, however
    often it was interrupted and whatever it ran on.
    """
    tables = tables_of(record, folder)
    new = write_if_new(folder / RESULTS, _csv(tables.rows))
    new = write_if_new(folder / RESULTS_JSON, _json(record, tables.rows)) or new
    write_if_new(folder / TIMINGS, _csv(tables.timings))
    if PARQUET in tables_written() and (new or not (folder / PARQUET).is_file()):
        with written_atomically(folder / PARQUET) as temporary:
            _frame(tables.rows, record["study"]).to_parquet(temporary)
    return tables


def write_if_new(path: Path, text: str) -> bool:
    """Write a text unless the file holds it already; returns whether it did not."""
    try:
        if path.is_file() and path.read_bytes() == text.encode():
            return False
    except OSError:
        pass
    write_text_atomically(path, text)
    return True


def load_study(folder: str | Path) -> pd.DataFrame:
    """The table of a study, finished or not: a row for each interface and set of parameters.

    Columns end with their unit; ``status`` is ``done``, ``failed`` or ``missing``, ``reason`` says
    why a row has no numbers.

    Args:
        folder: Of the study.

    Raises:
        InputError: It is no folder of a study.
    """
    if not isinstance(folder, str | os.PathLike):
        raise InputError(
            "is no name of a folder", field="folder=", found=type(folder).__name__,
            expected="that of a study's results",
        )  # fmt: skip
    folder = Path(folder)
    record = read_plan_record(folder)
    opened_store(folder)
    return _frame(tables_of(record, folder).rows, record["study"])


def _is_absent(row: Mapping[str, Any], profiles: Mapping[str, Any]) -> bool:
    """Whether an image that was traced has fewer sections than this row's."""
    lines = profiles["lines"]
    return bool(lines) and row["line"] > len(lines)


def _frame(rows: Sequence[Mapping[str, Any]], name: str) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(rows)
    for column in frame:
        if frame[column].isna().all() and column not in ENDING:
            frame[column] = frame[column].astype(float)
    frame.attrs["study"] = name
    return frame


def _guided(profiles: Mapping[str, Any]) -> dict[str, Any]:
    """By whom an image was guided; no column where none of them was."""
    guide = profiles.get("image", {}).get("guide")
    return {} if guide is None else {"guided_by": guide["who"] or "unknown"}


def _metrics(found: Mapping[str, Any]) -> dict[str, Any]:
    metrics: dict[str, Any] = {}
    for physics, result in found.items():
        if result is not None:
            left_out = _LEFT_OUT[physics]
            metrics.update(
                {name: value for name, value in result["metrics"].items() if name not in left_out}
            )
    return metrics


def _ending(found: Mapping[str, Any]) -> dict[str, Any]:
    states = {result["status"] if result else "missing" for result in found.values()}
    status = next(state for state in ("failed", "missing", "done") if state in states)
    reasons = {
        physics: result["reason"]
        for physics, result in found.items()
        if result and result["reason"]
    }
    distinct = set(reasons.values())
    if len(distinct) == 1:
        reason = distinct.pop()
    else:
        reason = "; ".join(f"{physics}: {text}" for physics, text in reasons.items())
    notes = dict.fromkeys(note for result in found.values() if result for note in result["notes"])
    return {"status": status, "reason": reason or None, "notes": "; ".join(notes) or None}


def _timing(found: Mapping[str, Any]) -> dict[str, Any]:
    timing: dict[str, Any] = {}
    for physics, result in found.items():
        taken = result["timing"] if result else {}
        for name in ("started", "wall_s", "cpu_s", "worker"):
            timing[f"{physics}_{name}"] = taken.get(name)
    return timing


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _harmless(value) for name, value in row.items()} for row in rows)
    return stream.getvalue()


def _json(record: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as they are, a line each, and what they were made of."""
    content = {
        "command": "study",
        "version": __version__,
        "study": record["study"],
        "physics": record["physics"],
        "inputs": record["sources"],
        "synthetic": any("sha256" not in source for source in record["sources"].values()),
        "columns": list(rows[0]),
    }
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows)
    head = json.dumps(content, ensure_ascii=False, allow_nan=False).removesuffix("}")
    return f'{head}, "rows": [\n{lines}\n]}}\n'


def _harmless(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula with the sign that makes it text there."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_RUN_AS_FORMULA) else value
