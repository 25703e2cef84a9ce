"""Restores what strangers wrote, in a process of its own that notes what else happens there.

Run as `python -m hostile`: it writes one line of JSON per case of `hostile_texts.CASES`.
"""

from __future__ import annotations

import contextlib
import enum
import gc
import importlib
import itertools
import json
import os
import pkgutil
import sys
import tempfile
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import persist
from langchain_core.example_selectors import BaseExampleSelector

from heard import Events

ENVIRONMENT = {"OPENAI_API_KEY": "k-of-the-environment", "OTHER_KEY": "another-1234567"}


@dataclass(frozen=True)
class Held:
    x: object


@dataclass(frozen=True, slots=True)
class Slot:
    x: object


class Plain:
    def __init__(self) -> None:
        self.x = 1

    @property
    def shown(self) -> int:
        return self.x

    def method(self) -> int:
        return self.x

    @staticmethod
    def helper() -> None: ...

    @classmethod
    def made(cls) -> Any:
        return cls()


class Younger(Plain):
    pass


class Elder(Plain):
    @staticmethod
    def made() -> Any:  # type: ignore[override]
        return Plain()


def seat(guest: Any, state: Any) -> None:
    if type(state) is not int:
        raise ValueError("a seat is a number")


class Single:
    def __reduce__(self) -> Any:
        return "SINGLE"


SINGLE = Single()


class Slotted:
    __slots__ = ("x",)


class OtherSlots:
    __slots__ = ("y",)


class Abstract(ABC):
    @abstractmethod
    def run(self) -> None: ...


class Closing:
    def close(self) -> None: ...

    def __del__(self) -> None:
        self.close()


def called(*arguments: Any) -> Any:
    """Tells whoever listens that it was called."""
    sys.audit("os.called", arguments)
    return arguments


@dataclass
class Called:
    x: int
    y: dict[str, Any]

    def __post_init__(self) -> None:
        getattr(self.x, "go", int)()
        getattr(self.y, "go", int)()


class Interrupting:
    def __hash__(self) -> int:
        raise KeyboardInterrupt

    def __eq__(self, other: object) -> bool:
        return self is other


class Extended(str):
    __slots__ = ()


class Listing(list[int]):
    pass


class Turning(list[int]):
    def __iter__(self) -> Any:
        raise AssertionError


class Rebuilt:
    def __reduce__(self) -> Any:
        return Rebuilt, ()

    def act(self) -> None: ...


class Other:
    def __new__(cls) -> Any:
        return Plain()

    def __reduce__(self) -> Any:
        return Other, ()


class Woken:
    def __getstate__(self) -> Any:
        return 1

    def __setstate__(self, state: Any) -> None:
        if type(state) is not int:
            raise ValueError("it is no number")


class Colour(enum.Enum):
    RED = 1


class Answer(enum.Enum):
    YES = "yes"


class Access(enum.Flag):
    READ = 1
    WRITE = 2


@dataclass
class Point:
    x: int = 0
    y: int = 0


class Picking(BaseExampleSelector):
    """Picks examples in a way of its own."""

    of: Any

    def add_example(self, example: dict[str, str]) -> Any: ...

    def select_examples(self, input_variables: dict[str, str]) -> Any:
        return [{"q": text} for text in self.of]


def restored(case: Any, folder: Path) -> object:
    """Gives a case to `loads`, or to everything that reads files where it is one."""
    if case.file is None:
        return persist.loads(case.text, allow=case.allow, **case.given)
    path = folder / f"{case.name}.json.gz"
    if not path.exists():
        path.write_bytes(case.file)
    persist.verify_snapshot(path)
    persist.get_metadata(path)
    return persist.restore(path, allow=case.allow, **case.given)


def outcome(case: Any, folder: Path, events: Events) -> dict[str, Any]:
    """Returns what came of one case: the error, or the value's repr, and what was heard."""
    if case.file is not None:
        (folder / f"{case.name}.json.gz").write_bytes(case.file)
    before = sys.modules.copy()
    events.start()
    try:
        value = restored(case, folder)
    except persist.PersistError as error:
        heard = events.stop()
        found = {
            "class": type(error).__name__,
            "kind": error.kind,
            "message": str(error),
            "hint": error.hint or "",
            "allow": sorted(getattr(error, "allow", ())),
            "names": sorted(getattr(error, "names", ())),
            "problems": [str(problem) for problem in getattr(error, "problems", ())],
        }
    except BaseException as error:
        heard = events.stop()
        found = {"class": type(error).__name__, "kind": None, "message": str(error)}
    else:
        heard = events.stop()
        found = {"class": None, "kind": None, "message": repr(value)[:200]}
    found["modules"] = sorted(name for name in sys.modules if name not in before)
    return found | {"name": case.name, "events": heard, "collects": gc.isenabled()}


def main() -> None:
    """Restores the harmless ones, so that everything innocent is loaded, then all others."""
    import hostile_files
    import hostile_given
    import hostile_makers
    import hostile_others
    import hostile_reached
    import hostile_texts
    from persist import adapters, state
    from persist.adapters import _registry

    for table in set(_registry.TABLES.values()):
        importlib.import_module(table)
    # Imported with the first node that needs it, whatever else that node says.
    for room in (adapters, state):
        for module in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
            importlib.import_module(module.name)
    importlib.import_module("langchain_aws.embeddings.bedrock")
    os.environ.update(ENVIRONMENT)
    events = Events()
    with tempfile.TemporaryDirectory() as folder:
        harmless = [*hostile_given.HARMLESS, *hostile_reached.HARMLESS]
        for case in [*hostile_texts.HARMLESS, *harmless]:
            restored(case, Path(folder))
        with contextlib.suppress(persist.PersistError):
            restored(hostile_reached.UNREADY, Path(folder))
        tables = (
            hostile_texts.HARMLESS,
            hostile_texts.CASES,
            hostile_makers.CASES,
            hostile_given.HARMLESS,
            hostile_given.CASES,
            hostile_reached.HARMLESS,
            hostile_reached.CASES,
        )
        for case in [*itertools.chain(*tables), *hostile_files.HARMLESS, *hostile_files.CASES]:
            print(json.dumps(outcome(case, Path(folder), events)), flush=True)
        for case in hostile_others.cases():
            told = {"name": f"other {case.name}", "of": case.says, "text": case.text}
            told |= {"wants": list(case.wants)}
            print(json.dumps(outcome(case, Path(folder), events) | told), flush=True)
        print(json.dumps(outcome(hostile_files.CONTROL, Path(folder), events)), flush=True)


if __name__ == "__main__":
    main()
