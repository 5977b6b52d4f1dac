"""What people follow: topics by their words, sections, offices, public requests and live blogs."""
