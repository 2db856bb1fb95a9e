"""Encrypted backups of the database and the instance's own files: made, proved, brought back."""
