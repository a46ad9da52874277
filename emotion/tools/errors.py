"""What can go wrong while a model is made.

ToolError
 ├─ OtherRun          the folder holds a checkpoint of a run with another recipe or other data
 ├─ BadRecipe         a recipe that cannot be read, or would train nothing
 ├─ BadData           a row that is not understood
 ├─ NotPrepared       a step's input is not there yet
 └─ Disagreement      two forms of one model give different logits
"""


class ToolError(Exception):
    """The root. Its message says what to do."""


class OtherRun(ToolError):
    """The folder holds a checkpoint of a run with another recipe or other data."""


class BadRecipe(ToolError):
    """A recipe that cannot be read, or would train nothing."""


class BadData(ToolError):
    """A row that is not understood. Its message names file and line, never the text."""


class NotPrepared(ToolError):
    """A step's input is not there yet. Its message names the step that makes it."""


class Disagreement(ToolError):
    """Two forms of one model give different logits."""
