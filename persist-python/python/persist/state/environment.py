"""Where a state was written: interpreter, platform, and the distributions that its names are in."""

from __future__ import annotations

import functools
import platform
import sys
from collections.abc import Iterable, Mapping

from persist import _native
from persist.state import names, reconstructors, registered
from persist.state.policy import Policy, RowLookup
from persist.state.record import Record
from persist.state.secrets import Session, is_omitted
from persist.state.text import quote

__all__ = ["Description", "describe", "version_of_package"]

OWN_NAMES = {
    "yaml": "PyYAML",
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "dateutil": "python-dateutil",
}
"""Top-level packages whose distribution has another name."""


class Description(Record):
    """What the metadata says of a state: three JSON objects."""

    environment: dict[str, object]
    classes: dict[str, dict[str, object]]
    needs: dict[str, list[str]]

    def texts(self) -> dict[str, str]:
        """Returns recorded defaults of classes that are texts, and addresses, as JSON, by path."""
        found = {
            f"metadata.needs.endpoints[{at}]": quote(endpoint)
            for at, endpoint in enumerate(self.needs["endpoints"])
        }
        for cls, record in self.classes.items():
            defaults = record.get("defaults")
            for field, default in defaults.items() if isinstance(defaults, dict) else ():
                if isinstance(default, str):
                    found[f'metadata.classes["{cls}"].defaults.{field}'] = quote(default)
        return found


def describe(state: _native.Capture, session: Session, rows: RowLookup) -> Description:
    """Returns what a reader of the metadata learns of a scanned object."""
    records: dict[str, dict[str, object]] = {
        plan.name: _told(plan, session) | _version_of(plan.name)
        for plan in state.plans
        if plan.record
    }
    for name, members in session.members.items():
        told = {member: value for member, value in sorted(members.items()) if value is not None}
        records |= {name: {"members": told, **_version_of(name)}} if told else {}
    classes = dict(sorted(records.items()))
    used = [*classes, *(name for noted in session.names.values() for name in noted)]
    return Description(_environment(used), classes, _needs(state, session, rows, classes))


def _told(plan: _native.Plan, session: Session) -> dict[str, object]:
    """Returns what is told of a class: of a component's defaults none that is a secret."""
    defaults = plan.record.get("defaults")
    if session.keeps_secrets or not plan.is_component or not isinstance(defaults, dict):
        return plan.record
    told = {name: value for name, value in defaults.items() if not is_omitted(name, None, value)}
    return plan.record | {"defaults": told}


def _version_of(name: str) -> dict[str, int]:
    """Returns the version that the program gave a class, where it did."""
    registration = registered.of(name)
    return {} if registration is None else {"version": registration.version}


def _environment(used: Iterable[str]) -> dict[str, object]:
    modules = sorted({name.partition(":")[0] for name in used})
    told: dict[str, object] = {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "platform": _platform(),
        "distributions": dict(sorted(filter(None, map(_distribution_of, modules)))),
    }
    script = names.main_script() if names.MAIN in modules else None
    return told if script is None else told | {"script": script}


@functools.cache
def _distribution_of(module: str) -> tuple[str, str] | None:
    """Returns the package that a module is of, and its version, where that can be told.

    Of a namespace that several distributions share, the package is the part below it.
    """
    top, *inner = module.split(".")
    for package in (top, *(f"{top}.{step}" for step in inner[:1])):
        version = version_of_package(package)
        if version is not None:
            return package, version
    return None


def _needs(
    state: _native.Capture, session: Session, rows: RowLookup, classes: Iterable[str]
) -> dict[str, list[str]]:
    """Returns what a restore of the scanned object will ask for.

    Raises:
        CaptureError: `unsupported_value`, a secret would go to an address that none can admit.
    """
    session.check_addresses()
    tables = Policy((), rows)
    # A class that the text itself makes has no name that anybody could admit.
    used = {*filter(names.is_name, classes), *session.names["class"]}
    allow = {name for name in used if not tables.admits_class(name)}
    allow |= {name for name in session.names["value"] if not tables.admits_value(name)}
    allow |= {name for name in session.names["location"] if not tables.admits_location(name)}
    allow |= {name for name in session.names["call"] if not _admits_call(tables, name)}
    allow |= {
        name
        for name in session.names["method"]
        if not tables.admits_method(*name.rpartition(".")[::2])
    }
    return {
        "secrets": sorted(session.secrets),
        "bindings": sorted(state.bindings),
        "allow": sorted(allow),
        "endpoints": session.endpoints(),
    }


def _admits_call(tables: Policy, name: str) -> bool:
    return name in reconstructors.RECONSTRUCTORS or tables.admits_call(name)


@functools.cache
def _platform() -> str:
    # Not `platform.platform()`: it starts another program to name the processor, and holds a lock
    # meanwhile that a forked child would wait for.
    return f"{platform.system()}-{platform.release()}-{platform.machine()}"


@functools.cache
def version_of_package(package: str) -> str | None:
    """Returns the version of the distribution that a package comes from, where it can be told.

    Asking the installed metadata which distribution has which package takes 70 ms, so the usual
    spelling is tried first, and a program's own modules are not asked about.
    """
    top = package.partition(".")[0]
    if top in sys.stdlib_module_names or top == names.MAIN:
        return None
    spelled = package.replace(".", "-").replace("_", "-")
    for name in (OWN_NAMES.get(package), spelled, package):
        version = None if name is None else _version(name)
        if version is not None:
            return version
    if package != top or not _is_installed(package):
        return None
    named = set(_distributions().get(package, ()))
    return _version(named.pop()) if len(named) == 1 else None


def _version(distribution: str) -> str | None:
    from importlib import metadata

    try:
        found = metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return None
    # The whole of it is parsed as a message for `found.version`, a long description with it.
    head = (found.read_text("METADATA") or "").partition("\n\n")[0]
    lines = [line.removeprefix("Version: ") for line in head.split("\n") if "Version: " in line[:9]]
    return lines[0].strip() if len(lines) == 1 else found.version


@functools.cache
def _distributions() -> Mapping[str, list[str]]:
    from importlib import metadata

    return metadata.packages_distributions()


def _is_installed(package: str) -> bool:
    """Returns whether a package that is imported lies where distributions are installed."""
    file = getattr(sys.modules.get(package), "__file__", None)
    folders = file.replace("\\", "/").split("/") if type(file) is str else []
    return not {"site-packages", "dist-packages"}.isdisjoint(folders)
