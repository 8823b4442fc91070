"""Print how often each rule speaks about the everyday set."""

from __future__ import annotations

from tests.benign.rates import table

print(table(), end="")
