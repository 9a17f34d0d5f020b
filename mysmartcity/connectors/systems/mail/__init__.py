"""Mail to offices and their replies. See README.md."""
