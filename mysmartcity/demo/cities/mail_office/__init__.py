"""A simulated mail office and the demo's mailboxes, behind a real SMTP server. See demo/README.md."""
