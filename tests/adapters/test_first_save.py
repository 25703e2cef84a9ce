"""What the first save of a process imports: no more than it needs, or it would wait for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NEEDED = """
    adapters adapters._bases adapters._beside adapters._checks adapters._construct adapters._given
    adapters._model adapters._produced adapters._registry adapters._row adapters._secrets
    adapters._serializable adapters._tables adapters._templates adapters.classic adapters.langchain
    adapters.pydantic adapters.runnables
    state.admitted state.asked state.bases state.calls state.declared state.effort state.environment
    state.fingerprints state.held state.hints state.names state.patterns state.plans state.policy
    state.problems state.reconstructors state.registered state.secrets state.text state.views
"""

FIRST = """
import sys
import persist
from langchain_classic.chains import ConversationChain
from langchain_classic.memory import ConversationBufferMemory
from langchain_core.language_models import FakeListLLM

agent = ConversationChain(llm=FakeListLLM(responses=["yes"]), memory=ConversationBufferMemory())
agent.predict(input="hi")
before = set(sys.modules)
persist.snapshot(agent, sys.argv[1])
print(*sorted(sys.modules.keys() - before))
"""


def test_the_first_save_of_an_agent_of_models_imports_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", FIRST, str(tmp_path / "agent.json.gz")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    imported = done.stdout.split()
    assert [name for name in imported if name.startswith("persist.")] == [
        f"persist.{name}" for name in NEEDED.split()
    ]
    assert {name.partition(".")[0] for name in imported} - sys.stdlib_module_names == {"persist"}
