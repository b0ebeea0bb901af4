# SPDX-License-Identifier: BSD-3-Clause
"""Conduction through segmented volumes: solver, multigrid, kernels, current at a plane."""
