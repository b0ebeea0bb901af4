# SPDX-License-Identifier: BSD-3-Clause
"""Segmented volumes: files, pores, descriptors."""
