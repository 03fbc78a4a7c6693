"""The table says who was how fast against the baseline, and who did not run."""

from __future__ import annotations

from benchmarks.contenders import BASELINE
from benchmarks.growth import Point
from benchmarks.measure import Run
from benchmarks.rounds import Comparison, Entry
from benchmarks.table import markdown


def run(work_s: float, cpu_s: float | None = None) -> Run:
    return Run(load_s=1.0, work_s=work_s, peak_bytes=100 << 20, cpu_s=cpu_s)


def comparison(*entries: Entry) -> Comparison:
    stages = {"fp32": {"vad": 0.5, "waste": 0.07}}
    return Comparison("full", "calls", 3, 100.0, entries, stages)


def cells(text: str, name: str) -> list[str]:
    line = next(line for line in text.splitlines() if f"| {name} |" in line)
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_ratios_are_best_against_best() -> None:
    ours = Entry("asrcli fp32", runs=[run(5.0, 6.0), run(4.0, 5.0), run(9.0)], differs=0.0)
    base = Entry(BASELINE, runs=[run(12.0, 15.0), run(8.0), run(10.0, 20.0)])
    row = cells(markdown([comparison(ours, base)], []), "asrcli fp32")
    assert row[3:9] == ["25.0", "20.0", "2.00", "4.00", "5.00", "3.00"]
    assert row[-1] == "0.00%"
    assert cells(markdown([comparison(ours, base)], []), BASELINE)[5] == "1.00"


def test_without_the_baseline_there_is_no_ratio() -> None:
    text = markdown([comparison(Entry("asrcli fp32", runs=[run(5.0)]))], [])
    assert cells(text, "asrcli fp32")[5] == "-"


def test_stages_are_milliseconds_a_second_of_sound() -> None:
    text = markdown([comparison(Entry("asrcli fp32", runs=[run(5.0)]))], [])
    assert "| fp32 | 5.00 | 7.0% |" in text


def test_the_absent_are_named_with_the_reason() -> None:
    text = markdown([comparison(Entry("funasr-onnx", "not installed"))], [])
    assert "- funasr-onnx: not installed" in text
    assert "| funasr-onnx |" not in text


def test_growth_is_seconds_for_an_hour() -> None:
    point = Point("files", 1000, 1800.0, 20.0, 36.25, 300 << 20)
    assert "| files | 1000 | 1800 | 20.0 | 40.0 | 72.5 | 300 |" in markdown([], [point])
