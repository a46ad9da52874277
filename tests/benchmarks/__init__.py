"""Measurements side by side, for people to read: no test of the suite ever asserts a time."""
