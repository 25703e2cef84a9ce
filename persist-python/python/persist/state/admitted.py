"""What any state text may name: the standard library's plain data types, one by one.

Nothing here reaches the file system, a process or an import, whatever its arguments. What one of
them names in turn, such as the factory of a `defaultdict`, is admitted on its own.
"""

from __future__ import annotations

__all__ = [
    "ADMITTED",
    "ADMITTED_TYPES",
    "ADMITTED_VALUES",
    "MAKING_CLASSES",
    "METHOD_OWNERS",
    "NAMELESS_METHODS",
    "PROTOCOL",
]

EXCEPTIONS = """
    ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError
    BrokenPipeError BufferError BytesWarning ChildProcessError ConnectionAbortedError
    ConnectionError ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError
    EncodingWarning Exception ExceptionGroup FileExistsError FileNotFoundError FloatingPointError
    FutureWarning GeneratorExit ImportError ImportWarning IndentationError IndexError
    InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError
    ModuleNotFoundError NameError NotADirectoryError NotImplementedError OSError OverflowError
    PendingDeprecationWarning PermissionError ProcessLookupError RecursionError ReferenceError
    ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration StopIteration SyntaxError
    SyntaxWarning SystemError SystemExit TabError TimeoutError TypeError UnboundLocalError
    UnicodeDecodeError UnicodeEncodeError UnicodeError UnicodeTranslateError UnicodeWarning
    UserWarning ValueError Warning ZeroDivisionError
"""

VALUE_TYPES = "bool bytearray bytes complex dict float frozenset int list range set slice str tuple"

ABSTRACT = """
    AsyncGenerator AsyncIterable AsyncIterator Awaitable Callable Collection Container Coroutine
    Generator Hashable ItemsView Iterable Iterator KeysView Mapping MappingView MutableMapping
    MutableSequence MutableSet Reversible Sequence Set Sized ValuesView
"""

# By the module that defines them. `operator` also has a function that calls another, and ones that
# look up an attribute by name: they are not here. Nor are `or_` and `ior`: frameworks make a chain
# of what they join, and run it.
OPERATORS = """
    abs add and_ concat contains countOf eq floordiv ge gt iadd iand iconcat ifloordiv
    ilshift imatmul imod imul index indexOf inv invert ipow irshift is_ is_not isub itruediv
    ixor le lshift lt matmul mod mul ne neg not_ pos pow rshift sub truediv truth xor
"""

_CONTAINERS = {
    f"collections:{name}"
    for name in (
        *("ChainMap", "Counter", "OrderedDict", "UserDict", "UserList", "UserString"),
        *("defaultdict", "deque"),
    )
}

_ITERATORS = {
    f"itertools:{name}"
    for name in ("chain", "compress", "count", "cycle", "islice", "repeat", "zip_longest")
}

_BUFFERS = {"_io:BytesIO", "_io:StringIO"}

# Constants of modules, each by its name.
_ENUMERATIONS = {"http:HTTPMethod", "http:HTTPStatus", "re:RegexFlag", "uuid:SafeUUID"}

# What reading data raises, waiting for it, or counting with it.
_RAISED = {
    "_queue:Empty",
    "asyncio.exceptions:CancelledError",
    "asyncio.exceptions:InvalidStateError",
    "json.decoder:JSONDecodeError",
    "queue:Full",
    "re:error",
} | {
    f"decimal:{name}"
    for name in (
        *(
            "Clamped",
            "ConversionSyntax",
            "DecimalException",
            "DivisionByZero",
            "DivisionImpossible",
        ),
        *("DivisionUndefined", "FloatOperation", "Inexact", "InvalidContext", "InvalidOperation"),
        *("Overflow", "Rounded", "Subnormal", "Underflow"),
    )
}

ADMITTED = frozenset(
    {
        "_collections:_deque_iterator",
        "_collections:_deque_reverse_iterator",
        "array:array",
        "builtins:enumerate",
        "builtins:reversed",
        "builtins:zip",
        "builtins:complex",
        "builtins:range",
        "builtins:slice",
        "functools:partial",
        "functools:partialmethod",
        "inspect:Parameter",
        "inspect:Signature",
        "inspect:_ParameterKind",
        "operator:itemgetter",
        "random:Random",
        "time:struct_time",
        "types:MappingProxyType",
        "types:SimpleNamespace",
    }
    | _CONTAINERS
    | _ITERATORS
    | _BUFFERS
    | _ENUMERATIONS
    | _RAISED
    | {f"builtins:{name}" for name in EXCEPTIONS.split()}
)
"""Classes that may be instantiated."""

