from __future__ import annotations

import inspect
import re

import pytest

from guard import errors
from guard.errors import GuardError, NodeError, ServiceUnavailable

CLASSES = [
    member
    for _, member in inspect.getmembers(errors, inspect.isclass)
    if member.__module__ == errors.__name__
]


def drawn_tree() -> dict[str, str | None]:
    """Return the drawing in the docstring: class to parent."""
    parents: dict[str, str | None] = {}
    open_branches: list[tuple[int, str]] = []
    for line in str(errors.__doc__).splitlines():
        match = re.match(r"(?P<lead>[ |+-]*)(?P<name>[A-Z]\w+) {2,}\S", line)
        if match is None:
            continue
        depth = len(match["lead"])
        open_branches = [(column, name) for column, name in open_branches if column < depth]
        parents[match["name"]] = open_branches[-1][1] if open_branches else None
        open_branches.append((depth, match["name"]))
    return parents


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    actual = {
        member.__name__: None if member is GuardError else member.__base__.__name__ for member in CLASSES
    }
    assert drawn_tree() == actual


def test_the_drawing_and_the_file_have_the_same_order() -> None:
    by_line = sorted(CLASSES, key=lambda member: inspect.getsourcelines(member)[1])
    assert list(drawn_tree()) == [member.__name__ for member in by_line]


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_says_what_is_wrong_what_to_do_and_has_a_word_for_programs(
    kind: type[GuardError],
) -> None:
    error = kind("it is wrong", hint="mend it")
    assert (str(error), error.message, error.hint) == ("it is wrong", "it is wrong", "mend it")
    assert error.as_mapping() == {"code": kind.code, "message": "it is wrong", "hint": "mend it"}
    assert re.fullmatch(r"[a-z_]+", kind.code)
    assert kind.__doc__
    assert issubclass(kind, GuardError)


def test_errors_of_one_branch_that_mean_different_things_have_different_codes() -> None:
    leaves = [member for member in CLASSES if not member.__subclasses__()]
    codes = [leaf.code for leaf in leaves]
    assert len(set(codes)) == len(codes)


def test_a_code_of_its_own_belongs_to_one_error_and_not_to_its_class() -> None:
    assert NodeError("x", code="pending").as_mapping() == {"code": "pending", "message": "x", "hint": ""}
    assert NodeError("x").code == NodeError.code == "node"


def test_a_service_can_say_how_long_to_wait() -> None:
    assert ServiceUnavailable("asleep", hint="wait", retry_after_s=30).retry_after_s == 30
    assert ServiceUnavailable("asleep").retry_after_s is None
