# SPDX-License-Identifier: BSD-3-Clause
"""Contact of a flat block with a rough surface."""
