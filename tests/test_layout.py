"""The shape of the source is a promise too: floors, sizes, types, units, twins."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests import source_tree as tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

ROOT = tree.ROOT
MODULES = tree.modules()
TESTS = tree.modules(ROOT / "tests")
BY_REL = {module.rel: module for module in MODULES}

FLOORS: tuple[tuple[str, ...], ...] = (
    ("asrcli.__main__",),
    ("asrcli.cli",),
    ("asrcli.commands",),
    ("asrcli.crash", "asrcli.doctor", "asrcli.dry_run", "asrcli.segments", "asrcli.nights"),
    ("asrcli.pipeline",),
    ("asrcli.progress",),
    ("asrcli.report", "asrcli.review"),
    (
        "asrcli.audio",
        "asrcli.calls",
        "asrcli.captions",
        "asrcli.hotwords",
        "asrcli.itn",
        "asrcli.evaluate",
        "asrcli.history",
        "asrcli.engines",
    ),
    ("asrcli.engines.base",),
    ("asrcli.values", "asrcli.settings", "asrcli.files", "asrcli.child"),
    ("asrcli.wording", "asrcli.lexicon", "asrcli.acoustics"),
    ("asrcli.errors", "asrcli.clock"),
    ("asrcli",),
)
"""From the top down. A module may import its own room and any floor below its own."""

ENGINES_ARE_OPENED_BY = ("asrcli.commands", "asrcli.doctor", "asrcli.engines")
"""Everyone else knows the Protocols in `engines/base.py` only."""

STAGES = (
    *("discover", "load", "split", "plan", "decode"),
    *("punctuate", "itn", "assemble", "write", "journal"),
)
"""Only `pipeline/run.py` knows more than one of them, and `pipeline/listen.py`, its first half."""

HEAVY_IN_COMMANDS = {"numpy", "torch", "sqlite3", "soundfile"}
MODULE_LINES = 400
FUNCTION_LINES = 60
COMMAND_LINES = 150
LONG_FUNCTIONS = 0.02
SCRIPTS = ("examples", "benchmarks", "recipes")
TEXT_SUFFIXES = {".py", ".toml", ".md", ".json", ".txt", ".csv", ".yaml", ".yml", ".cfg", ""}


def none_of(wrong: Iterable[str]) -> None:
    """Fail with every violation on a line of its own."""
    found = sorted(wrong)
    assert not found, "\n".join(["", *found])


def room(name: str) -> str:
    """The entry of `FLOORS` that a module belongs to: the longest one that begins its name."""
    rooms = [entry for floor in FLOORS for entry in floor]
    return max((r for r in rooms if name == r or name.startswith(f"{r}.")), key=len)


def floor_number(name: str) -> int:
    """0 at the top."""
    return next(number for number, floor in enumerate(FLOORS) if room(name) in floor)


def ours(module: tree.Module) -> list[str]:
    """What a module imports of this package."""
    return [name for name in tree.imports(module) if name.split(".")[0] == "asrcli"]


def test_every_room_has_a_floor() -> None:
    known = {entry for floor in FLOORS for entry in floor}
    rooms = {".".join(module.name.split(".")[:2]) for module in MODULES}
    none_of(rooms - known)


def test_imports_point_one_way() -> None:
    wrong = [
        f"{module.rel} imports {name}"
        for module in MODULES
        for name in ours(module)
        if room(name) != room(module.name) and floor_number(name) <= floor_number(module.name)
    ]
    none_of(wrong)


def test_no_import_is_relative() -> None:
    none_of([m.rel for m in MODULES for name in tree.imports(m) if name.startswith(".")])


def test_engines_are_met_through_their_protocols() -> None:
    wrong = [
        f"{module.rel} imports {name}"
        for module in MODULES
        for name in ours(module)
        if room(name) == "asrcli.engines" and not module.name.startswith(ENGINES_ARE_OPENED_BY)
    ]
    none_of(wrong)


def test_only_engines_know_funasr() -> None:
    wrong = [
        module.rel
        for module in MODULES
        if "funasr" in {name.split(".")[0] for name in tree.imports(module)}
        and not module.name.startswith("asrcli.engines.")
    ]
    none_of(wrong)


def test_a_stage_does_not_know_another_stage() -> None:
    stages = {f"asrcli.pipeline.{stage}" for stage in STAGES}
    wrong = [
        f"{module.rel} imports {name}"
        for module in MODULES
        for name in ours(module)
        if name in stages
        and module.name.startswith("asrcli.pipeline.")
        and module.name not in {name, "asrcli.pipeline.run", "asrcli.pipeline.listen"}
    ]
    none_of(wrong)


def test_planning_needs_nothing_but_the_standard_library() -> None:
    names = {name.split(".")[0] for name in tree.imports(BY_REL["asrcli/pipeline/plan.py"])}
    assert names & (HEAVY_IN_COMMANDS | {"scipy", "pandas"}) == set()


def test_commands_are_thin() -> None:
    commands = [module for module in MODULES if module.name.startswith("asrcli.commands.")]
    heavy = [
        f"{module.rel} imports {name}"
        for module in commands
        for name in tree.imports(module)
        if name.split(".")[0] in HEAVY_IN_COMMANDS
    ]
    long = [m.rel for m in commands if len(m.text.splitlines()) > COMMAND_LINES]
    none_of(heavy + long)


def test_modules_are_short() -> None:
    scripts = [module for name in SCRIPTS for module in tree.modules(ROOT / name)]
    sizes = {module.rel: len(module.text.splitlines()) for module in MODULES + scripts}
    none_of({rel: size for rel, size in sizes.items() if size > MODULE_LINES})


def test_functions_are_short() -> None:
    lengths = {
        f"{module.rel}:{function.name}": tree.length(function)
        for module in MODULES
        for function in tree.functions(module)
    }
    long = {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES}
    assert len(long) < max(1, LONG_FUNCTIONS * len(lengths)), long


@pytest.mark.parametrize("folder", ["asrcli", "tests", *SCRIPTS])
def test_every_function_is_typed(folder: str) -> None:
    untyped = [
        f"{module.rel}:{function.lineno} {function.name}"
        for module in tree.modules(ROOT / folder)
        for function in tree.functions(module)
        if not tree.is_annotated(function)
    ]
    none_of(untyped)


def test_values_are_frozen_with_slots() -> None:
    classes = [n for n in BY_REL["asrcli/values.py"].tree.body if isinstance(n, ast.ClassDef)]
    enums = {node.name for node in classes if any("Enum" in ast.unparse(b) for b in node.bases)}
    loose = [node.name for node in classes if not tree.is_frozen_with_slots(node)]
    none_of(set(loose) - enums)


def test_functions_that_take_arrays_name_their_shape() -> None:
    unnamed = [
        f"{module.rel}:{function.lineno} {function.name}"
        for module in MODULES
        for function in tree.public_functions(module)
        if tree.takes_array(function) and not tree.names_shape(function)
    ]
    none_of(unnamed)


def test_the_sample_rate_is_written_once() -> None:
    found = {module.rel: tree.number_literals(module, 16_000) for module in MODULES}
    assert [rel for rel, lines in found.items() if lines] == ["asrcli/clock.py"]


def test_files_are_written_in_one_place() -> None:
    found = {module.rel: list(tree.writes(module)) for module in MODULES}
    found.pop("asrcli/files.py")
    none_of({rel: lines for rel, lines in found.items() if lines})


def twin(module: tree.Module) -> Path:
    """The test file of a module: the same path below `tests`, without the package's name."""
    path = module.path.relative_to(ROOT)
    if path.parts[0] == "asrcli":
        path = path.relative_to("asrcli")
    name = path.stem.strip("_")
    if name == "init":
        return ROOT / "tests" / path.parent / "test_init.py"
    return ROOT / "tests" / path.parent / f"test_{name}.py"


