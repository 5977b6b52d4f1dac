"""Interview 采访: assignments and the material they bring home."""
