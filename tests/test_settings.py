"""Four layers in their order, every value checked, and a fingerprint that notices what matters."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.errors import UsageError
from asrcli.settings import (
    CONFIG_NAME,
    FORMATS,
    SETTING_NAMES,
    Settings,
    find_config,
    option_name,
    read_config,
    resolve,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

OTHER = {
    "model": "demo",
    "vad": "./vad",
    "punc": "none",
    "device": "cuda:1",
    "precision": "bf16",
    "hotwords": "words.txt",
    "hotword": ("达摩院:2",),
    "hotword_manifest": "/lists/calls.csv",
    "hotword_repair": 0.6,
    "hotword_keep": ("伟大",),
    "max_segment": 20.0,
    "max_silence": 500,
    "max_sentence": 60,
    "itn": False,
    "itn_style": "iso",
    "itn_list": "/lists/phrases.txt",
    "itn_phrase": ("keep: 三点",),
    "channels": "2",
    "channel_names": ("坐席", "客户"),
    "batch_seconds": 60.0,
    "format": ("txt",),
    "csv_encoding": "gb18030",
    "caption_width": 20,
    "caption_lines": 1,
    "caption_min": 0.5,
    "caption_max": 6.0,
    "caption_speed": 12.0,
    "caption_gap": 0,
    "strict_captions": True,
    "docx_template": "minutes.docx",
    "review_clips": True,
    "recursive": False,
    "include": ("*.wav",),
    "exclude": ("old",),
    "min_age": 60.0,
    "allow_empty": True,
    "journal": "nights.db",
    "max_attempts": 5,
    "max_time": 600.0,
    "max_failures": 10,
    "until": "06:30",
    "on_finish": "mail me",
    "offline": True,
    "model_home": "models",
}
"""For every setting a value that is not its default."""

DECODING = {
    "model",
    "vad",
    "punc",
    "precision",
    "max_segment",
    "max_silence",
    "max_sentence",
    "hotword_repair",
    "hotword_keep",
    *("itn", "itn_style", "itn_phrase"),
    "channels",
}


NOT_IN_FILES = {
    *("device", "batch_seconds", "offline", "model_home", "format", "csv_encoding"),
    "review_clips",
    *("hotwords", "hotword", "hotword_manifest", "itn_list"),
    *("recursive", "include", "exclude", "min_age", "allow_empty"),
    *("journal", "max_attempts", "max_time", "max_failures", "until", "on_finish"),
}


def config(tmp_path: Path, text: str) -> Path:
    path = tmp_path / CONFIG_NAME
    path.write_text(text, encoding="utf-8")
    return path


def as_toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(as_toml(part) for part in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def as_variable(value: object) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def test_the_table_of_other_values_is_whole() -> None:
    assert set(OTHER) == SETTING_NAMES
    assert all(getattr(Settings(), name) != value for name, value in OTHER.items())


@pytest.mark.parametrize("name", sorted(OTHER))
class TestLayers:
    """What each layer says about one setting."""

    def test_the_default(self, name: str) -> None:
        assert getattr(resolve({}, {}), name) == getattr(Settings(), name)

    def test_the_file(self, name: str, tmp_path: Path) -> None:
        path = config(tmp_path, f"{name.replace('_', '-')} = {as_toml(OTHER[name])}\n")
        expected = OTHER[name]
        if name in {"vad", "hotwords", "model_home", "journal", "docx_template"}:
            expected = str(tmp_path / str(expected))
        assert getattr(resolve({}, {}, path), name) == expected

    def test_the_environment(self, name: str) -> None:
        environ = {f"ASR_{name.upper()}": as_variable(OTHER[name])}
        assert getattr(resolve({}, environ), name) == OTHER[name]

    def test_the_flag(self, name: str) -> None:
        assert getattr(resolve({name: OTHER[name]}, {}), name) == OTHER[name]

    def test_an_empty_variable_says_nothing(self, name: str) -> None:
        assert resolve({}, {f"ASR_{name.upper()}": ""}) == Settings()

    def test_a_flag_not_given_says_nothing(self, name: str) -> None:
        given_by_variable = {f"ASR_{name.upper()}": as_variable(OTHER[name])}
        assert getattr(resolve({name: None}, given_by_variable), name) == OTHER[name]


@pytest.mark.parametrize(
    ("flag", "variable", "in_file", "expected"),
    [
        (None, None, None, 800),
        (None, None, 700, 700),
        (None, 600, None, 600),
        (None, 600, 700, 600),
        (500, None, None, 500),
        (500, None, 700, 500),
        (500, 600, None, 500),
        (500, 600, 700, 500),
    ],
)
def test_precedence(
    flag: int | None, variable: int | None, in_file: int | None, expected: int, tmp_path: Path
) -> None:
    path = config(tmp_path, "" if in_file is None else f"max-silence = {in_file}")
    environ = {} if variable is None else {"ASR_MAX_SILENCE": str(variable)}
    assert resolve({"max_silence": flag}, environ, path).max_silence == expected


def test_an_explicit_no_goes_before_a_yes_below(tmp_path: Path) -> None:
    assert resolve({"itn": False}, {"ASR_ITN": "on"}, config(tmp_path, "itn = true")).itn is False


def test_a_repeatable_flag_that_was_not_given_leaves_the_file_alone(tmp_path: Path) -> None:
    path = config(tmp_path, 'include = ["*.wav"]')
    assert resolve({"include": []}, {}, path).include == ("*.wav",)


@pytest.mark.parametrize("word", ["1", "true", "YES", "on"])
def test_yes_in_the_environment(word: str) -> None:
    assert resolve({}, {"ASR_OFFLINE": word}).offline is True


@pytest.mark.parametrize("word", ["0", "False", "no", "OFF"])
def test_no_in_the_environment(word: str) -> None:
    assert resolve({}, {"ASR_ITN": word}).itn is False


def test_other_variables_are_nobodys_business() -> None:
    assert resolve({}, {"ASR_NOTHING": "1", "MODEL_HOME": "/x", "MODEL": "x"}) == Settings()


BAD: list[tuple[str, object]] = [
    ("model", " "),
    ("model", 3),
    ("vad", ""),
    ("device", "gpu"),
    ("device", "cuda:"),
    ("device", "cuda:-1"),
    ("device", "cuda:１"),
    ("device", "cuda:0,"),
    ("device", "cuda:0,cpu"),
    ("device", "auto,auto"),
    ("device", "cuda:some"),
    ("precision", "fp8"),
    ("hotwords", ["a"]),
    ("hotword", [1]),
    ("hotword", 1),
    ("hotword_manifest", 1),
    ("hotword_keep", 1),
    ("hotword_repair", 1.5),
    ("hotword_repair", "low"),
    ("max_segment", "long"),
    ("max_segment", 0.9),
    ("max_segment", 61),
    ("max_segment", "nan"),
    ("max_segment", "inf"),
    ("max_segment", True),
    ("max_silence", 199),
    ("max_silence", 6001),
    ("max_silence", 800.5),
    ("max_silence", "800ms"),
    ("max_sentence", 7),
    ("max_sentence", 201),
    ("max_sentence", "short"),
    ("itn", "perhaps"),
    ("itn", 2),
    ("itn_style", "en"),
    ("itn_style", "zh,iso"),
    ("itn_list", " "),
    ("itn_list", 1),
    ("itn_phrase", [1]),
    ("itn_phrase", 1),
    ("channels", "0"),
    ("channels", "65"),
    ("channels", "-1"),
    ("channels", "both"),
    ("channels", "²"),
    ("channel_names", "坐席,,客户"),
    ("channel_names", ""),
    ("channel_names", "a\nb"),
    ("channel_names", 2),
    ("channel_names", [2]),
    ("batch_seconds", 0),
    ("batch_seconds", "many"),
    ("format", "doc"),
    ("format", "srt,doc"),
    ("format", ","),
    ("format", 5),
    ("csv_encoding", "gbk2"),
    ("csv_encoding", "base64"),
    ("csv_encoding", "ascii"),
    ("csv_encoding", "latin-1"),
    ("csv_encoding", "\0"),
    ("caption_width", 3),
    ("caption_width", 81),
    ("caption_lines", 0),
    ("caption_lines", 5),
    ("caption_min", 0.1),
    ("caption_min", 3.1),
    ("caption_max", 2.9),
    ("caption_max", "long"),
    ("caption_speed", 2),
    ("caption_speed", "nan"),
    ("caption_gap", -1),
    ("caption_gap", 501),
    ("caption_gap", 8.5),
    ("strict_captions", "?"),
    ("docx_template", 1),
    ("review_clips", "?"),
    ("recursive", "maybe"),
    ("include", {"a": 1}),
    ("exclude", 1),
    ("min_age", -1),
    ("min_age", 86_401),
    ("allow_empty", "?"),
    ("journal", " "),
    ("max_attempts", 0),
    ("max_attempts", "thrice"),
    ("max_time", -1),
    ("max_failures", 1.5),
    ("until", "24:00"),
    ("until", "6"),
    ("until", "06:60"),
    ("until", "06:5"),
    ("until", "-1:30"),
    ("until", "０6:30"),
    ("until", 630),
    ("on_finish", " "),
    ("offline", "?"),
    ("model_home", 5),
]


@pytest.mark.parametrize(
    ("flags", "formats"),
    [
        ({}, ("csv", "json", "srt")),
        ({"docx_template": "t.docx"}, ("csv", "json", "srt", "docx")),
        ({"review_clips": True, "format": "txt"}, ("txt", "review")),
        ({"review_clips": True, "format": "review,txt"}, ("review", "txt")),
        ({"review_clips": False}, ("csv", "json", "srt")),
        ({"channels": "split"}, ("csv", "json", "srt", "calls")),
        ({"channels": "auto", "format": "csv"}, ("csv", "calls")),
        ({"channels": "auto", "format": "srt"}, ("srt",)),
        ({"channels": "2"}, ("csv", "json", "srt")),
    ],
)
def test_a_wish_implies_the_format_that_it_belongs_to(
    flags: Mapping[str, object], formats: tuple[str, ...]
) -> None:
    assert resolve(flags, {}).format == formats


def test_every_setting_is_given_a_bad_value() -> None:
    assert {name for name, _ in BAD} == SETTING_NAMES - {"punc"}


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_flag_is_named_on_one_line(name: str, value: object) -> None:
    with pytest.raises(UsageError) as caught:
        resolve({name: value}, {})
    message = str(caught.value)
    assert message.startswith(f"{option_name(name)}: ")
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, v in BAD if isinstance(v, str) and v])
def test_a_bad_variable_is_named(name: str, value: str) -> None:
    variable = f"ASR_{name.upper()}"
    with pytest.raises(UsageError, match=f"^{variable}: "):
        resolve({}, {variable: value})


def test_a_bad_value_in_the_file_is_named_with_the_file(tmp_path: Path) -> None:
    path = config(tmp_path, "max-silence = 5")
    with pytest.raises(UsageError) as caught:
        resolve({}, {}, path)
    assert str(caught.value).startswith(f"max_silence in {path}: 5 must be")


def test_a_bad_value_is_an_error_even_below_a_good_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ASR_DEVICE"):
        resolve({"device": "cpu"}, {"ASR_DEVICE": "gpu"}, config(tmp_path, ""))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("SRT, csv ,srt", ("srt", "csv")),
        (["vtt", "txt"], ("vtt", "txt")),
        (",".join(FORMATS), FORMATS),
    ],
)
def test_formats_are_read_with_any_case_and_once(raw: object, expected: tuple[str, ...]) -> None:
    assert resolve({"format": raw}, {}).format == expected


def test_batch_seconds_may_be_found_from_the_device(tmp_path: Path) -> None:
    path = config(tmp_path, "batch-seconds = 60")
    assert resolve({"batch_seconds": "auto"}, {}, path).batch_seconds == 0


def test_an_encoding_gets_its_usual_name() -> None:
    assert resolve({"csv_encoding": "UTF8"}, {}).csv_encoding == "utf-8"


class TestFile:
    """The settings file."""

    @pytest.mark.parametrize("byte_order_mark", [b"", b"\xef\xbb\xbf"])
    def test_names_with_dashes_or_underscores(self, byte_order_mark: bytes, tmp_path: Path) -> None:
        path = tmp_path / CONFIG_NAME
        path.write_bytes(byte_order_mark + b"max-silence = 500\ncaption_width = 20\n")
        assert read_config(path) == {"max_silence": 500, "caption_width": 20}

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            (b"max-silense = 5", "unknown setting 'max-silense'"),
            (b"quiet = true", "unknown setting 'quiet'"),
            (b"max-silence = ", "not a TOML file"),
            ("model = '演示'".encode("gb18030"), "not a TOML file"),
        ],
    )
    def test_a_mistake(self, content: bytes, expected: str, tmp_path: Path) -> None:
        path = tmp_path / CONFIG_NAME
        path.write_bytes(content)
        with pytest.raises(UsageError) as caught:
            read_config(path)
        assert f"--config {path}: " in str(caught.value)
        assert expected in str(caught.value)

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"--config .*nothing\.toml: No such file"):
            resolve({}, {}, tmp_path / "nothing.toml")

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("hotwords", "lists/a.txt", "{here}/lists/a.txt"),
            ("hotwords", "/lists/a.txt", "/lists/a.txt"),
            ("hotwords", "~/a.txt", "{home}/a.txt"),
            ("model", "demo", "demo"),
            ("model", "./demo", "{here}/demo"),
            ("vad", "../vad", "{here}/../vad"),
            ("punc", "~/punc", "{home}/punc"),
            ("punc", "none", "none"),
            ("journal", "a.db", "{here}/a.db"),
            ("journal", "none", "none"),
        ],
    )
    def test_paths_start_at_the_file(
        self, name: str, value: str, expected: str, tmp_path: Path
    ) -> None:
        settings = resolve({}, {}, config(tmp_path, f'{name} = "{value}"'))
        wanted = expected.format(here=tmp_path, home=Path.home())
        assert Path(getattr(settings, name)) == Path(wanted)

    def test_the_nearest_one_upward(self, tmp_path: Path) -> None:
        deep = tmp_path / "a" / "b"
        deep.mkdir(parents=True)
        far = config(tmp_path, "")
        assert find_config(deep) == far
        near = config(tmp_path / "a", "")
        assert find_config(deep) == near
        assert find_config(tmp_path / "not there" / "yet") == far

    def test_a_folder_of_that_name_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "a" / CONFIG_NAME).mkdir(parents=True)
        far = config(tmp_path, "")
        assert find_config(tmp_path / "a") == far


@pytest.mark.parametrize("given", ["6:30", "06:30", " 06:30 "])
def test_a_time_of_day_has_one_form(given: str) -> None:
    assert resolve({"until": given}, {}).until == "06:30"


RENDERING = {"caption_width", "caption_lines"}


@pytest.mark.parametrize("name", sorted(SETTING_NAMES - DECODING))
def test_files_are_written_anew_when_they_would_look_different(name: str) -> None:
    changed = dataclasses.replace(Settings(), **{name: OTHER[name]})  # type: ignore[arg-type]
    differs = changed.rendering_fingerprint() != Settings().rendering_fingerprint()
    # A setting that nobody has thought about counts as one that the files depend on.
    assert differs == (name in RENDERING or name not in NOT_IN_FILES)


class TestFingerprint:
    """It changes with all that the text depends on, and with nothing else."""

    def test_decoding_settings_are_these(self) -> None:
        assert [name for name, _ in Settings().decoding()] == sorted(DECODING)

    @pytest.mark.parametrize("name", sorted(DECODING))
    def test_a_decoding_setting_changes_it(self, name: str) -> None:
        changed = resolve({name: OTHER[name]}, {})
        assert changed.fingerprint() != Settings().fingerprint()

    @pytest.mark.parametrize("name", sorted(SETTING_NAMES - DECODING))
    def test_another_setting_does_not(self, name: str) -> None:
        changed = resolve({name: OTHER[name]}, {})
        assert changed != Settings()
        assert changed.fingerprint() == Settings().fingerprint()

    def test_no_two_changes_look_alike(self) -> None:
        changed = {resolve({name: OTHER[name]}, {}).fingerprint() for name in DECODING}
        assert len(changed) == len(DECODING)

    def test_how_a_value_was_written_does_not_matter(self) -> None:
        written = [{"max_segment": raw} for raw in ("20", "20.0", 20, " 2e1 ")]
        assert len({resolve(flags, {}).fingerprint() for flags in written}) == 1

    def test_it_is_the_same_on_every_machine(self) -> None:
        assert Settings(model="demo").fingerprint() == Settings(model="demo").fingerprint()
        assert len(bytes.fromhex(Settings().fingerprint())) == 32


@given(
    st.dictionaries(
        st.sampled_from(sorted(SETTING_NAMES)),
        st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.lists(st.text())),
    )
)
def test_anything_is_either_taken_or_refused(flags: Mapping[str, object]) -> None:
    try:
        settings = resolve(flags, {})
    except UsageError as error:
        assert str(error).startswith("--")
        return
    # What was taken is taken again, unchanged.
    values = {f.name: getattr(settings, f.name) for f in dataclasses.fields(settings)}
    changed = {n: v for n, v in values.items() if v != getattr(Settings(), n)}
    assert resolve(changed, {}) == settings


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().model = "demo"  # type: ignore[misc]


def test_option_names() -> None:
    assert option_name("max_segment") == "--max-segment"


@pytest.mark.parametrize("word", ["mix", "SPLIT", " auto ", "1", "64"])
def test_ways_to_take_channels(word: str) -> None:
    assert resolve({"channels": word}, {}).channels == word.strip().lower()


@pytest.mark.parametrize("value", ["坐席,客户", " 坐席， 客户 ", ["坐席", "客户"]])
def test_names_of_channels(value: object) -> None:
    assert resolve({"channel_names": value}, {}).channel_names == ("坐席", "客户")