def test_every_module_has_a_test_twin() -> None:
    alone = [m.rel for m in MODULES if not twin(m).is_file()]
    exempt = {m.rel for m in MODULES if m.path.name == "__init__.py" and tree.is_bare(m)}
    none_of(set(alone) - exempt)


def test_every_test_has_a_module() -> None:
    """A test whose module was renamed or removed tests nothing that a reader can find."""
    scripts = [module for name in SCRIPTS for module in tree.modules(ROOT / name)]
    twins = {twin(module) for module in MODULES + scripts}
    free = {ROOT / "tests" / name for name in ("e2e", "faults", "real", "gpu")}
    stray = [
        test.rel
        for test in TESTS
        if test.path.name.startswith("test_")
        and test.path.parent != ROOT / "tests"
        and not free & set(test.path.parents)
        and test.path not in twins
    ]
    none_of(stray)


def test_there_are_at_least_as_many_lines_of_test_as_of_code() -> None:
    code = sum(tree.code_lines(module.text) for module in MODULES)
    tests = sum(tree.code_lines(module.text) for module in TESTS)
    assert tests >= code


def explained(command: Any, name: str = "asr") -> Iterator[tuple[str, str]]:
    """(`asr group command --option`, help) of everything the program can be given."""
    for parameter in command.params:
        if parameter.name != "help":
            yield f"{name} {parameter.name}", (getattr(parameter, "help", "") or "").strip()
    for child in getattr(command, "commands", {}).values():
        yield from explained(child, f"{name} {child.name}")


