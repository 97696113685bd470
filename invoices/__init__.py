"""Invoices: making, numbering, issuing, reading."""
