"""Values of the pipeline as bytes and back, exactly.

A value is stored by the names of its fields, so that one that was written before a field was added
is read with that field's default. Many values of one kind, such as the tokens of a sentence, are
stored as columns: smaller, and much faster to read. Floats come back bit by bit, and so does text
that is not valid Unicode, such as a file name in another encoding.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import json
import os
import types
import typing
import zlib
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path, PurePath
from typing import Any, TypeAlias, TypeVar, cast

Value = TypeVar("Value")
Convert: TypeAlias = Callable[[Any], Any]

_PLAIN = (str, int, float, bool, type(None))
_COMPRESSION = 6


def pack(value: object, kind: Hashable) -> bytes:
    """A value as compressed JSON.

    Args:
        value: what `unpack` will give back.
        kind: its type: a dataclass, or an annotation such as `tuple[Token, ...]`.

    Raises:
        TypeError: the type holds something that has no stored form.
    """
    plain = _form_of(kind).store(value)
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode("utf-8", "surrogatepass"), _COMPRESSION)


def unpack(data: bytes, kind: type[Value]) -> Value:
    """The value that `pack` was given.

    Raises:
        ValueError: the bytes were not written by `pack` for this type.
    """
    try:
        plain = json.loads(zlib.decompress(data).decode("utf-8", "surrogatepass"))
        return cast("Value", _form_of(cast("Hashable", kind)).load(plain))
    except (zlib.error, TypeError, KeyError, AttributeError, UnicodeDecodeError) as error:
        raise ValueError(f"not a stored {kind}: {error}") from error


def as_text(text: str) -> str:
    """A text that a database column takes: what is no character becomes a backslash escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def path_key(path: PurePath) -> bytes:
    """A path from the root as bytes, because a name on the disk need not be text."""
    return os.fsencode(os.path.abspath(path))  # noqa: PTH100 - links stay, none is followed


@dataclass(frozen=True, slots=True)
class _Form:
    """How values of one type become plain JSON values, and values again."""

    store: Convert
    load: Convert


@functools.cache
def _form_of(kind: object) -> _Form:
    if kind in _PLAIN or kind is None:
        return _Form(_same, _same)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        return _tuple_form(arguments)
    if origin in {typing.Union, types.UnionType}:
        return _optional_form(arguments)
    if isinstance(kind, type):
        if issubclass(kind, PurePath):
            return _Form(os.fspath, Path if issubclass(kind, Path) else PurePath)
        if issubclass(kind, enum.Enum):
            return _Form(lambda value: value.value, kind)
        if dataclasses.is_dataclass(kind):
            return _record_form(kind)
    raise TypeError(f"{kind} has no stored form")


def _same(value: Any) -> Any:  # noqa: ANN401 - any plain value
    return value


def _optional_form(arguments: tuple[object, ...]) -> _Form:
    others = [argument for argument in arguments if argument is not type(None)]
    if len(others) != 1:
        raise TypeError(f"a choice between {others} has no stored form")
    form = _form_of(others[0])
    return _Form(
        lambda value: None if value is None else form.store(value),
        lambda plain: None if plain is None else form.load(plain),
    )


def _tuple_form(arguments: tuple[object, ...]) -> _Form:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        if dataclasses.is_dataclass(arguments[0]):
            return _columns_form(cast("type", arguments[0]))
        return _sequence_form(_form_of(arguments[0]))
    forms = [_form_of(argument) for argument in arguments]

    def store(values: tuple[object, ...]) -> list[object]:
        return [form.store(item) for form, item in zip(forms, values, strict=True)]

    def load(plain: list[object]) -> tuple[object, ...]:
        return tuple(form.load(item) for form, item in zip(forms, plain, strict=True))

    return _Form(_same if all(form.store is _same for form in forms) else store, load)


def _sequence_form(each: _Form) -> _Form:
    def load(plain: list[object]) -> tuple[object, ...]:
        return tuple(_loaded(each, plain))

    # A tuple of plain values is as good as a list of them: JSON writes both the same way.
    return _Form(_same if each.store is _same else functools.partial(_stored, each), load)


def _record_form(kind: type) -> _Form:
    forms = _field_forms(kind)

    def store(value: object) -> dict[str, object]:
        return {name: form.store(getattr(value, name)) for name, form in forms.items()}

    def load(plain: dict[str, object]) -> object:
        return kind(**{name: forms[name].load(plain[name]) for name in forms.keys() & plain.keys()})

    return _Form(store, load)


def _columns_form(kind: type) -> _Form:
    forms = _field_forms(kind)

    def store(values: tuple[object, ...]) -> dict[str, list[object]]:
        if not values:
            return {}
        return {name: _stored(form, map(attrgetter(name), values)) for name, form in forms.items()}

    def load(plain: dict[str, list[object]]) -> tuple[object, ...]:
        names = [name for name in forms if name in plain]
        columns = [_loaded(forms[name], plain[name]) for name in names]
        return tuple(
            kind(**dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)
        )

    return _Form(store, load)


def _stored(form: _Form, column: Iterable[object]) -> list[object]:
    return list(column) if form.store is _same else [form.store(item) for item in column]


def _loaded(form: _Form, column: list[object]) -> list[object]:
    return column if form.load is _same else [form.load(item) for item in column]


def _field_forms(kind: type) -> dict[str, _Form]:
    # The module of the values imports its paths for the type checker only.
    hints = typing.get_type_hints(kind, localns={"Path": Path, "PurePath": PurePath})
    return {field.name: _form_of(hints[field.name]) for field in dataclasses.fields(kind)}
