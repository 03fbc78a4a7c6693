from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from asrcli.acoustics import Acoustics, Stereo
from asrcli.pipeline.formats.json import compact, document, render
from asrcli.pipeline.formats.parts import shown_path
from asrcli.settings import Settings
from asrcli.values import SCHEMA_VERSION, Token, Transcript
from tests.values_samples import HASH, context, timed, transcript, transcripts

SCHEMA: dict[str, Any] = json.loads(
    (resources.files("asrcli") / "assets" / "transcript.schema.json").read_text("utf-8")
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

EXAMPLE = transcript(
    [timed("好。", start_ms=1250, hotwords=["好"])], rel="通话/客户 一.wav", channel=0
)

GOLDEN = f"""{{
  "schema_version": 1,
  "source": {{
    "file": "通话/客户 一.wav",
    "sha256": "{HASH}",
    "duration": 2.45,
    "rate": 8000,
    "channels": 2,
    "channel": 1,
    "channel_names": [],
    "stereo": null,
    "band": null,
    "notes": []
  }},
  "settings": {{
    "itn": "True",
    "max_segment": "30.0"
  }},
  "settings_sha256": "{HASH}",
  "models": [
    {{
      "role": "vad",
      "name": "fsmn-vad",
      "sha256": "{HASH}"
    }},
    {{
      "role": "asr",
      "name": "demo",
      "sha256": "{HASH}"
    }}
  ],
  "hotwords": {{
    "words": [
      {{
        "text": "达摩院",
        "weight": 1.0
      }}
    ],
    "aliases": [
      {{
        "alias": "达魔院",
        "word": "达摩院"
      }}
    ],
    "dropped": [
      {{
        "line": 3,
        "text": "㍿",
        "reason": "no token"
      }}
    ],
    "sha256": "{HASH}"
  }},
  "coverage": {{
    "speech": 1.45,
    "text": 0.2,
    "last_char": 1.45
  }},
  "confidence": 0.9,
  "corrections": [
    {{
      "start": 0.0,
      "end": 1.45,
      "text": "达摩院",
      "replaced": "达魔院",
      "hotword": "达摩院",
      "score": 1.0
    }}
  ],
  "call": null,
  "sentences": [
    {{"start":1.25,"end":1.45,"text":"好。","spoken":"好。","channel":1,"speaker":null,"overlap":0.0,"confidence":0.9,"hotwords":["好"],\
"tokens":[{{"text":"好","start":1.25,"end":1.45,"confidence":0.9,"biased":false}}],\
"text_tokens":[[0,1],[0,1]]}}
  ]
}}
"""


def test_golden() -> None:
    assert render(EXAMPLE) == GOLDEN


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["schema_version"]["const"] == SCHEMA_VERSION


def objects(schema: object) -> list[dict[str, Any]]:
    """Every part of the schema that describes an object."""
    if isinstance(schema, list):
        return [found for part in schema for found in objects(part)]
    if not isinstance(schema, dict):
        return []
    own = [schema] if schema.get("type") == "object" else []
    return own + [found for part in schema.values() for found in objects(part)]


def test_the_schema_allows_nothing_that_it_does_not_name() -> None:
    assert len(objects(SCHEMA)) >= 9
    for part in objects(SCHEMA):
        assert part["additionalProperties"] is False
        if "properties" in part:
            assert sorted(part["required"]) == sorted(part["properties"])


@given(transcripts())
def test_every_document_keeps_to_the_schema(made: Transcript) -> None:
    VALIDATOR.validate(json.loads(render(made)))


@given(transcripts())
def test_nothing_is_lost_on_the_way(made: Transcript) -> None:
    back = json.loads(render(made))
    assert back == document(made)
    assert back["source"]["file"] == shown_path(made.source.rel)
    assert round(back["source"]["duration"] * 1000) == made.duration_ms
    for read, sentence in zip(back["sentences"], made.sentences, strict=True):
        assert read["text"] == sentence.written
        assert read["spoken"] == sentence.spoken
        assert len(read["text_tokens"]) == len(read["text"])
        assert [round(token["start"] * 1000) for token in read["tokens"]] == [
            token.start_ms for token in sentence.tokens
        ]
        assert all(low < high <= len(read["tokens"]) for low, high in read["text_tokens"])


@given(transcripts())
def test_each_sentence_has_a_line_of_its_own(made: Transcript) -> None:
    lines = [line for line in render(made).split("\n") if line.startswith('    {"start":')]
    assert [json.loads(line.rstrip(","))["text"] for line in lines] == [
        sentence.written for sentence in made.sentences
    ]


@given(transcripts())
def test_all_but_the_sentences_is_laid_out_as_json_dumps_does(made: Transcript) -> None:
    bare = replace(made, sentences=())
    expected = json.dumps(document(bare), ensure_ascii=False, indent=2)
    assert render(bare) == f"{expected}\n"


def test_each_recording_states_its_own_hotwords() -> None:
    made = [replace(EXAMPLE, context=context([f"词{number}"])) for number in range(9)]
    for _ in range(2):
        words = [json.loads(render(one))["hotwords"]["words"] for one in made]
        assert words == [[{"text": f"词{number}", "weight": 1.0}] for number in range(9)]


def test_every_sentence_names_its_speaker() -> None:
    turns = [replace(timed("您好。"), channel=0), replace(timed("喂。", start_ms=900), channel=1)]
    made = replace(transcript(turns), sentences=tuple(turns), channel_names=("坐席", "客户"))
    back = json.loads(render(made))
    VALIDATOR.validate(back)
    assert back["source"]["channel_names"] == ["坐席", "客户"]
    assert [(s["channel"], s["speaker"]) for s in back["sentences"]] == [(1, "坐席"), (2, "客户")]


def test_the_confidence_of_the_file_is_that_of_all_tokens() -> None:
    sure = replace(timed("好"), tokens=(Token("好", 0, 200, 0.1),))
    assert (
        json.loads(render(transcript([sure, timed("很好吗", start_ms=900)])))["confidence"] == 0.7
    )


def test_without_sentences_the_list_is_empty() -> None:
    made = json.loads(render(transcript(duration_ms=5000)))
    VALIDATOR.validate(made)
    assert made["sentences"] == []
    assert made["source"]["channel"] is None


def test_the_real_settings_keep_to_the_schema() -> None:
    context = replace(EXAMPLE.context, settings=Settings().decoding())
    VALIDATOR.validate(document(replace(EXAMPLE, context=context)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), 2),
        (("extra",), 1),
        (("source", "channel"), 0),
        (("source", "extra"), 1),
        (("source", "channel_names"), [""]),
        (("confidence",), 1.5),
        (("sentences", 0, "channel"), 0),
        (("sentences", 0, "speaker"), 1),
        (("coverage", "text"), -0.1),
        (("sentences", 0, "confidence"), 1.5),
        (("sentences", 0, "tokens"), []),
        (("sentences", 0, "text_tokens", 0), [0, 1, 2]),
        (("sentences", 0, "tokens", 0, "biased"), None),
        (("settings", "Bad Name"), "x"),
        (("hotwords", "words", 0, "weight"), 0),
    ],
)
def test_the_schema_refuses_what_is_wrong(path: tuple[str | int, ...], value: object) -> None:
    broken: Any = json.loads(render(EXAMPLE))
    part = broken
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(broken)


