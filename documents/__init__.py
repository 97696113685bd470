"""Paper: invoices and receipts as PDF. Pure rendering, no models and no database."""
