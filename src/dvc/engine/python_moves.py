"""Moving objects of the plain engine: copy between object folders, remove, sweep, sync. docs/formats/cache.md is the spec."""

import contextlib
import os

from dvc.engine import contract, system
from dvc.engine.contract import Moved, Problem
from dvc.engine.python_looks import digest_of
from dvc.engine.python_objects import PREFIX, WriteError, look_at_object, make_object_folder, new_object, object_path
from dvc.engine.python_values import Counters, counting
from dvc.exceptions import EngineProblem


def copy(
    source: str,
    target: str,
    digests: contract.Digests,
    *,
    algorithm: str,
    verify: bool,
    jobs: int = 0,
    dir_mode: int = 0o777,
    counters: contract.Counters | None = None,
) -> Moved:
    counted = counting(counters)
    if len(digests):
        make_object_folder(target, dir_mode)
    count, size, problems = 0, 0, []
    for name in digests:
        counted.step(files=1)
        try:
            if look_at_object(target, name) is not None:
                continue
            copied = _copy_object(source, target, name, algorithm if verify else None, dir_mode, counted)
        except WriteError as error:
            copied = system.problem(name, error.cause, writing=True)
        except OSError as error:
            copied = system.problem(name, error, writing=True)
        if isinstance(copied, Problem):
            problems.append(copied)
        else:
            count, size = count + 1, size + copied
    return Moved(count, size, problems)


def _copy_object(source: str, target: str, name: str, algorithm: str | None, dir_mode: int, counters: Counters) -> int | Problem:
    """The bytes copied; hashed on the way when an algorithm is given."""
    try:
        fd, seen = system.open_to_read(object_path(source, name))
    except OSError as error:
        return system.problem(name, error)
    try:
        with new_object(target, dir_mode) as made:
            if algorithm is None:
                system.copy_rest(fd, made.fd)
                counters.step(size=seen.st_size)
            elif digest_of(fd, "md5" if name.endswith(".dir") else algorithm, counters, made.write) != name[:32]:
                return Problem(name, "corrupt", "its bytes do not hash to its name")
            made.publish(name)
    finally:
        os.close(fd)
    return seen.st_size


def remove(folder: str, digests: contract.Digests, *, counters: contract.Counters | None = None) -> Moved:
    counted = counting(counters)
    count, size, problems = 0, 0, []
    for name in digests:
        counted.step(files=1)
        path = object_path(folder, name)
        try:
            length = os.lstat(path).st_size
            os.unlink(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            problems.append(system.problem(name, error, writing=True))
        else:
            count, size = count + 1, size + length
    return Moved(count, size, problems)


def sweep(folder: str) -> int:
    count = 0
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for name in os.listdir(folder):
            inner = os.path.join(folder, name)
            if system.is_temp_name(name):
                count += _swept(inner)
            elif PREFIX.fullmatch(name) and os.path.isdir(inner):
                count += sum(_swept(os.path.join(inner, n)) for n in os.listdir(inner) if system.is_temp_name(n))
    return count


def _swept(path: str) -> int:
    """How many files went: `path`, or those in it."""
    with contextlib.suppress(OSError):
        os.unlink(path)
        return 1
    count = 0
    with contextlib.suppress(OSError):
        for name in os.listdir(path):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(path, name))
                count += 1
        os.rmdir(path)
    return count


def sync(folder: str) -> None:
    try:
        system.sync_file_system(folder)
    except OSError as error:
        found = system.problem(folder, error, writing=True)
        raise EngineProblem(found.code, folder, found.message) from None
