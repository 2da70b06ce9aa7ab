"""Images: told from other bytes, named, and put into a page."""

import pytest

from dvc.insight.plots.images import address, file_name, is_image


@pytest.mark.parametrize(
    ("start", "path"),
    [
        (b"\x89PNG\r\n\x1a\n", "a.png"),
        (b"\xff\xd8\xff\xe0", "a.JPG"),
        (b"GIF89a", "a.gif"),
        (b"RIFF\0\0\0\0WEBP", "a.webp"),
        (b"<?xml?><svg/>", "a.svg"),
    ],
)
def test_an_image_begins_as_its_name_says(start: bytes, path: str) -> None:
    assert is_image(start, path)
    assert not is_image(b"nothing of the kind", path)


def test_names_and_addresses() -> None:
    assert file_name("feat/x", "d/a.png") == "feat_x_d_a.png"
    assert address(b"hi", "a.svg") == "data:image/svg+xml;base64,aGk="
