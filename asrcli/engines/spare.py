"""The recogniser once more on the CPU, for the span that does not fit into a device.

Slow, but nothing is lost: one odd recording costs minutes, not its text. It is loaded when it is
needed for the first time, which on most machines is never.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from asrcli.engines.base import Asr
    from asrcli.values import FloatArray, HotwordSet, Token


class Spare:
    """Decodes single spans with hotwords; threads take turns."""

    def __init__(self, load: Callable[[], Asr], note: Callable[[str], None]) -> None:
        """Remember how to load the recogniser, and whom to tell that it is in use."""
        self._load, self._note = load, note
        self._asr: Asr | None = None
        self._hotwords: HotwordSet | None = None
        self._turn = threading.Lock()

    def decode(self, span: FloatArray, hotwords: HotwordSet) -> tuple[Token, ...]:
        """Recognise a span, float32 [n_samples] or [n_frames, 80]; see `Asr.decode`.

        Raises:
            DeviceMemoryError: it does not fit here either.
            RecordingError: the recogniser refuses it.
        """
        with self._turn:
            if self._asr is None:
                self._note(
                    "a span does not fit into the device's memory: the CPU decodes such ones"
                )
                self._asr = self._load()
            if hotwords != self._hotwords:
                self._asr.set_hotwords(hotwords)
                self._hotwords = hotwords
            return self._asr.decode([span])[0]
