"""The change log that keeps phones equal to the server. See docs/sync.md."""
