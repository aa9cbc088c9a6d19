"""The one kind of failure that these programs end with."""


class Trouble(Exception):  # noqa: N818 - it is what the person has, not what the program did wrong
    """What is wrong and what to do about it, in one sentence for the person at the terminal."""
