"""libespeak-ng through ctypes: the waveform and the time at which every character begins.

The voice must be `cmn-latn-pinyin`: plain `cmn` reads Chinese characters as English letters.
Only one synthesis can run in a process, as the library keeps its state in globals.
"""

from __future__ import annotations

import ctypes
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

LIBRARY = "libespeak-ng.so.1"
LANGUAGE = "cmn-latn-pinyin"
SYNCHRONOUS, UTF8, WORD_EVENT = 2, 1, 1
RATE, PITCH, RANGE, GAP = 1, 3, 4, 7


class _Id(ctypes.Union):
    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    )


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(frozen=True, slots=True)
class Manner:
    """How to speak: a voice variant, words per minute, pitch and its range from 0 to 100."""

    variant: str
    rate: int
    pitch: int
    range: int


class Espeak:
    """The library, opened once in a process; use `espeak()`."""

    def __init__(self) -> None:
        """Open and initialise the library.

        Raises:
            OSError: it is not installed.
        """
        self._library: Any = ctypes.CDLL(LIBRARY)
        self._pieces: list[npt.NDArray[np.int16]] = []
        self._marks: list[tuple[int, int]] = []
        self._variant: str | None = None
        self._callback = _Callback(self._receive)
        self.rate_hz: int = self._library.espeak_Initialize(SYNCHRONOUS, 0, None, 0)
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._library.espeak_Info.restype = ctypes.c_char_p
        data = ctypes.c_char_p()
        self._library.espeak_Info(ctypes.byref(data))
        self._variants = Path((data.value or b"").decode()) / "voices" / "!v"

    def speak(
        self, text: str, manner: Manner
    ) -> tuple[npt.NDArray[np.float32], list[tuple[int, int]]]:
        """Synthesise.

        Args:
            text: Chinese characters, with punctuation where a pause is wanted.
            manner: voice and prosody.

        Returns:
            float32 [n_samples] in [-1, 1] at `rate_hz`, and (index into `text`, start in ms) of
            every character that is spoken.
        """
        self._set_voice(manner.variant)
        for parameter, value in ((RATE, manner.rate), (PITCH, manner.pitch), (RANGE, manner.range)):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._pieces.clear()
        self._marks.clear()
        data = text.encode() + b"\0"
        self._library.espeak_Synth(data, ctypes.c_size_t(len(data)), 0, 1, 0, UTF8, None, None)
        self._library.espeak_Synchronize()
        sound = np.concatenate(self._pieces) if self._pieces else np.zeros(0, np.int16)
        return sound.astype(np.float32) / 32768.0, list(self._marks)

    def phonemes(self, text: str) -> str:
        """How the text is pronounced: equal strings sound alike."""
        self._set_voice("")
        buffer = ctypes.create_string_buffer(text.encode() + b"\0")
        place = ctypes.c_void_p(ctypes.addressof(buffer))
        found: list[str] = []
        while place.value:
            clause = self._library.espeak_TextToPhonemes(ctypes.byref(place), UTF8, 0)
            found.append(clause.decode())
        return " ".join(found)

    def _set_voice(self, variant: str) -> None:
        if variant == self._variant:
            return
        name = f"{LANGUAGE}+{variant}" if variant else LANGUAGE
        # The library would take an unknown variant for none at all.
        if variant and not (self._variants / variant).is_file():
            raise ValueError(f"espeak-ng has no voice {name}")
        if self._library.espeak_SetVoiceByName(name.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {name}")
        self._variant = variant

    def _receive(self, sound: Any, length: int, events: Any) -> int:
        if sound and length > 0:
            self._pieces.append(np.ctypeslib.as_array(sound, (length,)).copy())
        index = 0
        while events[index].type != 0:
            if events[index].type == WORD_EVENT:
                event = events[index]
                self._marks.append((event.text_position - 1, event.audio_position))
            index += 1
        return 0


@functools.cache
def espeak() -> Espeak:
    """The one library of this process."""
    return Espeak()
