import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc_lab_connectors.mllp.framing import (
    Frame,
    FrameDecoder,
    FrameTooLongError,
    NotMllpError,
    wrap,
)
from dcc_lab_connectors.mllp.limits import Limits

LIMITS = Limits(frame_bytes=50, stray_bytes=4, head_bytes=10)
CONTENT = st.binary(max_size=50).filter(lambda data: not set(data) & {0x0B, 0x1C})
STRAY = st.sampled_from([b"", b"\r\n", b"\n"])


@given(st.lists(st.tuples(STRAY, CONTENT), max_size=6), st.lists(st.integers(1, 40), min_size=1))
def test_frames_are_the_same_however_the_stream_is_cut(
    frames: list[tuple[bytes, bytes]], cuts: list[int]
) -> None:
    stream = b"".join(stray + wrap(content) for stray, content in frames)
    decoder, found, position, turn = FrameDecoder(LIMITS), [], 0, 0
    while position < len(stream):
        size = cuts[turn % len(cuts)]
        decoder.feed(stream[position : position + size])
        position, turn = position + size, turn + 1
        while (frame := decoder.next_frame()) is not None:
            found.append(frame.content)
    assert found == [content for _, content in frames]
    assert decoder.pending_bytes == 0


def test_separator_alone_does_not_end_a_frame() -> None:
    decoder = FrameDecoder(LIMITS)
    decoder.feed(b"\x0ba\x1cb\x1c")
    assert decoder.next_frame() is None
    decoder.feed(b"\r")
    assert decoder.next_frame() == Frame(b"a\x1cb")


def test_message_after_a_truncated_one_is_kept_whole() -> None:
    decoder = FrameDecoder(LIMITS)
    decoder.feed(b"\x0bMSH|half" + wrap(b"MSH|whole"))
    assert decoder.next_frame() == Frame(b"MSH|whole", abandoned=8)


def test_noise_is_dropped_a_little_then_refused() -> None:
    decoder = FrameDecoder(LIMITS)
    decoder.feed(b"\r\n\r\n")
    assert decoder.next_frame() is None
    assert decoder.pending_bytes == 0
    decoder.feed(b"GET / HTTP")
    with pytest.raises(NotMllpError):
        decoder.next_frame()


@pytest.mark.parametrize("end", [b"", b"\x1c\r"])
def test_too_long_content_gives_its_head_and_frees_the_rest(end: bytes) -> None:
    decoder = FrameDecoder(LIMITS)
    decoder.feed(b"\x0b" + b"x" * 51 + end)
    with pytest.raises(FrameTooLongError) as caught:
        decoder.next_frame()
    assert caught.value.head == b"x" * 10
    assert decoder.pending_bytes == 0
