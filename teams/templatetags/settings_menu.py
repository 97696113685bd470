from __future__ import annotations

from django import template
from django.template.context import Context

from cma.components import Tab
from teams.settings_menu import sections_for

register = template.Library()


@register.simple_tag(takes_context=True)
def settings_tabs(context: Context) -> list[Tab]:
    """The tabs of Settings that this member may open."""
    request = context["request"]
    match = request.resolver_match
    return sections_for(request.team, request.membership, match.view_name if match else "")
