# SPDX-License-Identifier: BSD-3-Clause
"""Conduction through segmented volumes: this project against GAMG, PoreSpy and TauFactor.

    python3 benchmarks/volumes.py             # 256^3, 30 and 70 % conducting, about 15 minutes
    python3 benchmarks/volumes.py --quick     # 128^3, one repetition
    python3 benchmarks/volumes.py --large     # 512^3 on 1 rank and 800^3 on 2: time and memory

Run it with the host's Python 3.11: it starts this project and GAMG through ./ifem, and makes an
environment for PoreSpy and TauFactor with that Python (--peers names one that is there).

Random blobs, one phase conducting, one thread. Every program solves for the same plates in a
process of its own; a small volume goes first, so that compilation does not count. All stop where
the flux through planes differs by less than 1 %: ours and GAMG also at a residual of 3e-5, PoreSpy
at ftol = 1e-2 (inlet against outlet), TauFactor at conv_crit = 1e-2, which is that spread.
TauFactor runs as installed and with glibc's allocator kept from returning memory.

Columns: effective conductivity over the phase's own; its error against our solution at a residual
of 1e-10; CPU seconds from labels to result, medians (one run where that takes 40 s or more); ratio
to ours; peak memory in bytes a voxel above what the process held before.
"""

from __future__ import annotations

import argparse
import json
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
PACKAGES = ("torch==2.13.0", "taufactor==1.2.1", "porespy==3.2.0", "openpnm==3.6.4", "pyamg")
KEPT = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "8589934592"}
ONE_THREAD = {
    name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS",
                           "OPENBLAS_NUM_THREADS")
}  # fmt: skip
FRACTIONS = (0.3, 0.7)
ONCE_IS_ENOUGH = 40.0  # s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="128^3, one repetition")
    parser.add_argument("--large", action="store_true", help="512^3 and 800^3, ours alone")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions")
    parser.add_argument("--peers", type=Path, help="Python that has PoreSpy and TauFactor")
    parser.add_argument("--without", nargs="*", default=[], help="programs to leave out")
    arguments = parser.parse_args()
    if arguments.large:
        compare_ranks()
        return
    count, repeat = (128, 1) if arguments.quick else (256, arguments.repeat)
    left_out = set(arguments.without)
    needs_peers = not {"PoreSpy", "TauFactor", "TauFactor, tuned"} <= left_out
    peers = (arguments.peers or peers_python()) if needs_peers else Path(sys.executable)
    programs: dict[str, tuple[list[str], dict[str, str]]] = {
        "ours": ([str(IFEM), "shell", "python3", str(HERE / "peers" / "volume_ours.py")], {}),
        "ours, with bounds": (
            [str(IFEM), "shell", "python3", str(HERE / "peers" / "volume_ours.py"), "--bounds"],
            {},
        ),
        "GAMG": ([str(IFEM), "shell", "python3", str(HERE / "peers" / "volume_gamg.py")], {}),
        "TauFactor, tuned": ([str(peers), str(HERE / "peers" / "volume_taufactor.py")], KEPT),
        "TauFactor": ([str(peers), str(HERE / "peers" / "volume_taufactor.py")], {}),
        "PoreSpy": ([str(peers), str(HERE / "peers" / "volume_porespy.py")], {}),
    }
    print("| conducting | program | sigma_eff | error | CPU s | over ours | iterations "
          "| bytes a voxel |")  # fmt: skip
    print("|---:|---|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for fraction in FRACTIONS:
            path = Path(folder) / f"blobs_{fraction:g}.npy"
            made = [str(HERE / "peers" / "volume_ours.py"), "--make", str(path), str(count)]
            run([str(IFEM), "shell", "python3", *made, str(fraction)], {})
            exact = run([*programs["ours"][0], str(path), "--exactly"], {})["sigma_eff"]
            ours = 0.0
            for name, (command, environment) in programs.items():
                if name in left_out:
                    continue
                runs = repeated([*command, str(path)], environment, repeat)
                cpu = statistics.median(one["cpu_s"] for one in runs)
                ours = cpu if name == "ours" else ours
                sigma = runs[0]["sigma_eff"]
                memory = statistics.median(one["bytes"] for one in runs) / count**3
                print(
                    f"| {fraction:.0%} | {name} | {sigma:.6f} | {abs(sigma / exact - 1):.1e} "
                    f"| {cpu:.2f} | {cpu / ours:.1f} | {runs[0]['iterations']} | {memory:.0f} |",
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
    """What a program prints last, as JSON."""
    done = subprocess.run(
        command,
        env={**os.environ, **ONE_THREAD, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def repeated(command: list[str], environment: dict[str, str], repeat: int) -> list[dict[str, Any]]:
    """Runs of a program; once is enough for one that takes minutes."""
    runs = [run(command, environment)]
    while len(runs) < repeat and runs[0]["cpu_s"] < ONCE_IS_ENOUGH:
        runs.append(run(command, environment))
    return runs


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
