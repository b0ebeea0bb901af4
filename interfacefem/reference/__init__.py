# SPDX-License-Identifier: BSD-3-Clause
"""Closed-form solutions, each in a module of its own with its source, and the checks that use them.

In: parameters of a problem that has an exact answer. Out: that answer, and rows of value, exact
value, error and order. Called by ``verify`` (:mod:`.verification`) and the tests; the solutions
need NumPy and SciPy only.
"""
