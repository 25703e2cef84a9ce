"""Classes of the standard library that functions make, and objects of them."""

import collections
import dataclasses
import enum
import operator
import re
import typing
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, NamedTuple

import typing_extensions
from langgraph.graph import MessagesState


def plain_tuple() -> Any:
    return collections.namedtuple("Plain", "x y", defaults=[3], module="shaped")


def single_tuple() -> Any:
    return collections.namedtuple("Single", ["x"], module="shaped")


def typed_tuple() -> Any:
    class Typed(NamedTuple):
        """A pair."""

        x: int
        y: "list[str] | None" = None

    return Typed


def called_tuple() -> Any:
    return NamedTuple("Called", [("x", int), ("y", dict[str, int])])


def plain_data() -> Any:
    @dataclasses.dataclass
    class Plain:
        x: "int"
        y: list[str] = dataclasses.field(default_factory=list, metadata={"a": 1}, compare=False)
        z: Any = None
        made: int = dataclasses.field(init=False, repr=False, default=4)

    return Plain


def frozen_data() -> Any:
    @dataclasses.dataclass(frozen=True, slots=True, kw_only=True, order=True)
    class Frozen:
        """Is frozen."""

        x: int
        y: Annotated[int, "of y"] = dataclasses.field(default=3, hash=False)

    return Frozen


def called_data() -> Any:
    return dataclasses.make_dataclass("Called", [("x", int), ("y", int, 5)], eq=False)


def plain_enum() -> Any:
    return enum.Enum("Plain", "A B", module="shaped")


def text_enum() -> Any:
    class Text(str, enum.Enum):  # noqa: UP042 - the spelling of many
        RED = "r"
        CRIMSON = "r"  # noqa: PIE796 - an alias
        BLUE = "b"

    return Text


def flags() -> Any:
    class Flags(enum.IntFlag):
        READ = 1
        WRITE = 2
        BOTH = 3

    return Flags


def str_enum() -> Any:
    return enum.StrEnum("Names", ["a", "b"], module="shaped")


def odd_enum() -> Any:
    class Odd(enum.Enum):
        """Has odd values."""

        AUTO = enum.auto()
        PAIR = (1, [2])
        NONE = None

    return Odd


def partial_dict() -> Any:
    class Partial(typing.TypedDict, total=False):
        """Has some keys."""

        a: typing.Required[int]
        b: "str"

    return Partial


def thread_dict() -> Any:
    class Thread(MessagesState):
        count: Annotated[int, operator.add]

    return Thread


def mixed_dict() -> Any:
    class Base(typing_extensions.TypedDict, total=False):
        a: int

    class Mixed(Base):
        b: typing_extensions.ReadOnly[int]

    return Mixed


def flat_dict() -> Any:
    class Base(typing.TypedDict, total=False):
        a: int

    class Flat(Base):
        b: int

    return Flat


CLASSES: dict[str, tuple[Callable[[], Any], Callable[[Any], list[Any]]]] = {
    "named tuple": (plain_tuple, lambda it: [it(1), it(1, [2])]),
    "named tuple of one": (single_tuple, lambda it: [it(1)]),
    "typed tuple": (typed_tuple, lambda it: [it(1), it(x=1, y=["a"])]),
    "typed tuple by call": (called_tuple, lambda it: [it(1, {"a": 1})]),
    "dataclass": (plain_data, lambda it: [it(1), it(1, ["a"], (2,))]),
    "frozen dataclass": (frozen_data, lambda it: [it(x=1), it(x=2, y=5)]),
    "dataclass by call": (called_data, lambda it: [it(1), it(1, 2)]),
    "enum": (plain_enum, list),
    "enum of text": (text_enum, lambda it: [it.RED, it.CRIMSON, it("b")]),
    "flags": (flags, lambda it: [it.READ, it.READ | it.WRITE, it(0)]),
    "enum of names": (str_enum, list),
    "odd enum": (odd_enum, list),
    "partial dict": (partial_dict, lambda it: []),
    "dict of a thread": (thread_dict, lambda it: []),
    "dict with a base": (mixed_dict, lambda it: []),
    "flat dict": (flat_dict, lambda it: []),
}
"""Name → what makes a class, and what makes objects of it."""


def facts(cls: Any, held: list[Any]) -> list[Any]:
    """Returns what can be seen of a class, and of objects of it."""
    names = sorted(vars(cls).keys() - {"__dict__", "__weakref__"})
    told = [cls.__name__, cls.__qualname__, cls.__module__, cls.__doc__, str(cls.__bases__), names]
    told += [re.sub(" at 0x[0-9a-f]+", "", repr(typing.get_type_hints(cls, include_extras=True)))]
    told += [sorted(getattr(cls, it, ())) for it in ("__required_keys__", "__optional_keys__")]
    told += [[repr(it), type(it) is cls] for it in held]
    if dataclasses.is_dataclass(cls):
        fields = [repr(it) for it in dataclasses.fields(cls)]
        told += [[it.partition("type=")[0] for it in fields], repr(cls.__dataclass_params__)]
        told += [cls(x=7) == cls(x=7), hash(cls(x=7)) == hash(cls(x=7)) if cls.__hash__ else None]
    if hasattr(cls, "_fields"):
        told += [cls._fields, cls._field_defaults, cls._make([1] * len(cls._fields))]
    if issubclass(cls, enum.Enum):
        told += [list(cls.__members__), [cls(it._value_) is it for it in cls]]
    return told


# What cannot be carried: each has more than fields.


def with_method() -> Any:
    @dataclasses.dataclass
    class Data:
        x: int

        def run(self) -> int:
            return 1

    return Data


def with_repr() -> Any:
    @dataclasses.dataclass
    class Data:
        x: int

        def __repr__(self) -> str:
            return "it"

    return Data


def with_init() -> Any:
    @dataclasses.dataclass
    class Data:
        x: int

        def __post_init__(self) -> None:
            self.x = 2

    return Data


def with_class_variable() -> Any:
    @dataclasses.dataclass
    class Data:
        x: int
        y: ClassVar[int] = 3

    return Data


def with_attribute() -> Any:
    made = plain_data()
    made.note = 1
    return made


def with_other_init() -> Any:
    made = plain_data()
    made.__init__ = frozen_data().__init__
    return made


def tuple_with_method() -> Any:
    class Typed(NamedTuple):
        x: int

        def run(self) -> int:
            return 1

    return Typed


def tuple_with_repr() -> Any:
    made = plain_tuple()
    made.__repr__ = lambda self: "it"
    return made


def enum_with_method() -> Any:
    class Colors(enum.Enum):
        RED = 1

        def run(self) -> int:
            return 1

    return Colors


def enum_with_missing() -> Any:
    class Colors(enum.Enum):
        RED = 1

        @classmethod
        def _missing_(cls, value: object) -> Any:
            return cls.RED

    return Colors


def enum_with_notes() -> Any:
    made = plain_enum()
    made.A.note = 1
    return made


REFUSED: dict[Callable[[], Any], str] = {
    with_method: "run",
    with_repr: "__repr__",
    with_init: "__init__",
    with_class_variable: "__annotations__",
    with_attribute: "note",
    with_other_init: "__init__",
    tuple_with_method: "run",
    tuple_with_repr: "__repr__",
    enum_with_method: "run",
    enum_with_missing: "_missing_",
    enum_with_notes: "A",
}
"""What makes a class, and what is named as more than its fields."""