def test_what_json_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        compact(float("nan"))


def a_call() -> Transcript:
    """Two speakers, half a second of it at once."""
    said = (
        replace(timed("您好请问", start_ms=1_000, each_ms=500), channel=0),
        replace(timed("不是", start_ms=2_500, each_ms=1_000), channel=1),
    )
    return replace(
        transcript(duration_ms=10_000),
        sentences=said,
        channel_names=("坐席",),
        lanes=(0, 1),
        acoustics=Acoustics(Stereo.SPEAKERS, 4_000),
    )


def test_a_call() -> None:
    made = json.loads(render(a_call()))
    VALIDATOR.validate(made)
    assert made["call"] == {
        "silence_ratio": 0.65,
        "overlap": 0.5,
        "speakers": [
            {
                "channel": 1,
                "speaker": "坐席",
                "talk": 2.0,
                "talk_ratio": 0.5,
                "longest_monologue": 2.0,
                "interruptions": 0,
            },
            {
                "channel": 2,
                "speaker": None,
                "talk": 2.0,
                "talk_ratio": 0.5,
                "longest_monologue": 2.0,
                "interruptions": 1,
            },
        ],
    }
    assert [one["overlap"] for one in made["sentences"]] == [0.5, 0.5]
    assert made["source"]["stereo"] == "a speaker on each channel"
    assert (made["source"]["band"], len(made["source"]["notes"])) == (4_000, 1)


def test_the_schema_knows_every_kind_of_stereo() -> None:
    known = SCHEMA["properties"]["source"]["properties"]["stereo"]["enum"]
    assert known == [*map(str, Stereo), None]
