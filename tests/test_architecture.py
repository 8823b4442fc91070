"""The walls of the house, checked by reading the source: who may import whom, how large a piece may be."""

from __future__ import annotations

import ast
import builtins
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("guard", "wallet", "api")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

HEAVY = frozenset({"web3", "flask", "requests", "pydantic", "pandas", "eth_account"})
TRAINING = frozenset({"lightgbm", "numpy", "sklearn"})
CHAIN = frozenset({"web3", "eth_abi", "eth_keys", "eth_tester", "eth_typing", "eth_utils"})
KEYS = frozenset({"coincurve", "Crypto"})

CORE = frozenset({"guard.core", "guard.defaults", "guard.errors"})
PORTS = CORE | {"guard.ports", "guard.deadline"}
EXCHANGE = frozenset({"guard.predict.destination", "guard.predict.exchange", "guard.predict.line"})
ENGINE = PORTS | {"guard.engine", "guard.gather", "guard.surroundings"}
SURFACE = ENGINE | {
    "guard",
    "guard.command_line",
    "guard.config",
    "guard.exit_codes",
    "guard.desk_wiring",
    "guard.history_wiring",
    "guard.report",
    "guard.wiring",
}

LAYERS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    # Layer: what of ours it may import, and what of others'. A module is in the layer of the longest name.
    "guard": (frozenset(set(CORE) | {"guard.engine", "guard.middleware"}), frozenset()),
    "guard.errors": (frozenset(), frozenset()),
    "guard.defaults": (frozenset(), frozenset()),
    "guard.core": (CORE, frozenset({"Crypto"})),
    "guard.deadline": (CORE, frozenset()),
    "guard.ports": (PORTS, frozenset()),
    "guard.gather": (PORTS, frozenset()),
    "guard.surroundings": (PORTS | {"guard.gather"}, frozenset()),
    "guard.completion": (PORTS, frozenset()),
    "guard.engine": (ENGINE | {"guard.wiring"}, frozenset()),
    "guard.delivery": (PORTS, frozenset()),
    "guard.nonces": (PORTS | {"guard.delivery"}, frozenset()),
    "guard.standing": (PORTS, frozenset()),
    "guard.interceptor": (ENGINE | {"guard.delivery", "guard.nonces"}, frozenset()),
    "guard.handover": (ENGINE | {"guard.completion", "guard.delivery"}, frozenset()),
    "guard.signing": (ENGINE, frozenset()),
    "guard.refusal": (CORE, frozenset()),
    "guard.unmanned": (PORTS, frozenset()),
    "guard.recovery": (PORTS | {"guard.delivery"}, frozenset()),
    "guard.idempotency": (PORTS | {"guard.recovery"}, frozenset()),
    "guard.testing": (PORTS | {"guard.testing_world"}, frozenset()),
    "guard.testing_world": (PORTS, frozenset()),
    "guard.adapters": (PORTS | {"guard.adapters"}, CHAIN | KEYS | {"pydantic", "requests"}),
    # How bytes travel, whoever asks: it knows nothing of predictions.
    "guard.predict.destination": (CORE, frozenset()),
    "guard.predict.exchange": (
        PORTS | {"guard.predict.exchange", "guard.predict.line"},
        frozenset({"requests", "urllib3"}),
    ),
    "guard.predict.line": (CORE, frozenset({"requests", "urllib3"})),
    "guard.predict": (
        PORTS | EXCHANGE | {"guard.predict"},
        frozenset({"pydantic", "pydantic_core", "requests", "urllib3"}) | TRAINING,
    ),
    "guard.http": (
        PORTS | {"guard", "guard.handover", "guard.http", "guard.predict", "guard.report"},
        frozenset({"flask", "prometheus_client", "pydantic", "waitress", "werkzeug"}),
    ),
    # The door of programs that use web3.py: what it passes on is made of its types.
    "guard.middleware": (
        ENGINE | {"guard.completion", "guard.middleware", "guard.nonces", "guard.refusal", "guard.unmanned"},
        frozenset({"web3"}),
    ),
    "guard.report": (CORE | {"guard.report"}, frozenset({"click"})),
    "guard.config": (CORE, frozenset({"platformdirs"})),
    "guard.exit_codes": (CORE | {"guard"}, frozenset()),
    "guard.command_line": (
        CORE | {"guard", "guard.config", "guard.exit_codes"},
        frozenset({"click"}),
    ),
    "guard.proxy": (
        ENGINE
        | {
            "guard",
            "guard.command_line",
            "guard.completion",
            "guard.idempotency",
            "guard.interceptor",
            "guard.nonces",
            "guard.predict.destination",
            "guard.proxy",
            "guard.recovery",
            "guard.refusal",
            "guard.report",
            "guard.signing",
            "guard.unmanned",
        },
        frozenset({"aiohttp"}),
    ),
    "guard.proxy_wiring": (
        SURFACE | {"guard.adapters", "guard.proxy", "guard.unmanned"},
        frozenset(),
    ),
    "guard.history_wiring": (PORTS | {"guard.adapters", "guard.config"}, frozenset()),
    "guard.wiring": (
        ENGINE | {"guard.adapters", "guard.config", "guard.history_wiring", "guard.predict"},
        frozenset(),
    ),
    "guard.desk_wiring": (ENGINE | {"guard.adapters", "guard.handover", "guard.wiring"}, frozenset()),
    "guard.doctor": (
        PORTS
        | EXCHANGE
        | {
            "guard.adapters",
            "guard.config",
            "guard.doctor",
            "guard.gather",
            "guard.predict",
            "guard.wiring",
        },
        frozenset({"click", "pydantic", "web3"}),
    ),
    "guard.commands": (
        SURFACE
        | {
            "guard.adapters",
            "guard.commands",
            "guard.doctor",
            "guard.http",
            "guard.predict",
            "guard.proxy",
            "guard.proxy_wiring",
        },
        frozenset({"click"}),
    ),
    "guard.cli": (SURFACE | {"guard.commands"}, frozenset({"click"})),
    "wallet": (
        SURFACE
        | {
            "guard.adapters",
            "guard.cli",
            "guard.completion",
            "guard.delivery",
            "guard.handover",
            "guard.idempotency",
            "guard.interceptor",
            "guard.nonces",
            "guard.recovery",
            "guard.signing",
            "guard.standing",
            "wallet",
        },
        frozenset({"click", "coincurve", "eth_abi", "eth_keys"}),
    ),
    "api": (frozenset({"guard.http"}), frozenset()),
}

