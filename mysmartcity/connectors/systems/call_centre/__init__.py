"""Call centres: a system whose client is a person with a phone."""
