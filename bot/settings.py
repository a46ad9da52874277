"""Everything that can be set, from the environment or `.env`. A wrong value stops the start and is named."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, HttpUrl, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import ConfigurationError

SQLITE = "sqlite+aiosqlite"
POSTGRESQL = "postgresql+psycopg"
_DRIVERS = {
    "sqlite": SQLITE,
    SQLITE: SQLITE,
    "postgres": POSTGRESQL,  # what several hosts still put into DATABASE_URL
    "postgresql": POSTGRESQL,
    POSTGRESQL: POSTGRESQL,
}
SHORTEST_KEY = 32
"""Characters that a TEXT_HASH_KEY needs, white space around it not counted."""
SMALLEST_EPSILON = 0.01


def _file_in_data_dir(validated: dict[str, object]) -> str:
    return f"{SQLITE}:///{validated.get('data_dir', 'var')}/maeum.db"


class Settings(BaseSettings):
    """The settings, frozen. Each field stands in `.env.example` under its name in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"

    openai_api_key: SecretStr | None = None
    openai_base_url: Annotated[HttpUrl | None, Field(repr=False)] = None  # it may hold a password
    openai_model: str = "gpt-5-mini"
    llm_connect_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    llm_first_token_seconds: Annotated[float, Field(gt=0, le=120)] = 15.0
    llm_total_seconds: Annotated[float, Field(gt=0, le=280)] = 60.0  # a Slack stream dies after about 300 s

    data_dir: Path = Path("var")
    database_url: Annotated[str, Field(default_factory=_file_in_data_dir, repr=False)]  # it may hold a password
    text_hash_key: SecretStr | None = None
    retention_days: Annotated[int, Field(ge=1, le=3650)] = 30
    uninstall_grace_days: Annotated[int, Field(ge=0, le=365)] = 7
    minimum_people: Annotated[int, Field(ge=3, le=1000)] = 5
    picture_epsilon: Annotated[float, Field(ge=0, le=10)] = 0.0
    picture_epsilon_budget: Annotated[float, Field(ge=0, le=10_000)] = 30.0
    schedule_catch_up: Literal["latest", "none"] = "latest"
    native_charts: bool = False

    emotion_model: str | None = None
    emotion_threads: Annotated[int, Field(ge=1, le=64)] = 2
    emotion_batch_size: Annotated[int, Field(ge=1, le=256)] = 16
    emotion_batch_wait_ms: Annotated[int, Field(ge=0, le=500)] = 0  # a message has 2 s in all
    emotion_queue_size: Annotated[int, Field(ge=1, le=100_000)] = 512
    emotion_cache_size: Annotated[int, Field(ge=0, le=1_000_000)] = 2048
    emotion_cache_seconds: Annotated[int, Field(ge=1, le=86_400)] = 600

    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    local_slack_port: Annotated[int, Field(ge=1, le=65535)] = 3000
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("slack_api_url")
    @classmethod
    def _api_url(cls, value: str) -> str:
        if HttpUrl(value).password is not None or HttpUrl(value).username is not None:
            message = "must hold no user and no password; the token says who asks"
            raise ValueError(message)
        return value if value.endswith("/") else value + "/"  # the SDK joins method names to it

    @field_validator("slack_bot_token")
    @classmethod
    def _bot_token(cls, value: SecretStr | None) -> SecretStr | None:
        return _prefixed(value, "xoxb-", "Bot User OAuth Token")

    @field_validator("slack_app_token")
    @classmethod
    def _app_token(cls, value: SecretStr | None) -> SecretStr | None:
        return _prefixed(value, "xapp-", "App-Level Token")

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):
            message = "is not a database URL; use sqlite:///path/to/file.db or postgresql://user:password@host/name"
            raise ValueError(message) from None
        if url.drivername not in _DRIVERS:
            message = "names a database that is not supported; use sqlite:// or postgresql://"
            raise ValueError(message)
        return url.set(drivername=_DRIVERS[url.drivername]).render_as_string(hide_password=False)

    @field_validator("picture_epsilon")
    @classmethod
    def _epsilon(cls, value: float) -> float:
        if 0 < value < SMALLEST_EPSILON:
            message = f"is 0 for exact counts, or from {SMALLEST_EPSILON} to 10; smaller leaves nothing but noise"
            raise ValueError(message)
        return value

    @field_validator("picture_epsilon_budget")
    @classmethod
    def _epsilon_budget(cls, value: float, others: ValidationInfo) -> float:
        if 0 < value < others.data.get("picture_epsilon", 0):
            message = "is less than PICTURE_EPSILON, so nothing could ever be shown; use more, or 0 for no limit"
            raise ValueError(message)
        return value

    @field_validator("text_hash_key")
    @classmethod
    def _key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value().strip()) < SHORTEST_KEY:
            message = f"needs at least {SHORTEST_KEY} characters; make one with: openssl rand -hex 32"
            raise ValueError(message)
        return value

    @property
    def has_slack(self) -> bool:
        """Whether any Slack credential is given; without one, `maeum run` brings its own workspace."""
        return any((self.slack_bot_token, self.slack_app_token, self.slack_signing_secret))

    @property
    def has_writer(self) -> bool:
        """Whether a model service writes the replies; without one they are built in."""
        return self.openai_api_key is not None or self.openai_base_url is not None


def _prefixed(value: SecretStr | None, prefix: str, name: str) -> SecretStr | None:
    if value is not None and not value.get_secret_value().startswith(prefix):
        message = f"must begin with {prefix} (the {name} of your Slack app)"
        raise ValueError(message)
    return value


def load(**overrides: object) -> Settings:
    """Read the settings, or raise ConfigurationError that names the first wrong variable.

    The value itself is never repeated: it may be a secret.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        variable = str(first["loc"][0]).upper() if first["loc"] else "settings"
        raise ConfigurationError(variable, first["msg"].removeprefix("Value error, ")) from None
