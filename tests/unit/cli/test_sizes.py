"""Sizes for people have three digits."""

import pytest

from dvc.cli.commands.sizes import shown


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0"), (1023, "1023"), (1024, "1.00k"), (10_235, "10.0k"), (12_345, "12.1k"), (123_456, "121k"), (1_022_976, "999k"),
        (1_047_552, "1.00M"), (1_234_567, "1.18M"), (5 << 30, "5.00G"), (2000 << 50, "2000P"),
    ],
)  # fmt: skip
def test_three_digits(size: int, text: str) -> None:
    assert shown(size) == text
