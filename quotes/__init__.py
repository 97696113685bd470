"""Quotes: making, sending, choosing, asking, signing, and the invoice that follows."""
