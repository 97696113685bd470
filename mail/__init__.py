"""The log and outbox of everything that is mailed."""
