"""Background work. A row is always the queue of record; a task only says "look now"."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cma.settings")

app = Celery("cma")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "send-waiting-mail": {"task": "mail.tasks.sweep", "schedule": 30.0},
    "render-waiting-documents": {"task": "invoices.tasks.sweep_renderings", "schedule": 60.0},
    "handle-waiting-events": {"task": "payments.tasks.sweep_events", "schedule": 30.0},
    "recheck-open-checkouts": {"task": "payments.tasks.sweep_checkouts", "schedule": 120.0},
    "ask-for-missed-events": {"task": "payments.tasks.sweep_missed_events", "schedule": 300.0},
    "tell-of-quotes": {"task": "quotes.tasks.sweep_untold", "schedule": 60.0},
    "follow-up-quotes": {"task": "quotes.tasks.sweep_follow_ups", "schedule": 600.0},
    "verify-evidence": {"task": "teams.tasks.verify_evidence", "schedule": crontab(hour=3, minute=40)},
}


@worker_init.connect
def refuse_privileged_role(**_: Any) -> None:
    """A worker that may look past the walls must not start (TEN-2)."""
    from teams.guard import refuse_privileged_role as refuse

    refuse()
