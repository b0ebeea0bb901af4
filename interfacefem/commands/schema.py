# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem schema``."""

from __future__ import annotations


def schema() -> None:
    """Print the JSON schema of a case file: every key, its unit, default and source."""
    run()


def run() -> None:
    """Print the JSON schema of a case file."""
    from interfacefem.commands.printing import print_json
    from interfacefem.parameters.case_file import Case

    print_json(Case.model_json_schema())
