# SPDX-License-Identifier: BSD-3-Clause
"""Conduction through segmented volumes: this project beside GAMG and other programs.

    python3 benchmarks/volumes.py             # five volumes, 128^3 to 512^3, about an hour
    python3 benchmarks/volumes.py --quick     # 64^3 and 96^3, one repetition
    python3 benchmarks/volumes.py --volumes 256:0.3 256:0.7
    python3 benchmarks/volumes.py --large     # 512^3 on 1 rank and 800^3 on 2: time and memory

Run it with the host's Python 3.11: it starts this project and GAMG through ./ifem, and makes an
environment for OpenImpala, PoreSpy and TauFactor with that Python (--peers names one that exists).

Random blobs (10 %: sheets, as blobs do not connect), one phase conducting, one thread. Every
program solves for the same plates in a process of its own; a small volume goes first, so that
compilation does not count. All stop where the flux through planes differs by less than 1 %: ours
and GAMG also at a residual of 3e-5, PoreSpy at ftol = 1e-2 (inlet against outlet), TauFactor at
conv_crit = 1e-2, which is that spread; OpenImpala (flexgmres with pfmg; its default aborts) at its
own 1e-9, which its interface does not let one choose. TauFactor runs as installed and with glibc's
allocator kept from returning memory. PoreSpy and OpenImpala hold the centres of the first and last
voxels at the potentials of the plates: a body of one voxel less, a part of their error.

Columns: effective conductivity over the phase's own; its error against our solution at a residual
of 1e-10; CPU seconds from labels to result, medians (one run where that takes 40 s or more); ratio
to ours; peak memory in bytes a voxel above what the process held before, and the label; for ours,
how much above what STREAM's triad takes in the same process for the bytes that must at least be
moved (``bandwidth``). GAMG and PoreSpy are not run above 256^3: the memory would not do.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
IFEM = HERE.parent / "ifem"
PEERS = Path.home() / ".cache" / "interfacefem" / "peers-volumes"
PACKAGES = (
    "torch==2.13.0", "taufactor==1.2.1", "porespy==3.2.0", "openpnm==3.6.4", "pyamg",
    "openimpala==4.4.9",
)  # fmt: skip
KEPT = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "8589934592"}
ONE_THREAD = {
    name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS",
                           "OPENBLAS_NUM_THREADS")
}  # fmt: skip
VOLUMES = ("128:0.1", "128:0.3", "256:0.5", "256:0.8", "512:0.6")
QUICK = ("64:0.3", "96:0.7")
MOST_VOXELS = {"GAMG": 256**3, "PoreSpy": 256**3}
ONCE_IS_ENOUGH = 40.0  # s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small volumes, one repetition")
    parser.add_argument("--large", action="store_true", help="512^3 and 800^3, ours alone")
    parser.add_argument("--volumes", nargs="*", help="voxels along an edge:share that conducts")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions")
    parser.add_argument("--peers", type=Path, help="Python that has the other programs")
    parser.add_argument(
        "--open-mpi", type=Path,
        help="where OpenImpala's libopenmpi3 and libgfortran5 were unpacked (dpkg -x), if they "
        "are not installed",
    )  # fmt: skip
    parser.add_argument("--without", nargs="*", default=[], help="programs to leave out")
    arguments = parser.parse_args()
    if arguments.large:
        compare_ranks()
        return
    repeat = 1 if arguments.quick else arguments.repeat
    left_out = set(arguments.without)
    needs_peers = not {"OpenImpala", "PoreSpy", "TauFactor", "TauFactor, tuned"} <= left_out
    peers = (arguments.peers or peers_python()) if needs_peers else Path(sys.executable)

    def ours(*options: str) -> tuple[list[str], dict[str, str]]:
        worker = str(HERE / "peers" / "volume_ours.py")
        return [str(IFEM), "shell", "python3", worker, *options], {}

    programs: dict[str, tuple[list[str], dict[str, str]]] = {
        "ours": ours(),
        "ours, with bounds": ours("--bounds"),
        "ours, both phases conduct": ours("--several"),
        "GAMG": ([str(IFEM), "shell", "python3", str(HERE / "peers" / "volume_gamg.py")], {}),
        "OpenImpala": (
            [str(peers), str(HERE / "peers" / "volume_openimpala.py")],
            unpacked_open_mpi(arguments.open_mpi),
        ),
        "TauFactor, tuned": ([str(peers), str(HERE / "peers" / "volume_taufactor.py")], KEPT),
        "TauFactor": ([str(peers), str(HERE / "peers" / "volume_taufactor.py")], {}),
        "PoreSpy": ([str(peers), str(HERE / "peers" / "volume_porespy.py")], {}),
    }
    print("| voxels | conducting | program | sigma_eff | error | CPU s | over ours | iterations "
          "| bytes a voxel | over bandwidth |")  # fmt: skip
    print("|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|")
    names = arguments.volumes or (QUICK if arguments.quick else VOLUMES)
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            count, fraction = int(name.split(":")[0]), float(name.split(":")[1])
            path = Path(folder) / "volume.npy"
            run([*ours("--make", str(path), str(count), str(fraction))[0]], {})
            run_all(programs, path, count, fraction, repeat, left_out)


def run_all(
    programs: dict[str, tuple[list[str], dict[str, str]]],
    path: Path,
    count: int,
    fraction: float,
    repeat: int,
    left_out: set[str],
) -> None:
    """Every program on one volume, a row each."""
    exact = run([*programs["ours"][0], str(path), "--exactly"], {})["sigma_eff"]
    ours = 0.0
    for name, (command, environment) in programs.items():
        if name in left_out or count**3 > MOST_VOXELS.get(name, math.inf):
            continue
        start = f"| {count}^3 | {fraction:.0%} | {name} "
        try:
            runs = repeated([*command, str(path)], environment, repeat)
        except subprocess.CalledProcessError as failed:
            print(f"{start}| ends with {failed.returncode} | | | | | | |", flush=True)
            continue
        cpu = statistics.median(one["cpu_s"] for one in runs)
        ours = cpu if name == "ours" else ours
        sigma = runs[0]["sigma_eff"]
        error = "" if "both" in name else f"{abs(sigma / exact - 1):.1e}"
        memory = statistics.median(one["bytes"] for one in runs) / count**3 + 1
        floors = [one["cpu_s"] / one["floor_s"] for one in runs if one.get("floor_s")]
        over = f"{statistics.median(floors):.1f}" if floors else ""
        print(
            f"{start}| {sigma:.6f} | {error} | {cpu:.2f} | {cpu / ours:.1f} "
            f"| {runs[0]['iterations']} | {memory:.1f} | {over} |",
            flush=True,
        )


def compare_ranks() -> None:
    """Large volumes: elapsed and CPU seconds, memory of all ranks."""
    print("| voxels | ranks | sigma_eff | iterations | elapsed s | CPU s, all ranks "
          "| memory GB, all ranks |")  # fmt: skip
    print("|---:|---:|---:|---:|---:|---:|---:|")
    worker = str(HERE / "peers" / "volume_large.py")
    for count, ranks in ((512, 1), (512, 2), (800, 2)):
        command = [str(IFEM), "shell", "mpirun", "-n", str(ranks), "python3", worker, str(count)]
        row = run(command, {})
        print(
            f"| {count}^3 | {ranks} | {row['sigma_eff']:.9f} | {row['iterations']} "
            f"| {row['elapsed']:.1f} | {row['cpu_s']:.1f} | {row['memory'] / 1e9:.2f} |",
            flush=True,
        )


def run(command: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """What a program prints last as JSON; libraries may print after it."""
    done = subprocess.run(
        command,
        env={**os.environ, **ONE_THREAD, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads([line for line in done.stdout.splitlines() if line.startswith("{")][-1])


def repeated(command: list[str], environment: dict[str, str], repeat: int) -> list[dict[str, Any]]:
    """Runs of a program; once is enough for one that takes minutes."""
    runs = [run(command, environment)]
    while len(runs) < repeat and runs[0]["cpu_s"] < ONCE_IS_ENOUGH:
        runs.append(run(command, environment))
    return runs


def unpacked_open_mpi(folder: Path | None) -> dict[str, str]:
    """What lets one process find Debian's Open MPI outside the system's folders."""
    alone = {"OMPI_MCA_ess_singleton_isolated": "1", "OMPI_ALLOW_RUN_AS_ROOT": "1",
             "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}  # fmt: skip
    if folder is None:
        return alone
    libraries = folder / "usr" / "lib" / "x86_64-linux-gnu"
    own = libraries / "openmpi" / "lib"
    data = str(folder / "usr" / "share" / "openmpi")
    return {
        **alone, "LD_LIBRARY_PATH": f"{libraries}:{own}", "OPAL_PREFIX": str(folder / "usr"),
        "OPAL_LIBDIR": str(own), "OPAL_PKGLIBDIR": str(own / "openmpi3"),
        "OPAL_DATADIR": data, "OPAL_PKGDATADIR": data,
    }  # fmt: skip


def peers_python() -> Path:
    """An environment with the other programs, made at the first run."""
    python = PEERS / "bin" / "python3"
    if not python.exists():
        print(f"making an environment for {', '.join(PACKAGES)} in {PEERS}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PACKAGES], check=True)
    return python


if __name__ == "__main__":
    main()
