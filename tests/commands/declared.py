"""The options that a module declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType


def declared(*modules: ModuleType) -> dict[str, Any]:
    """The annotated types of options by the names that the modules give them."""
    return {
        name: alias
        for module in modules
        for name, alias in vars(module).items()
        if getattr(alias, "__metadata__", None)
    }
