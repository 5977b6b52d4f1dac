"""The district itself: sections of the news, towns, offices and desks."""
