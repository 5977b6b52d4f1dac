"""Public twins 公开件: a case as anybody may read it, without persons, and only after a person has looked."""
