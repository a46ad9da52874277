"""What a picture shows, as rows: a head, then plain values. Whoever writes a file of them makes its cells inert."""

Rows = list[tuple[str | int | float, ...]]
"""Names first; dates are ISO 8601, shares and valences have three places, what may not be shown is empty."""
