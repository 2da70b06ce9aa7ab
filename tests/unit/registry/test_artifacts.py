"""Which commit a version, a stage, or nothing at all stands for."""

import pytest

from dvc.exceptions import TargetNotFound
from dvc.git.port import Tag
from dvc.registry.artifacts import Address, commit_of, parse_address, precedence


def tags(*names: str, annotated: bool = True) -> list[Tag]:
    """Tags one after the other; the commit of each is called as the tag is."""
    return [Tag(name, name, date, annotated) for date, name in enumerate(names)]


MODEL = Address("", "model")


def test_the_greatest_version_is_taken_whatever_its_date() -> None:
    found = commit_of(MODEL, tags("model@v1.10.0", "model@v1.9.0", "model@v2.0.0-rc.1"), version=None, stage=None)
    assert found == "model@v2.0.0-rc.1"
    assert commit_of(MODEL, tags("model@v2.0.0-rc.1", "model@v2.0.0"), version=None, stage=None) == "model@v2.0.0"


def test_versions_that_were_taken_back_and_lightweight_tags_do_not_count() -> None:
    known = tags("model@v1.0.0", "model@v2.0.0", "model@v2.0.0!", "other@v9.0.0", "sub=model@v8.0.0")
    assert commit_of(MODEL, known, version=None, stage=None) == "model@v1.0.0"
    for version in ("v2.0.0", "1.0.0", "v3.0.0", "HEAD"):
        with pytest.raises(TargetNotFound):
            commit_of(MODEL, known, version=version, stage=None)
    with pytest.raises(TargetNotFound, match="no registered version"):
        commit_of(MODEL, tags("model@v1.0.0", annotated=False), version=None, stage=None)


def test_a_stage_points_at_what_was_assigned_last() -> None:
    known = tags("model#prod#1", "model#dev", "model#prod#2")
    assert commit_of(MODEL, known, version=None, stage="prod") == "model#prod#2"
    taken = [*known, Tag("model#prod!#3", "model#prod#2", 9, annotated=True)]
    assert commit_of(MODEL, taken, version=None, stage="prod") == "model#prod#1"
    with pytest.raises(TargetNotFound, match="no stage 'test'"):
        commit_of(MODEL, known, version=None, stage="test")


@pytest.mark.parametrize(
    ("text", "address"),
    [("m", ("", "m")), ("sub:m", ("sub", "m")), ("sub/dvc.yaml:m", ("sub", "m")), ("dvc.yaml:m", ("", "m")), ("a/b", ("", "a/b"))],
)
def test_addresses(text: str, address: tuple[str, str]) -> None:
    assert parse_address(text) == Address(*address)


@pytest.mark.parametrize("text", ["", "-m", "m:", "../m", "m m"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(TargetNotFound):
        parse_address(text)


def test_precedence_is_that_of_semantic_versions() -> None:
    ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0"]
    mixed = ordered[4:] + ordered[:4]
    assert sorted(mixed, key=precedence) == ordered
