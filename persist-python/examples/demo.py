"""An agent talks, is saved, and goes on in another process. No key and no network are needed.

`make demo` runs this; the second process runs it with the location of the snapshot.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import persist
from langchain_classic.chains import ConversationChain
from langchain_classic.memory import ConversationBufferMemory
from listener import ListenerModel

QUESTION = "What did we talk about?"


def main() -> None:
    """Saves an agent and lets a second process go on with it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agent.json.gz"
        title(f"1. An agent talks, in process {os.getpid()}")
        agent = ConversationChain(llm=ListenerModel(), memory=ConversationBufferMemory())
        say(agent, "My name is Ada.")
        say(agent, "I am reading about the Difference Engine.")
        title("2. It is saved, in one file")
        persist.snapshot(agent, path, "demo_agent", "first_session", description="two things said")
        show(path)
        title("3. A second process restores it and goes on")
        sys.stdout.flush()
        subprocess.run([sys.executable, __file__, path], check=True)


def go_on(path: Path) -> None:
    """Restores the agent in this process and asks it what it remembers."""
    # `listener:ListenerModel` is this program's own class, so the program says that it may be made.
    agent = persist.restore(path, allow="listener")
    print(f"process {os.getpid()} has a {type(agent).__name__} of {agent.llm.calls} calls")
    say(agent, QUESTION)
    said = agent.memory.chat_memory.messages[-1].content
    if "Ada" not in said or "Difference Engine" not in said or agent.llm.calls != 3:
        sys.exit("the restored agent does not remember")


def say(agent: ConversationChain, text: str) -> None:
    """Says one thing to the agent and prints both sides."""
    print(f"  human  {text}")
    print(f"  agent  {agent.predict(input=text)}")


def show(path: Path) -> None:
    """Prints what can be known of a snapshot without building anything from it."""
    metadata = persist.get_metadata(path)
    for name in ("agent_id", "session_id", "timestamp", "description", "content_hash"):
        print(f"  {name:18} {metadata[name]}")
    print(f"  {'sizes':18} {metadata['uncompressed_size']} bytes of state", end="")
    print(f", {metadata['compressed_size']} in the file")
    print(f"  {'needs':18} {json.dumps(metadata['needs'])}")
    print(f"  {'verified':18} {bool(persist.verify_snapshot(path))}")
    title("   Any gzip and JSON reader shows the state")
    state = json.loads(gzip.decompress(path.read_bytes()))["agent_state"]
    history = state["dict"]["memory"]["dict"]["chat_memory"]
    print(json.dumps(history, indent=2))


def title(text: str) -> None:
    """Prints a heading."""
    print(f"\n{text}\n")


if __name__ == "__main__":
    # LangChain advises against the classes of this demo, which many programs run today.
    warnings.simplefilter("ignore")
    if sys.argv[1:]:
        go_on(Path(sys.argv[1]))
    else:
        main()
