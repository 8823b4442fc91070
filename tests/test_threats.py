"""Which lines of the threats are tests: each stands at the start of a docstring, such as "A3 A4: ..."."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.threats import LINES

HERE = Path(__file__).parent
_NAMED = re.compile(r"((?:[A-K][0-9]{1,2} ?)+): ")


def named(file: Path) -> set[str]:
    """Return the lines that the docstrings of this file, of its module and its tests, begin with."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    tests = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    texts = [ast.get_docstring(node) or "" for node in (tree, *tests)]
    return {line for text in texts if (match := _NAMED.match(text)) for line in match[1].split()}


NAMED = set().union(*map(named, HERE.rglob("test_*.py")))


@pytest.mark.parametrize("line", LINES)
def test_each_line_is_a_test(line: str) -> None:
    assert line in NAMED
