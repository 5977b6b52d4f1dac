"""HTTP: one module a resource. A route states who, what in, what out; its body is one call into `backend`."""
