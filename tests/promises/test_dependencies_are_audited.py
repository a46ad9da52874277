"""`make check` fails for a dependency with a known vulnerability, and says in one line where it could not look."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
AUDIT: Final = ROOT / ".ci" / "audit"
SOUND: Final = {"name": "sound", "version": "1.0", "vulns": []}
LEFT_OUT: Final = {"name": "private", "skip_reason": "Dependency not found on PyPI and could not be audited"}
UNSOUND: Final = {
    "name": "unsound",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-2099-1", "fix_versions": ["1.1", "2.0"], "aliases": ["CVE-2099-1"], "description": "…"}],
}


def tool(folder: Path, *, pypi: object = None, osv: object = None, script: str = "") -> Path:
    """A pip-audit that says, of each service, what it is given; of one it is not given, that there is no network."""
    answers = {"pypi": pypi, "osv": osv}
    path = folder / "pip-audit"
    path.write_text(
        f"""#!{sys.executable}
import json, sys, time
{script}
said = json.loads({json.dumps(answers)!r})[sys.argv[sys.argv.index("--vulnerability-service") + 1]]
if said is None:
    sys.exit("requests.exceptions.ConnectionError: Max retries exceeded (NameResolutionError: who is that?)")
print(json.dumps({{"dependencies": said}}))
sys.exit(any(one.get("vulns") for one in said))
""",
        "utf-8",
    )
    path.chmod(0o700)
    return path


def audit(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script as `make check` does."""
    command = [sys.executable, str(AUDIT), *map(str, words)]
    env = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=env)  # noqa: S603 - ours


def test_nothing_known_is_said_with_nothing(tmp_path: Path) -> None:
    """Status 0 and no word; the second service is not asked."""
    done = audit("--tool", tool(tmp_path, pypi=[SOUND]))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("services", [{"pypi": [SOUND, UNSOUND]}, {"osv": [SOUND, UNSOUND]}])
def test_a_known_vulnerability_fails_with_its_id_and_what_mends_it(tmp_path: Path, services: dict[str, Any]) -> None:
    """Whichever service knows of it."""
    done = audit("--tool", tool(tmp_path, **services))
    assert done.returncode == 1
    assert "unsound 1.0: PYSEC-2099-1 (CVE-2099-1), mended in 1.1, 2.0" in done.stderr


def test_one_that_nobody_has_mended_fails_too(tmp_path: Path) -> None:
    """It says so; to go on all the same is a decision with a reason, below."""
    open_ended = {**UNSOUND, "vulns": [{"id": "PYSEC-2099-2", "fix_versions": [], "aliases": []}]}
    done = audit("--tool", tool(tmp_path, pypi=[open_ended]))
    assert done.returncode == 1
    assert "PYSEC-2099-2, no version mends it yet" in done.stderr


@pytest.mark.parametrize("name", ["PYSEC-2099-1", "CVE-2099-1"])
def test_what_is_ignored_needs_a_reason(tmp_path: Path, name: str) -> None:
    """By its id or by another name of it; without a reason the list itself fails."""
    listed = tmp_path / "ignored"
    listed.write_text(f"# why not\n{name} we never call that function\n", "utf-8")
    done = audit("--tool", tool(tmp_path, pypi=[UNSOUND]), "--ignored", listed)
    assert (done.returncode, done.stdout) == (0, "")
    listed.write_text(f"{name}\n", "utf-8")
    done = audit("--tool", tool(tmp_path, pypi=[UNSOUND]), "--ignored", listed)
    assert done.returncode == 1
    assert "without a reason" in done.stderr


def test_what_is_ignored_and_no_longer_there_is_told(tmp_path: Path) -> None:
    """So that the list does not grow old."""
    listed = tmp_path / "ignored"
    listed.write_text("PYSEC-2099-1 for some reason\n", "utf-8")
    done = audit("--tool", tool(tmp_path, pypi=[SOUND]), "--ignored", listed)
    assert done.returncode == 0
    assert "PYSEC-2099-1 is ignored but no longer found" in done.stdout


def test_without_a_network_one_line_says_that_it_was_skipped(tmp_path: Path) -> None:
    """Status 0: who works on a train can still check the rest."""
    done = audit("--tool", tool(tmp_path))
    assert done.returncode == 0
    assert done.stdout.startswith("audit skipped: ")
    assert done.stdout.count("\n") == 1


def test_an_index_without_such_data_does_not_pass_for_a_clean_one(tmp_path: Path) -> None:
    """A mirror that knows no vulnerabilities: pip-audit leaves every package out, and calls that none found."""
    done = audit("--tool", tool(tmp_path, pypi=[LEFT_OUT, {**LEFT_OUT, "name": "another"}]))
    assert done.returncode == 0
    assert done.stdout.startswith("audit skipped: ")
    assert done.stdout.count("\n") == 1


def test_packages_that_could_not_be_looked_up_are_counted(tmp_path: Path) -> None:
    """The rest was, and a vulnerability among it still fails."""
    done = audit("--tool", tool(tmp_path, pypi=[SOUND, LEFT_OUT]))
    assert (done.returncode, done.stdout) == (0, "audit: 1 of 2 packages could not be looked up\n")
    assert audit("--tool", tool(tmp_path, pypi=[UNSOUND, LEFT_OUT])).returncode == 1


def test_it_ends_in_time(tmp_path: Path) -> None:
    """A service that never answers holds up nobody for longer than it is given."""
    done = audit("--tool", tool(tmp_path, script="time.sleep(60)"), "--seconds", "1")
    assert done.returncode == 0
    assert "no answer in time" in done.stdout


def test_a_mistake_of_ours_does_not_pass_for_a_missing_network(tmp_path: Path) -> None:
    """A tool that is not there, and one that does not understand what it is told."""
    assert audit("--tool", tmp_path / "none").returncode == 1
    done = audit("--tool", tool(tmp_path, script='sys.exit("usage: pip-audit: unrecognized arguments")'))
    assert done.returncode == 1
    assert "unrecognized arguments" in done.stderr


def test_the_real_tool_understands_what_it_is_told(tmp_path: Path) -> None:
    """With every way out closed it is skipped, for the network and for nothing else."""
    real = Path(sys.executable).with_name("pip-audit")
    if not real.exists():
        pytest.skip("pip-audit is not installed in this environment")
    closed = dict.fromkeys(("https_proxy", "HTTPS_PROXY"), "http://127.0.0.1:9")
    done = audit("--tool", real, **closed, HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path))
    assert done.returncode == 0
    assert done.stdout.startswith("audit skipped: ")
    assert done.stdout.count("ConnectionError") == 2


def test_the_check_runs_it_over_what_is_pinned() -> None:
    """`make check` does, with the list that is kept beside the script."""
    recipe = (ROOT / "Makefile").read_text("utf-8").split("\ncheck:")[1].split("\n\n")[0]
    assert ".ci/audit" in recipe
    assert (ROOT / ".ci" / "audit-ignored").is_file()
