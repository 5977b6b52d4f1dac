"""What people follow: topics by their words, sections, offices and public requests."""