MAY_ALSO_IMPORT = {
    # For the type alone of what a refusal carries.
    "guard.errors": frozenset({"guard.core"}),
    # No setting of the node's client bounds the time of a whole answer; an explorer is asked as a service is.
    "guard.adapters.web3_chain": frozenset({"guard.gather"}),
    "guard.adapters.chain_facts": frozenset({"guard.gather"}),
    "guard.adapters.simulation": frozenset({"guard.gather"}),
    # A question is kept as it will be shown.
    "guard.adapters.approvals": frozenset({"guard.report"}),
    "guard.adapters.explorer_api": EXCHANGE,
    "guard.adapters.explorer_history": EXCHANGE,
    # The one exchange over HTTP with a total deadline and a fixed destination is there.
    "guard.adapters.external_signer": EXCHANGE,
    "guard.adapters.list_source": EXCHANGE,
    "guard.commands.serve": EXCHANGE,
    "guard.middleware": frozenset({"guard.wiring"}),
    "guard.middleware.wiring": frozenset({"guard.adapters", "guard.config"}),
    # The one writing of integers that no reader rounds is the command line's.
    "guard.http.desk": frozenset({"guard.command_line"}),
}
MAY_NAME_ADAPTERS = (
    "guard.adapters",
    "guard.desk_wiring",
    "guard.history_wiring",
    "guard.proxy_wiring",
    "guard.wiring",
    "guard.commands",
    "guard.doctor",
    "guard.middleware.wiring",
    "wallet",
)
MAY_NAME_TRAINING = {"guard.predict.embedded.boost"}
PURE_STANDARD_LIBRARY = {
    "__future__",
    "collections",
    "dataclasses",
    "decimal",
    "enum",
    "functools",
    "hashlib",
    "itertools",
    "json",
    "math",
    "re",
    "string",
    "types",
    "typing",
    "unicodedata",
}
"""What the core uses of the standard library; nothing here reads clock, file, socket or random number."""