def test_every_option_is_explained_once() -> None:
    import typer

    from asrcli.cli import app

    texts = dict(explained(typer.main.get_command(app)))
    none_of([where for where, text in texts.items() if not text])
    source = [string for module in MODULES for string in tree.strings(module)]
    none_of({text for text in texts.values() if source.count(text) > 1})


def test_nothing_is_called_utils() -> None:
    names = {path.stem for path in ROOT.rglob("*.py") if ".venv" not in path.parts}
    assert names & {"utils", "util", "helpers", "helper", "misc", "common"} == set()


MACHINE = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/\w|[A-Z]:\\+Users\\")
UNFINISHED = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X]|HAC[K])\b|NotImplemente[d]Error")


def matches(pattern: re.Pattern[str], suffixes: set[str]) -> list[str]:
    """`file:line` of every match in the texts of the repository."""
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tree.repository_files()
        if path.suffix in suffixes and path.name != "tokens.json"
        for number, line in enumerate(tree.text_of(path).splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    none_of(matches(MACHINE, TEXT_SUFFIXES))


def test_nothing_is_left_unfinished() -> None:
    none_of(matches(UNFINISHED, {".py", ".toml", ""}))


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("open('x', 'w')", 1),
        ("path.open(mode='ab')", 1),
        ("path.open('r+')", 1),
        ("path.write_text('x')", 1),
        ("os.fdopen(number, 'wb')", 1),
        ("open('w')", 1),
        ("open(name)", 0),
        ("open('wax.txt')", 0),
        ("path.open('rb')", 0),
        ("open(os.devnull, 'w')", 0),
    ],
)
def test_writing_is_recognised(code: str, found: int) -> None:
    assert len(list(tree.writes(tree.parse(code)))) == found


@pytest.mark.parametrize(
    ("code", "found"),
    [("x = 16000", 1), ("x = 16_000", 1), ("x = 16e3", 1), ("x = 16001", 0), ("x = '16000'", 0)],
)
def test_the_sample_rate_is_recognised(code: str, found: int) -> None:
    assert len(tree.number_literals(tree.parse(code), 16_000)) == found


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import a.b, c", ["a.b", "c"]),
        ("from asrcli.pipeline import plan", ["asrcli.pipeline.plan"]),
        ("from asrcli.pipeline.plan import plan", ["asrcli.pipeline.plan"]),
        ("def f():\n    import torch", ["torch"]),
        ("from . import x", ["."]),
    ],
)
def test_imports_are_recognised(code: str, expected: list[str]) -> None:
    assert list(tree.imports(tree.parse(code))) == expected


@pytest.mark.parametrize(
    ("code", "annotated", "array", "shape"),
    [
        ("def f(a: int) -> int: ...", True, False, False),
        ("def f(a) -> int: ...", False, False, False),
        ("def f(a: int): ...", False, False, False),
        ("def f(self, *b: int, **c: str) -> int: ...", True, False, False),
        ("def f(self, *b, **c: str) -> int: ...", False, False, False),
        ("def f(x: FloatArray) -> int: 'float32 [n_samples]'", True, True, True),
        ("def f(x: list[np.ndarray]) -> int: 'in [0, 1]'", True, True, False),
        ("def f(x: IntArray) -> int: ...", True, True, False),
    ],
)
def test_signatures_are_recognised(code: str, annotated: bool, array: bool, shape: bool) -> None:
    (function,) = tree.functions(tree.parse(code))
    assert tree.is_annotated(function) is annotated
    assert tree.takes_array(function) is array
    assert tree.names_shape(function) is shape


def test_paths_of_a_machine_are_recognised() -> None:
    for folders in (["", "home", "ada"], ["see ", "root", "x"], ["", "Users", "ada"]):
        assert MACHINE.search("/".join(folders))
    assert MACHINE.search(chr(92).join(["C:", "Users", "ada"]))
    assert not MACHINE.search("page/home/index and ./srv/x")


def test_a_docstring_does_not_make_a_function_long() -> None:
    (function,) = tree.functions(tree.parse("def f():\n    'a'\n    x = 1\n    return x\n"))
    assert tree.length(function) == 3
