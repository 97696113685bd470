"""The business that uses CMA: its members, settings, audit log and the door that every request passes."""
