"""How lengths, times, speeds and names are written for people."""

from __future__ import annotations

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""Excel and its like run a cell that begins with one of these (OWASP, "CSV Injection")."""


def hours(ms: int) -> str:
    """A length of audio: `96.4 h`, `12.5 min`, `8.3 s`."""
    for unit_ms, name in ((3_600_000, "h"), (60_000, "min")):
        if ms >= unit_ms:
            return f"{ms / unit_ms:.1f} {name}"
    return f"{ms / 1000:.1f} s"


def span(ms: int) -> str:
    """A time that passed or remains: `0:41:07`, whole seconds."""
    seconds = round(ms / 1000)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def speed(audio_ms: int, wall_ms: int) -> str:
    """Seconds of audio for each second of work: `141x`, below ten `4.2x`."""
    if not wall_ms:
        return "-"
    factor = audio_ms / wall_ms
    return f"{factor:.0f}x" if factor >= 9.95 else f"{factor:.1f}x"


def first_line(error: BaseException) -> str:
    """What an error says, without what follows its first line; its kind where it says nothing."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def one_line(text: str) -> str:
    """Text with everything escaped that would break a line or steer a terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def harmless(cell: str) -> str:
    """The cell of a table, with a quote in front where a spreadsheet would run it."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
