"""Starting the house for real: the gunicorn worker and its configuration."""
