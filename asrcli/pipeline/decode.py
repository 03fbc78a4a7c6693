"""Stage 5: from a batch of spans to tokens, whatever one of the spans does to the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.errors import DeviceMemoryError, RecordingError, RunError
from asrcli.values import Decoded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asrcli.engines.base import Asr
    from asrcli.values import Batch, FloatArray, SpeechSpan, Token


def decode(
    batch: Batch, sounds: Mapping[tuple[int, SpeechSpan], FloatArray], asr: Asr
) -> list[Decoded | RecordingError]:
    """Recognise the spans of a batch.

    A batch that does not fit into memory, or in which the engine refuses a span, is halved until
    the halves pass or a single span is left: no span pays for its neighbour.

    Args:
        batch: spans with the keys of their recordings.
        sounds: float32 [n_samples] or [n_frames, 80] for each item, see `SpanAudio`.
        asr: the recogniser.

    Returns:
        For each span, in order, what was heard, or why nothing could be.

    Raises:
        RunError: the device is lost, or the engine broke its contract.
    """
    heard = _attempt([sounds[item] for item in batch.items], asr)
    return [
        result if isinstance(result, RecordingError) else Decoded(span, result)
        for (_, span), result in zip(batch.items, heard, strict=True)
    ]


def _attempt(sounds: Sequence[FloatArray], asr: Asr) -> list[tuple[Token, ...] | RecordingError]:
    try:
        heard = asr.decode(sounds)
    except (DeviceMemoryError, RecordingError) as error:
        if len(sounds) == 1:
            return [_refusal(error)]
    else:
        if len(heard) != len(sounds):
            raise RunError(f"the recogniser gave {len(heard)} results for {len(sounds)} spans")
        return list(heard)
    # Behind the handler, where the error and what it holds are gone.
    middle = len(sounds) // 2
    return _attempt(sounds[:middle], asr) + _attempt(sounds[middle:], asr)


def _refusal(error: DeviceMemoryError | RecordingError) -> RecordingError:
    if isinstance(error, RecordingError):
        return error
    refusal = RecordingError("a span does not fit into the device's memory; lower --max-segment")
    refusal.__cause__ = error
    return refusal
