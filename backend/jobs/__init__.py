"""The outbox: effects to be done after the commit, by lease, each with a key."""
