"""Everyday transactions that nobody should be warned of, and how often each rule speaks about them.

`python -m tests.benign` prints the table that `docs/false-alarms.md` keeps.
"""
