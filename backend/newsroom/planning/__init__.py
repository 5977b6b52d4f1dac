"""Planning 策划: leads, topics, meetings, directives."""