# pydantic turns a validator's ValueError into its own error; nothing else may raise a builtin.
VALIDATORS_THAT_RAISE_VALUE_ERROR = {"guard.adapters.policy_cases", "guard.adapters.policy_document"}
# Python asks a module's __getattr__ for AttributeError, and a script ends by SystemExit.
PROTOCOL_RAISES = {("guard", "AttributeError"), ("guard.predict.embedded.train", "SystemExit")}

BUILTIN_EXCEPTIONS = {
    name
    for name, member in vars(builtins).items()
    if isinstance(member, type) and issubclass(member, BaseException)
}

MAX_FUNCTION_LINES = 40
MAX_MODULE_LINES = 400
MAX_POSITIONAL = 5


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in FILES}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


def imports(name: str) -> Iterator[str]:
    """Yield the full name of every module that `name` imports, inside functions too."""
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} has a relative import"
            assert node.module is not None
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else node.module


def layer_of(name: str) -> str:
    """Return the longest layer that `name` is in or under; `guard` and nothing under it is the façade."""
    fitting = [
        layer for layer in LAYERS if name == layer or (name.startswith(layer + ".") and layer != "guard")
    ]
    assert fitting, f"{name} is in no layer: add it to LAYERS"
    return max(fitting, key=len)


def is_ours(name: str) -> bool:
    return name.partition(".")[0] in PACKAGES


each_module = pytest.mark.parametrize("name", MODULES)
each_shipped = pytest.mark.parametrize("name", [name for name in MODULES if not name.startswith("api")])


@each_module
def test_every_module_is_in_a_layer(name: str) -> None:
    assert layer_of(name) in LAYERS


def test_no_package_stands_beside_the_known_ones() -> None:
    found = {path.parent.name for path in ROOT.glob("[!.]*/*.py")} - {"build", "dist"}
    assert found == {*PACKAGES, "tests"}


def test_every_layer_of_the_table_exists() -> None:
    assert set(LAYERS) <= set(MODULES) | {"api"}


@each_module
def test_a_module_imports_only_what_its_layer_may(name: str) -> None:
    ours, others = LAYERS[layer_of(name)]
    for imported in imports(name):
        if is_ours(imported):
            may = ours | MAY_ALSO_IMPORT.get(name, frozenset())
            assert layer_of(imported) in may, f"{name} imports {imported}"
        elif imported.partition(".")[0] not in sys.stdlib_module_names:
            assert imported.partition(".")[0] in others, f"{name} imports {imported}"


@each_module
def test_nobody_imports_the_wallet_or_the_api(name: str) -> None:
    if not name.startswith("wallet"):
        assert [one for one in imports(name) if one.partition(".")[0] in ("wallet", "api")] == []


@each_module
def test_only_the_places_that_wire_parts_together_name_adapters(name: str) -> None:
    if any(name == place or name.startswith(place + ".") for place in MAY_NAME_ADAPTERS):
        return
    assert [one for one in imports(name) if one.startswith("guard.adapters")] == []


