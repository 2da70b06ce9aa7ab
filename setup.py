"""The compiled engine, beside what pyproject.toml says. Optional: where it cannot be built, the plain engine serves.

CAIRN_REQUIRE_NATIVE=1 makes a failing build an error (release builds set it); CAIRN_NATIVE=skip builds none (the Makefile
builds the engine itself, in place).
"""

import os

from setuptools import setup
from setuptools_rust import Binding, RustExtension

ENGINE = RustExtension(
    "dvc._engine",
    path="crates/engine-py/Cargo.toml",
    binding=Binding.PyO3,
    py_limited_api=True,
    optional=not os.environ.get("CAIRN_REQUIRE_NATIVE"),
    debug=False,
)

setup(rust_extensions=[] if os.environ.get("CAIRN_NATIVE") == "skip" else [ENGINE])
