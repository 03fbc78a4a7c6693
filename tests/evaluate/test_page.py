"""The page shows all there is, needs nothing, and runs nothing that stands in a text."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from asrcli.evaluate.page import NOTHING, render
from tests.evaluate.test_result import made

if TYPE_CHECKING:
    from asrcli.evaluate.result import Result

EVIL = "<script>alert('x')</script>&amp;\"<img src=x onerror=alert(1)>"
TAGS = {
    *("html", "head", "meta", "title", "style", "body"),
    *("h1", "h2", "h3", "table", "tr", "th", "td", "p", "span"),
}
VOID = {"meta"}


class Page(HTMLParser):
    """Tags, attributes and text of a page, with a check that what opens is closed."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.values: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(render(result, 10))
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}
        self.values += [value or "" for _, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text += data


def test_the_page_shows_figures_rules_files_and_texts() -> None:
    page = Page(made())
    for part in ("MER 71.43%", "95% confidence", "ignored (Unicode NFKC", "=b.wav (no hypothesis)"):
        assert part in page.text
    assert "您你" in page.text
    assert f"{NOTHING}吗" in page.text
    assert f"三{NOTHING}" in page.text
    assert page.tags.count("h3") == 3


def test_nothing_is_fetched_and_nothing_can_run() -> None:
    page = Page(made({EVIL: EVIL}, {EVIL: EVIL + " 好"}))
    assert set(page.tags) <= TAGS
    assert page.names <= {"lang", "charset", "http-equiv", "content", "name", "class", "title"}
    assert any("default-src 'none'" in value for value in page.values)
    assert not any("http" in value for value in page.values)
    assert EVIL in page.text


@settings(max_examples=50)
@given(st.text(min_size=1, max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_no_text_becomes_markup(name: str, reference: str, hypothesis: str) -> None:
    page = Page(made({name: reference}, {name: hypothesis}))
    assert set(page.tags) <= TAGS
    assert page.tags.count("h3") == 1


def test_a_page_without_errors_has_empty_lists() -> None:
    page = Page(made({"a": "好"}, {"a": "好"}))
    assert "MER 0.00%" in page.text
    assert "most often" not in page.text
