"""The people and businesses that a team works for."""
