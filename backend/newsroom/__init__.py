"""The Central Kitchen 中央厨房. First cut: stories, one signature by another person, the breaking lane."""
