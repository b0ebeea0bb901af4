# SPDX-License-Identifier: BSD-3-Clause
"""What each command does, one module per command."""
