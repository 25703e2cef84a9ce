"""Records: named tuples for whose making nothing is compiled."""

from __future__ import annotations

from collections import _tuplegetter  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any

__all__ = ["Record"]

if TYPE_CHECKING:
    # A checker knows named tuples by heart: it sees fields, types and defaults as it would there.
    from typing import NamedTuple as Record
else:

    class Record(tuple):
        """A tuple whose elements have the names that its class annotates.

        `typing.NamedTuple` compiles a constructor for each class, and each of its annotations: the
        first save of a process would wait for that.
        """

        def __init_subclass__(cls) -> None:
            cls._fields = tuple(cls.__annotations__)
            cls._required = [name for name in cls._fields if name not in vars(cls)]
            cls._rest = [vars(cls).get(name) for name in cls._fields]
            cls._places = {name: at for at, name in enumerate(cls._fields)}
            for at, name in enumerate(cls._fields):
                setattr(cls, name, _tuplegetter(at, None))

        def __new__(cls, /, *values: Any, **named: Any) -> Any:
            """Returns a record of these values; fields left out have their defaults."""
            if named or len(values) != len(cls._fields):
                values = cls._whole(values, named)
            return tuple.__new__(cls, values)

        @classmethod
        def _whole(cls, values: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
            first = len(values)
            whole = [*values, *cls._rest[first:]]
            places = [cls._places.get(name, -1) for name in named]
            is_lacking = any(name not in named for name in cls._required[first:])
            if is_lacking or len(whole) != len(cls._fields) or min(places, default=first) < first:
                raise TypeError(f"`{cls.__qualname__}` is made of {', '.join(cls._fields)}")
            for at, value in zip(places, named.values(), strict=True):
                whole[at] = value
            return tuple(whole)

        _make = classmethod(tuple.__new__)
        """Returns a record of all its values, by the shortest way: for what is often made."""

        def _replace(self, /, **changed: Any) -> Any:
            """Returns a record with other values in some of the fields."""
            return type(self)(**(dict(zip(self._fields, self, strict=True)) | changed))
