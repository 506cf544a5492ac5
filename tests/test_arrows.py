"""Imports point one way: the arrows are drawn from the source, and a new one fails."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("hsb_portal", "advice", "incidents")

#: Which part of the project may import which.
PARTS = {
    "advice.triage": set(),
    "hsb_portal.accounts": {"hsb_portal"},
    "hsb_portal": {"hsb_portal.accounts"},
    "advice": {"advice.triage", "hsb_portal.accounts"},
    "incidents": {"advice", "advice.triage", "hsb_portal", "hsb_portal.accounts"},
}
#: Of the wiring, only this is imported by the other parts.
OF_THE_WIRING = {
    "hsb_portal.encryption",
    "hsb_portal.context",
    "hsb_portal.places",
    "hsb_portal.celery",
    "hsb_portal",
}

#: Within incidents, from the top; a file imports only from lower layers, or from its own where it says so.
LAYERS = [
    {"urls"},
    {"views", "admin", "tasks", "management"},
    {"explaining"},
    {"summary", "highlighting", "actions", "corrections", "notifications", "drawing", "drift"},
    {"forms", "assessing"},
    {"outbox", "deadlines", "retention"},
    {"models"},
    {"states", "apps"},
]
WITHIN_A_LAYER = {("views", "views"), ("views", "tasks")}


def modules():
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield ".".join(path.relative_to(ROOT).with_suffix("").parts), path


def imports(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node, node.module
            for alias in node.names:
                yield node, f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name


def part_of(module):
    return max(
        (part for part in PARTS if module == part or module.startswith(part + ".")), key=len, default=""
    )


ALL = list(modules())


@pytest.mark.parametrize(("module", "path"), ALL, ids=[name for name, _ in ALL])
def test_imports_point_one_way(module, path):
    here = part_of(module)
    for _node, imported in imports(path):
        there = part_of(imported)
        if not there or there == here:
            continue
        assert there in PARTS[here], f"{module} imports {imported}"


@pytest.mark.parametrize(("module", "path"), ALL, ids=[name for name, _ in ALL])
def test_no_project_import_stands_inside_a_function(module, path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = [
        node.lineno
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PACKAGES
    ]
    # An app's ready() is the one place where Django asks for it: models are not loaded before.
    allowed = module == "hsb_portal.accounts.apps"
    assert not inside or allowed, f"{module}, lines {inside}"


def layer(name):
    return next((number for number, names in enumerate(LAYERS) if name in names), None)


@pytest.mark.parametrize(
    ("module", "path"), [each for each in ALL if each[0].startswith("incidents.")], ids=str
)
def test_within_incidents_files_import_only_from_below(module, path):
    name = module.split(".")[1]
    here = layer(name)
    assert here is not None or name == "__init__", f"{module} stands in no layer"
    for _node, imported in imports(path):
        pieces = imported.split(".")
        if pieces[0] != "incidents" or len(pieces) < 2 or (there := layer(pieces[1])) is None:
            continue
        below = there > here or pieces[1] == name or (name, pieces[1]) in WITHIN_A_LAYER
        allowed = below or (name, pieces[1]) in {("actions", "assessing"), ("summary", "forms")}
        assert allowed, f"{module} imports {imported}"


def test_actions_never_import_tasks():
    source = (ROOT / "incidents" / "actions.py").read_text(encoding="utf-8")
    assert "incidents.tasks" not in source
    assert "import tasks" not in source
