from pathlib import Path

import pytest

from bot.errors import ConfigurationError
from bot.settings import load


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("slack_bot_token", "xapp-in-the-wrong-place"),
        ("slack_app_token", "xoxb-in-the-wrong-place"),
        ("slack_api_url", "not an address"),
        ("slack_api_url", "https://somebody:opensesame@slack.com/api/"),
        ("openai_base_url", "not an address"),
        ("database_url", "mysql://root@localhost/maeum"),
        ("database_url", "no url at all"),
        ("text_hash_key", "too short"),
        ("text_hash_key", "padded" + " " * 40),
        ("retention_days", "0"),
        ("minimum_people", "2"),
        ("picture_epsilon", "-1"),
        ("picture_epsilon", "10.5"),
        ("picture_epsilon", "0.001"),
        ("picture_epsilon", "nan"),
        ("picture_epsilon_budget", "-2"),
        ("picture_epsilon_budget", "inf"),
        ("port", "eighty"),
        ("log_level", "loud"),
        ("llm_total_seconds", "-1"),
        ("emotion_batch_size", "0"),
        ("emotion_batch_wait_ms", "501"),
        ("emotion_queue_size", "0"),
        ("emotion_cache_size", "-2"),
        ("emotion_cache_seconds", "0"),
    ],
)
def test_a_wrong_value_names_its_variable_and_never_repeats_itself(name: str, value: str) -> None:
    """The sentence says which variable to mend; the value may be a secret and is not in it."""
    with pytest.raises(ConfigurationError) as stopped:
        load(**{name: value})
    assert str(stopped.value).startswith(f"{name.upper()}: ")
    assert stopped.value.variable == name.upper()
    assert value not in str(stopped.value).removeprefix(f"{name.upper()}: ")


def test_a_budget_that_allows_no_picture_at_all_stops_the_start() -> None:
    """Less than one publication costs; 0 is no limit."""
    with pytest.raises(ConfigurationError, match="PICTURE_EPSILON_BUDGET: is less than PICTURE_EPSILON"):
        load(picture_epsilon="2", picture_epsilon_budget="1.5")
    for budget in ("2", "0"):
        assert load(picture_epsilon="2", picture_epsilon_budget=budget).picture_epsilon_budget == float(budget)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@h/d?sslmode=require", "postgresql+psycopg://u:p@h/d?sslmode=require"),
        ("postgresql://u@h:5433/d", "postgresql+psycopg://u@h:5433/d"),
        ("sqlite:///some.db", "sqlite+aiosqlite:///some.db"),
    ],
)
def test_a_database_url_as_hosts_write_it_gets_the_asynchronous_driver(given: str, used: str) -> None:
    """People paste what their host shows; the driver is our business."""
    assert load(database_url=given).database_url == used


def test_secrets_do_not_show() -> None:
    """Neither a token nor the password of the database is in the printed settings."""
    settings = load(slack_bot_token="xoxb-secret-one", database_url="postgresql://u:secret-two@h/d")
    assert "secret-one" not in repr(settings)
    assert "secret-two" not in repr(settings)


def test_the_api_url_ends_with_a_slash() -> None:
    """The SDK joins method names to it."""
    assert load(slack_api_url="http://127.0.0.1:3000/api").slack_api_url == "http://127.0.0.1:3000/api/"


def test_a_level_may_be_written_in_small_letters() -> None:
    """LOG_LEVEL=debug is understood."""
    assert load(log_level="debug").log_level == "DEBUG"


def test_the_database_lies_in_the_data_folder_unless_another_is_named(tmp_path: Path) -> None:
    """Key and database move together: one without the other is useless."""
    assert load(data_dir=tmp_path).database_url == f"sqlite+aiosqlite:///{tmp_path}/maeum.db"
    assert load(data_dir=tmp_path, database_url="sqlite:///else.db").database_url == "sqlite+aiosqlite:///else.db"
