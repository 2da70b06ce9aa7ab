"""Train a classifier of handwritten digits on the images below data/, as a real project would.

Reads    data/train/LABEL/*.png and data/validation/LABEL/*.png
Writes   features_train.npy, features_validation.npy   what the images look like to the classifier
         model.npz                                      the trained weights
         metrics.csv                                    one line an epoch
"""

import struct
import zlib
from pathlib import Path

import numpy as np
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier

EPOCHS = 12
BATCH = 50


def read_png(path):
    """The pixels of an 8-bit grey PNG without filters, between 0 and 1."""
    data, at, packed = path.read_bytes(), 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            width, height = struct.unpack(">II", body[:8])
        elif kind == b"IDAT":
            packed += body
        at += size + 12
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, width + 1)
    return rows[:, 1:] / 255


def load(folder):
    """Features and labels of every image: the picture shrunk to 8 by 8, one row each."""
    paths = sorted(Path(folder).glob("*/*.png"))
    images = np.stack([read_png(path) for path in paths])
    count, height, width = images.shape
    shrunk = images.reshape(count, 8, height // 8, 8, width // 8).mean(axis=(2, 4))
    return shrunk.reshape(count, 64), np.array([int(path.parent.name) for path in paths])


def main():
    train, train_labels = load("data/train")
    validation, validation_labels = load("data/validation")
    np.save("features_train.npy", train)
    np.save("features_validation.npy", validation)
    classes = np.unique(np.concatenate([train_labels, validation_labels]))
    model = MLPClassifier((32,), batch_size=BATCH, learning_rate_init=0.01, random_state=1)
    lines = ["epoch,loss,accuracy"]
    for epoch in range(EPOCHS):
        model.partial_fit(train, train_labels, classes=classes)
        loss = log_loss(train_labels, model.predict_proba(train), labels=classes)
        accuracy = model.score(validation, validation_labels)
        lines.append(f"{epoch},{loss:.4f},{accuracy:.4f}")
    Path("metrics.csv").write_text("\n".join(lines) + "\n")
    np.savez("model.npz", *model.coefs_, *model.intercepts_)
    print(f"{len(train)} images to learn from, {len(validation)} to check with: {accuracy:.1%} right")


if __name__ == "__main__":
    main()
