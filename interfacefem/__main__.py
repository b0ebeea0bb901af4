# SPDX-License-Identifier: BSD-3-Clause
"""``python -m interfacefem`` is the command ``interfacefem``."""

from interfacefem.commands.app import main

main()
