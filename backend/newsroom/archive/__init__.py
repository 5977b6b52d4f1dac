"""What already exists comes in: archives as stories, and the people of the units as accounts with their roster."""
