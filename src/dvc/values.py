"""Value classes: `dataclass`, `field` and `replace` of the standard library, as far as this package uses them, but quick to load.

The original needs `inspect` and compiles some six functions for every class: together a third of what `dvc status` takes in a
small repository. Here one function is compiled for a class, its `__init__`, and only when a first value is made: of the classes that
a command loads it uses a few. The others are shared. Type checkers are told that these are the original (`values.pyi`).

Supported: `frozen`, `slots` (always on), `order`, `eq`; `field` with a default or a factory, `compare` and `repr`;
`__post_init__`; `replace`. Value classes do not inherit from one another and are not pickled.
"""

import operator
from collections.abc import Callable, Mapping, Sequence

_NOTHING = object()


class _Field:
    """How one attribute gets its value: a fixed default, a factory that makes one, or neither."""

    __slots__ = ("compare", "default", "factory", "repr")

    def __init__(self, default: object = _NOTHING, factory: object = _NOTHING, *, compare: bool = True, repr: bool = True) -> None:  # noqa: A002 - as `field` has it
        self.default = default
        self.factory = factory
        self.compare = compare
        self.repr = repr


def field(*, default: object = _NOTHING, default_factory: object = _NOTHING, compare: bool = True, repr: bool = True) -> _Field:  # noqa: A002 - the original's name
    return _Field(default, default_factory, compare=compare, repr=repr)


def dataclass(*, frozen: bool = False, slots: bool = False, order: bool = False, eq: bool = True) -> Callable[[type], type]:
    assert slots, "value classes have slots"

    def make(cls: type) -> type:
        return _made(cls, frozen=frozen, order=order, eq=eq)

    return make


def replace(value: object, **changes: object) -> object:
    """A copy of `value` with some attributes changed. TypeError for a name that it does not have."""
    cls = type(value)
    for name in cls.__slots__:
        if name not in changes:
            changes[name] = getattr(value, name)
    return cls(**changes)


def _made(cls: type, *, frozen: bool, order: bool, eq: bool) -> type:
    """`cls` anew, with slots and the methods of a value."""
    space = {name: held for name, held in vars(cls).items() if name not in {"__dict__", "__weakref__"}}
    fields: dict[str, _Field] = {}
    for name in space.get("__annotations__", ()):
        given = space.pop(name, _NOTHING)
        fields[name] = given if isinstance(given, _Field) else _Field(given)
    space["__qualname__"] = cls.__qualname__
    space["__slots__"] = space["__match_args__"] = tuple(fields)
    space["__init__"] = _init(fields, frozen=frozen, after="__post_init__" in space)
    space.setdefault("__repr__", _repr([name for name, made in fields.items() if made.repr]))
    if frozen:
        space["__setattr__"] = space["__delattr__"] = _refuse
    if eq:
        space.update(_comparisons([name for name, made in fields.items() if made.compare], hashable=frozen, order=order))
    return type(cls)(cls.__name__, cls.__bases__, space)


def _init(fields: Mapping[str, _Field], *, frozen: bool, after: bool) -> object:
    """What makes the function that takes the attributes, puts it in its own place, and calls it."""

    def __init__(self: object, *values: object, **named: object) -> None:  # noqa: N807 - it becomes that method
        made = _compiled(fields, frozen=frozen, after=after)
        type.__setattr__(type(self), "__init__", made)
        made(self, *values, **named)

    return __init__


def _compiled(fields: Mapping[str, _Field], *, frozen: bool, after: bool) -> Callable[..., None]:
    """The function that takes the attributes, by place or by name."""
    names: dict[str, object] = {"_nothing": _NOTHING, "_set": object.__setattr__}
    head, body = ["self"], []
    for name, made in fields.items():
        value = name
        if made.factory is not _NOTHING:
            names[f"_make_{name}"] = made.factory
            head.append(f"{name}=_nothing")
            value = f"_make_{name}() if {name} is _nothing else {name}"
        elif made.default is not _NOTHING:
            names[f"_default_{name}"] = made.default
            head.append(f"{name}=_default_{name}")
        else:
            head.append(name)
        body.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if after:
        body.append("self.__post_init__()")
    exec(f"def __init__({', '.join(head)}):\n " + "\n ".join(body or ["pass"]), names)  # noqa: S102 - holds only names of our own classes
    made = names["__init__"]
    assert callable(made)
    return made


def _repr(names: Sequence[str]) -> object:
    def __repr__(self: object) -> str:  # noqa: N807 - it becomes that method
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return __repr__


def _refuse(self: object, name: str, *_: object) -> None:
    raise AttributeError(f"'{type(self).__name__}' is a value: its '{name}' cannot be changed")


def _comparisons(names: Sequence[str], *, hashable: bool, order: bool) -> Mapping[str, object]:
    """Equality by the named attributes, and what follows from it. Values of two classes are never equal."""
    key = _key(names)
    methods: dict[str, object] = {"__eq__": _comparison(operator.eq, key), "__hash__": None}
    if hashable:
        methods["__hash__"] = lambda self: hash(key(self))
    if order:
        methods |= {f"__{by.__name__}__": _comparison(by, key) for by in (operator.lt, operator.le, operator.gt, operator.ge)}
    return methods


def _key(names: Sequence[str]) -> Callable[[object], tuple[object, ...]]:
    if len(names) > 1:
        return operator.attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


def _comparison(compare: Callable[[object, object], bool], key: Callable[[object], tuple[object, ...]]) -> object:
    def method(self: object, other: object) -> object:
        return compare(key(self), key(other)) if type(other) is type(self) else NotImplemented

    return method
