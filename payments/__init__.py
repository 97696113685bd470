"""The money ledger, and the one place that talks to Stripe."""
