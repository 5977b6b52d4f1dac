"""Who looked at my case 谁看过我的诉求: every reading by the house, on the citizen's own list."""
