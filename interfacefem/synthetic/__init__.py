# SPDX-License-Identifier: BSD-3-Clause
"""Surfaces, sections and micrographs whose truth is known."""
