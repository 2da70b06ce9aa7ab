"""Tables and queries of databases, tracked together with where they came from."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing

import pytest

from tests.servers import databases
from tests.world import Run, World

ITEMS = "create table item (id integer primary key, name text, price real, left integer, sold timestamp)"
ROWS = "insert into item values (1, 'apple', 1.5, 3, '2024-01-02 03:04:05'), (2, 'pear, \"green\"', 0.0000001, null, null), (3, null, null, 5, null)"


def execute(world: World, *statements: str) -> None:
    with closing(sqlite3.connect(world.ext / "shop.db")) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def dvc(world: World, *words: str) -> Run:
    """`dvc` with the packages for databases, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *words],
        cwd=world.path,
        env=databases.environ() | {"HOME": str(world.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def shop(world: World) -> World:
    world.project()
    execute(world, ITEMS, ROWS)
    assert world.dvc(["config", "db.shop.url", f"sqlite:///{world.ext}/shop.db"]).ok
    return world


def test_a_table_is_written_as_the_reference_writes_it(shop: World) -> None:
    imported = dvc(shop, "import-db", "--table", "item", "--conn", "shop")
    assert imported.ok, imported.err
    # As DVC 3.67 with the same pandas, byte for byte.
    assert shop.read("item.csv") == (
        'id,name,price,left,sold\n1,apple,1.5,3.0,2024-01-02 03:04:05\n2,"pear, ""green""",1e-07,,\n3,,,5.0,\n'
    )
    assert shop.read("item.csv.dvc") == (
        "md5: 2bba72f8ddcbc571e9f8801c3cf91bd8\nfrozen: true\ndeps:\n- db:\n    connection: shop\n    file_format: csv\n    table: item\n"
        "outs:\n- md5: c25165b5df219bd9736c58ee08f7362d\n  size: 97\n  hash: md5\n  path: item.csv\n"
    )
    assert shop.dvc("status --json").json == {}


def test_a_query_as_json(shop: World) -> None:
    imported = dvc(shop, "import-db", "--sql", "select id, price from item", "--conn", "shop", "--output-format", "json")
    assert imported.ok, imported.err
    assert json.loads(shop.read("results.json")) == [{"id": 1, "price": 1.5}, {"id": 2, "price": 1e-7}, {"id": 3, "price": None}]
    assert "    query: select id, price from item\n" in shop.read("results.json.dvc")


def test_it_is_asked_again_by_update_alone(shop: World) -> None:
    assert dvc(shop, "import-db", "--sql", "select name from item", "--conn", "shop", "-o", "names.csv").ok
    execute(shop, "insert into item (name) values ('plum')")
    assert shop.dvc("status --json").json == {}
    assert shop.dvc("repro -q names.csv.dvc").ok
    assert "plum" not in shop.read("names.csv")
    before = shop.read("names.csv.dvc")
    assert dvc(shop, "update", "--no-download", "names.csv.dvc").ok
    assert shop.read("names.csv.dvc") == before
    assert dvc(shop, "update", "--to-remote", "names.csv.dvc").code == 1
    assert dvc(shop, "update", "names.csv.dvc").ok
    assert shop.read("names.csv").endswith("plum\n")
    assert shop.read("names.csv.dvc") != before
    assert dvc(shop, "update", "names.csv.dvc").out == "'names.csv.dvc' is current\n"


def test_it_is_shared_through_a_remote_as_other_data(shop: World) -> None:
    assert dvc(shop, "import-db", "--table", "item", "--conn", "shop").ok
    assert shop.dvc(["remote", "add", "-d", "store", str(shop.base / "store")]).ok
    assert shop.dvc("push -q").ok
    text = shop.read("item.csv")
    shutil.rmtree(shop.path / ".dvc" / "cache")
    os.unlink(shop.path / "item.csv")
    os.unlink(shop.ext / "shop.db")
    assert shop.dvc("pull -q").ok
    assert shop.read("item.csv") == text


def test_rows_come_in_lots_of_ten_thousand(shop: World) -> None:
    rows = ", ".join(f"({n}, {'null' if n == 15_000 else n})" for n in range(20_001))
    execute(shop, "create table large (n integer, maybe integer)", f"insert into large values {rows}")
    assert dvc(shop, "import-db", "--table", "large", "--conn", "shop").ok
    lines = shop.read("large.csv").splitlines()
    # A lot that misses an integer has all of them with decimal points, as DVC's has.
    assert [lines[at] for at in (1, 10_000, 10_001, 15_001, 20_000, 20_001)] == [
        "0,0", "9999,9999", "10000,10000.0", "15000,", "19999,19999.0", "20000,20000",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--table", "nothing", "--conn", "shop"], 255, "Table nothing not found"),
        (["--sql", "selec", "--conn", "shop"], 255, "cannot answer 'selec'"),
        (["--table", "item", "--conn", "elsewhere"], 255, "'elsewhere' is not configured"),
        (["--table", "item", "--conn", "gone"], 255, "gone.db' of connection 'gone' does not exist"),
        (["--table", "item", "--conn", "odd"], 255, "is none"),
        (["--table", "item", "--conn", "far"], 255, "the driver of 'postgresql' is missing"),
        (["--table", "item", "--conn", "shop", "-o", "folder"], 255, "'folder' is a folder"),
        (["--table", "item", "--conn", "shop", "-o", "mine.csv"], 255, "exists already"),
        (["--table", "item", "--sql", "select 1", "--conn", "shop"], 254, "not allowed with"),
        (["--conn", "shop"], 254, "--sql --table is required"),
        (["--table", "item", "--conn", "shop", "--output-format", "xml"], 254, "invalid choice"),
    ],
)
def test_what_cannot_be_read_changes_nothing(shop: World, words: Sequence[str], code: int, said: str) -> None:
    for name, url in {"gone": "sqlite:///gone.db", "odd": "s3cret", "far": "postgresql://u:s3cret@127.0.0.1:9/x"}.items():
        assert shop.dvc(["config", f"db.{name}.url", url]).ok
    shop.write("folder/a", "a")
    shop.write("mine.csv", "mine")
    before = sorted(os.listdir(shop.path))
    refused = dvc(shop, "import-db", *words)
    assert (refused.code, said in refused.err) == (code, True), refused.err
    assert "s3cret" not in refused.err
    assert sorted(os.listdir(shop.path)) == before
    assert not list((shop.path / ".dvc" / "cache").glob("**/*"))


def test_without_the_packages_it_is_said_what_to_install(shop: World) -> None:
    refused = shop.dvc("import-db --table item --conn shop")
    assert refused.code == 255
    assert "pip install 'cairn-dvc[db]'" in refused.err
    assert shop.dvc("status --json").json == {}


def test_a_connection_is_tried(shop: World) -> None:
    assert dvc(shop, "test-db", "--conn", "shop").ok
    assert dvc(shop, "test-db", "--conn", "shop", "--url", "sqlite:///gone.db").code == 255
    assert dvc(shop, "test-db", "--conn", "nowhere").code == 255
    assert not shop.exists("gone.db")
