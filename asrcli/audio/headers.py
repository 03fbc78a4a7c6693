"""What a file's own bytes say, where the decoders keep it to themselves.

libsndfile shortens a cut file silently to what is there, and FFmpeg fills up a length by guessing
from the bit rate. So the promise is read here: how large the sound was meant to be.

Sources: the RIFF/WAVE, EBU Tech 3306 (RF64), AIFF, CAF, Sun AU and Sony Wave64 layouts; RFC 3533
(Ogg pages); the Xing, Info and VBRI tags of MP3; the ASF specification, section 3.2.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

HEAD_BYTES = 64
_ENDLESS = 0x7FFF_0000
"""Programs that write into a pipe put sizes from about here up to 2^32 - 1: "until the end"."""
_MAX_CHUNKS = 1_000
_ASF_FILE = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_HEAD = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_OGG_TAIL_BYTES = 2 * 65_307
"""A page of Ogg is at most 65,307 bytes long."""
_MP3_TAG_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class SoundBytes:
    """Bytes of sound in a file: how many were promised (None: until the end) and are there.

    `stray`: bytes after the sound that are no chunk; a recorder that died while it updated its
    header leaves its last minutes there.
    """

    promised: int | None
    present: int
    stray: int = 0

    def whole_ms(self, present_ms: int) -> int:
        """How long the sound was meant to be, if what is there lasts `present_ms`."""
        if not self.promised or not 0 < self.present < self.promised:
            return present_ms
        return present_ms * self.promised // self.present

    def stray_ms(self, present_ms: int) -> int:
        """How long the stray bytes last if they are sound, and what is there `present_ms`."""
        return present_ms * self.stray // self.present if self.present else 0


@dataclass(frozen=True, slots=True)
class _Layout:
    """A family of chunked containers: where chunks begin and how their headers look."""

    first: int
    name_bytes: int
    size: str
    size_covers_header: bool
    align: int
    sound: bytes


_LAYOUTS = {
    b"RIFF": _Layout(12, 4, "<I", False, 2, b"data"),
    b"RIFX": _Layout(12, 4, ">I", False, 2, b"data"),
    b"RF64": _Layout(12, 4, "<I", False, 2, b"data"),
    b"FORM": _Layout(12, 4, ">I", False, 2, b"SSND"),
    b"caff": _Layout(8, 4, ">q", False, 1, b"data"),
    b"riff": _Layout(40, 16, "<q", True, 8, b"data"),
}


def for_libsndfile(head: bytes) -> bool:
    """Whether the first bytes are of a container in which libsndfile reads plain samples.

    MP3 and Ogg are not among them: libmpg123 writes its complaints to stderr, and pages lost
    from the middle of an Ogg file are passed over in silence.
    """
    if head[:4] in {b"RIFF", b"RIFX", b"RF64"}:
        return head[8:12] == b"WAVE"
    if head[:4] == b"FORM":
        return head[8:12] in {b"AIFF", b"AIFC"}
    return head[:4] in {b"riff", b"caff", b"fLaC", b".snd"}


def is_known(head: bytes) -> bool:
    """Whether the first bytes are those of sound or video, so that a failure means damage."""
    if for_libsndfile(head) or head[4:8] == b"ftyp" or head[:2] in {b"\xff\xfb", b"\xff\xf3"}:
        return True
    beginnings = (b"OggS", b"ID3", b"#!AMR", b"\x1aE\xdf\xa3", _ASF_HEAD, b"FLV", b"RIFF", b"\x0bw")
    return head.startswith(beginnings)


def sound_bytes(path: Path) -> SoundBytes | None:
    """How many bytes of sound a file promises and has; None where its container does not say.

    For ASF and AVI it is the bytes of the whole file, whose share of sound is taken as even.

    Raises:
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if head.startswith(_ASF_HEAD):
            return _asf_bytes(head + file.read(65_536), size)
        if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
            return _clipped(8, struct.unpack("<I", head[4:8])[0], size)
        if head[:4] == b".snd" and len(head) >= 12:
            start, promised = struct.unpack(">II", head[4:12])
            return _clipped(start, None if promised == 0xFFFF_FFFF else promised, size)
        layout = _LAYOUTS.get(head[:4])
        if layout is None or not for_libsndfile(head):
            return None
        return _chunked_bytes(file, layout, size)


def ogg_is_cut(path: Path) -> bool:
    """Whether an Ogg file ends inside a page.

    A last page without the end-of-stream mark is no sign: captures of live streams lack it.

    Raises:
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _OGG_TAIL_BYTES))
        tail = file.read()
    at = tail.rfind(b"OggS\x00")
    header = tail[at : at + 27] if at >= 0 else b""
    if len(header) < 27:
        return True
    lengths = tail[at + 27 : at + 27 + header[26]]
    return len(lengths) < header[26] or at + 27 + len(lengths) + sum(lengths) > len(tail)


def mp3_states_length(path: Path) -> bool:
    """Whether an MP3 file holds a tag with its number of frames.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(10)
        if head[:3] == b"ID3" and len(head) == 10:
            # Four bytes of seven bits each.
            file.seek(
                10
                + sum(byte << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
            )
        else:
            file.seek(0)
        start = file.read(_MP3_TAG_BYTES)
    return any(tag in start for tag in (b"Xing", b"Info", b"VBRI"))


def _chunked_bytes(file: BinaryIO, layout: _Layout, file_size: int) -> SoundBytes | None:
    """Walk the chunks up to the one with the sound."""
    at = layout.first
    large: int | None = None  # RF64 keeps its true size in a chunk of its own
    header_bytes = layout.name_bytes + struct.calcsize(layout.size)
    for _ in range(_MAX_CHUNKS):
        if at >= file_size:
            return None
        file.seek(at)
        header = file.read(header_bytes)
        if len(header) < header_bytes:
            return None
        size: int = struct.unpack(layout.size, header[layout.name_bytes :])[0]
        if layout.size_covers_header:
            size -= header_bytes
        if header.startswith(layout.sound):
            endless = size < 0 or (layout.size.endswith("I") and size >= _ENDLESS)
            sound = _clipped(at + header_bytes, large if endless else size, file_size)
            after = at + header_bytes + sound.present
            return replace(sound, stray=_stray(file, after + -after % layout.align, file_size))
        if header.startswith(b"ds64"):
            large = struct.unpack("<Q", file.read(16)[8:16].ljust(8, b"\0"))[0]
        at += header_bytes + max(size, 0)
        at += -at % layout.align
    return None


def _clipped(start: int, promised: int | None, file_size: int) -> SoundBytes:
    rest = max(0, file_size - start)
    return SoundBytes(promised, rest if not promised else min(promised, rest))


def _stray(file: BinaryIO, at: int, file_size: int) -> int:
    """Bytes from `at` on, unless a chunk begins there; chunks have names of plain letters."""
    file.seek(at)
    name = file.read(4)
    is_chunk = len(name) < 4 or all(32 <= byte < 127 for byte in name) or not any(name)
    return 0 if is_chunk else file_size - at


def _asf_bytes(head: bytes, file_size: int) -> SoundBytes | None:
    """ASF states the size of the whole file, unless it was broadcast."""
    at = head.find(_ASF_FILE)
    if at < 0 or len(head) < at + 92:
        return None
    promised, flags = struct.unpack("<Q40xI", head[at + 40 : at + 92])
    return None if flags & 1 else SoundBytes(promised, min(promised, file_size))
