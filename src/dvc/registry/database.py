"""Tables and queries of SQL databases, written out as CSV or JSON the way DVC does. Needs the extra `db`.

The bytes are pandas': how numbers, dates and what is missing are spelled is its business. CSV goes out `ROWS` rows at a time, as in DVC;
the size of the steps shows, for a column of integers is written with decimal points in each step that misses one.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dvc.exceptions import DvcException
from dvc.values import dataclass

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection

ROWS = 10_000
FORMATS = ("csv", "json")


class DatabaseProblem(DvcException):
    """A database cannot be reached or read, or does not have what is asked for."""

    code = "database"


@dataclass(frozen=True, slots=True)
class Question:
    """What is read: all of a `table`, or what a `query` gives; and as what it is written. `connection` is a name of the configuration."""

    connection: str
    query: str | None
    table: str | None
    file_format: str = "csv"

    @property
    def words(self) -> str:
        """What people call it."""
        return self.table or self.query or ""

    def value(self) -> dict[str, object]:
        """As a `.dvc` file has it."""
        found = {"connection": self.connection, "file_format": self.file_format, "query": self.query, "table": self.table}
        return {key: text for key, text in found.items() if text is not None}


def question(db: Mapping[str, object]) -> Question:
    """What the `db` entry of a `.dvc` file asks for. Raises DatabaseProblem for one that asks for nothing, or in a way not known here."""
    texts = {key: str(value) for key, value in db.items() if value is not None}
    asked = [key for key in ("query", "table") if texts.get(key)]
    if len(asked) != 1 or not texts.get("connection"):
        raise DatabaseProblem("the `db` entry needs a `connection`, and either a `query` or a `table`")
    file_format = texts.get("file_format", "csv")
    if file_format not in FORMATS:
        raise DatabaseProblem(f"'{file_format}' is no format that tables are written in", hint=f"there are {' and '.join(FORMATS)}")
    return Question(texts["connection"], texts.get("query"), texts.get("table"), file_format)


def write(asked: Question, options: Mapping[str, object] | None, path: str, base: str, step: Callable[[int], None]) -> None:
    """Write the answer to `asked` into the new file `path`, telling `step` of each lot of rows.

    `options` are those of the connection, None where the configuration has none of this name; a relative path of a database file is
    relative to `base`. Raises DatabaseProblem.
    """
    pandas = _packages()
    with _connected(asked.connection, options, base) as connection:
        parts = _parts(pandas, connection, asked)
        if asked.file_format == "csv":
            with open(path, "x", encoding="utf-8", newline="") as file:
                for at, part in enumerate(parts):
                    part.to_csv(file, header=at == 0, index=False)
                    step(len(part))
            return
        whole = list(parts)  # a column's type depends on all of its values
        table = pandas.concat(whole, ignore_index=True) if len(whole) > 1 else whole[0]
        table.to_json(path, orient="records")
        step(len(table))


def check(name: str, options: Mapping[str, object] | None, base: str) -> None:
    """Connect and leave again. Raises DatabaseProblem."""
    _packages()
    with _connected(name, options, base):
        return


def _packages() -> Any:
    try:
        import pandas
        import sqlalchemy  # noqa: F401 - what pandas reads through
    except ImportError as error:
        raise DatabaseProblem(
            f"reading databases needs the package {error.name}", hint="pip install 'cairn-dvc[db]', and the driver of your database"
        ) from None
    return pandas


@contextmanager
def _connected(name: str, options: Mapping[str, object] | None, base: str) -> "Iterator[Connection]":
    """An open connection; everything that goes wrong while it is used is a DatabaseProblem."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

    url = _url(name, options, base)
    try:
        engine = create_engine(url)
        try:
            # Rows come as they are asked for, where the driver can do that.
            with engine.connect().execution_options(stream_results=True) as connection:
                yield connection
        finally:
            engine.dispose()
    except NoSuchModuleError:
        raise DatabaseProblem(f"'{name}': there is no such kind of database: '{url.drivername}'") from None
    except ImportError as error:
        raise DatabaseProblem(
            f"'{name}': the driver of '{url.drivername}' is missing: {error.name}", hint=f"install {error.name}"
        ) from None
    except SQLAlchemyError as error:
        raise DatabaseProblem(f"'{name}': {_first_line(error)}") from None


def _url(name: str, options: Mapping[str, object] | None, base: str) -> "URL":
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    if options is None or not options.get("url"):
        what = "is not configured" if options is None else "has no url"
        raise DatabaseProblem(f"the database connection '{name}' {what}", hint=f"dvc config db.{name}.url DIALECT://HOST/DATABASE")
    try:
        url = make_url(str(options["url"]))
    except (ArgumentError, ValueError):  # its text may hold a password, so it is not repeated
        raise DatabaseProblem(f"the url of the database connection '{name}' is none", hint="DIALECT://USER@HOST:PORT/DATABASE") from None
    given = {key: str(options[key]) for key in ("username", "password") if options.get(key) is not None}
    url = url.set(**given)
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:" and not url.database.startswith("file:"):
        url = url.set(database=os.path.join(base, url.database))
        if not os.path.exists(str(url.database)):  # it would be made, empty
            raise DatabaseProblem(f"the database file '{url.database}' of connection '{name}' does not exist")
    return url


def _parts(pandas: Any, connection: "Connection", asked: Question) -> "Iterator[Any]":
    """The answer, ROWS rows at a time: one part at least, for the names of the columns."""
    from pandas.errors import DatabaseError

    try:
        if asked.table is not None:
            yield from pandas.read_sql_table(asked.table, connection, chunksize=ROWS)
        else:
            yield from pandas.read_sql(asked.query, connection, chunksize=ROWS)
    except ValueError as error:
        raise DatabaseProblem(f"'{asked.connection}': {_first_line(error)}", hint="see whether the table's name is right") from None
    except DatabaseError as error:
        raise DatabaseProblem(f"'{asked.connection}' cannot answer '{asked.words}': {_first_line(error.__cause__ or error)}") from None


def _first_line(error: BaseException) -> str:
    origin = getattr(error, "orig", None) or error
    return (str(origin).splitlines() or [type(origin).__name__])[0]
