"""The project: settings, addresses, background work, error pages and what every page shares."""

from django.forms import ModelForm

from cma.celery import app as celery_app

__all__ = ["celery_app"]

# ModelForm[Client] means something to mypy alone; this lets Python read it too.
ModelForm.__class_getitem__ = classmethod(lambda cls, _model: cls)  # type: ignore[attr-defined]
