"""What a restore admits, and that deciding it touches nothing."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from persist.adapters._registry import TABLES, row_of
from persist.adapters._row import Row
from persist.exceptions import ConfigurationError, RebuildError
from persist.state.policy import Policy, allow_line

QUESTIONS: list[Callable[[Policy, str], bool]] = [
    Policy.admits_class,
    Policy.admits_value,
    Policy.admits_call,
    lambda policy, name: policy.admits_method(name, "close"),
]

# Each has run code, opened a file or leaked a key where a reader admitted by module prefix, by
# base class or by what a name merely leads to.
GADGETS = [
    "os:system",
    "os",
    "posix:system",
    "builtins:eval",
    "builtins:exec",
    "builtins:getattr",
    "builtins:type",
    "builtins:__import__",
    "builtins:str.format",
    "subprocess:Popen",
    "importlib:import_module",
    "pickle:loads",
    "operator:attrgetter",
    "sys:modules",
    "langchain_core",
    "langchain_core.utils.env:os.environ",
    "langchain_core.utils.utils:guard_import",
    "langchain_core.callbacks.manager:handle_event",
    "langchain_core.callbacks.file:FileCallbackHandler",
    "langchain_core.load.load:Reviver",
    "langchain_core.load.load:Reviver.__call__.__globals__",
    "langchain_core.load.load:loads",
    "langchain_core.prompts.loading:load_prompt",
    "langchain_core.prompts.few_shot_with_templates:FewShotPromptWithTemplates",
    "langchain_core.documents.base:Blob",
    "langchain_core.utils.pydantic:create_model_v2",
    "langchain_classic.memory.entity:SQLiteEntityStore",
    "langchain_classic.storage.file_system:LocalFileStore",
    "langchain_classic.chains.summarize.chain:LoadingCallable",
    "langchain_classic.chat_models.base:_ConfigurableModel",
    "langchain_openai.chatgpt_oauth:_FileChatGPTOAuthTokenProvider",
    "langchain_openai.chat_models.codex:_ChatOpenAICodex",
    "langchain.agents.middleware.shell_tool:ShellToolMiddleware",
    "langchain.chat_models.base:init_chat_model",
    "langgraph.checkpoint.serde.jsonplus:JsonPlusSerializer",
    "langchain_community.tools.shell.tool:ShellTool",
    "langchain_experimental.utilities.python:PythonREPL",
    "pydantic.main:create_model",
    "pydantic.types:ImportString",
    "typing:ForwardRef",
    "typing:TypedDict",
]

ODD_NAMES = [
    "",
    "langchain_core.messages.human:HumanMessage\x00",
    "langchain_core.messages.human:HumanMessage ",
    "langchain_core.messages.human:\uff28umanMessage",
    "langchain_core.messages.human:HumanMessage.__class__",
    "langchain_core..messages.human:HumanMessage",
    ".langchain_core.messages.human:HumanMessage",
    "langchain_core/messages/human:HumanMessage",
    "langchain_core.messages.human:HumanMessage.content",
    "langchain_core.messages:HumanMessage",
    "langchain_core.messages.human.HumanMessage",
    "pydantic.types:SecretStr.get_secret_value",
]


class Watched:
    """Audit events of this process while it is on; a hook can never be taken off again."""

    def __init__(self) -> None:
        self.is_on = False
        self.events: list[str] = []
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[object, ...]) -> None:
        # pytest writes the running test's name to the environment.
        is_telling = event.partition(".")[0] in self.TELLING and not event.endswith("putenv")
        if self.is_on and is_telling:
            self.events.append(f"{event}{arguments[:1]!r}")

    TELLING = frozenset(
        [
            "compile",
            "ctypes",
            "exec",
            "import",
            "open",
            "os",
            "pickle",
            "shutil",
            "socket",
            "subprocess",
            "urllib",
        ]
    )


WATCHED = Watched()


@pytest.fixture
def untouched() -> Iterator[None]:
    """Fails the test if it imports, opens, runs or connects to anything."""
    WATCHED.events.clear()
    WATCHED.is_on = True
    yield
    WATCHED.is_on = False
    assert WATCHED.events == []


@pytest.fixture(scope="module", autouse=True)
def tables() -> None:
    """Reads the tables before anything is watched: they are files of this package."""
    for package in TABLES:
        row_of(f"{package}:x")


@pytest.fixture
def own_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "own_package").mkdir()
    (tmp_path / "own_package" / "__init__.py").write_text("import os\nfrom os import system\n")
    (tmp_path / "own_package" / "tools.py").write_text(
        "import os\nclass Tool:\n    def run(self): ...\ndef search(): ...\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield "own_package"
    for name in [name for name in sys.modules if name.partition(".")[0] == "own_package"]:
        del sys.modules[name]


def test_the_watch_notices_an_import_and_a_file(own_package: str) -> None:
    WATCHED.events.clear()
    WATCHED.is_on = True
    importlib.import_module(own_package)
    WATCHED.is_on = False
    assert {event.partition("(")[0] for event in WATCHED.events} >= {"open", "exec"}


class Own:
    class Inner:
        pass

    def method(self) -> None:
        """Is named by its class."""


def own_function() -> None:
    """Is given as itself."""


@pytest.mark.parametrize("name", [*GADGETS, *ODD_NAMES], ids=ascii)
def test_nothing_reviewed_admits_a_gadget(name: str, untouched: None) -> None:
    policy = Policy((), row_of)
    assert [question(policy, name) for question in QUESTIONS] == [False] * 4


@pytest.mark.parametrize("name", ODD_NAMES[:7], ids=ascii)
def test_no_allow_makes_an_odd_name_a_name(name: str, untouched: None) -> None:
    policy = Policy(["langchain_core", "pydantic"], row_of)
    assert [question(policy, name) for question in QUESTIONS] == [False] * 4


@pytest.mark.parametrize("name", [None, 1, b"os", ["os"], ("os", "x")])
def test_what_is_no_string_is_no_name(name: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Policy([name], row_of)
    assert caught.value.kind == "bad_argument"


def test_a_reviewed_class_may_be_built_and_nothing_else(untouched: None) -> None:
    policy = Policy((), row_of)
    for name in ("langchain_core.prompts.chat:ChatPromptTemplate", "functools:partial"):
        assert policy.admits_class(name)
        assert not policy.admits_value(name)
        assert not policy.admits_call(name)
        assert not policy.admits_method(name, "update")


def test_a_base_may_stand_as_a_type_and_has_no_instances(untouched: None) -> None:
    policy = Policy((), row_of)
    for name in ("langchain_core.tools.base:BaseTool", "builtins:object", "enum:Enum"):
        assert policy.admits_value(name)
        assert not policy.admits_class(name)
        assert not policy.admits_call(name)
        assert not policy.admits_method(name, "update")


def test_message_classes_and_plain_types_may_stand_as_values(untouched: None) -> None:
    policy = Policy((), row_of)
    assert policy.admits_value("langchain_core.messages.system:SystemMessage")
    assert policy.admits_value("builtins:list")
    assert not policy.admits_call("langchain_core.messages.system:SystemMessage")
    assert not policy.admits_class("builtins:list")


def test_a_reviewed_function_is_a_value_and_no_class(untouched: None) -> None:
    policy = Policy((), row_of)
    name = "langchain_core.example_selectors.length_based:_get_length_based"
    assert policy.admits_value(name)
    assert not policy.admits_class(name)
    assert not policy.admits_call(name)


def test_a_reviewed_method_is_admitted_as_that_pair_alone() -> None:
    rows = {"a:B.c": Row("a:B.c", role="method")}
    policy = Policy((), rows.get)
    assert policy.admits_method("a:B", "c")
    assert not policy.admits_method("a:B", "d")
    assert not policy.admits_value("a:B.c")
    assert not policy.admits_call("a:B.c")


def test_a_package_admits_its_classes_and_functions_on_a_dot_boundary(untouched: None) -> None:
    policy = Policy("myapp", row_of)
    for name in ("myapp:Agent", "myapp.tools:search", "myapp.a.b:C.Inner"):
        assert policy.admits_class(name)
        assert policy.admits_value(name)
    for name in ("myapplication:Agent", "myapp_tools:search", "my:Agent", "other.myapp:Agent"):
        assert not policy.admits_class(name)
        assert not policy.admits_value(name)


def test_a_submodule_does_not_admit_its_package(untouched: None) -> None:
    policy = Policy(["myapp.tools"], row_of)
    assert policy.admits_value("myapp.tools.web:fetch")
    assert not policy.admits_value("myapp:Agent")
    assert not policy.admits_value("myapp.other:Agent")


def test_what_is_called_needs_its_exact_name(untouched: None) -> None:
    assert not Policy("myapp", row_of).admits_call("myapp.tools:rebuild")
    policy = Policy("myapp.tools:rebuild", row_of)
    assert policy.admits_call("myapp.tools:rebuild")
    assert policy.admits_value("myapp.tools:rebuild")
    assert not policy.admits_value("myapp.tools:other")
    assert not policy.admits_value("myapp.tools:rebuild.inner")


def test_a_module_as_a_value_needs_its_exact_name(untouched: None) -> None:
    policy = Policy("myapp.tools", row_of)
    assert policy.admits_value("myapp.tools")
    assert not policy.admits_value("myapp.tools.web")
    assert not policy.admits_value("myapp")


def test_a_method_is_admitted_with_the_package_that_defines_it(untouched: None) -> None:
    policy = Policy("myapp", row_of)
    assert policy.admits_method("myapp.tools:Tool", "run")
    assert not policy.admits_method("langchain_core.callbacks.file:FileCallbackHandler", "close")
    assert not policy.admits_method("myapp.tools:Tool", "__reduce_ex__")


def test_a_row_of_a_location_means_its_code_alone_whatever_is_allowed() -> None:
    name = "langchain_core.output_parsers:f.<locals>.g"
    row = Row(name, role="location")
    listed = Policy("langchain_core", {name: row}.get)
    assert listed.admits_location(name)
    assert not listed.is_own(name)
    assert Policy("langchain_core", lambda name: None).is_own(name)
    assert not Policy((), lambda name: None).is_own(name)


def test_one_name_one_class_and_one_function_count_as_one() -> None:
    assert Policy("myapp", row_of).admits_class("myapp:A")
    assert Policy(Own, row_of).admits_class(f"{__name__}:Own")
    assert Policy(own_function, row_of).admits_value(f"{__name__}:own_function")
    assert Policy(iter([Own, "myapp"]), row_of).admits_class("myapp:A")


def test_a_class_that_was_given_admits_itself_alone() -> None:
    policy = Policy([Own], row_of)
    assert policy.admits_class(f"{__name__}:Own")
    assert policy.admits_call(f"{__name__}:Own")
    assert not policy.admits_class(f"{__name__}:Own.Inner")
    assert not policy.admits_method(f"{__name__}:Own", "method")


@pytest.mark.parametrize(
    "allow", [None, 3, b"myapp", b"", bytearray(b"m"), 1.5, {}, {"myapp": "Agent"}], ids=ascii
)
def test_what_holds_no_entries_is_refused(allow: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Policy(allow, row_of)
    assert caught.value.kind == "bad_argument"
    assert str(caught.value) == (
        "bad argument `allow`: must be a name, a class or function, or an iterable of these,"
        f" not `{type(allow).__qualname__}`"
    )


@pytest.mark.parametrize(
    ("allow", "kind"),
    [
        (["myapp", 3], "int"),
        ([None], "NoneType"),
        ([b"myapp"], "bytes"),
        ([("myapp",)], "tuple"),
        ([sys], "module"),
        ([Own().method], "method"),
        ([Own()], "Own"),
        ([SimpleNamespace()], "SimpleNamespace"),
    ],
    ids=ascii,
)
def test_an_entry_of_another_kind_is_refused(allow: object, kind: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Policy(allow, row_of)
    assert caught.value.kind == "bad_argument"
    assert str(caught.value) == (
        f"bad argument `allow`: an entry must be a name, a class or a function, not `{kind}`"
    )


@pytest.mark.parametrize(
    "entry",
    ["", "my app", "myapp.", ".myapp", "myapp:", "myapp:A:B", "my/app", "m\x00", "*", "\u24des"],
)
def test_an_entry_that_is_no_name_is_refused(entry: str, untouched: None) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Policy([entry], row_of)
    assert caught.value.kind == "bad_argument"
    assert str(caught.value) == (
        f"bad argument `allow`: `{ascii(entry)[1:-1]}` is not a name"
        " like `myapp` or `myapp.tools:search`"
    )


@pytest.mark.parametrize("entry", ["__main__", "__main__:Agent", "myapp.__main__:Agent"])
def test_a_script_is_not_admitted_by_name(entry: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Policy(entry, row_of)
    assert caught.value.kind == "bad_argument"
    assert str(caught.value) == f"bad argument `allow`: `{entry}` is not importable"
    assert caught.value.hint == "pass the class or function itself"


def test_what_a_script_defined_comes_back_as_the_thing_given() -> None:
    policy = Policy([Own, own_function], row_of)
    assert policy.admits_class("__main__:Own")
    assert policy.look_up("__main__:Own") is Own
    assert policy.admits_value("__main__:own_function")
    assert policy.look_up("myapp.__main__:own_function") is own_function
    assert not policy.admits_class("__main__:Other")
    assert not policy.admits_class("other:Own")


def test_of_two_things_with_one_name_the_scripts_own_comes_first() -> None:
    theirs = type("Own", (), {"__module__": "__main__", "__qualname__": "Own"})
    for allow in ([Own, theirs], [theirs, Own]):
        assert Policy(allow, row_of).look_up("__main__:Own") is theirs


def test_a_package_never_reaches_what_it_imports(own_package: str) -> None:
    policy = Policy(own_package, row_of)
    assert (
        policy.look_up("own_package.tools:Tool")
        is importlib.import_module("own_package.tools").Tool
    )
    for name in ("own_package:os.system", "own_package:system", "own_package.tools:os"):
        with pytest.raises(RebuildError) as caught:
            policy.look_up(name)
        assert caught.value.kind == "missing_name"
    with pytest.raises(RebuildError):
        policy.look_up("own_package.os:system")


def test_nothing_is_imported_before_it_is_admitted(own_package: str) -> None:
    policy = Policy("own_package.tools:search", row_of)
    for question in QUESTIONS:
        question(policy, "own_package.tools:Tool")
        question(policy, "own_package.tools:search")
    assert own_package not in sys.modules
    assert isinstance(policy.look_up("own_package.tools:search"), type(own_function))


def test_the_line_to_type_names_every_entry_once() -> None:
    assert allow_line(["a.b:C", "__main__:Agent", "a.b:C", "os"]) == (
        "allow=['a.b:C', Agent, 'os']"
    )
