"""One module per Stripe resource.

Handlers of the API take `(account, params, *ids)` and return the object to send.
"""