_SPEAKING = _CONTAINERS | {
    "array:array",
    "datetime:date",
    "datetime:datetime",
    "datetime:time",
    "datetime:timedelta",
    "datetime:timezone",
    "datetime:tzinfo",
    "decimal:Decimal",
    "fractions:Fraction",
    "re:Pattern",
    "uuid:UUID",
}
"""Plain values whose methods lie in their own class."""

# What annotations of plain data name. A `ZoneInfo` is looked for in files, so it is not here.
PLAIN = frozenset(_SPEAKING - {"array:array"}) | {
    "ipaddress:IPv4Address",
    "ipaddress:IPv4Interface",
    "ipaddress:IPv4Network",
    "ipaddress:IPv6Address",
    "ipaddress:IPv6Interface",
    "ipaddress:IPv6Network",
    "pathlib:Path",
    "pathlib:PosixPath",
    "pathlib:PurePath",
    "pathlib:PurePosixPath",
    "pathlib:PureWindowsPath",
    "types:SimpleNamespace",
}

ADMITTED_VALUES = frozenset(f"builtins:{name}" for name in (VALUE_TYPES + EXCEPTIONS).split()) | {
    "array:array",
    "types:EllipsisType",
    "types:NoneType",
    "types:NotImplementedType",
    "typing:Any",
}
ADMITTED_VALUES |= {"builtins:len", *PLAIN}
ADMITTED_VALUES |= {f"collections.abc:{name}" for name in ABSTRACT.split()}
ADMITTED_VALUES |= {f"_operator:{name}" for name in OPERATORS.split()} | {"inspect:_empty"}
"""Classes that may stand as a value: calling one makes a plain value or an exception.

`object` and `type` are not among them, nor is anything else of `builtins` but `len`, by which text
splitters measure. The methods of these classes are admitted on their own.
"""

MAKING_CLASSES = frozenset(f"enum:{name}" for name in ("Enum", "Flag", "IntEnum", "StrEnum"))
"""Types that make classes of what they are called with: nothing may call one."""

ADMITTED_TYPES = (
    MAKING_CLASSES
    | {"builtins:object", "decimal:Context", "logging:Logger"}
    | _BUFFERS
    | _ENUMERATIONS
    | _RAISED
)
"""Other classes that may stand as a value, as the types that annotations name."""

METHOD_OWNERS = frozenset(
    {f"builtins:{name}" for name in VALUE_TYPES.split()}
    | _SPEAKING
    | _ITERATORS
    | _BUFFERS
    | {"_random:Random"}
)
"""Types whose own methods and slots have a name: `builtins:str.join`, `itertools:count.__next__`.

Each of these needs the caller's `allow`, as any function does.
"""

NAMELESS_METHODS = frozenset(
    {"__delattr__", "__getattribute__", "__init__", "__setattr__", "__setstate__"}
    | {"fromfile", "tofile"}
)
"""Methods of such types that no name leads to.

They read or set attributes by a name that may be data, make another thing of their object past all
checks, or read and write whatever file they are given.
"""

_SPECIAL = """
    abs aenter aexit aiter anext await bool bytes call ceil complex contains delitem enter eq exit
    float floor ge getitem gt hash index int invert iter le len length_hint lt ne neg next pos repr
    reversed round setitem str trunc
"""

_TWO_SIDED = "add and divmod floordiv lshift matmul mod mul or pow rshift sub truediv xor"

PROTOCOL = frozenset(
    f"__{name}__"
    for name in (
        *_SPECIAL.split(),
        *(side + name for name in _TWO_SIDED.split() for side in ("", "r", "i")),
    )
)
"""Methods with two underscores at both ends that have a name in any class written in Python.

Each is what an operator or a statement calls. Those that make, copy, read or set an object past all
checks (`__init__`, `__new__`, `__setstate__`, `__reduce_ex__`, `__getattribute__`, `__setattr__`)
have none.
"""
