"""The file's own sound, cut at places on the 16 kHz clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from asrcli.audio.decode import open_sound
from asrcli.audio.sound import Block
from asrcli.errors import RecordingError
from asrcli.segments.sound import encoding_of, pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from asrcli.segments.cutlist import CutList
    from asrcli.segments.sound import Encoding
    from asrcli.values import FloatArray, SourceFile

    Sounds: TypeAlias = Callable[[CutList], Iterable[FloatArray]]


def original_sound(source: SourceFile, container: str) -> tuple[Sounds, Encoding]:
    """How to read a file again in its own rate, and how to write what comes.

    Args:
        source: the file.
        container: `wav` or `flac`.

    Returns:
        A function from a cut list to float32 [n_frames, n_channels] for every stretch of it; a
        list of one channel gets that channel alone. Then the encoding that keeps all of it.

    Raises:
        RecordingError: the file cannot be read; the function raises it too.
    """
    try:
        with open_sound(source.path) as sound:
            header = sound.header
    except OSError as error:
        raise _unreadable(error) from error

    def sounds(cut: CutList) -> Iterator[FloatArray]:
        borders = [0, *(end for _, end, _ in cut.stretches())]
        try:
            with open_sound(source.path) as sound:
                yield from pieces(_of_channel(sound.blocks(), cut.channel), borders, header.rate_hz)
        except OSError as error:
            raise _unreadable(error) from error

    return sounds, encoding_of(container, header.rate_hz, header.format)


def _of_channel(blocks: Iterable[Block], channel: int | None) -> Iterator[Block]:
    for block in blocks:
        if channel is None:
            yield block
        else:
            yield Block(block.samples[:, channel : channel + 1], block.rate_hz)


def _unreadable(error: OSError) -> RecordingError:
    return RecordingError(f"cannot be read: {error.strerror or error}")
