# SPDX-License-Identifier: BSD-3-Clause
"""``interfacefem schema``."""

from __future__ import annotations

from interfacefem.commands.printing import print_json
from interfacefem.config import Case


def run() -> None:
    """Print the JSON schema of a case file; rank-local."""
    print_json(Case.model_json_schema())
