"""Disclosure control of counts: what may be published, and the proof that the rest stays hidden.

For jobs and commands: `engine` and `certificate` load a solver. Pages need app.indicators.tables
and app.indicators.protection.rates only.
"""
