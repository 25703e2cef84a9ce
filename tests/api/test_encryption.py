"""Encrypted snapshots: who may read them does, others are told why not, and no key is shown."""

from __future__ import annotations

import copy
import inspect
import os
import pathlib
import pickle
import stat
import traceback
from collections.abc import Callable
from typing import Any

import persist
import pyrage
import pytest

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures"
STATE = {"name": "Zoë", "step": 3}
WORD = "open sesame"

Read = Callable[..., Any]
READERS = [persist.restore, persist.get_metadata, persist.verify_snapshot]


def passphrase(text: str = WORD) -> persist.Passphrase:
    """A passphrase that costs nothing."""
    return persist.Passphrase(text, work_factor=4)


def refusal(function: Read, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(persist.EncryptionError) as caught:
        function(*args, **kwargs)
    assert caught.value.location is not None
    assert caught.value.hint
    return caught.value.kind


def bad_argument(function: Read, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(persist.ConfigurationError) as caught:
        function(*args, **kwargs)
    assert caught.value.kind == "bad_argument"
    return str(caught.value).removeprefix("bad argument ")


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "agent.json.gz"


@pytest.mark.parametrize("name", ["a.json.gz", "a.json.zst", "a.json"])
def test_each_of_many_readers_opens_what_was_saved_for_them(
    tmp_path: pathlib.Path, name: str
) -> None:
    place = tmp_path / name
    mine, yours = persist.generate_identity(), persist.generate_identity()
    written = persist.snapshot(
        STATE, place, "agent", encryption=[mine, persist.Recipients(yours.recipients)]
    )
    for key in (mine, yours, [passphrase(), persist.generate_identity(), yours]):
        assert persist.restore(place, encryption=key) == STATE
        assert persist.get_metadata(place, encryption=key) == written
        assert persist.verify_snapshot(place, encryption=key) == (None, None)
    assert b"agent" not in place.read_bytes()
    opened = pyrage.decrypt(place.read_bytes(), [pyrage.x25519.Identity.from_str(mine.reveal())])
    assert len(opened) == written["compressed_size"]


def test_a_passphrase_opens_what_it_sealed(path: pathlib.Path) -> None:
    persist.snapshot(STATE, path, encryption=passphrase())
    assert persist.restore(path, encryption=[passphrase("another"), passphrase()]) == STATE
    assert path.read_bytes().splitlines()[1].endswith(b" 4")


def test_a_passphrase_costs_a_second_unless_told_otherwise(path: pathlib.Path) -> None:
    persist.snapshot(STATE, path, encryption=persist.Passphrase(WORD))
    assert path.read_bytes().splitlines()[1].endswith(b" 18")


@pytest.mark.parametrize("read", READERS)
def test_a_key_that_does_not_fit_is_told_by_kind(path: pathlib.Path, read: Read) -> None:
    for key in (persist.generate_identity(), passphrase()):
        persist.snapshot(STATE, path, encryption=key)
        assert refusal(read, path) == "key_required"
        assert refusal(read, path, encryption=persist.generate_identity()) == "wrong_key"
        assert refusal(read, path, encryption=passphrase("another")) == "wrong_key"


@pytest.mark.parametrize("read", READERS)
def test_a_key_for_what_is_in_clear_is_told(path: pathlib.Path, read: Read) -> None:
    persist.snapshot(STATE, path)
    key = persist.generate_identity()
    if read is persist.verify_snapshot:
        assert persist.verify_snapshot(path, encryption=key).reason == "not_encrypted"
    else:
        assert refusal(read, path, encryption=key) == "not_encrypted"


def test_verification_says_what_is_wrong_and_raises_only_for_the_key(path: pathlib.Path) -> None:
    key = persist.generate_identity()
    persist.snapshot(STATE, path, encryption=key)
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole + b"\0", whole[:-20] + b"\0" + whole[-19:]):
        path.write_bytes(damaged)
        answer = persist.verify_snapshot(path, encryption=key)
        assert (bool(answer), answer.reason) == (False, "damaged_ciphertext")
        assert refusal(persist.restore, path, encryption=key) == "damaged_ciphertext"
    path.unlink()
    assert persist.verify_snapshot(path, encryption=key).reason == "not_found"
    assert persist.snapshot_exists(path) is False


def test_a_passphrase_that_asks_for_too_much_work_is_refused() -> None:
    costly = FIXTURES / "age" / "costly.json.age"
    with pytest.raises(persist.FormatError) as caught:
        persist.restore(costly, encryption=passphrase())
    assert caught.value.kind == "too_large"
    assert persist.verify_snapshot(costly, encryption=passphrase()).reason == "too_large"


def test_a_snapshot_is_never_replaced_where_the_keys_say_nothing(path: pathlib.Path) -> None:
    persist.snapshot(STATE, path)
    before = path.read_bytes()
    for keys, reason in [
        ([], "holds no key"),
        ([passphrase(), passphrase()], "holds a passphrase beside another key…"),
        ([passphrase(), persist.generate_identity()], "holds a passphrase beside another key…"),
        (
            "secret",
            "must be `Passphrase`, `Recipients` or `Identity`, or several of them, not `str`",
        ),
        (
            ["secret"],
            "must be `Passphrase`, `Recipients` or `Identity`, or several of them, not `str`",
        ),
        (7, "must be `Passphrase`, `Recipients` or `Identity`, or several of them, not `int`"),
    ]:
        text = bad_argument(persist.snapshot, STATE, path, encryption=keys)
        assert text.startswith(f"`encryption`: {reason}".rstrip("…")), text
    assert path.read_bytes() == before


@pytest.mark.parametrize("read", READERS)
def test_recipients_open_nothing(path: pathlib.Path, read: Read) -> None:
    recipients = persist.Recipients(persist.generate_identity().recipients)
    text = bad_argument(read, path, encryption=recipients)
    assert text.startswith("`encryption`: holds recipients only, which open nothing")


def test_what_is_replaced_may_change_its_keys(path: pathlib.Path) -> None:
    first, second = persist.generate_identity(), persist.generate_identity()
    persist.snapshot(STATE, path, encryption=first)
    persist.snapshot(
        persist.restore(path, encryption=first), path, encryption=second, overwrite=True
    )
    assert refusal(persist.restore, path, encryption=first) == "wrong_key"
    assert persist.restore(path, encryption=second) == STATE
    with pytest.raises(persist.SnapshotExistsError):
        persist.snapshot(STATE, path, encryption=second, overwrite=False)


def test_memory_holds_encrypted_snapshots_too() -> None:
    key = persist.generate_identity()
    persist.snapshot(STATE, "memory://encrypted", encryption=key)
    assert refusal(persist.restore, "memory://encrypted") == "key_required"
    assert persist.restore("memory://encrypted", encryption=key) == STATE


def test_progress_is_heard_in_bytes_of_the_state(path: pathlib.Path) -> None:
    key = persist.generate_identity()
    heard: list[tuple[int, int | None]] = []
    written = persist.snapshot(
        ["x" * 3_000_000], path, encryption=key, progress=lambda *each: heard.append(each)
    )
    assert heard[-1] == (written["uncompressed_size"],) * 2
    persist.restore(path, encryption=key, progress=lambda *each: heard.append(each))
    assert heard[-1] == (written["uncompressed_size"],) * 2


# Keys and where they come from


def test_a_key_file_is_for_its_owner_alone(tmp_path: pathlib.Path) -> None:
    identity, file = persist.generate_identity(), tmp_path / "key.txt"
    identity.to_file(file)
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = persist.Identity.from_file(file)
    assert (again.reveal(), again.recipients) == (identity.reveal(), identity.recipients)
    with pytest.raises(persist.StorageError) as caught:
        persist.generate_identity().to_file(file)
    assert caught.value.filename == str(file)
    assert persist.Identity.from_file(str(file)).reveal() == identity.reveal()


def test_keys_come_from_files(tmp_path: pathlib.Path) -> None:
    pair = [persist.generate_identity(), persist.generate_identity()]
    file = tmp_path / "keys"
    file.write_text("# both\n\n" + "\n".join(each.reveal() for each in pair))
    both = persist.Identity.from_file(file)
    assert both.recipients == [each.recipients[0] for each in pair]
    assert both.reveal().splitlines() == [each.reveal() for each in pair]
    file.write_text("# them\n" + "\r\n".join(both.recipients))
    assert persist.Recipients.from_file(file).keys == both.recipients
    assert persist.Recipients(both.recipients[0]).keys == both.recipients[:1]
    for text in (WORD, f"{WORD}\n", f"{WORD}\r\n"):
        file.write_bytes(text.encode())
        word = persist.Passphrase.from_file(file, work_factor=4)
        persist.snapshot(STATE, "memory://from-file", encryption=word)
        assert persist.restore("memory://from-file", encryption=passphrase()) == STATE


def test_a_bad_key_file_is_told_by_line_and_never_by_what_it_says(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "key.txt"
    secret = persist.generate_identity().reveal()
    for content, function, text in [
        (f"{secret}\n{secret[1:]}", persist.Identity.from_file, "`identity`: line 2 is none"),
        (secret, persist.Recipients.from_file, "`recipient`: line 1 is none"),
        ("# nothing\n", persist.Identity.from_file, "`identity`: there is none in the text"),
        ("", persist.Passphrase.from_file, "`passphrase`: is empty"),
        ("\n", persist.Passphrase.from_file, "`passphrase`: is empty"),
        (
            "x" * 2**21,
            persist.Identity.from_file,
            f"`path`: `{file}` is too long for a file of keys",
        ),
    ]:
        file.write_text(content)
        assert bad_argument(function, file) == text
    file.write_bytes(b"\xff")
    text = bad_argument(persist.Passphrase.from_file, file)
    assert text == f"`path`: `{file}` is not valid UTF-8"
    with pytest.raises(persist.StorageError) as caught:
        persist.Identity.from_file(tmp_path / "missing")
    assert (caught.value.kind, caught.value.location) == ("storage", str(tmp_path / "missing"))


def test_the_environment_gives_keys_when_asked_and_turns_nothing_on(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for make, name in [
        (persist.Passphrase.from_env, "PERSIST_PASSPHRASE"),
        (persist.Identity.from_env, "PERSIST_IDENTITY_FILE"),
    ]:
        monkeypatch.delenv(name, raising=False)
        assert bad_argument(make) == f"`environment`: `{name}` is not set"
    identity, file, place = persist.generate_identity(), tmp_path / "key.txt", tmp_path / "a.json"
    identity.to_file(file)
    monkeypatch.setenv("PERSIST_IDENTITY_FILE", str(file))
    monkeypatch.setenv("PERSIST_PASSPHRASE", WORD)
    persist.snapshot(STATE, place)
    assert place.read_bytes().startswith(b'{"agent_state":')
    persist.snapshot(STATE, place, encryption=persist.Identity.from_env())
    assert refusal(persist.restore, place) == "key_required"
    assert persist.restore(place, encryption=identity) == STATE
    persist.snapshot(STATE, place, encryption=persist.Passphrase.from_env(work_factor=4))
    assert persist.restore(place, encryption=passphrase()) == STATE


def test_a_key_that_is_none_is_refused_without_being_shown() -> None:
    secret = persist.generate_identity().reveal()
    for function, value, text in [
        (persist.Passphrase, "", "`passphrase`: is empty"),
        (persist.Passphrase, 7, "`passphrase`: must be a string, not `int`"),
        (
            persist.Passphrase,
            "\ud800",
            "`passphrase`: is not valid Unicode: it holds a lone surrogate",
        ),
        (persist.Identity, secret[:-1], "`identity`: is no identity…"),
        (persist.Identity, b"key", "`identity`: must be a string, not `bytes`"),
        (persist.Recipients, secret, "`recipient`: is no recipient…"),
        (persist.Recipients, [secret], "`recipient`: is no recipient…"),
        (persist.Recipients, [], "`keys`: holds no recipient"),
        (persist.Recipients, 7, "`keys`: must be strings `age1…`, not `int`"),
    ]:
        with pytest.raises(persist.ConfigurationError) as caught:
            function(value)
        assert str(caught.value).startswith(f"bad argument {text}".removesuffix("…"))
        assert secret[20:40] not in "".join(traceback.format_exception(caught.value))
    for work_factor in (0, 21, -1, 300, 2**70):
        text = bad_argument(persist.Passphrase, WORD, work_factor=work_factor)
        number = work_factor if work_factor < 2**63 else "an integer of more than 64 bits"
        assert text == f"`work_factor`: {number} is not from 1 to 20"
    # True would be next to no work.
    for no_number in (True, "12", 12.0):
        text = bad_argument(persist.Passphrase, WORD, work_factor=no_number)
        assert text == f"`work_factor`: must be an integer, not `{type(no_number).__name__}`"


SECRETS = [persist.generate_identity(), passphrase()]


@pytest.mark.parametrize("key", SECRETS, ids=["identity", "passphrase"])
def test_no_key_is_printed_pickled_or_copied(key: persist.Identity | persist.Passphrase) -> None:
    shown = f"{key!r} {key} {format(key)}"
    assert shown == " ".join([f"{type(key).__name__}(…)"] * 3)
    assert not hasattr(key, "__dict__")
    for take in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="a key is not pickled"):
            take(key)
    secret = key.reveal() if isinstance(key, persist.Identity) else WORD
    for name in dir(key):
        value = getattr(key, name)
        if name != "reveal" and not inspect.isroutine(value):
            assert secret not in repr(value), name


@pytest.mark.parametrize("key", SECRETS, ids=["identity", "passphrase"])
def test_no_traceback_has_a_key_among_its_locals(
    path: pathlib.Path, key: persist.Identity | persist.Passphrase
) -> None:
    secret = key.reveal() if isinstance(key, persist.Identity) else WORD
    persist.snapshot(STATE, path, encryption=key)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(persist.EncryptionError) as caught:
        persist.restore(path, encryption=key)
    assert secret not in str(pickle.dumps(caught.value))
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    # The outermost frame is this one.
    assert len(told.stack) > 1
    for frame in list(told.stack)[1:]:
        assert secret not in str(frame.locals)


@pytest.mark.parametrize("key", SECRETS, ids=["identity", "passphrase"])
def test_a_key_in_an_agent_is_refused_and_may_be_bound(
    key: persist.Identity | persist.Passphrase,
) -> None:
    with pytest.raises(persist.CaptureError) as caught:
        persist.snapshot({"key": key}, "memory://key")
    assert [(each.path, each.kind) for each in caught.value.problems] == [
        ("$.key", "unsupported_value")
    ]
    persist.snapshot({"key": key}, "memory://key", bind={"key": key})
    assert persist.restore("memory://key", bind={"key": key})["key"] is key


# The same format as others


def test_another_implementation_reads_ours(path: pathlib.Path) -> None:
    identity = persist.generate_identity()
    theirs = pyrage.x25519.Identity.generate()
    persist.snapshot(STATE, "memory://clear")
    agent = {"text": "x" * 200_000, **STATE}
    recipients = persist.Recipients([*identity.recipients, str(theirs.to_public())])
    persist.snapshot(agent, path, encryption=recipients, compression="none")
    for key in (theirs, pyrage.x25519.Identity.from_str(identity.reveal())):
        plain = pyrage.decrypt(path.read_bytes(), [key])
        assert plain.startswith(b'{"agent_state":{')
        path.with_suffix(".json").write_bytes(plain)
        assert persist.restore(path.with_suffix(".json")) == agent
    persist.snapshot(agent, path, encryption=passphrase(), compression="none")
    plain = pyrage.passphrase.decrypt(path.read_bytes(), WORD)
    path.with_suffix(".json").write_bytes(plain)
    assert persist.restore(path.with_suffix(".json")) == agent


@pytest.mark.parametrize("name", ["null.json", "blocks.json.gz", "blocks.json.zst", "long.json"])
def test_we_read_what_another_implementation_wrote(path: pathlib.Path, name: str) -> None:
    clear = FIXTURES / "v1" / name
    identity = persist.generate_identity()
    key = pyrage.x25519.Recipient.from_str(identity.recipients[0])
    path.write_bytes(pyrage.encrypt(clear.read_bytes(), [key]))
    assert persist.verify_snapshot(path, encryption=identity)
    assert persist.restore(path, encryption=identity) == persist.restore(clear)
    assert persist.get_metadata(path, encryption=identity) == persist.get_metadata(clear)


def test_we_read_passphrases_of_another_implementation(path: pathlib.Path) -> None:
    clear = FIXTURES / "v1" / "null.json"
    path.write_bytes(pyrage.passphrase.encrypt(clear.read_bytes(), WORD))
    assert persist.restore(path, encryption=persist.Passphrase(WORD)) == persist.restore(clear)


@pytest.mark.parametrize("read", READERS)
def test_forms_that_are_not_read_are_told_with_a_key_and_without(
    path: pathlib.Path, read: Read
) -> None:
    one = persist.Identity.from_file(FIXTURES / "age" / "one.txt")
    armored = (FIXTURES / "age" / "armored.json.gz.age").read_bytes()
    to_one = [pyrage.x25519.Recipient.from_str(one.recipients[0])]
    persist.snapshot(STATE, path, encryption=one)
    twice = pyrage.encrypt(path.read_bytes(), to_one)
    form = "it is encrypted and armored; only the binary form is read"
    for text, what, keys in (
        (armored, form, (None, one, passphrase())),
        # As a text may come that was pasted.
        (b"\r\n " + armored, form, (None, one)),
        (pyrage.encrypt(armored, to_one), form, (one,)),
        (twice, "it is encrypted twice; only one encryption is opened", (one,)),
    ):
        path.write_bytes(text)
        for key in keys:
            assert told(read, path, encryption=key) == ("not_a_snapshot", what)


def told(read: Read, path: pathlib.Path, **arguments: Any) -> tuple[str | None, str]:
    """Returns the kind of what is wrong, and what was found."""
    text: str | None
    try:
        answer = read(path, **arguments)
    except persist.PersistError as error:
        kind, text = error.kind, str(error)
    else:
        kind, text = answer.reason, answer.detail
    assert text is not None
    start = f"`{path}` is not a snapshot: "
    assert text.startswith(start), text
    return kind, text.removeprefix(start)


def test_files_of_the_stock_tool_and_of_this_release_stay_readable() -> None:
    folder = FIXTURES / "age"
    one, two = (persist.Identity.from_file(folder / f"{name}.txt") for name in ("one", "two"))
    word = persist.Passphrase.from_file(folder / "passphrase.txt")
    assert persist.Recipients.from_file(folder / "recipients.txt").keys == [
        *one.recipients,
        *two.recipients,
    ]
    for name, key, same in [
        ("one.json.gz.age", one, "v1/text.json.gz"),
        ("both.json.zst.age", two, "v1/blocks.json.zst"),
        ("earlier.json.gz.age", two, "upstream-0.1.0/plain.json.gz"),
        ("passphrase.json.age", word, "v1/text.json"),
    ]:
        assert persist.verify_snapshot(folder / name, encryption=key)
        said = persist.get_metadata(folder / name, encryption=key)
        assert said == persist.get_metadata(FIXTURES / same)
    for key in (one, two):
        assert persist.restore(folder / "ours.json.gz.age", encryption=key) == STATE