@each_module
def test_only_the_training_imports_its_libraries(name: str) -> None:
    if name not in MAY_NAME_TRAINING:
        assert TRAINING.isdisjoint(one.partition(".")[0] for one in imports(name))


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("guard.core")])
def test_the_core_reads_no_clock_file_socket_randomness_or_log(name: str) -> None:
    standard = {one.partition(".")[0] for one in imports(name)} & set(sys.stdlib_module_names)
    assert standard <= PURE_STANDARD_LIBRARY
    called = {
        node.func.id
        for node in ast.walk(TREES[name])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called.isdisjoint({"open", "print", "input", "eval", "exec", "__import__", "breakpoint"})


def builtin_raises(name: str) -> Iterator[str]:
    for node in ast.walk(TREES[name]):
        if not isinstance(node, ast.Raise) or node.exc is None:
            continue
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if isinstance(raised, ast.Name) and raised.id in BUILTIN_EXCEPTIONS:
            yield raised.id


@each_shipped
def test_no_bare_builtin_is_raised(name: str) -> None:
    allowed = {raised for module, raised in PROTOCOL_RAISES if module == name}
    if name in VALIDATORS_THAT_RAISE_VALUE_ERROR:
        allowed.add("ValueError")
    assert [raised for raised in builtin_raises(name) if raised not in allowed] == []


@pytest.mark.parametrize("name", sorted(VALIDATORS_THAT_RAISE_VALUE_ERROR))
def test_a_value_error_is_raised_inside_a_validator_alone(name: str) -> None:
    source = ast.unparse(TREES[name])
    for function in [node for node in ast.walk(TREES[name]) if isinstance(node, ast.FunctionDef)]:
        raising = [
            node
            for node in ast.walk(function)
            if isinstance(node, ast.Raise) and "ValueError" in ast.unparse(node)
        ]
        validators = (f"BeforeValidator({function.name})", f"AfterValidator({function.name})")
        decorated = any("validator" in ast.unparse(decorator) for decorator in function.decorator_list)
        assert not raising or decorated or any(validator in source for validator in validators)


@each_module
def test_a_module_has_at_most_400_lines(name: str) -> None:
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= MAX_MODULE_LINES


def functions(name: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (
        node for node in ast.walk(TREES[name]) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


@each_module
def test_a_function_has_at_most_40_lines(name: str) -> None:
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions(name)}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_FUNCTION_LINES} == {}


@each_module
def test_a_function_has_at_most_five_positional_parameters(name: str) -> None:
    counts = {
        node.name: len([*node.args.posonlyargs, *node.args.args]) - _has_receiver(node)
        for node in functions(name)
        if not _reads_a_call(name, node)
    }
    assert {name: count for name, count in counts.items() if count > MAX_POSITIONAL} == {}


def _reads_a_call(name: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it takes the arguments of a contract's function, which has as many as its author gave it."""
    return name.startswith("guard.core.decode.") and [arg.arg for arg in node.args.args][:1] == ["context"]


def _has_receiver(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    first = [*node.args.posonlyargs, *node.args.args][:1]
    return bool(first) and first[0].arg in ("self", "cls")


@each_module
def test_a_module_opens_with_what_belongs_here(name: str) -> None:
    if TREES[name].body:
        assert ast.get_docstring(TREES[name]), name


@each_module
def test_no_module_has_a_name_that_says_nothing(name: str) -> None:
    words = set(name.replace("_", ".").split("."))
    assert words.isdisjoint({"utils", "util", "helpers", "helper", "misc", "manager", "common"})


def modules_after(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has loaded after `code`."""
    script = f"import sys, json\n{code}\nprint(json.dumps([name.partition('.')[0] for name in sys.modules]))"
    answer = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(json.loads(answer.stdout.splitlines()[-1]))


def test_importing_guard_loads_nothing_heavy() -> None:
    assert modules_after("import guard").isdisjoint(HEAVY)


def test_the_core_and_the_engine_load_nothing_heavy() -> None:
    code = "import guard.core.review, guard.core.signed, guard.interceptor, guard.recovery, guard.testing"
    assert modules_after(code).isdisjoint(HEAVY)


def test_using_every_public_name_loads_nothing_heavy() -> None:
    assert modules_after("from guard import *").isdisjoint(HEAVY)


@pytest.mark.parametrize("program", ["wallet", "guard"])
def test_the_help_of_a_program_loads_nothing_heavy(program: str) -> None:
    code = (
        f"from {program}.cli import main\nsys.argv = ['{program}', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass"
    )
    assert modules_after(code).isdisjoint(HEAVY)
