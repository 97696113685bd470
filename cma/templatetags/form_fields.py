"""Fields of forms and what is wrong with them (SCR-4). A builtin library (docs/frontend.md)."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import apnumber
from django.forms import BaseForm, BoundField
from django.forms.boundfield import BoundWidget
from django.forms.widgets import (
    CheckboxInput,
    CheckboxSelectMultiple,
    HiddenInput,
    NumberInput,
    RadioSelect,
    Select,
    TextInput,
    Widget,
)
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import ngettext

from cma.components import Words

register = template.Library()


def _control_class(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, CheckboxInput | CheckboxSelectMultiple | RadioSelect):
        return "form-check-input"
    return "form-select" if isinstance(widget, Select) else "form-control"


def _choices(bound: BoundField, css: str) -> list[BoundWidget]:
    """The radios or ticks of a field, each with our class, which Django's own iteration does not pass on."""
    attrs = bound.build_widget_attrs(
        {"id": bound.auto_id, "class": css, "aria-describedby": f"{bound.auto_id}-hint"}
    )
    attrs.pop("aria-describedby", None)
    data = bound.field.widget.subwidgets(bound.html_name, bound.value(), attrs=attrs)
    return [BoundWidget(bound.field.widget, one, bound.form.renderer) for one in data]


def _typed_as_text(widget: Widget) -> Widget | None:
    """A number field of the browser's forgets what it cannot read; ours keeps all that was typed (SCR-4)."""
    if not isinstance(widget, NumberInput):
        return None
    attrs = {name: value for name, value in widget.attrs.items() if name not in ("step", "min", "max")}
    whole = widget.attrs.get("step") in (None, 1, "1")
    text = TextInput({"inputmode": "numeric" if whole else "decimal", "autocomplete": "off"} | attrs)
    text.is_localized, text.is_required = widget.is_localized, widget.is_required
    return text


@register.simple_tag
def field(
    bound: BoundField,
    *,
    label: Words = "",
    hint: Words = "",
    prefix: str = "",
    suffix: str = "",
    cols: int = 0,
    cls: str = "",
    optional: bool | None = None,
    hide_label: bool = False,
    attrs: dict[str, str] | None = None,
    **more: str,
) -> SafeString:
    """Label, control, hint and error of a bound field, tied together for screen readers (SCR-4).

    Further keywords become attributes of the control: `inputmode="decimal"`, `hx_get=…` → `hx-get`.
    """
    widget = bound.field.widget
    if isinstance(widget, HiddenInput):
        return bound.as_widget()
    hint = hint or bound.help_text
    grouped = isinstance(widget, CheckboxSelectMultiple | RadioSelect)
    css = _control_class(bound) + (" is-invalid" if bound.errors else "") + (f" {cls}" if cls else "")
    given: dict[str, str | bool] = {name.replace("_", "-"): value for name, value in more.items()}
    given |= attrs or {}
    described = [f"{bound.id_for_label or bound.auto_id}-hint"] if hint else []
    described += [f"{bound.id_for_label or bound.auto_id}-problem"] if bound.errors else []
    given["class"] = css
    if described:
        given["aria-describedby"] = " ".join(described)
    if hide_label and not bound.id_for_label:
        given["aria-label"] = str(label or bound.label)
    control = "" if grouped else bound.as_widget(widget=_typed_as_text(widget), attrs=given)
    return mark_safe(  # noqa: S308 - the template escapes
        render_to_string(
            "components/field.html",
            {
                "bound": bound,
                "id": bound.id_for_label or bound.auto_id,
                "control": control,
                "choices": _choices(bound, css) if grouped else [],
                "label": label or bound.label,
                "hint": hint,
                "prefix": prefix,
                "suffix": suffix,
                "cols": cols,
                "tick": isinstance(widget, CheckboxInput),
                "grouped": grouped,
                "optional": not bound.field.required if optional is None else optional,
                "hide_label": hide_label,
            },
        )
    )


@register.inclusion_tag("components/problems.html")
def form_problems(form: BaseForm) -> dict[str, Any]:
    """The summary above a refused form; app.js gives it the focus. Nothing while all is well."""
    own = list(form.non_field_errors())
    named = [
        {"label": bound.label, "id": bound.id_for_label or bound.auto_id, "first": bound.errors[0]}
        for bound in form
        if bound.errors
    ]
    count = len(named) + len(own)
    return {
        "own": own,
        "named": named,
        "title": ngettext("One thing to put right.", "%(count)s things to put right.", count)
        % {"count": capfirst(str(apnumber(count)))},
        "shown": form.is_bound and count > 0,
    }
