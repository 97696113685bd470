"""The bytes of photos and drawings, for members (QUO-1). The portal has its own address for its client."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from cma import pictures
from quotes.attaching import PDF
from quotes.models import AttachedFile
from teams.access import OfficeRequest, can


@require_safe
@can("read")
def quote_file(request: OfficeRequest, pk: int) -> HttpResponse:
    """A picture to look at, a drawing to open."""
    file = get_object_or_404(AttachedFile.objects.filter(team=request.team).defer("thumbnail"), pk=pk)
    return served(bytes(file.content), file)


@require_safe
@can("read")
def quote_thumbnail(request: OfficeRequest, pk: int) -> HttpResponse:
    """The small picture of a photo."""
    file = get_object_or_404(AttachedFile.objects.filter(team=request.team).defer("content"), pk=pk)
    if file.thumbnail is None:
        raise Http404
    return served(bytes(file.thumbnail), file)


def served(data: bytes, file: AttachedFile) -> HttpResponse:
    """Bytes that a browser shows and does nothing else with (trust 8). What they are never changes."""
    mime = file.mime if file.mime == PDF else f"image/{pictures.kind_of(data)}"
    ending = "pdf" if mime == PDF else pictures.kind_of(data)
    way = "attachment" if mime == PDF else "inline"
    return HttpResponse(
        data,
        content_type=mime,
        headers={
            "Content-Disposition": f'{way}; filename="file-{file.pk}.{ending}"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, max-age=31536000, immutable",
        },
    )
