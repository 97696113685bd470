"""The shape of Stripe's requests and answers, read from the `stripe` SDK's own types."""

from .blank import blank, blank_part
from .objects import check_object
from .params import parse_params

__all__ = ["blank", "blank_part", "check_object", "parse_params"]
