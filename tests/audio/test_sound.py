"""What every decoder promises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.audio.sound import (
    MAX_CHANNELS,
    MAX_RATE_HZ,
    MIN_RATE_HZ,
    MISSING_MS,
    Header,
    check_header,
    require_all,
    shown,
)
from asrcli.errors import RecordingError


@pytest.mark.parametrize("rate_hz", [4_000, 8_000, 16_000, 44_100, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 8])
def test_what_recorders_write_is_taken(rate_hz: int, channels: int) -> None:
    check_header(Header("wav", rate_hz, channels, 5))


@given(rate_hz=st.integers(-10, 2**32), channels=st.integers(-1, 70_000))
def test_absurd_headers_are_refused(rate_hz: int, channels: int) -> None:
    header = Header("wav", rate_hz, channels, None)
    if MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ and 1 <= channels <= MAX_CHANNELS:
        check_header(header)
    else:
        with pytest.raises(RecordingError, match="damaged header"):
            check_header(header)


@given(got_ms=st.integers(0, 10**9), promised_ms=st.integers(0, 10**9))
def test_only_a_missing_end_is_refused(got_ms: int, promised_ms: int) -> None:
    if got_ms >= promised_ms - MISSING_MS:
        require_all(got_ms, promised_ms)
    else:
        with pytest.raises(RecordingError, match="truncated: "):
            require_all(got_ms, promised_ms)


def test_the_reason_says_how_much_is_there() -> None:
    with pytest.raises(RecordingError, match=r"^truncated: 3\.2 s of 10\.0 s$"):
        require_all(3_204, 10_000)
    assert shown(59_999) == "60.0 s"
