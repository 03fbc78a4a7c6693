"""A folder in which nearly everything is wrong, the same every time it is made."""

from __future__ import annotations

import io
import os
import random
import struct
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from asrcli.clock import SAMPLE_RATE
from asrcli.engines.fake import speak

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SPOKEN = speak("今天开会。")
RATES = (4_000, 8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000)


def hostile_folder(folder: Path, count: int, *, hours_of_silence: float) -> int:
    """Make `count` entries that carry the name of a recording.

    Returns:
        How many of them are recordings: a folder of that name is none.
    """
    chance = random.Random(5)
    folder.mkdir()
    recordings = 0
    for number in range(count):
        make = KINDS[number % len(KINDS)]
        # The place of the number keeps names apart, whatever else is in them.
        path = folder / odd_name(chance, number)
        make(path, chance)
        recordings += not path.is_dir() or path.is_symlink()
    quiet = np.zeros(int(hours_of_silence * 3600 * 8000), dtype=np.int16)
    soundfile.write(folder / "silence.flac", quiet, 8000)
    return recordings + 1


def odd_name(chance: random.Random, number: int) -> str:
    """A name that somebody might give, or that a shell or a table might trip over."""
    odd = chance.choice(ODD_NAMES)
    return os.fsdecode(odd.replace(b"#", str(number).encode()) + chance.choice(SUFFIXES))


SUFFIXES = (b".wav", b".wav", b".mp3", b".flac", b".WAV", b".m4a", b".opus")
ODD_NAMES = (
    b"#",
    "第 # 通电话".encode(),
    b"=cmd|' C calc'!#",
    b"-rf #",
    b"@#",
    b"+#",
    b"a..#",
    b"a\nb#",
    b"\x1b[31m#\x07",
    b"\xff\xfe#",
    b"%s%n$(touch pwned)`#`",
    b"; rm -rf ~ #",
    b"#" + b"x" * 200,
    "#\u202egnp".encode(),
    "#e\u0301".encode(),
)


def _wav(samples: np.ndarray, rate: int = SAMPLE_RATE, subtype: str = "PCM_16") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype=subtype)
    return file.getvalue()


GOOD = _wav(SPOKEN)


def good(path: Path, chance: random.Random) -> None:
    path.write_bytes(GOOD)


def empty(path: Path, chance: random.Random) -> None:
    path.touch()


def truncated(path: Path, chance: random.Random) -> None:
    path.write_bytes(GOOD[: chance.randrange(1, len(GOOD))])


def header_only(path: Path, chance: random.Random) -> None:
    path.write_bytes(_wav(np.zeros(0)))


def flipped(path: Path, chance: random.Random) -> None:
    data = bytearray(GOOD)
    for _ in range(chance.randrange(1, 40)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def flipped_header(path: Path, chance: random.Random) -> None:
    data = bytearray(GOOD)
    for _ in range(chance.randrange(1, 12)):
        data[chance.randrange(44)] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def noise(path: Path, chance: random.Random) -> None:
    path.write_bytes(chance.randbytes(chance.randrange(1, 5000)))


def text(path: Path, chance: random.Random) -> None:
    path.write_text("这不是录音\n" * chance.randrange(1, 50), encoding="utf-8")


def not_numbers(path: Path, chance: random.Random) -> None:
    samples = SPOKEN.copy()
    samples[:: chance.randrange(2, 9)] = chance.choice((np.nan, np.inf, -np.inf))
    path.write_bytes(_wav(samples, subtype="FLOAT"))


def many_channels(path: Path, chance: random.Random) -> None:
    path.write_bytes(_wav(np.stack([SPOKEN] * chance.randrange(1, 9), axis=1)))


def odd_rate(path: Path, chance: random.Random) -> None:
    path.write_bytes(_wav(SPOKEN, rate=chance.choice(RATES)))


def huge_claim(path: Path, chance: random.Random) -> None:
    """A header that promises hours or gigabytes which are not there."""
    data = bytearray(GOOD)
    size = chance.choice((0xFFFFFFFF, 0x7FFFFFFF, 0xFFFFFFF0))
    data[4:8] = struct.pack("<I", size)
    data[40:44] = struct.pack("<I", size)
    path.write_bytes(data)


def odd_format(path: Path, chance: random.Random) -> None:
    """A header with numbers of channels, rates and bits that no machine has."""
    data = bytearray(GOOD)
    data[22:24] = struct.pack("<H", chance.choice((0, 1, 255, 65535)))
    data[24:28] = struct.pack("<I", chance.choice((0, 1, 2**31, 2**32 - 1)))
    data[34:36] = struct.pack("<H", chance.choice((0, 1, 7, 64, 65535)))
    path.write_bytes(data)


def huge_flac(path: Path, chance: random.Random) -> None:
    """A stream that says it has 2^36 - 1 samples."""
    file = io.BytesIO()
    soundfile.write(file, SPOKEN, SAMPLE_RATE, format="FLAC")
    data = bytearray(file.getvalue())
    data[21] |= 0x0F
    data[22:26] = b"\xff" * 4
    path.write_bytes(data)


def short(path: Path, chance: random.Random) -> None:
    path.write_bytes(_wav(SPOKEN[: chance.randrange(1, 1600)]))


def locked(path: Path, chance: random.Random) -> None:
    path.write_bytes(GOOD)
    path.chmod(0)


def a_folder(path: Path, chance: random.Random) -> None:
    path.mkdir()


def a_pipe(path: Path, chance: random.Random) -> None:
    os.mkfifo(path)


def broken_link(path: Path, chance: random.Random) -> None:
    path.symlink_to("nowhere.wav")


def looping_link(path: Path, chance: random.Random) -> None:
    path.symlink_to(path.name)


def endless_link(path: Path, chance: random.Random) -> None:
    """A device that never ends."""
    path.symlink_to("/dev/zero")


KINDS: tuple[Callable[[Path, random.Random], None], ...] = (
    *(good, empty, truncated, header_only, flipped, flipped_header, noise, text, not_numbers),
    *(many_channels, odd_rate, huge_claim, odd_format, huge_flac, short, locked, a_folder),
    *(a_pipe, broken_link, looping_link, endless_link),
)
