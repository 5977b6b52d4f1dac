"""The catalogue of services 办事: what an office does for people, what to bring, how long it takes, and where to go."""
