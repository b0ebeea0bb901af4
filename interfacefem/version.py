# SPDX-License-Identifier: BSD-3-Clause
"""The version of the package, for whoever must not import the front door."""

__version__ = "0.1.0"
