"""Monitoring 监测: what is said of the district, what became of what was published, and the alerts that follow."""
