"""Planning: leads, topics, meetings, directives."""

from __future__ import annotations

from api.edge import blueprint

blp = blueprint("planning", "策划 Planning: leads, topics, meetings, directives")
