from clients.models.client import Client, ClientKind
from clients.models.contact import Address, AddressKind, Email, Phone

__all__ = ["Address", "AddressKind", "Client", "ClientKind", "Email", "Phone"]
