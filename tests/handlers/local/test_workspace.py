import asyncio
import contextlib
import os
import signal
import socket
import sys
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from handlers.local.errors import StartFailed
from handlers.local.sockets import listening
from handlers.local.workspace import LocalWorkspace
from tests.localslack import LocalSlack, binary, local_slack, wait_for

pytestmark = pytest.mark.slack


def folder_of(pid: int) -> Path:
    return Path(f"/proc/{pid}/cwd").readlink()


def gone(pid: int, folder: Path) -> bool:
    return not Path(f"/proc/{pid}").exists() and not folder.exists()


def variables_of(pid: int) -> set[str]:
    environment = Path(f"/proc/{pid}/environ").read_text(encoding="utf-8").split("\0")
    return {line.partition("=")[0] for line in environment if line}


async def test_only_this_machine_can_reach_it(slack: LocalSlack) -> None:
    """Of all the addresses of the machine it listens on 127.0.0.1 alone, as the kernel tells it."""
    pid = slack.workspace.pid
    assert pid is not None

    assert listening(pid) == {(IPv4Address("127.0.0.1"), slack.workspace.port)}


async def test_it_leaves_no_process_and_no_file() -> None:
    """After the end neither its process nor the folder it ran in is there any more."""
    async with local_slack() as slack:
        pid = slack.workspace.pid
        assert pid is not None
        folder = folder_of(pid)
        assert not gone(pid, folder)

    assert gone(pid, folder)


async def test_it_does_not_outlive_whoever_started_it() -> None:
    """When the process that started it is killed outright, it ends and removes its files by itself."""
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from handlers.local.workspace import LocalWorkspace\n"
        "async def main():\n"
        "    async with LocalWorkspace(Path(sys.argv[1]), port=0) as workspace:\n"
        "        print(workspace.pid, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(binary()), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    folder = folder_of(pid)

    parent.kill()
    await parent.wait()

    try:
        await wait_for(lambda: gone(pid, folder), "the end of the workspace")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


async def test_a_taken_port_is_no_obstacle(caplog: pytest.LogCaptureFixture) -> None:
    """Where the port is taken it moves to a free one, and says so."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        async with local_slack(port=port) as slack:
            assert slack.workspace.moved
            assert slack.workspace.port != port
            assert (await slack.api("auth.test"))["ok"]

    assert f"port {port} is taken" in caplog.text


async def test_a_program_that_is_no_workspace_is_told_apart() -> None:
    """A binary that ends without a word stops the start with an error, and leaves nothing behind."""
    with pytest.raises(StartFailed, match="ended at once"):
        async with LocalWorkspace(Path("/bin/true")):
            pass  # pragma: no cover - the line above raises


async def test_a_program_that_cannot_run_is_told_in_both_languages(tmp_path: Path) -> None:
    """What the system refuses to run ends in one sentence, in English and in Korean, and never in a trace."""
    with pytest.raises(StartFailed) as caught:
        async with LocalWorkspace(tmp_path / "nothing"):
            pass  # pragma: no cover - the line above raises

    assert "does not let its program run" in caught.value.sentence("en")
    assert "실행하지 못했어요" in caught.value.sentence("ko")


async def test_the_child_is_told_no_secrets(slack: LocalSlack) -> None:
    """Of this process's environment it gets four harmless variables and our own, never keys or tokens."""
    assert slack.workspace.pid is not None

    known = {"PATH", "HOME", "TMPDIR", "TZ", "BUN_OPTIONS", "MAEUM_LOCAL", "MAEUM_LOCAL_FAULTS"}
    assert variables_of(slack.workspace.pid) <= known


async def test_other_pages_and_foreign_names_are_turned_away(slack: LocalSlack) -> None:
    """A page from elsewhere in the same browser, or a foreign name that points to 127.0.0.1, gets nothing."""
    url = f"{slack.workspace.url}/_control/state"
    for headers in ({"Origin": "https://elsewhere.example"}, {"Host": f"elsewhere.example:{slack.workspace.port}"}):
        async with slack.session.get(url, headers=headers) as answer:
            assert answer.status == 403


async def test_the_controls_of_tests_are_shut_without_faults() -> None:
    """A workspace for people has none of the paths by which tests break things."""
    async with (
        local_slack(faults=False) as slack,
        slack.session.get(f"{slack.workspace.url}/_extras/calls") as answer,
    ):
        assert answer.status == 404
