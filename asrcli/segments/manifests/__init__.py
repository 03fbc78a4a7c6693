"""Lists of segments in the formats of other tools, one pure renderer each.

Every renderer takes the cut lists of one recording: one where all channels were mixed or a single
one was taken, else one for each channel.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from asrcli.segments.manifests import audacity, csv, json, jsonl, kaldi, nemo, rttm, textgrid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from asrcli.segments.cutlist import CutList

    Render = Callable[[Sequence[CutList]], str]

OF_A_RECORDING: Mapping[str, tuple[str, Render]] = MappingProxyType(
    {
        "json": (".segments.json", json.render),
        "audacity": (".labels.txt", audacity.render),
        "textgrid": (".TextGrid", textgrid.render),
    }
)
"""Manifests that stand beside each recording's segments: what is added to its name, and how."""

OF_THE_RUN: Mapping[str, tuple[str, Render]] = MappingProxyType(
    {
        "csv": ("segments.csv", csv.render),
        "jsonl": ("segments.jsonl", jsonl.render),
        "rttm": ("segments.rttm", rttm.render),
        "nemo": ("nemo.jsonl", nemo.render),
    }
)
"""Manifests with one file for all recordings, to which each adds its lines."""

KALDI: Mapping[str, Render] = MappingProxyType(
    {
        "kaldi/segments": kaldi.segments,
        "kaldi/utt2spk": kaldi.utt2spk,
        "kaldi/wav.scp": kaldi.wav_scp,
    }
)
"""The files of a Kaldi data folder, whose lines must be sorted by their bytes."""

NAMES = ("csv", "json", "jsonl", "audacity", "textgrid", "rttm", "kaldi", "nemo")
"""All manifests by the name that the user types."""
