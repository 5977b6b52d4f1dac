"""Live blogs 图文直播: entries that come one by one while something is going on."""
