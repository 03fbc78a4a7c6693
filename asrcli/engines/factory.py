"""From settings to the engines of a run.

Everything that can be wrong is found before anything heavy is loaded: first the device, then
every model's folder, then the models themselves.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asrcli.child import Nursery, prepare
from asrcli.engines.base import Engines
from asrcli.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asrcli.engines.base import Asr, Punctuator, Vad
    from asrcli.engines.device import Device, Threads
    from asrcli.engines.model_folder import ModelFolder
    from asrcli.engines.paraformer import Paraformer
    from asrcli.engines.remote import RemoteAsr
    from asrcli.engines.spare import Spare
    from asrcli.settings import Settings

FAKE = "fake"
"""A hidden model that hears a toy language of tones: for tests, and for trying a job's plumbing."""

NO_PUNCTUATOR = "none"
AUTO = "auto"
DEFAULT_PUNCTUATOR = "ct-punc"

MODELS_WITHOUT_PUNCTUATOR = ("demo", FAKE)
"""For these `--punc auto` means none: their text is too simple to be worth a gigabyte."""


WORTH_PROCESSES_BYTES = 5_000_000
"""Recordings of so many bytes, 160 s of plain 16 kHz sound, are read in processes: for less,
starting these takes more than they save."""

READER = "the process that read it"

PRELOADED = ("asrcli.engines.factory", "asrcli.engines.ready")


@dataclass(frozen=True, slots=True)
class Folders:
    """The models of a run as folders; None where a role is not filled."""

    vad: ModelFolder
    asr: ModelFolder
    punctuator: ModelFolder | None


def _silent(_line: str) -> None:
    """Say nothing."""


def open_engines(
    settings: Settings, note: Callable[[str], None] = _silent, size_bytes: int = 0
) -> Engines:
    """Find and load the models of a run.

    Args:
        settings: which models, which device; `offline` forbids fetching them.
        note: is given one line about anything that was asked for by default and is done without.
        size_bytes: of all recordings: many are worth a process for each thread that reads.

    Raises:
        UsageError: the device is not there, or a name is neither a model nor a folder.
        ModelError: a model is not here and cannot be had, or its folder is not whole.
    """
    if settings.model == FAKE:
        return _fakes(settings, note)
    apart = size_bytes >= WORTH_PROCESSES_BYTES
    if apart:
        # They import while the same is imported here, and the models are loaded.
        prepare(PRELOADED)
    from asrcli.engines.device import resolve_devices, set_up_torch, share_cores

    devices = resolve_devices(settings.device, settings.precision)
    folders = find_folders(settings, note)
    threads = share_cores(devices[0].kind)
    set_up_torch(threads)
    opening = functools.partial(_vad_apart, settings, folders.vad)
    # They open theirs while the recogniser is loaded here.
    vads = Nursery(opening, READER, ahead=threads.readers) if apart else None
    asrs = _recognisers(folders.asr, devices, threads, note)
    return Engines(
        vad=_load_vad(settings, folders.vad),
        asr=asrs[0],
        punctuator=_load_punctuator(devices[0], folders.punctuator),
        others=asrs[1:],
        readers=threads.readers,
        vads=vads,
    )


def open_vad(settings: Settings, *, threshold: float | None = None) -> Vad:
    """Find and load what finds speech, and nothing else.

    Args:
        settings: which; `offline` forbids fetching it.
        threshold: the probability of speech from which on a frame counts as speech, or None for
            the model's own.

    Raises:
        UsageError: the name is neither a model nor a folder.
        ModelError: it is not here and cannot be had, or its folder is not whole.
    """
    if FAKE in {settings.model, settings.vad}:
        from asrcli.engines.fake import FakeVad

        return FakeVad(max_silence_ms=settings.max_silence)
    from asrcli.engines.device import set_up_torch

    folder = _find(settings, settings.vad, "vad")
    set_up_torch()
    return _load_vad(settings, folder, threshold)


def find_folders(settings: Settings, note: Callable[[str], None] = _silent) -> Folders:
    """The folders of a run's models, fetched where that is needed and allowed.

    Raises:
        UsageError: a name is neither a model nor a folder.
        ModelError: a model is not here and cannot be had.
    """
    return Folders(
        vad=_find(settings, settings.vad, "vad"),
        asr=_find(settings, settings.model, "asr"),
        punctuator=_find_punctuator(settings, note),
    )


def _find(settings: Settings, name: str, role: str) -> ModelFolder:
    from asrcli.engines.hub import find_model

    return find_model(name, offline=settings.offline, role=role, home=settings.model_home)


