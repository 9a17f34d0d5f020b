"""The City of Cape Town's service requests, as its published contract says. See README.md here."""
