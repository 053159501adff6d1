"""No import goes upwards, none in a circle; every import counts, those inside functions too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import problems

ROOT = Path(problems.__file__).parent.parent
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("problems", "hw8cli")
    for path in (ROOT / package).rglob("*.py")
}
FLOORS = {  # who may import whom: what stands higher in the list, and its own package
    "problems.part": (),
    "problems.source": ("problems.part",),
    "problems": ("problems.part",),
    "problems.formulas": (),
    "problems.numeric": ("problems.part",),
    "problems.exact": ("problems.part", "problems.formulas", "problems.numeric"),
    "problems.p": ("problems.part", "problems.formulas", "problems.numeric", "problems.exact"),
    "problems.answers": ("problems", "problems.part", "problems.source", "problems.formulas"),
    "problems.examine": (
        "problems.part",
        "problems.formulas",
        "problems.exact",
        "problems.answers",
    ),
    "hw8cli": (
        "problems",
        "problems.part",
        "problems.source",
        "problems.formulas",
        "problems.numeric",
        "problems.exact",
        "problems.answers",
        "problems.examine",
    ),
}
UPWARDS = {  # each with its reason
    ("problems.part", "problems.formulas.formula"): "the name of a type: it is never imported",
}
CIRCLES = {
    ("problems.formulas.code", "problems.formulas.functions"): "NumPy's notation calls functions, "
    "and a function's argument may be NumPy's product: one grammar",
}
INTERFACE = {"typer", "rich", "click", "hw8cli"}


def floor(module: str) -> str:
    """The floor that a module stands on: a part is problems.p."""
    first, _, rest = module.partition(".")
    if first == "hw8cli" or not rest:
        return first
    named = f"{first}.{rest.partition('.')[0]}"
    return named if named in FLOORS else "problems.p"


def imported(module: str, run: bool) -> Iterator[str]:
    """What a file imports, by full names; `run`: without what only type checkers read."""
    tree = ast.parse(FILES[module].read_text(encoding="utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if run and isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from _from(module, node)


def _from(module: str, node: ast.ImportFrom) -> Iterator[str]:
    base = module.split(".")
    if FILES[module].name != "__init__.py":
        base = base[:-1]
    base = base[: len(base) - node.level + 1] if node.level else []
    where = ".".join([*base, *([node.module] if node.module else [])])
    for alias in node.names:
        inner = f"{where}.{alias.name}"
        yield inner if inner in FILES else where


GRAPH = {module: {other for other in imported(module, True) if other in FILES} for module in FILES}


def test_every_module_stands_on_a_floor() -> None:
    assert {floor(module) for module in FILES} == {*FLOORS}
    assert GRAPH["problems.exact.cost"] >= {"problems.exact.counting", "problems.formulas.formula"}
    assert "problems.answers.decide" in GRAPH["problems.examine"], "imports in functions count"


@pytest.mark.parametrize("module", sorted(FILES))
def test_no_import_goes_upwards(module: str) -> None:
    allowed = (*FLOORS[floor(module)], floor(module))
    for other in imported(module, False):
        if other in FILES and floor(other) not in allowed:
            assert (module, other) in UPWARDS
        if module.startswith("problems"):
            assert other.partition(".")[0] not in INTERFACE


def test_no_circle_of_imports() -> None:
    cut = {
        module: {other for other in others if (module, other) not in CIRCLES}
        for module, others in GRAPH.items()
    }
    try:
        TopologicalSorter(cut).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_every_exception_is_still_needed() -> None:
    for module, other in UPWARDS:
        assert other in imported(module, False)
    for exception in CIRCLES:
        cut = {
            module: {o for o in others if (module, o) not in CIRCLES or (module, o) == exception}
            for module, others in GRAPH.items()
        }
        with pytest.raises(CycleError):
            TopologicalSorter(cut).prepare()
