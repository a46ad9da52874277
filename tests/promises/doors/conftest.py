"""The same house as the tests of the doors have, behind signed HTTP."""

from tests.handlers.conftest import *  # noqa: F403 - every fixture there is, whatever is added
from tests.handlers.http.conftest import *  # noqa: F403 - as above
