"""What stands behind ./dev: the embedded PostgreSQL, the process supervisor, checks, faults, bench.

Nothing in here is imported by the platform itself.
"""
