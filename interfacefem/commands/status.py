# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem status``."""

from __future__ import annotations

from pathlib import Path

from interfacefem.commands.arguments import FileName, Flag


def status(folder: FileName, *, json: Flag = False) -> None:
    """Say how far the study in a folder is, from any terminal.

    Parameters
    ----------
    folder:
        Of the study.
    json:
        Print one JSON object instead of text.
    """
    run(folder, json)


def run(folder: Path, json: bool) -> None:
    """Say how far a study is, from its files alone."""
    from interfacefem.commands.printing import print_json, print_line
    from interfacefem.study.progress import duration_text
    from interfacefem.study.status import study_status

    status = study_status(folder)
    if json:
        print_json(status.as_dict())
        return
    print_line(
        f"{status.study}: {status.done} of {status.cases} cases done, {status.failed} failed, "
        f"{status.left} left; profiles of {status.sources_done} of {status.sources} sources"
    )
    if status.left and status.rate_per_s:
        print_line(
            f"{status.rate_per_s:.2f} cases/s in the last minute, "
            f"{duration_text(status.left / status.rate_per_s)} left"
        )
    elif status.last_result_s is not None:
        print_line(f"last result {duration_text(status.last_result_s)} ago")
    for one in status.running:
        step = f" ({one.step})" if one.step else ""
        print_line(f"{one.worker}: {one.what} for {duration_text(one.seconds)}{step}")
    for reason, count in status.reasons.items():
        print_line(f"failed, {count} times: {reason}")
