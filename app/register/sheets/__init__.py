"""Reading a commune's spreadsheet: from its cells to what the register is asked to record.

Nothing here knows the database.
"""
