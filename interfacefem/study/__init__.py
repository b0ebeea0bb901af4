# SPDX-License-Identifier: BSD-3-Clause
"""Studies: many interfaces times many parameter values, on a laptop or a cluster.

In: a study file. Out: a folder with one record for each case, and one table made of them. Called by
``study``, ``status``, ``rerun``, ``report`` and the front door.

StudyFile -> Plan -> append-only records in a folder -> one table
"""
