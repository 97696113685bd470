# First, because its verbs import all the others.
import quotes.models.quote  # noqa: F401  # isort: skip
from quotes.models.answer import Acceptance, Comment, CommentKind, How, QuoteLink, Selection, Side
from quotes.models.line import Group, Line, LineKind
from quotes.models.paper import AttachedFile, Attachment, Rendering
from quotes.models.quote import Quote, QuoteInvoice, QuoteState, Status, derive_status
from quotes.models.settings import FollowUp, FollowUpState, Kit, QuoteSettings

__all__ = [
    "Acceptance",
    "AttachedFile",
    "Attachment",
    "Comment",
    "CommentKind",
    "FollowUp",
    "FollowUpState",
    "Group",
    "How",
    "Kit",
    "Line",
    "LineKind",
    "Quote",
    "QuoteInvoice",
    "QuoteLink",
    "QuoteSettings",
    "QuoteState",
    "Rendering",
    "Selection",
    "Side",
    "Status",
    "derive_status",
]
