# SPDX-License-Identifier: BSD-3-Clause
"""``ro-crate-metadata.json``: what the files of a study are and what they were made of and with.

RO-Crate Metadata Specification 1.1 (P. Sefton et al., doi:10.5281/zenodo.4541002). Licence and
authors are not known here; whoever publishes the folder adds them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from interfacefem.study.records import SUFFIX, canonical, parsed
from interfacefem.study.store import RECORDS, store_of
from interfacefem.study.table import (
    PARQUET,
    PLAN,
    REPORT,
    RESULTS,
    RESULTS_JSON,
    TIMINGS,
    read_plan_record,
    tables_written,
    write_if_new,
)
from interfacefem.version import __version__

CRATE = "ro-crate-metadata.json"
_CONTEXT = "https://w3id.org/ro/crate/1.1/context"
_PROFILE = "https://w3id.org/ro/crate/1.1"
_FILES = {
    RESULTS: ("text/csv", "A row for each image, line and set of parameters; names end with units"),
    RESULTS_JSON: ("application/json", "The same, with the hashes of the inputs"),
    PARQUET: ("application/vnd.apache.parquet", "The same"),
    TIMINGS: ("text/csv", "When, where and how long each case was solved"),
    PLAN: ("application/json", "What was to be done: rows, cases and inputs with their hashes"),
    "study.yaml": ("application/yaml", "The study file as it ran"),
    REPORT: ("text/html", "Figures, statistics, methods"),
}
_FOLDERS = {
    RECORDS: f"Results of the cases, a line each with key and checksum (*{SUFFIX})",
    "profiles": "Points of the profiles that were taken from the inputs",
    "images": "Synthetic micrographs",
    "figures": "Figures of the report",
}


def write_crate(folder: Path) -> None:
    """Describe the files that the folder of a study holds now.

    Raises:
        InputError: It is no folder of a study.
    """
    graph = _graph(read_plan_record(folder), folder)
    content = {"@context": _CONTEXT, "@graph": graph}
    write_if_new(folder / CRATE, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def crate_is_current(record: Mapping[str, Any], folder: Path) -> bool:
    """Whether the folder holds the tables of these results as written, and says what they are.

    Args:
        record: Plan of the study.
        folder: Of it.
    """
    try:
        content = parsed((folder / CRATE).read_bytes())
        graph = (content or {})["@graph"]
        (root,) = (entity for entity in graph if entity["@id"] == "./")
        described = {entity["@id"]: entity for entity in graph if entity["@type"] == "File"}
    except (OSError, KeyError, TypeError, ValueError):  # there is none, or it is something else
        return False
    return (
        root.get("version") == _version(record, folder)
        and described == {entity["@id"]: entity for entity in _files(folder)}
        and described.keys() >= {quote(name) for name in tables_written()}
    )


def _version(record: Mapping[str, Any], folder: Path) -> str:
    """Tells the results that the tables are made of."""
    store = store_of(folder)
    digest = hashlib.sha256(f"{__version__} {record['study']}".encode())
    for name in sorted({row["interfaces"] for row in record["rows"]}):
        digest.update(_stamp(store.source(name)))
    for physics, key in record["cases"]:
        digest.update(_stamp(store.ending(physics, key)))
    digest.update(canonical([record["rows"], record.get("process")]).encode())
    return digest.hexdigest()[:16]


def _stamp(found: Mapping[str, Any] | None) -> bytes:
    return b"-" if found is None else f"{found['key']} {found['written']};".encode()


def _identifier(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _graph(record: Mapping[str, Any], folder: Path) -> list[dict[str, Any]]:
    parts = [*_files(folder), *_folders(folder)]
    inputs = [_input(name, content) for name, content in record["sources"].items()]
    ended = _time_of_last_result(folder)
    study = record["study"]
    program = {
        "@id": "#interfacefem",
        "@type": "SoftwareApplication",
        "name": "interfacefem",
        "softwareVersion": __version__,
    }
    run = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"Running the study {study}",
        "endTime": ended,
        "instrument": _link(program),
        "object": [_link(entity) for entity in inputs],
        "result": [_link(entity) for entity in parts],
    }
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Study {study}",
        "description": (
            f"{len(record['rows'])} rows from {len(inputs)} interfaces: "
            f"{', '.join(record['physics'])} at interfaces of solid-state batteries"
        ),
        "datePublished": ended,
        "version": _version(record, folder),
        "hasPart": [_link(entity) for entity in parts],
        "mentions": _link(run),
    }
    descriptor = {
        "@id": CRATE,
        "@type": "CreativeWork",
        "conformsTo": {"@id": _PROFILE},
        "about": _link(root),
    }
    return [descriptor, root, *parts, run, program, *inputs]


def _files(folder: Path) -> Iterator[dict[str, Any]]:
    for name, (kind, description) in _FILES.items():
        path = folder / name
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            yield {
                "@id": quote(name),
                "@type": "File",
                "name": name,
                "description": description,
                "encodingFormat": kind,
                "contentSize": str(len(content)),
                "identifier": _identifier(content),
            }


def _folders(folder: Path) -> Iterator[dict[str, Any]]:
    for name, description in _FOLDERS.items():
        if (folder / name).is_dir():
            yield {
                "@id": f"{quote(name)}/",
                "@type": "Dataset",
                "name": name,
                "description": description,
            }


def _input(name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """An input lies outside the crate: it is named and told by its hash."""
    entity = {"@id": f"#input-{quote(name, safe='')}", "@type": "CreativeWork", "name": name}
    if "sha256" in content:
        return {**entity, "identifier": f"sha256:{content['sha256']}"}
    return {**entity, "description": f"synthetic: {json.dumps(content, sort_keys=True)}"}


def _link(entity: Mapping[str, Any]) -> dict[str, str]:
    return {"@id": entity["@id"]}


def _time_of_last_result(folder: Path) -> str:
    """ISO 8601; of the plan where nothing was solved."""
    written = [record["written"] for record in store_of(folder).endings().values()]
    last = max(written, default=(folder / PLAN).stat().st_mtime)
    return datetime.fromtimestamp(last, UTC).isoformat(timespec="seconds")
