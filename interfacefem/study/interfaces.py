# SPDX-License-Identifier: BSD-3-Clause
"""First half of a study: images are made where they are synthetic, profiles taken and kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from interfacefem.assessment.image import image_result, take_profiles
from interfacefem.errors import InputError, InterfaceFemError, naming_fields
from interfacefem.files import hash_of_file
from interfacefem.images import ExtractedProfile, NoLineError
from interfacefem.images.section_check import refusal
from interfacefem.parallel import from_first_rank
from interfacefem.parameters.door import Door
from interfacefem.parameters.names import names_at
from interfacefem.parameters.sampling import Sampling
from interfacefem.study.doing import doing
from interfacefem.study.height_maps import read_map_as
from interfacefem.study.plan import Interfaces
from interfacefem.study.provenance import code_version
from interfacefem.study.rank_groups import ranks_of_case
from interfacefem.study.sources import Source
from interfacefem.study.store import hash_of, plain, store_of
from interfacefem.surfaces import Profile, read_profile_csv
from interfacefem.surfaces.result import roughness_result
from interfacefem.synthetic.lpscl import lpscl_micrograph
from interfacefem.synthetic.micrograph import write_micrograph

_SHOWN = ("roughness", "line_check", "quality")


def prepare(interfaces: Interfaces, folder: Path) -> str | None:
    """Take the profiles of a source and keep them in the study's folder, if that is not done yet.

    Returns:
        Why there are none; None when all is well. The reason is kept in place of the profiles.

    Raises:
        OSError: The folder cannot be written to, as when the disk is full.

    Collective over ``ranks_of_case``, of which the first does it.
    """
    return from_first_rank(ranks_of_case(), lambda: _prepared(interfaces, folder))


def _prepared(interfaces: Interfaces, folder: Path) -> str | None:
    store = store_of(folder)
    code = code_version("profiles")
    found = store.valid_source(interfaces.key, code)
    if found is None:
        started = time.process_time()
        with doing(folder, f"{interfaces.source.name}: profiles"):
            content = taken_profiles(interfaces, folder)
        lines = content.pop("lines")
        found = {
            "kind": "source",
            "answers": interfaces.answers,
            "code": code,
            **content,
            # what the table shows stands in the record, the points in a file of their own
            "lines": [{key: line[key] for key in _SHOWN if key in line} for line in lines],
            "profiles_sha256": store.write_profiles(interfaces.answers, lines),
            "cpu_s": time.process_time() - started,
        }
        store.append(found)
    reason: str | None = found["reason"]
    return reason


def taken_profiles(interfaces: Interfaces, folder: Path) -> dict[str, Any]:
    """Profiles of a source, or the reason why there are none, for JSON."""
    source = interfaces.source
    try:
        if source.kind == "profile":
            assert source.path is not None
            profile = read_profile_csv(source.path)
            lines = [_line(profile)]
            return {"image": {}, "lines": lines, "notes": [], "reason": None}
        if source.kind == "height_map":
            assert source.path is not None
            height_map = read_map_as(source.path, interfaces.map)
            lines = [{"roughness": roughness_result(height_map)}]
            return {"image": {}, "lines": lines, "notes": [], "reason": None}
        if source.kind == "volume":
            return {"image": {}, "lines": [{"roughness": {}}], "notes": [], "reason": None}
        path = image_of(source, folder)
        with naming_fields(names_at(Door.FILE, Sampling, "sampling.")):
            taken = take_profiles(path, interfaces.sampling, keep_refused=True)
    except InterfaceFemError as error:
        failed = {"image": {}, "lines": [], "notes": [], "reason": str(error)}
        # a picture explains such a failure: the command study draws it
        return {**failed, "no_line": True} if isinstance(error, NoLineError) else failed
    lines = [
        {
            **_line(extracted.profile),
            **_check(extracted, interfaces.sampling),
            "pixel_rows": extracted.pixel_rows.tolist(),
            "pixel_columns": extracted.pixel_columns.tolist(),
            "window": list(extracted.window),
        }
        for extracted in taken.extraction.profiles
    ]
    notes = list(taken.extraction.notes)
    return {"image": image_result(taken), "lines": lines, "notes": notes, "reason": None}


def image_of(source: Source, folder: Path) -> Path:
    """Path of an image; a synthetic one is made unless the folder holds it.

    Raises:
        InputError: It cannot be made.
    """
    if source.path is not None:
        return source.path
    if not is_plain_name(source.name):
        raise InputError("is no name of an image", field="source.name", found=source.name[:60])
    store, code = store_of(folder), code_version("profiles")
    path = store.images / source.name
    recipe = plain(source.content["synthetic"])
    answers = {"name": source.name, "synthetic": recipe}
    known = store.image(hash_of(answers))
    if known is not None and known["code"] == code and store.is_intact(path, known["sha256"]):
        return path
    micrograph = lpscl_micrograph(recipe["powder"], recipe["pressure_Pa"], recipe["seed"])
    write_micrograph(micrograph, path)
    store.append({"kind": "image", "answers": answers, "code": code, "sha256": hash_of_file(path)})
    return path


def is_plain_name(name: str) -> bool:
    """Whether a name of a file leads nowhere but into the folder it is joined to."""
    return name not in ("", ".", "..") and not set(name) & set("/\\\0") and len(name) < 256


def profile_of_line(lines: Sequence[dict[str, Any]], line: int) -> Profile:
    """One of the profiles that were kept."""
    kept = lines[line - 1]
    return Profile(np.array(kept["x_m"]), np.array(kept["z_m"]), kept["metadata"])


def _check(extracted: ExtractedProfile, sampling: Sampling) -> dict[str, Any]:
    """What the check of a line says; a refused one is left out of the numbers, with its reason."""
    quality = extracted.quality
    assert quality is not None
    accepted = quality.verdict == "refuse" and sampling.accept_line
    found: dict[str, Any] = {
        "line_check": "accepted" if accepted else quality.verdict,
        "quality": quality.to_dict(),
    }
    if quality.verdict == "refuse" and not accepted:
        found |= {"refused": refusal([quality]), "roughness": {}}
    return found


def _line(profile: Profile) -> dict[str, Any]:
    return {
        "x_m": profile.x.tolist(),
        "z_m": profile.z.tolist(),
        "metadata": dict(profile.metadata),
        "roughness": roughness_result(profile),
    }
