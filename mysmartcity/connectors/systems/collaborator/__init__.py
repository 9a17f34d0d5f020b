"""Collaborator's Web API, as South African municipalities use it. See README.md in this folder."""
