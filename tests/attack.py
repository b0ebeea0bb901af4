# SPDX-License-Identifier: BSD-3-Clause
"""Damages inputs and records and watches the program: attack.py FOLDER COUNT [inputs|records]

One line of JSON for each damage, the last one with the memory that was needed at most. Everything
runs in this one process, so that a damage costs milliseconds; ``test_attack.py`` starts it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import tifffile
from damage import KINDS, Damage, forge
from PIL import Image

import interfacefem as ifem
from interfacefem.commands import app
from interfacefem.errors import InterfaceFemError
from interfacefem.images.guide import Guide, read_guide, write_guide
from interfacefem.parameters.case_file import read_case
from interfacefem.study.file import read_study
from interfacefem.study.plan import build_plan

LIMIT_S = 30
STUDY = """\
name: small
physics: [current]
profiles:
  - {files: line1.csv, factors: {pressure_MPa: 0}}
  - {table: sources.csv}
cell: {domain: {height: 12 um}, tolerance: 50 %}
parameters:
  - grid: {kinetics.exchange_current_density: [1 mA/cm^2, 5 mA/cm^2]}
"""
CASE = """\
geometry: {profile: line.csv}
domain: {height: 20 um}
kinetics: {model: table, file: iv.csv}
load: {current_density: 2 mA/cm^2}
tolerance: 50 %
"""
PROFILE = "x_um,z_um\n" + "".join(f"{x},{0.05 * (x * x % 7)}\n" for x in range(11))
TABLE = "overpotential_V,current_density_mA_cm2\n-1,-8\n-0.1,-0.5\n0,0\n0.1,0.5\n1,8\n"


class TooLongError(BaseException):
    """Something waits or works without end."""


# ---------------------------------------------------------------- inputs


def write_inputs(folder: Path) -> None:
    """One sound input of each kind."""
    rows, columns = np.mgrid[0:120, 0:160]
    edge = np.clip(70 + 6 * np.sin(columns / 8) - rows + 0.5, 0, 1)
    pixels = (40 + 160 * edge).astype(np.uint8)
    image = Image.fromarray(pixels)
    image.save(folder / "image.png")
    image.save(folder / "image.jpg", quality=95)
    tifffile.imwrite(folder / "image.tif", pixels, compression="deflate")
    tifffile.imwrite(
        folder / "scaled.tif", pixels, imagej=True, resolution=(10, 10), metadata={"unit": "um"}
    )
    write_guide(Guide(dropped=((20.0, 40.0),)), folder / "image.png")
    heights = 1e-7 * np.sin(columns[:24, :24] / 3.0)
    np.save(folder / "map.npy", heights)
    np.savetxt(folder / "map.csv", heights * 1e6, delimiter=",")
    volume = (np.random.default_rng(1).random((9, 10, 11)) > 0.4).astype(np.uint8)
    np.save(folder / "volume.npy", volume)
    np.savez_compressed(folder / "volume.npz", volume)
    tifffile.imwrite(folder / "volume.tif", volume)
    with contextlib.suppress(ImportError):
        import h5py

        with h5py.File(folder / "volume.h5", "w") as file:
            file.create_dataset("volume", data=volume, chunks=True, compression="gzip")
    (folder / "line.csv").write_text(PROFILE)
    (folder / "iv.csv").write_text(TABLE)
    (folder / "case.yaml").write_text(CASE)
    (folder / "sources.csv").write_text("profile,pressure_MPa\nline2.csv,200\n")
    (folder / "study.yaml").write_text(STUDY)
    for number in (1, 2):
        (folder / f"line{number}.csv").write_text(PROFILE.replace("0.05", f"0.0{number}"))


def _profile_command(name: str) -> list[str]:
    return ["profile", name, "--pixel-size", "100nm", "--out", "made", "--quiet"]


READERS: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "image.png": (lambda path: ifem.read_micrograph(path, pixel_size="100 nm"),
                  _profile_command("image.png")),
    "image.jpg": (lambda path: ifem.read_micrograph(path, pixel_size="100 nm"),
                  _profile_command("image.jpg")),
    "image.tif": (lambda path: ifem.read_micrograph(path, pixel_size="100 nm"),
                  _profile_command("image.tif")),
    "scaled.tif": (ifem.read_micrograph, ["profile", "scaled.tif", "--out", "made", "--quiet"]),
    "image.png.guide.yaml": (lambda path: read_guide(path, path.with_name("image.png")),
                             _profile_command("image.png")),
    "map.npy": (lambda path: ifem.read_height_map(path, pixel_size="100 nm"),
                ["stress", "map.npy", "--pixel-size", "100nm", "--quiet"]),
    "map.csv": (lambda path: ifem.read_height_map(path, pixel_size="100 nm"),
                ["stress", "map.csv", "--pixel-size", "100nm", "--quiet"]),
    "volume.npy": (lambda path: ifem.read_volume(path, voxel="25 nm"),
                   ["volume", "describe", "volume.npy", "--voxel", "25nm", "--quiet"]),
    "volume.npz": (lambda path: ifem.read_volume(path, voxel="25 nm"), []),
    "volume.tif": (lambda path: ifem.read_volume(path, voxel="25 nm"), []),
    "volume.h5": (lambda path: ifem.read_volume(path, voxel="25 nm"), []),
    "line.csv": (ifem.read_profile, ["stress", "line.csv", "--quiet"]),
    "iv.csv": (lambda path: read_case(path.with_name("case.yaml")),
               ["current", "case.yaml", "--quiet"]),
    "case.yaml": (read_case, ["current", "case.yaml", "--quiet"]),
    "sources.csv": (lambda path: build_plan(read_study(path.with_name("study.yaml"))),
                    ["study", "study.yaml", "--out", "made", "--dry-run", "--quiet"]),
    "study.yaml": (lambda path: build_plan(read_study(path)),
                   ["study", "study.yaml", "--out", "made", "--dry-run", "--quiet"]),
}  # fmt: skip


def attack_inputs(folder: Path, count: int) -> Iterator[dict[str, Any]]:
    """Each damage of each input, read by the library; every eighth through its command."""
    sound = folder / "sound"
    sound.mkdir()
    write_inputs(sound)
    names = [name for name in READERS if (sound / name).exists()]
    pairs = [(name, kind) for name in names for kind in KINDS]
    Random(7).shuffle(pairs)
    for number, (name, kind) in enumerate(pairs[:count]):
        place = folder / "inputs"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(sound, place)
        os.chdir(place)
        Damage(kind, number).hit(place / name)
        before = listing(place)
        read, command = READERS[name]
        by_command = bool(command) and number % 8 == 0
        said = watched(command if by_command else lambda: read(place / name))  # noqa: B023
        after = {path: state for path, state in listing(place).items() if "made" not in path}
        yield {
            "what": f"{name}: {kind}" + (" (command)" if by_command else ""),
            "changed": sorted(set(after.items()) ^ set(before.items())),
            "right": True,
            **said,
        }


# ---------------------------------------------------------------- records


def attack_records(folder: Path, count: int) -> Iterator[dict[str, Any]]:
    """Each damage of each file of a study: what reads it, and the study once more."""
    place = folder / "study"
    place.mkdir()
    write_inputs(place)
    os.chdir(place)
    begin = watched(["study", "study.yaml", "--out", "sound", "-j", "1", "--quiet"])
    assert begin["exit"] == 0, begin
    watched(["report", "sound", "--quiet"])
    names = [
        str(path.relative_to(place / "sound"))
        for path in sorted((place / "sound").rglob("*"))
        if path.is_file() and path.name != "study.log" and "figures" not in path.parts
    ]
    records = next(name for name in names if name.startswith("records"))
    # two of three hit what everything is made of
    pairs = [(name, kind) for name in names for kind in KINDS]
    pairs += [(records, "forged")] * (2 * len(pairs)) + [(records, kind) for kind in KINDS] * 4
    Random(8).shuffle(pairs)
    key = json.loads((place / "sound" / "plan.json").read_text())["cases"][0][1]
    for number, (name, kind) in enumerate(pairs[:count]):
        out = place / "out"
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(place / "sound", out)
        what = kind
        if kind == "forged":
            what += f" {forge(out / name, number)!r}"
        else:
            Damage(kind, number).hit(out / name)
        before = listing(place)
        said = [
            watched(["status", "out"]),
            watched(lambda: ifem.load_study("out")),
            watched(["rerun", "out", key, "--quiet"] if number % 10 == 0 else ["status", "out"]),
            watched(["report", "out", "--quiet"] if number % 40 == 0 else ["status", "out"]),
        ]
        repaired = watched(["study", "study.yaml", "--out", "out", "-j", "1", "--quiet"])
        if repaired["exit"] != 0:  # what cannot be repaired is taken away by hand, as it says
            shutil.rmtree(out / name, ignore_errors=True)
            with contextlib.suppress(OSError):
                (out / name).unlink()
            said.append(repaired)
            repaired = watched(["study", "study.yaml", "--out", "out", "-j", "1", "--quiet"])
        outside = {path: one for path, one in listing(place).items() if not path.startswith("out")}
        yield {
            "what": f"{name.partition('/')[0]}: {what}",
            "changed": sorted(set(outside.items())
                              ^ {one for one in before.items() if not one[0].startswith("out")}),
            "right": repaired["exit"] == 0 and same(place / "sound", out),
            "exit": max(one["exit"] for one in [*said, repaired]),
            "seconds": max(one["seconds"] for one in [*said, repaired]),
            "said": [one["said"] for one in [*said, repaired] if one["exit"] not in (0, 2, 3)]
            or repaired["said"],
            "written": sorted({path for one in [*said, repaired] for path in one["written"]}),
        }  # fmt: skip


def same(sound: Path, out: Path) -> bool:
    """Whether what was repaired is the undisturbed study, byte for byte, but for its times."""
    files = ("results.csv", "results.json", "plan.json", "study.yaml")
    profiles = sorted(path.name for path in (sound / "profiles").iterdir())
    pairs = [*files, *(f"profiles/{name}" for name in profiles)]
    return all((out / name).read_bytes() == (sound / name).read_bytes() for name in pairs)


# ---------------------------------------------------------------- watching


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of all that lies in a folder."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in folder.rglob("*")
        if not path.is_dir() or path.is_symlink()
    }


_written: list[str] = []
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.link",
            "os.truncate", "os.chmod", "shutil.rmtree")  # fmt: skip


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    """Every file that Python opens to write, and every name that it changes."""
    if event == "open":
        path, _, flags = arguments
        if isinstance(path, str | bytes) and isinstance(flags, int) and flags & _WRITES:
            _written.append(os.fsdecode(path))
    elif event in _CHANGES:
        _written.extend(os.fsdecode(one) for one in arguments[:2] if isinstance(one, str | bytes))


def _is_allowed(path: str) -> bool:
    whole = os.path.realpath(path)
    caches = [os.environ[name] for name in ("XDG_CACHE_HOME", "MPLCONFIGDIR") if name in os.environ]
    places = [tempfile.gettempdir(), os.path.realpath("out"), os.path.realpath("made"), *caches,
              os.path.realpath("sound")]  # fmt: skip
    if os.path.isdir(whole):
        return True  # opened for a file without a name, to see whether one can be made
    return (
        any(whole == place or whole.startswith(place + os.sep) for place in places)
        or "__pycache__" in whole
        or whole.startswith(("/dev/", "/proc/"))
    )


def watched(action: list[str] | Callable[[], object]) -> dict[str, Any]:
    """How a command or a call ended, how long it took, what it said and what it wrote where not."""
    err = io.StringIO()
    _written.clear()
    started = time.monotonic()
    signal.alarm(LIMIT_S)
    try:
        with (
            tempfile.TemporaryFile("w+") as out,  # a real one, which a command may close
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = app.exit_code(action) if isinstance(action, list) else _called(action)
    except TooLongError:
        code = -1
    finally:
        signal.alarm(0)
    said = err.getvalue()
    if "Traceback" in said:
        code = 1
    return {
        "exit": code,
        "seconds": time.monotonic() - started,
        "said": re.sub(r"\s+", " ", said)[-1500:],
        "written": sorted({path for path in _written if not _is_allowed(path)}),
    }


def _called(action: Callable[[], object]) -> int:
    try:
        action()
    except InterfaceFemError as error:
        print(error, file=sys.stderr)
        return 2 if "\n" not in str(error) else 1
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def main(folder: Path, count: int, only: str | None = None) -> None:
    def ring(*_: object) -> None:
        raise TooLongError

    signal.signal(signal.SIGALRM, ring)
    warnings.simplefilter("ignore")
    temporary = folder / "tmp"
    temporary.mkdir()
    tempfile.tempdir = str(temporary)
    sys.addaudithook(_hear)
    attacks = {"inputs": attack_inputs, "records": attack_records}
    for attack in attacks.values() if only is None else [attacks[only]]:
        for found in attack(folder, count // 2):
            print(json.dumps(found), flush=True)
    print(json.dumps({"memory_GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), int(sys.argv[2]), *sys.argv[3:])
