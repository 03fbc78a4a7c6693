"""What `tests/test_layout.py` asks of the source: facts read with `ast`, no opinion."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "asrcli"

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

NOT_SOURCE = {"build", "dist", "transcripts", "__pycache__"}
HIDDEN_SOURCE = {".ci", ".github", ".gitignore"}


@dataclass(frozen=True)
class Module:
    """One file of Python, with its dotted name (`asrcli.pipeline.plan`)."""

    path: Path
    name: str
    text: str
    tree: ast.Module

    @property
    def rel(self) -> str:
        """Path from the repository's root, for messages."""
        return self.path.relative_to(ROOT).as_posix()


def parse(text: str, *, path: Path = PACKAGE / "sample.py") -> Module:
    """A module from its text."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(path, name, text, ast.parse(text))


def modules(folder: Path = PACKAGE) -> list[Module]:
    """All modules in a folder and below, in order of their paths."""
    return [parse(path.read_text(encoding="utf-8"), path=path) for path in _sorted(folder, "*.py")]


def _sorted(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.rglob(pattern) if "__pycache__" not in path.parts)


def repository_files() -> Iterator[Path]:
    """Every file a person wrote, anywhere in the repository."""
    for entry in sorted(ROOT.iterdir()):
        if entry.name in NOT_SOURCE or entry.name.endswith(".egg-info"):
            continue
        if entry.name.startswith(".") and entry.name not in HIDDEN_SOURCE:
            continue
        paths = [entry] if entry.is_file() else _sorted(entry, "*")
        yield from (path for path in paths if path.is_file())


def text_of(path: Path) -> str:
    """The text of a file, empty where it is none."""
    data = path.read_bytes()
    return "" if b"\0" in data else data.decode("utf-8", errors="replace")


def imports(module: Module, *, at_top_only: bool = False) -> Iterator[str]:
    """Dotted names a module imports; `from a.b import c` gives `a.b` or, for a module, `a.b.c`."""
    for node in module.tree.body if at_top_only else ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            for alias in node.names:
                yield f"{origin}.{alias.name}" if _is_module(origin, alias.name) else origin


def _is_module(origin: str, name: str) -> bool:
    base = ROOT.joinpath(*origin.split("."))
    return base.joinpath(f"{name}.py").is_file() or base.joinpath(name, "__init__.py").is_file()


def functions(module: Module) -> Iterator[FunctionNode]:
    """Every function and method, nested ones too."""
    for node in ast.walk(module.tree):
        if isinstance(node, FunctionNode):
            yield node


def public_functions(module: Module) -> Iterator[FunctionNode]:
    """Functions of a module and methods of its public classes that have no leading underscore."""
    for node in module.tree.body:
        if isinstance(node, FunctionNode):
            members: list[ast.stmt] = [node]
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            members = node.body
        else:
            continue
        for member in members:
            if isinstance(member, FunctionNode) and not member.name.startswith("_"):
                yield member


def length(function: FunctionNode) -> int:
    """Lines of a function from `def` to its end, without its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def arguments(function: FunctionNode) -> list[ast.arg]:
    """All arguments, without the `self` or `cls` of a method."""
    spec = function.args
    named = [*spec.posonlyargs, *spec.args]
    if named and named[0].arg in {"self", "cls"}:
        named = named[1:]
    starred = [spec.vararg, spec.kwarg]
    return [*named, *spec.kwonlyargs, *(arg for arg in starred if arg is not None)]


def is_annotated(function: FunctionNode) -> bool:
    """Whether every argument and the result have a type."""
    return function.returns is not None and all(arg.annotation for arg in arguments(function))


def takes_array(function: FunctionNode) -> bool:
    """Whether a numpy array, alone or in a container, is among the arguments."""
    types = [ast.unparse(arg.annotation) for arg in arguments(function) if arg.annotation]
    return any(re.search(r"ndarray|NDArray|\b\w+Array\b", name) for name in types)


def names_shape(function: FunctionNode) -> bool:
    """Whether the docstring holds a shape such as `float32 [n_samples]`, its first axis by name."""
    return re.search(r"\[[A-Za-z]\w*[^\]]*\]", ast.get_docstring(function) or "") is not None


def is_frozen_with_slots(node: ast.ClassDef) -> bool:
    """Whether a class is `@dataclass(frozen=True, slots=True, ...)`."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith("dataclass"):
            options = {word.arg: ast.unparse(word.value) for word in decorator.keywords}
            return options.get("frozen") == options.get("slots") == "True"
    return False


def writes(module: Module) -> Iterator[int]:
    """Lines on which a file is opened for writing or is written whole."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func).rpartition(".")[2]
        whole = called in {"write_text", "write_bytes"}
        if whole or (called in {"open", "fdopen", "NamedTemporaryFile"} and _mode_writes(node)):
            yield node.lineno


def _mode_writes(call: ast.Call) -> bool:
    if call.args and ast.unparse(call.args[0]) == "os.devnull":
        return False
    given = [*call.args, *(word.value for word in call.keywords if word.arg == "mode")]
    modes = [arg.value for arg in given if isinstance(arg, ast.Constant)]
    return any(
        isinstance(mode, str) and re.fullmatch(r"[rwaxbt+U]{1,4}", mode) and set(mode) & set("wax+")
        for mode in modes
    )


def number_literals(module: Module, value: int) -> list[int]:
    """Lines on which a number stands, however it is spelled (16000, 16_000, 16e3)."""
    return [
        node.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant)
        and type(node.value) in (int, float)
        and node.value == value
    ]


def strings(module: Module) -> Iterator[str]:
    """Every string in a module, docstrings too."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def is_bare(module: Module) -> bool:
    """Whether a module holds no code: docstring, imports and plain constants only."""
    plain = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Expr)
    return all(isinstance(node, plain) for node in module.tree.body)


def code_lines(text: str) -> int:
    """Lines that are not blank."""
    return sum(1 for line in text.splitlines() if line.strip())