def _find_punctuator(settings: Settings, note: Callable[[str], None]) -> ModelFolder | None:
    if settings.punc == NO_PUNCTUATOR:
        return None
    if settings.punc != AUTO:
        return _find(settings, settings.punc, "punc")
    if settings.model in MODELS_WITHOUT_PUNCTUATOR:
        return None
    try:
        return _find(settings, DEFAULT_PUNCTUATOR, "punc")
    except ModelError as error:
        note(f"no punctuation marks, sentences end at pauses (--punc none says so): {error}")
        return None


def _recognisers(
    folder: ModelFolder,
    devices: Sequence[Device],
    threads: Threads,
    note: Callable[[str], None],
) -> tuple[Asr, ...]:
    """One for each thread that decodes: here on one device, in a process each on several."""
    if len(devices) > 1:
        return _remote([functools.partial(_alone, folder, one) for one in devices], devices)
    asr = _recogniser(folder, devices[0], note)
    return (asr, *(asr.twin() for _ in range(threads.decoders - 1)))


def _recogniser(folder: ModelFolder, device: Device, note: Callable[[str], None]) -> Paraformer:
    from asrcli.engines.paraformer import Paraformer

    spare = _spare(folder, device, note)
    return Paraformer(
        folder.path, device=device, name=folder.name, sha256=folder.sha256, spare=spare
    )


def _alone(folder: ModelFolder, device: Device) -> Paraformer:
    """The recogniser of a process that does nothing else, and has nobody to tell anything."""
    from asrcli.engines.device import set_up_torch

    set_up_torch()
    return _recogniser(folder, device, _silent)


def _remote(
    openings: Sequence[Callable[[], Asr]], devices: Sequence[Device]
) -> tuple[RemoteAsr, ...]:
    """Recognisers in processes; all load at the same time."""
    from asrcli.engines.remote import RemoteAsr

    asrs = tuple(
        RemoteAsr(opening, device.name) for opening, device in zip(openings, devices, strict=True)
    )
    for asr in asrs:
        # Waits for the model; what is wrong with it is said before any work.
        _ = asr.info
    return asrs


def _spare(folder: ModelFolder, device: Device, note: Callable[[str], None]) -> Spare | None:
    """Who decodes what does not fit into a device; nobody where the device is the CPU itself."""
    from asrcli.engines.device import Device
    from asrcli.engines.paraformer import Paraformer
    from asrcli.engines.spare import Spare

    if device.kind == "cpu":
        return None
    aside = Device("cpu", "fp32")
    return Spare(
        lambda: Paraformer(folder.path, device=aside, name=folder.name, sha256=folder.sha256), note
    )


def release(engines: Engines) -> tuple[str, ...]:
    """Give device memory back after a run, and end the processes that it did not need.

    Returns:
        A line on the most that was in use, for each device that has memory of its own.
    """
    from asrcli.engines.paraformer import Paraformer
    from asrcli.engines.remote import RemoteAsr

    for asr in (engines.asr, *engines.others):
        if isinstance(asr, RemoteAsr):
            asr.close()
    if engines.vads is not None:
        engines.vads.close()
    # Twins share the memory of the one they were made from.
    lines = [engines.asr.memory_peak()] if isinstance(engines.asr, Paraformer) else []
    return tuple(line for line in lines if line)


def _vad_apart(settings: Settings, folder: ModelFolder) -> Vad:
    """The VAD of a process that does nothing else."""
    from asrcli.engines.device import set_up_torch

    set_up_torch()
    return _load_vad(settings, folder)


def _load_vad(settings: Settings, folder: ModelFolder, threshold: float | None = None) -> Vad:
    from asrcli.engines.fsmn_vad import FsmnVad

    return FsmnVad(
        folder.path,
        max_silence_ms=settings.max_silence,
        threshold=threshold,
        device="cpu",
        name=folder.name,
        sha256=folder.sha256,
    )


def _load_punctuator(device: Device, folder: ModelFolder | None) -> Punctuator | None:
    if folder is None:
        return None
    from asrcli.engines.ct_punct import CtPunct

    return CtPunct(folder.path, device=device.name, name=folder.name, sha256=folder.sha256)


def _fakes(settings: Settings, note: Callable[[str], None]) -> Engines:
    from asrcli.engines.device import Device, resolve_device
    from asrcli.engines.fake import FakeAsr, FakePunctuator, FakeVad

    vad = FakeVad(max_silence_ms=settings.max_silence)
    devices = [Device(name, "fp32") for name in settings.device.split(",")]
    several = len(devices) > 1
    asrs: Sequence[Asr] = _remote([FakeAsr] * len(devices), devices) if several else [FakeAsr()]
    punctuator: Punctuator | None = None
    if settings.punc == FAKE:
        punctuator = FakePunctuator()
    elif (folder := _find_punctuator(settings, note)) is not None:
        punctuator = _load_punctuator(resolve_device(devices[0].name, settings.precision), folder)
    return Engines(vad, asrs[0], punctuator, tuple(asrs[1:]))
