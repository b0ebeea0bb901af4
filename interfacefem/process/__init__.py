# SPDX-License-Identifier: BSD-3-Clause
"""Powder, milling, densification: where a tape comes from."""
