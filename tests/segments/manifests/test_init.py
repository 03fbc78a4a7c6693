from __future__ import annotations

from asrcli.segments.manifests import KALDI, NAMES, OF_A_RECORDING, OF_THE_RUN
from tests.segments.cuts import cut_list


def test_every_name_has_its_renderer_once() -> None:
    assert sorted(NAMES) == sorted([*OF_A_RECORDING, *OF_THE_RUN, "kaldi"])
    files = [file for file, _ in (*OF_A_RECORDING.values(), *OF_THE_RUN.values())]
    assert len({*files, *KALDI}) == len(files) + len(KALDI)


def test_every_renderer_renders() -> None:
    cut = cut_list((0, 16))
    for _, render in (*OF_A_RECORDING.values(), *OF_THE_RUN.values()):
        assert render([cut]).endswith("\n")
    for render in KALDI.values():
        assert render([cut]).count("\n") == 1
