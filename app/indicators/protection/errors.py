"""Why nothing is published."""


class CannotProtect(Exception):
    """No pattern was found and proved: the table stays unpublished. For operators."""


class Interrupted(Exception):  # nothing is wrong
    """The process was told to end: what is not protected yet is left to the next one."""


class BrokenTable(CannotProtect):
    """The counts contradict each other or the definition of their axes."""
