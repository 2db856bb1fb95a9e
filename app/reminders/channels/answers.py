"""How a channel says that something did not go: for ever, or for now."""


class Refused(Exception):  # errors state the fact
    """It will never be taken: an address that does not exist, a number that is barred."""


class Unreachable(Exception):
    """Not now: try again later."""
