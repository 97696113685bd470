"""Products and VAT rates (CAT-1)."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalogue.forms import ProductForm, VatRateForm
from catalogue.models import Product, VatRate
from cma.answers import done, shown
from cma.components import Tab
from cma.csv import csv_response
from cma.keyset import keyset_page
from cma.toasts import toast
from teams.access import OfficeRequest, can
from teams.audit import record

SORTS = {"name": "name", "price": "unit_price", "added": "pk"}
LOGGED = ["name", "unit", "unit_price", "cost", "category"]


def _chosen(request: OfficeRequest) -> Any:
    rows = request.team.products.filter(archived_at__isnull=request.GET.get("show") != "archived")
    for word in request.GET.get("q", "")[:100].split()[:8]:
        rows = rows.filter(
            Q(name__icontains=word) | Q(description__icontains=word) | Q(category__icontains=word)
        )
    return rows


@require_safe
@can("read")
def product_list(request: OfficeRequest) -> HttpResponse:
    """What the team sells, newest first, 25 a page."""
    page = keyset_page(request, _chosen(request).select_related("vat_rate"), sorts=SORTS, default="-added")
    counts = request.team.products.aggregate(
        current=Count("pk", filter=Q(archived_at=None)),
        archived=Count("pk", filter=Q(archived_at__isnull=False)),
    )
    show = "archived" if request.GET.get("show") == "archived" else ""
    here = reverse("catalogue:product-list", args=[request.team.slug])
    context = {
        "page": page,
        "query": request.GET.get("q", "")[:100],
        "show": show,
        "has_any": any(counts.values()),
        "tabs": [
            Tab(label=_("In use"), url=here, count=counts["current"], current=not show),
            Tab(
                label=_("Archived"), url=f"{here}?show=archived", count=counts["archived"], current=bool(show)
            ),
        ],
        "may_work": request.membership.may_work,
        "may_export": request.membership.may_export,
    }
    return shown(request, "catalogue/product_list.html", context, part="list")


@require_safe
@can("export")
def product_export(request: OfficeRequest) -> HttpResponse:
    """What the list shows, as CSV; logged."""
    record("product.exported")
    head = [_("Name"), _("Description"), _("Unit"), _("Unit price"), _("VAT rate"), _("Cost"), _("Category")]
    rows = _chosen(request).select_related("vat_rate").order_by("name", "pk")
    lines = (
        [
            p.name,
            p.description,
            p.unit,
            p.unit_price,
            p.vat_rate or "",
            p.cost if p.cost is not None else "",
            p.category,
        ]
        for p in rows
    )
    return csv_response("products.csv", head, lines)


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
def product_create(request: OfficeRequest) -> HttpResponse:
    """A new product or kind of work."""
    form = ProductForm(request.team, request.POST or None)
    if request.method == "POST" and form.is_valid():
        product = form.save()
        record("product.created", subject=product, name=product.name)
        toast(request, _("%(name)s is in your catalogue.") % {"name": product.name})
        return redirect("catalogue:product-list", request.team.slug)
    return _product_page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@can("work")
def product_edit(request: OfficeRequest, pk: int) -> HttpResponse:
    """Change a product. Documents made from it keep what they copied."""
    product = get_object_or_404(request.team.products, pk=pk)
    before = {name: str(getattr(product, name)) for name in LOGGED}
    form = ProductForm(request.team, request.POST or None, instance=product)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        after = {name: str(getattr(saved, name)) for name in LOGGED}
        changes = {name: [before[name], after[name]] for name in LOGGED if before[name] != after[name]}
        record("product.changed", subject=saved, name=saved.name, changes=changes)
        toast(request, _("Saved."))
        return redirect("catalogue:product-list", request.team.slug)
    return _product_page(request, form, product)


def _product_page(request: OfficeRequest, form: ProductForm, product: Product | None) -> HttpResponse:
    used = request.team.products.values_list
    context = {
        "product": product,
        "units": sorted(set(used("unit", flat=True).distinct()) - {""}),
        "categories": sorted(set(used("category", flat=True).distinct()) - {""}),
    }
    return shown(request, "catalogue/product_form.html", context, form=form)


@require_POST
@can("work")
def product_archive(request: OfficeRequest, pk: int) -> HttpResponse:
    """Out of list and pickers, or back; documents keep what they copied."""
    product = get_object_or_404(request.team.products, pk=pk)
    product.archived_at = None if product.archived_at else timezone.now()
    product.save(update_fields=["archived_at"])
    record(
        "product.archived" if product.archived_at else "product.unarchived",
        subject=product,
        name=product.name,
    )
    here = reverse("catalogue:product-archive", args=[request.team.slug, pk])
    text = _("%(name)s is archived.") if product.archived_at else _("%(name)s is back.")
    toast(request, text % {"name": product.name}, undo=here if product.archived_at else "")
    return done(request, reverse("catalogue:product-list", args=[request.team.slug]))


@require_safe
@can("read")
def vat_rates(request: OfficeRequest) -> HttpResponse:
    """The team's VAT rates, highest first."""
    rates = request.team.vat_rates.order_by("archived_at", "-percent", "pk")
    context = {"rates": rates, "may_change": request.membership.may_change_settings}
    return shown(request, "catalogue/vat_rates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@can("settings")
def vat_rate_create(request: OfficeRequest) -> HttpResponse:
    """A new rate for lines to carry."""
    return _vat_rate_form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@can("settings")
def vat_rate_edit(request: OfficeRequest, pk: int) -> HttpResponse:
    """Change a rate. Documents keep the rate as it was when they were made."""
    return _vat_rate_form(request, get_object_or_404(request.team.vat_rates, pk=pk))


def _vat_rate_form(request: OfficeRequest, rate: VatRate | None) -> HttpResponse:
    before = {"name": rate.name, "percent": str(rate.percent)} if rate else {}
    form = VatRateForm(request.team, request.POST or None, instance=rate)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        after = {"name": saved.name, "percent": str(saved.percent)}
        changes = {name: [before.get(name), after[name]] for name in after if before.get(name) != after[name]}
        record(
            "vat_rate.changed" if rate else "vat_rate.created",
            subject=saved,
            name=saved.name,
            changes=changes,
        )
        toast(request, _("Saved."))
        return redirect("catalogue:vat-rates", request.team.slug)
    return shown(request, "catalogue/vat_rate_form.html", {"rate": rate}, form=form)


@require_POST
@can("settings")
def vat_rate_archive(request: OfficeRequest, pk: int) -> HttpResponse:
    """No longer offered on lines, or offered again. The one offered first cannot be put away."""
    rate = get_object_or_404(request.team.vat_rates, pk=pk)
    here = reverse("catalogue:vat-rates", args=[request.team.slug])
    if rate.is_default and rate.archived_at is None:
        toast(
            request,
            _("%(name)s is offered first. Choose another one for that, then archive it.")
            % {"name": rate.name},
            bad=True,
        )
        return done(request, here)
    rate.archived_at = None if rate.archived_at else timezone.now()
    rate.save(update_fields=["archived_at"])
    record("vat_rate.archived" if rate.archived_at else "vat_rate.unarchived", subject=rate, name=rate.name)
    toast(request, _("Saved."))
    return done(request, here)
