"""What can go wrong while a model is made.

ToolError
 ├─ OtherRun          the folder holds a checkpoint of a run with another recipe or other data
 └─ Disagreement      two forms of one model give different logits
"""


class ToolError(Exception):
    """The root. Its message says what to do."""


class OtherRun(ToolError):
    """The folder holds a checkpoint of a run with another recipe or other data."""


class Disagreement(ToolError):
    """Two forms of one model give different logits."""
