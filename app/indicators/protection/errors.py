"""Why nothing is published."""


class CannotProtect(Exception):
    """No pattern was found and proved: the table stays unpublished. For operators."""


class BrokenTable(CannotProtect):
    """The counts contradict each other or the definition of their axes."""
