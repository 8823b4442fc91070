"""The names of the policies that come with the package.

What belongs here: the names, for everything that must tell them from a file. What must not: what is in them;
`guard/presets/` holds the files.
"""

from __future__ import annotations

PRESETS = ("personal", "treasury", "agent")
"""Asked for by name, as `--policy agent`, or built upon in a file, as `preset = "agent"`."""
