from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

import guard


def typed_names() -> dict[str, str]:
    """Return what the TYPE_CHECKING block imports: name to module."""
    tree = ast.parse(Path(str(guard.__file__)).read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    assert ast.unparse(block.test) == "TYPE_CHECKING"
    return {
        alias.asname or alias.name: str(node.module)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_all_is_sorted_without_regard_to_case_and_names_nothing_twice() -> None:
    assert guard.__all__ == sorted(set(guard.__all__), key=str.casefold)


def test_all_is_what_the_type_checker_sees() -> None:
    assert typed_names() == guard._HOMES
    assert set(guard.__all__) == set(guard._HOMES)


def test_dir_shows_the_public_names() -> None:
    assert dir(guard) == sorted(guard.__all__)


@pytest.mark.parametrize("name", guard.__all__)
def test_every_name_is_the_object_of_its_home(name: str) -> None:
    assert getattr(guard, name) is getattr(import_module(guard._HOMES[name]), name)
    defined_in = getattr(getattr(guard, name), "__module__", guard._HOMES[name])
    assert defined_in == guard._HOMES[name]


def test_nothing_else_is_public() -> None:
    hidden = {"annotations", "import_module", "TYPE_CHECKING"}
    submodules = {
        name for name in vars(guard) if hasattr(vars(guard)[name], "__path__") or name in _modules()
    }
    public = {name for name in vars(guard) if not name.startswith("_")} - hidden - submodules
    assert public <= set(guard.__all__)


def _modules() -> set[str]:
    return {path.stem for path in Path(str(guard.__file__)).parent.iterdir()}


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'guard' has no attribute 'install_guards'"):
        _ = guard.install_guards  # type: ignore[attr-defined]


def test_the_fakes_are_public_for_users_tests() -> None:
    testing = import_module("guard.testing")
    fakes = {
        "FakeAddressBook",
        "FakeChain",
        "FakeHistory",
        "FakePredictor",
        "FixedClock",
        "MemoryJournal",
        "ScriptedConfirmer",
    }
    assert fakes <= set(vars(testing))
