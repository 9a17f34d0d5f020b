"""Simulated city systems: separate processes over real HTTP and SMTP, without Django."""
