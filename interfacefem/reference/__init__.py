# SPDX-License-Identifier: BSD-3-Clause
"""Closed-form solutions, each in a module of its own with its source, and the checks that use them.

The solutions need NumPy and SciPy only; :mod:`interfacefem.reference.verification` runs the program
against all of them.
"""
