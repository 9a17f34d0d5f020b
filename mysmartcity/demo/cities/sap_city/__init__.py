"""A simulated SAP system: maintenance notifications over OData version 2, with CSRF tokens."""
