# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem schema``."""

from __future__ import annotations

from interfacefem.commands.printing import print_json
from interfacefem.parameters.case_file import Case


def run() -> None:
    """Print the JSON schema of a case file."""
    print_json(Case.model_json_schema())
