"""Open311: the standard as schemas, and the doors held against it."""
