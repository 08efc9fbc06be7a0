"""The floors of the house: imports point down, and the pure core touches no clock, socket, file or float.

See docs/architecture.md.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

ALLOWED_IMPORTS = {
    "crypto": set[str](),
    "ledger": {"crypto"},
    "consensus": {"crypto", "ledger"},
    "contracts": {"crypto", "ledger"},
    "explorer": {"crypto", "ledger", "contracts"},
    "net": {"crypto", "ledger", "consensus", "contracts"},
    "node": {"crypto", "ledger", "consensus", "contracts", "explorer", "net"},
    "studies": {"crypto", "ledger", "consensus", "contracts", "explorer", "net", "node"},
    "bench": {"crypto", "ledger", "consensus", "contracts", "explorer", "net", "node", "studies"},
    "cli": {"crypto", "ledger", "consensus", "contracts", "explorer", "net", "node", "studies", "bench"},
}
IMPURE_MODULES = {"asyncio", "socket", "time", "random", "os", "secrets", "threading", "datetime", "pathlib"}
# X.509 states its dates as datetimes; these files take them as arguments and never ask for the time.
DATED_FILES = {ROOT / "crypto" / "authority.py", ROOT / "crypto" / "certificate.py"}
STORE_FILES = {ROOT / "ledger" / f"{name}.py" for name in ("database", "store", "stored", "snapshot_store")}
OFF_CHAIN_FILES = {"solver.py", "agent.py"}
# What a folder `solving` holds computes in floats, off the chain, and does no I/O all the same.
SOLVING = "solving"
NUMERIC_MODULES = {"numpy", "scipy"}


def source_files(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide which floor they reach"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_pure(path: Path) -> bool:
    if path in STORE_FILES:
        return False
    return not (path.is_relative_to(ROOT / "contracts") and path.name in OFF_CHAIN_FILES)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("package", sorted(ALLOWED_IMPORTS))
def test_imports_point_down(package: str) -> None:
    floors = set(ALLOWED_IMPORTS)
    for path in source_files(package):
        reached = {module.split(".")[0] for module in imports(ast.parse(path.read_text()))} & floors
        assert reached <= ALLOWED_IMPORTS[package] | {package}, name(path)


def test_no_import_circle() -> None:
    graph = {module_name(path): module_imports(path) for path in source_files(*ALLOWED_IMPORTS)}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, f"import circle: {' -> '.join([*trail, module])}"
        if module not in done:
            for target in sorted(graph.get(module, set())):
                visit(target, (*trail, module))
            done.add(module)

    for module in sorted(graph):
        visit(module, ())


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def module_imports(path: Path) -> set[str]:
    own = module_name(path)
    known = {module_name(other) for other in source_files(*ALLOWED_IMPORTS)}
    return {module for module in imports(ast.parse(path.read_text())) if module in known and module != own}


PURE_FILES = [path for path in source_files("crypto", "ledger", "consensus", "contracts") if is_pure(path)]


@pytest.mark.parametrize("path", PURE_FILES, ids=name)
def test_pure_core_does_no_io(path: Path) -> None:
    reached = {module.split(".")[0] for module in imports(ast.parse(path.read_text()))}
    assert not reached & (IMPURE_MODULES - {"datetime"} if path in DATED_FILES else IMPURE_MODULES)


@pytest.mark.parametrize("path", sorted(DATED_FILES), ids=name)
def test_dates_are_handed_in(path: Path) -> None:
    nodes = ast.walk(ast.parse(path.read_text()))
    assert not {node.attr for node in nodes if isinstance(node, ast.Attribute)} & {"now", "utcnow", "today"}


ON_CHAIN_FILES = [
    path for path in PURE_FILES if not path.is_relative_to(ROOT / "crypto") and path.parent.name != SOLVING
]


@pytest.mark.parametrize("path", ON_CHAIN_FILES, ids=name)
def test_on_chain_code_has_no_floats(path: Path) -> None:
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        where = f"{name(path)}:{getattr(node, 'lineno', 0)}"
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), where
        assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)), where
        called = node.func if isinstance(node, ast.Call) else None
        assert not (isinstance(called, ast.Name) and called.id in {"float", "hash"}), where
        assert not (isinstance(node, ast.For | ast.comprehension) and isinstance(node.iter, ast.Set)), where


# Agents that a folder `agents` holds are off the chain, and pure all the same.
SOLVER_FREE_FILES = [path for path in PURE_FILES if path.parent.name not in ("agents", SOLVING)]


@pytest.mark.parametrize("path", SOLVER_FREE_FILES, ids=name)
def test_on_chain_code_has_no_solver(path: Path) -> None:
    modules = set(imports(ast.parse(path.read_text())))
    assert not {module.split(".")[0] for module in modules} & NUMERIC_MODULES
    assert not {
        module for module in modules if module.endswith((".solver", ".agent")) or f".{SOLVING}" in module
    }
