"""Where asrcli's time goes: `python -m benchmarks.stages IN -o OUT --model DIR ...`.

The command runs in this process, with a stopwatch around the functions of each stage: seconds of
processor time in their own threads. Stages overlap, so the run takes less than their sum. On a
CUDA device this is the host's share alone.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from asrcli.engines.samples import span_length

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PLACES = (
    ("load", "asrcli.pipeline.load:OpenRecording.blocks"),
    ("vad", "asrcli.engines.fsmn_vad:FsmnStream.feed"),
    ("vad", "asrcli.engines.fsmn_vad:FsmnStream.finish"),
    ("features", "asrcli.engines.paraformer:Paraformer._features"),
    ("encoder", "asrcli.engines.paraformer:Paraformer._encode"),
    ("predictor", "asrcli.engines.paraformer:Paraformer._integrate"),
    ("timestamps", "asrcli.engines.paraformer:Paraformer._fires"),
    ("decoder", "asrcli.engines.paraformer:Paraformer._tokens"),
    ("bias", "asrcli.engines.bias:BiasBranch.propose"),
    ("finish", "asrcli.pipeline.run:_Chain.finish"),
    ("write", "asrcli.pipeline.write:Outputs.write"),
)
"""Each stage and a function of it; `decoder` holds `bias`."""

DECODE = "asrcli.engines.paraformer:Paraformer.decode"


@dataclass
class Stopwatch:
    """Busy seconds by stage, and how much of the batches was padding."""

    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    samples: int = 0
    padded: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def around(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed."""

        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self._running(stage):
                result = function(*args, **kwargs)
            if isinstance(result, Generator):
                return self._each(stage, result)
            return result

        return timed

    def _each(self, stage: str, values: Generator[Any, None, None]) -> Iterator[Any]:
        """What a generator gives, its work timed and not that of whoever asks."""
        while True:
            with self._running(stage):
                try:
                    value = next(values)
                except StopIteration:
                    return
            yield value

    @contextlib.contextmanager
    def _running(self, stage: str) -> Iterator[None]:
        # The thread's own time: whoever else uses the machine does not count.
        started = time.thread_time()
        try:
            yield
        finally:
            with self._lock:
                self.seconds[stage] += time.thread_time() - started

    def count(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`Paraformer.decode`, its samples counted with and without the padding."""

        @functools.wraps(function)
        def counted(engine: Any, batch: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
            with self._lock:
                lengths = [span_length(sound) for sound in batch]
                self.samples += sum(lengths)
                self.padded += len(lengths) * max(lengths, default=0)
            return function(engine, batch, *args, **kwargs)

        return counted

    @property
    def waste(self) -> float:
        """Share of the decoded samples that were padding."""
        return 1.0 - self.samples / self.padded if self.padded else 0.0


def install(watch: Stopwatch) -> None:
    """Put the stopwatch around every stage, wherever its function has been imported to."""
    for stage, place in PLACES:
        _replace(place, functools.partial(watch.around, stage))
    _replace(DECODE, watch.count)


def _replace(place: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    module_name, _, path = place.partition(":")
    owner: Any = importlib.import_module(module_name)
    *classes, name = path.split(".")
    for class_name in classes:
        owner = getattr(owner, class_name)
    original = getattr(owner, name)
    wrapped = wrap(original)
    setattr(owner, name, wrapped)
    for module in [m for n, m in sys.modules.items() if n.startswith("asrcli.pipeline")]:
        if getattr(module, name, None) is original:
            setattr(module, name, wrapped)


def main() -> None:
    """Run `asr transcribe folder` with the arguments given; print one JSON line."""
    importlib.import_module("asrcli.pipeline.run")
    from asrcli.cli import run
    from asrcli.engines import factory

    # The stopwatch sees this process only.
    factory.WORTH_PROCESSES_BYTES = sys.maxsize
    watch = Stopwatch()
    install(watch)
    code = run(["transcribe", "folder", *sys.argv[1:]])
    print(json.dumps({"type": "stages", "seconds": dict(watch.seconds), "waste": watch.waste}))
    sys.exit(code)


if __name__ == "__main__":
    main()
