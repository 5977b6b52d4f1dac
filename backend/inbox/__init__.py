"""What a person is told: the inbox, and the devices that can ring."""
