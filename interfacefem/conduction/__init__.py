# SPDX-License-Identifier: BSD-3-Clause
"""Conduction through labelled voxels: solver, multigrid, current at an electrode's plane, errors.

In: a segmented volume and the conductivity of each label. Out: effective conductivity, tortuosity
and currents with their errors, the same on any number of ranks. Called by ``volumes``, studies,
the front door and ``volume transport``.
"""
