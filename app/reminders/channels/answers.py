"""How a channel says that something did not go: for ever, for now, or for nobody now."""


class Refused(Exception):  # errors state the fact
    """It will never be taken: an address that does not exist, a number that is barred."""


class Unreachable(Exception):
    """Not now: try again later."""


class Stalled(Unreachable):
    """The server broke off, so that it may have taken it or not; others would fare no better."""


class Down(Stalled):
    """The server takes nothing from us: nothing was handed over, and this was no attempt."""
