# SPDX-License-Identifier: BSD-3-Clause
"""CPU time and size of the reports of studies: python3 benchmarks/report.py FOLDER...

Each FOLDER is that of a finished study. Prints process CPU time, that of the start of Python and
its imports apart, and how it is spread over the steps.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from interfacefem.report.study_report import write_report

started_s = time.process_time()


def main(folders: list[str]) -> None:
    print(f"start and imports: {started_s:.1f} s of CPU time")
    print(f"{'rows':>6} {'cases':>6} {'CPU s':>6} {'MB':>5}  steps")
    for folder in folders:
        names: list[str] = []
        times: list[float] = []

        def note(name: str, names: list[str] = names, times: list[float] = times) -> None:
            names.append(name)
            times.append(time.process_time())

        began = time.process_time()
        with tempfile.TemporaryDirectory() as temporary:
            page = Path(temporary) / "report.html"
            data = write_report(Path(folder), page, note)
            size = page.stat().st_size
        times.append(time.process_time())
        spread = ", ".join(
            f"{name} {end - begin:.1f}"
            for name, begin, end in zip(names, times, times[1:], strict=False)
        )
        print(
            f"{len(data.results):6d} {len(data.cases):6d} {time.process_time() - began:6.1f} "
            f"{size / 1e6:5.1f}  {spread}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
