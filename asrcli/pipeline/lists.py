"""The hotword lists of a run: what is in force for each recording, and for each recogniser now."""

from __future__ import annotations

import dataclasses
import threading
from typing import TYPE_CHECKING, TypeAlias

from asrcli.values import HotwordSet, RunContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from asrcli.engines.base import Asr, Engines
    from asrcli.settings import Settings
    from asrcli.values import SourceFile

    HotwordsOf: TypeAlias = Callable[[SourceFile], HotwordSet]


class Lists:
    """Gives recordings with the same words the same context; any thread may ask."""

    def __init__(
        self,
        engines: Engines,
        settings: Settings,
        hotwords_of: HotwordsOf,
        note: Callable[[str], None],
    ) -> None:
        """Begin; `note` is told once about each word that the recogniser cannot use."""
        self._asr, self._hotwords_of, self._note = engines.asr, hotwords_of, note
        decoding = (settings.decoding(), settings.fingerprint())
        self._without = RunContext(*decoding, engines.infos, HotwordSet())
        self._known: dict[HotwordSet, RunContext] = {}
        self._in_use: dict[int, RunContext] = {}
        self._lock = threading.Lock()

    def context_of(self, source: SourceFile) -> RunContext:
        """What holds for a recording."""
        with self._lock:
            hotwords = self._hotwords_of(source)
            if hotwords not in self._known:
                self._known[hotwords] = self._accepted(hotwords)
            return self._known[hotwords]

    def use(self, asr: Asr, context: RunContext) -> None:
        """Let a recogniser decode with these words from now on; only its own thread may ask."""
        if context is not self._in_use.get(id(asr)):
            asr.set_hotwords(context.hotwords)
            self._in_use[id(asr)] = context

    def _accepted(self, hotwords: HotwordSet) -> RunContext:
        """The words that the recogniser can use; the others are told."""
        refused = self._asr.unusable(hotwords)
        for word in refused:
            self._note(f"hotword {word.text} is not used: {word.reason}")
        unusable = {word.text for word in refused}
        words = tuple(word for word in hotwords.words if word[0] not in unusable)
        dropped = hotwords.dropped + refused
        in_force = dataclasses.replace(hotwords, words=words, dropped=dropped)
        return dataclasses.replace(self._without, hotwords=in_force)
