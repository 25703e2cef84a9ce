"""What a text names, looked up under a policy: classes, functions, secrets, bindings.

The decoder asks; every answer is a value, or an error that says one thing that is missing. It
collects those and `merged` makes them one.
"""

from __future__ import annotations

import enum
import functools
import os
from collections.abc import Callable, Mapping
from typing import Any

from persist import _native
from persist.exceptions import PersistError
from persist.state import (
    calls,
    code,
    constants,
    enums,
    fingerprints,
    forms,
    homes,
    library,
    methods,
    nameless,
    names,
    patterns,
    problems,
    reconstructors,
    recorded,
    reductions,
    registered,
    secrets,
    settling,
    upgrades,
    values,
)
from persist.state.given import Given, Returned
from persist.state.held import captured_in, given_in
from persist.state.knowledge import Adapters, Answer, Build
from persist.state.policy import Policy, allow_line
from persist.state.record import Record

__all__ = ["Given", "Resolver"]


class PlacelessSecret(Record):
    """A secret in LangChain's dialect, until the constructor around it is read."""

    name: str


class Resolver:
    """The answers of one restore."""

    def __init__(self, policy: Policy, adapters: Adapters, given: Given) -> None:
        self._policy = policy
        self._adapters = adapters
        self.lookup = adapters.plan_for
        self._given = given
        self._returned = Returned(given)
        self._classes: Mapping[str, Any] | None = None
        self._recorded = recorded.Recorded()
        self._found: dict[str, object] = {}
        self._patterns = patterns.Patterns()
        self._made: dict[type, bool] = {}
        self._same: set[type] = set()
        self._unplaced: dict[int, PlacelessSecret] = {}
        self._nameless = nameless.Nameless()

    def anew(self) -> Resolver:
        """Returns one of the same policy for another reading, that keeps nothing of this one's."""
        return Resolver(self._policy, self._adapters, self._given)

    def use_metadata(self, metadata: Mapping[str, Any]) -> None:
        """Takes what the metadata says: a text alone has none, and a file of old no classes."""
        self._classes = metadata["classes"]
        self._recorded = recorded.Recorded(metadata["environment"], metadata["needs"])

    def resolve_class(self, text: str) -> Answer:
        """Returns how to build instances of a class.

        Raises:
            UntrustedError: Nobody has admitted it; nothing was imported.
            RebuildError: It is not there, or its instances cannot be built.
        """
        name, elements = names.split_elements(text)
        settled = settling.find(name) if self._policy.is_listed(name) else None
        is_alone, record = self._classes is None, (self._classes or {}).get(name)
        defaults = record.get("defaults") if isinstance(record, dict) else None
        if not isinstance(defaults, dict):
            defaults = None
        if settled and elements is None and settled.is_for(is_alone, record, defaults):
            build = self._guarded(settled.cls, settled.build, defaults or {})
            return Answer._make((settled.plan, build, is_alone, defaults, False, False, False))
        cls, plan = self._planned(name)
        is_changed = not is_alone and not fingerprints.is_of(plan.record, record)
        written = upgrades.Written._make((record, is_changed, defaults or {}, elements))
        if elements is not None or plan.shape == "extended":
            upgrades.check_elements(plan, written, is_alone)
        if is_alone:
            build = self._adapters.builder_of(plan, upgrades.Written())
        else:
            build = upgrades.builder_of(plan, written, self._adapters)
        reads_secrets = build is not None and self._reads_secrets(name, cls)
        is_own = is_changed or registered.of(plan.name) is not None
        is_same = build is None or not (reads_secrets or self._adapters.reads_of(cls))
        is_careful = isinstance(build, upgrades.Careful)
        may_settle = is_same and not is_own and not is_careful and plan.shape != "extended"
        if may_settle and self._policy.is_listed(name):
            settling.keep(name, cls, plan, build, defaults)
        may_begin = is_own and (plan.shape != "reduced" or reductions.gives_state_alone(cls))
        rest = (is_alone, defaults, reads_secrets, may_begin, is_careful)
        return Answer._make((plan, self._guarded(cls, build, defaults or {}), *rest))

    def _planned(self, name: str) -> tuple[type, _native.Plan]:
        """Returns a class whose instances can be built, with its plan."""
        cls = self._class(name)
        try:
            plan = _native.plan_of(cls, self._adapters.plan_for)
        except Exception as error:
            # A metaclass, or a class that is not finished, may refuse to be asked.
            raise problems.of_state(name, error) from error
        if plan.shape == "refused":
            raise problems.rebuild("class_changed", f"`{name}` cannot be rebuilt: {plan.reason}")
        if not plan.has_state and plan.shape != "object":
            raise problems.rebuild("invalid_state", f"`{name}` is a class without state of its own")
        return cls, plan

    def _reads_secrets(self, name: str, cls: type) -> bool:
        """Returns whether a class takes secrets from the environment, or its client does."""
        return bool(self._adapters.secrets_of(name, cls)) or self._sends_more(cls)

    def _sends_more(self, cls: type) -> bool:
        return any(map(os.environ.get, self._adapters.reads_of(cls)))

    def _guarded(
        self, cls: type, build: Build | None, defaults: Mapping[str, object]
    ) -> Build | None:
        """Lets a class be built only with values that need no name, or whose name is admitted.

        The defaults that the file records are values like those of the node: they are what its
        constructor is given where the node says nothing.
        """
        if build is None or not self._adapters.opt_in_of(cls):
            return build

        def checked(parts: dict[str, Any], has_secret: bool) -> object:
            self._check_opt_in(cls, {**defaults, **given_in(parts)})
            return build(parts, has_secret)

        return checked

    def _check_opt_in(self, cls: type, held: Mapping[str, Any]) -> None:
        held = secrets.by_field(cls, held)
        for needed in secrets.opted_in(self._adapters.opt_in_of(cls), held):
            if not self._policy.admits_value(needed):
                raise problems.not_allowed(needed, "value")

    def resolve_nameless(self, cls: object) -> Answer:
        """Returns how to build instances of a class that this very text has made."""
        plan, build = self._nameless.plan_of(cls, self._adapters, self._classes)
        return Answer(plan, build, False, None, False)

    def resolve_call(
        self, name: str, of: str | None
    ) -> Callable[[list[object], dict[str, object] | None], object]:
        """Returns what calls a function with the arguments that the text gives.

        `of` is the class that a class method is bound to, where another one defines it.

        Raises:
            UntrustedError: Nobody has admitted just this function to be called.
        """
        _check_name(name)
        known = reconstructors.RECONSTRUCTORS.get(name)
        if known is None and not self._policy.admits_call(name):
            raise problems.not_allowed(name, "function to call")
        admit = None if of is None else functools.partial(self._class, of)
        function = calls.find(self._policy, name, admit)

        def call(arguments: list[object], named: dict[str, object] | None) -> object:
            try:
                kind = None if known is None else known.makes(arguments)
                if known is not None and named:
                    raise ValueError("it takes no arguments by name")
                made: object = function(*arguments, **(named or {}))
            except PersistError:
                raise
            except Exception as error:
                raise problems.of_state(name, error) from error
            if kind is not None:
                self._made[kind] = True
            return made

        return call

    def resolve_setter(self, name: str) -> Callable[[object, object], object]:
        """Returns what sets the state of an object: a function that is called with both.

        Raises:
            UntrustedError: Nobody has admitted just this function to be called.
        """
        _check_name(name)
        if not self._policy.admits_call(name):
            raise problems.not_allowed(name, "function to call")
        return calls.find(self._policy, name)

    def resolve_made(self, made: object) -> Answer:
        """Returns how to give its state to what a function has made."""
        cls = type(made)
        name = names.name_of(cls)
        if cls not in self._made and (name is None or not self._policy.admits_class(name)):
            raise problems.not_allowed(name or f"{cls.__module__}:{cls.__qualname__}", "class")
        plan = _native.plan_of(cls, self._adapters.plan_for)
        if self._classes is not None and cls not in self._same:
            self._check_same(cls, plan, self._classes.get(plan.name))
        return Answer(plan, None, False, None, False)

    def _check_same(self, cls: type, plan: _native.Plan, record: object) -> None:
        """Refuses a class of what a function has made that is not what it was.

        What the standard library takes apart, each of its releases puts together.
        """
        if plan.record and not library.is_of_library(cls) and nameless.is_changed(plan, record):
            raise problems.rebuild(
                "class_changed",
                f"the class `{plan.name}` has changed since the state was written",
                hint=problems.OLDER_CODE,
            )
        self._same.add(cls)

    def resolve_id(self, lc_id: list[str]) -> Answer:
        """Returns how to build what LangChain's id names."""
        return self.resolve_class(self._name_of_id(lc_id))

    def revive(self, node: dict[str, Any]) -> object:
        """Builds a node of LangChain's dialect, as its own loader would: by today's constructor.

        Raises:
            RebuildError: `never_saved`, the node is a stub; or the class refuses its arguments.
        """
        kind, lc_id = node.get("type"), node.get("id")
        if not isinstance(lc_id, list) or not all(type(part) is str for part in lc_id):
            return node
        if kind == "not_implemented":
            raise problems.rebuild(
                "never_saved",
                f"the state of `{'.'.join(lc_id)}` was never saved: a stub stands in its place",
                hint="save the agent again with this release, which refuses what it cannot save",
            )
        if kind == "secret" and len(lc_id) == 1:
            # What it is a part of is known only behind it.
            placeless = PlacelessSecret(lc_id[0])
            self._unplaced[id(placeless)] = placeless
            return placeless
        kwargs = node.get("kwargs", {})
        if kind != "constructor" or type(kwargs) is not dict:
            return node
        secret = {
            field: value.name for field, value in kwargs.items() if type(value) is PlacelessSecret
        }
        for field in secret:
            self._unplaced.pop(id(kwargs[field]), None)
        name = self._name_of_id(lc_id)
        cls = self._class(name)
        given = {field: self.declared_secret([text], name, field) for field, text in secret.items()}
        try:
            self._check_opt_in(cls, kwargs)
            made = self._adapters.revive(cls, name, kwargs | given)
        except PersistError:
            raise
        except Exception as error:
            raise problems.of_state(name, error) from error
        if secret or self._reads_secrets(name, cls):
            self.check_endpoints(made, name, None if secret else {"kwargs": kwargs})
        return made

    def check_secrets(self) -> None:
        """Refuses secrets that stand in no field of a class, once the whole text is read.

        Raises:
            RebuildError: `invalid_state`.
        """
        if self._unplaced:
            first = next(iter(self._unplaced.values()))
            raise problems.rebuild(
                "invalid_state", f"the secret `{first.name}` stands outside a field that is one"
            )

    def _name_of_id(self, lc_id: list[str]) -> str:
        if not lc_id:
            raise problems.Malformed("the id of a node `1` is empty")
        return self._adapters.name_of_id(lc_id)

    def value_kind(self, kind: str) -> bool | None:
        """Returns whether values of a node kind have an identity, None for an unknown kind."""
        return False if kind in values.BUILDERS else self._adapters.value_kind(kind)

    def maker(self, kind: str, text: str) -> tuple[Callable[[list[int]], object], int] | None:
        """Returns what makes values of a type by their shape, where that says all of them."""
        return self._adapters.maker_of(kind, text)

    def begin(self, kind: str, parts: dict[str, Any]) -> object:
        """Makes a value that what it holds may mention, None where that needs all of it."""
        made = self._built(kind, lambda: self._adapters.begin_node(kind, parts, self._class))
        if kind in nameless.OBJECTS:
            self._nameless.keep(type(made))
        return made

    def finish(self, kind: str, parts: dict[str, Any], made: object, is_survey: bool) -> object:
        """Builds a value that has an identity; a survey only asks for its class."""
        homes.check(kind, parts, self._policy, self._adapters.kind_of)
        if is_survey:
            name = parts.get("id")
            return self._class(name) if type(name) is str else None
        build = self._adapters.finish_node
        return self._built(kind, lambda: build(kind, parts, made, self._class))

    def build(self, kind: str, parts: dict[str, Any], context: str, is_survey: bool) -> object:
        """Builds what is no container and no object: names, bindings, secrets, plain values."""
        make = {
            "bind": self._bound,
            "class": self._named,
            "function": self._named,
            "module": self._named,
            "bare": lambda parts: object(),
            "cell": code.cell,
            "constant": self._constant,
        }.get(kind)
        if make is not None:
            return make(parts)
        if kind == "generic":
            return self._generic(parts, is_survey)
        if kind == "enum":
            return None if is_survey and "class" in parts else self._member(parts)
        if kind in nameless.KINDS:
            homes.check(kind, parts, self._policy, self._adapters.kind_of)
            build = self._adapters.build_class
            return None if is_survey else self._nameless.keep(build(kind, parts))
        if kind == "parametrized":
            return self._parametrized(parts, is_survey)
        if kind == "method":
            return methods.resolve(self._policy, parts, is_survey, self._nameless.has)
        if kind == "secret":
            return self._returned.wrapped(parts, context, self._adapters.secret_type)
        if kind == "pattern":
            build_pattern = values.BUILDERS[kind]
            return self._built(kind, lambda: self._patterns.build(parts, build_pattern))
        if kind in values.BUILDERS:
            return self._built(kind, lambda: values.BUILDERS[kind](parts))
        return self.finish(kind, parts, None, is_survey)

    def _built(self, kind: str, build: Callable[[], object]) -> object:
        try:
            return build()
        except (PersistError, problems.Malformed):
            raise
        except Exception as error:
            raise problems.bad_value(kind, error) from error

    def make_code(self, parts: dict[str, Any], is_survey: bool) -> tuple[Any, Any] | None:
        """Returns a function with empty cells and its place in the program; None in a survey.

        Raises:
            UntrustedError: Nobody has admitted the place of its code.
            RebuildError: Its code is not there, or is other code by now.
        """
        name = problems.text_part(parts, "code", "id")
        halves = names.split_location(name)
        if halves is None:
            raise problems.bad_name(name)
        if not self._policy.admits_location(name):
            raise problems.not_allowed(name, "code location")
        given = self._policy.given_at(name)
        if given is None:
            module, may_differ = self._policy.look_up(halves.module), self._policy.is_own(name)
            place = code.place_of(parts, module, may_differ=may_differ)
        else:
            place = code.place_among(parts, given)
        return None if is_survey else (code.make(parts, place), place)

    def fill_code(self, made: tuple[Any, Any], parts: dict[str, Any]) -> object:
        """Gives a function what it captured and what it has of its own, and returns it."""
        function, place = made
        code.fill(function, parts, place)
        return function

    def declared_secret(self, lc_id: list[str], class_name: str | None, field: str) -> object:
        """Returns the value of a secret in LangChain's spelling, where the class declares one.

        `class_name` is empty outside a class, and None in one that was refused.

        Raises:
            MissingSecretError: The caller has not given it back.
        """
        name = lc_id[0] if len(lc_id) == 1 else ""
        if class_name is None:
            return (
                None if self._returned.is_from_env else self._returned.secret(name, declared=None)
            )
        if not class_name:
            raise problems.rebuild("invalid_state", f"the secret `{name}` stands outside a class")
        cls = self._class(class_name)
        declared = self._adapters.secrets_of(class_name, cls)
        if field not in declared:
            raise problems.rebuild(
                "invalid_state", f"the secret `{name}` stands where the class declares none"
            )
        if not secrets.is_called(name, declared[field]):
            raise problems.rebuild(
                "invalid_state",
                f"the secret `{name}` stands where the class declares `{declared[field]}`",
            )
        value = secrets.given_as("str", self._returned.secret(name, declared[field]))
        return self._adapters.wrap_secret(cls, field, str(value))

    def plain_secret(
        self,
        parts: dict[str, Any],
        context: str,
        place: tuple[str | None, str, str, object, bool] | None,
    ) -> object:
        """Returns the value of a secret that stood in an attribute as plain text or bytes.

        `place` has the class, None where it was refused, the field, the attribute (that, or an
        entry of arguments in it), the key in headers, and whether it is in a container of secrets.

        Raises:
            MissingSecretError: The caller has not given it back.
            RebuildError: `invalid_state`, nothing would have been left out there.
        """
        name, kind = (problems.text_part(parts, "secret", part) for part in ("name", "type"))
        if "v" in parts:
            raise problems.Malformed("a node `secret` has no member `v` in an attribute")
        if place is None:
            raise problems.rebuild(
                "invalid_state", f"the secret `{name}` stands in no attribute of an object"
            )
        class_name, field, attribute, header, is_among = place
        if class_name is None:
            return self._returned.secret(name, declared=None)
        cls = self._class(class_name)
        declared = self._adapters.secrets_of(class_name, cls).get(field)
        if not secrets.is_called(name, context):
            raise problems.rebuild(
                "invalid_state",
                f"the secret `{name}` stands in `{context}`, where none of that name was",
            )
        value = secrets.given_as(kind, self._returned.secret(name, declared))
        plan = _native.plan_of(cls, self._adapters.plan_for)
        if not plan.is_component or not secrets.is_omitted(attribute, header, value, is_among):
            raise problems.rebuild(
                "invalid_state",
                f"the secret `{name}` stands in `{context}`, which holds none by its name or value",
                hint="give back an address with the credentials that it had",
            )
        return value

    def check_endpoints(
        self, thing: object, class_name: str, given: dict[str, Any] | None, is_nearest: bool = True
    ) -> None:
        """Refuses an object that reaches a secret and talks to an address nobody has admitted.

        The object, or the parts of its node where it is not built. `given` has the parts of a node
        without a secret: its class takes from the environment what they do not give. `is_nearest`
        is false for an object that only lies around one that has the secret.

        Raises:
            UntrustedError: `endpoint_not_allowed`.
        """
        # The defaults of a class that the text itself made say nothing of where a secret may go.
        is_made = class_name.startswith("<made>:")
        cls = object if is_made else self._class(class_name)
        fields = self._adapters.endpoints_of(cls)
        if not is_nearest:
            senders = self._adapters.senders_of(class_name, cls)
            if senders is None:
                return
            fields = senders
        # Where it is given all its keys, it takes none but what its client sends beside them.
        if given is not None and not self._sends_more(cls):
            held = given_in(given)
            keys = self._adapters.secrets_of(class_name, cls)
            if all(secrets.is_given(held.get(field)) for field in keys):
                return
        self._returned.check_addresses(class_name, cls, given_in(thing), fields)

    def check_repeated(
        self, name: str, made: object, again: object, build: Build, parts: tuple[Any, ...]
    ) -> None:
        """Refuses an object of a changed class that is another once all of its state is there.

        Raises:
            RebuildError: `class_changed`.
        """
        from persist.state import repeated

        repeated.check(name, (made, again), lambda: build(*parts), self._adapters.plan_for)

    def check_captured(self, parts: dict[str, Any]) -> None:
        """Refuses a function around a secret that captured an address nobody has admitted.

        Raises:
            UntrustedError: `endpoint_not_allowed`.
        """
        name = problems.text_part(parts, "code", "id")
        self._returned.check_addresses(name, object, captured_in(parts), ())

    def check_map(self, held: dict[Any, Any]) -> None:
        """Refuses a plain map that holds a secret, and an address nobody has admitted.

        Raises:
            UntrustedError: `endpoint_not_allowed`.
        """
        self._returned.check_addresses("dict", object, held, ())

    def merged(self, rows: list[tuple[str, PersistError]]) -> PersistError:
        """Returns the one error for everything that is missing."""
        return problems.merged(self._recorded.completed(rows, self._policy), allow_line)

    def _class(self, name: str) -> type:
        _check_name(name)
        if not self._policy.admits_class(name):
            raise problems.not_allowed(name, "class")
        found = values.INTERPRETER_TYPES.get(name) or self._policy.look_up(name)
        if not isinstance(found, type):
            raise problems.rebuild("missing_name", f"`{name}` is no class")
        return found

    def _bound(self, parts: dict[str, Any]) -> object:
        return self._returned.bound(problems.text_part(parts, "bind", "name"))

    def _named(self, parts: dict[str, Any]) -> object:
        name = problems.text_part(parts, "name", "id")
        if name in self._found:
            return self._found[name]
        _check_name(name)
        if not self._policy.admits_value(name):
            raise problems.not_allowed(name, "value")
        if name in values.INTERPRETER_TYPES:
            return values.INTERPRETER_TYPES[name]
        found = self._found[name] = self._policy.look_up(name)
        return found

    def _constant(self, parts: dict[str, Any]) -> object:
        name = problems.text_part(parts, "constant", "id")
        _check_name(name)
        if not self._policy.admits_value(name):
            raise problems.not_allowed(name, "value")
        return constants.find(name, self._adapters.is_constant(name))

    def _generic(self, parts: dict[str, Any], is_survey: bool) -> object:
        if not is_survey:
            return forms.build(parts, self._value_class, self._adapters.parametrized)
        name = problems.text_part(parts, "generic", "id")
        return None if name in forms.ORIGINS else self._value_class(name)

    def _parametrized(self, parts: dict[str, Any], is_survey: bool) -> object:
        """Returns a class with arguments that an object is to be made of."""
        name = problems.text_part(parts, "generic", "id")
        if is_survey:
            return self._class(name)
        if "old" not in parts or name in forms.ORIGINS:
            raise problems.rebuild("invalid_state", f"`{name[:100]}` makes no class of an object")
        made = forms.build(parts, self._class, self._adapters.parametrized)
        return self._nameless.keep(made)

    def _value_class(self, name: str) -> object:
        """Returns a class that may stand as a value."""
        found = self._named({"id": name})
        if not isinstance(found, type):
            raise problems.rebuild("missing_name", f"`{name}` is no class")
        return found

    def _member(self, parts: dict[str, Any]) -> object:
        if ("name" in parts) == ("value" in parts) or ("names" in parts) != ("value" in parts):
            raise problems.Malformed("a node `enum` has not just `name`, or `value` and `names`")
        if ("class" in parts) == ("id" in parts):
            raise problems.Malformed("a node `enum` has not just one of `class` and `id`")
        if "class" in parts:
            cls = parts["class"]
            if not isinstance(cls, type) or not self._nameless.has(cls):
                raise problems.Malformed("the class of a member is none that a node has made")
            class_name = cls.__qualname__
        else:
            class_name = problems.text_part(parts, "enum", "id")
            cls = self._class(class_name)
        if not issubclass(cls, enum.Enum):
            raise problems.rebuild("class_changed", f"`{class_name}` is no enumeration any more")
        record = None if "class" in parts else (self._classes or {}).get(class_name)
        return enums.find(cls, class_name, parts, record)


def _check_name(name: str) -> None:
    if not names.is_name(name):
        raise problems.bad_name(name)
