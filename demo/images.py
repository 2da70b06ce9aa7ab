"""The demo's pictures: scikit-learn's handwritten digits as small PNG files, packed into two archives."""

import io
import struct
import zipfile
import zlib

FIRST, SECOND = "data.zip", "new-labels.zip"
SIDE = 32
TRAIN = 500  # images in each of the two archives to learn from; the rest are for validation


def png(rows):
    """An 8-bit grey PNG of `rows`, each a bytes of the same length."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def pictures():
    """(label, PNG) of each of the 1,797 digits, each pixel blown up to a block."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    times = SIDE // 8
    for image, label in zip(digits.images, digits.target, strict=True):
        rows = [bytes(int(value * 15) for value in row for _ in range(times)) for row in image]
        yield int(label), png([row for row in rows for _ in range(times)])


def archives():
    """The bytes of data.zip and of new-labels.zip: the second has as many new images to learn from as the first."""
    first, second = [], []
    for number, (label, picture) in enumerate(pictures()):
        part = "train" if number < 2 * TRAIN else "validation"
        to = second if TRAIN <= number < 2 * TRAIN else first
        to.append((f"data/{part}/{label}/{number:04}.png", picture))
    return pack(first), pack(second)


def pack(files):
    """A zip archive of (name, bytes) pairs, the same bytes each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content)
    return out.getvalue()
