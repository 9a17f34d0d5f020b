"""A simulated municipality on Collaborator: its Web API as the public client shows it."""
