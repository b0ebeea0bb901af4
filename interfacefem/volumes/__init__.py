# SPDX-License-Identifier: BSD-3-Clause
"""Segmented volumes: transport, hot spots, pores, descriptors."""
