from invoices.models.export import Export, ExportState
from invoices.models.invoice import Invoice, InvoiceState, Status
from invoices.models.line import Line, LineKind, PricedLine
from invoices.models.number import Fate, NumberEntry, NumberSeries, SeriesKind
from invoices.models.rendering import Rendering, RenderingKind

__all__ = [
    "Export",
    "ExportState",
    "Fate",
    "Invoice",
    "InvoiceState",
    "Line",
    "LineKind",
    "NumberEntry",
    "NumberSeries",
    "PricedLine",
    "Rendering",
    "RenderingKind",
    "SeriesKind",
    "Status",
]
