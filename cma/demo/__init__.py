"""A plausible plumbing business in Leeds, with a year behind it, made through the same verbs as the app."""
