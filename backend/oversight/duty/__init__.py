"""Who answers for the command desk now, and how the duty passes on: the hand-over 交接班."""
