# SPDX-License-Identifier: BSD-3-Clause
"""Both physics of an image: its lines solved, what moves the number, risk classes."""
