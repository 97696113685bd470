"""Looking at the evidence every day (trust 5)."""

from __future__ import annotations

import logging

from celery import shared_task
from django.core.mail import mail_admins

from teams import chain
from teams.directory import all_team_ids
from teams.models import Team
from teams.scope import team_scope

log = logging.getLogger(__name__)
MOST_IN_A_MAIL = 100


@shared_task
def verify_evidence() -> None:
    """Start the check of each team's chain."""
    for team_id in all_team_ids():
        verify_team_evidence.apply_async((team_id,))


@shared_task
def verify_team_evidence(team_id: int) -> None:
    """Write to the log where the team's chain ends; what is wrong with it also goes to the admins by mail.

    The log is kept elsewhere: a chain that is written anew, or cut off, no longer leads to the ends in it.
    """
    with team_scope(team_id):
        team = Team.objects.get(pk=team_id)
        findings = chain.verify(team)
        head = chain.head_of(team)
    if head:
        log.info("evidence of %s: sealed up to %s, %s", team.slug, head.seq, head.hash)
    if findings:
        for finding in findings:
            log.error("evidence of %s: %s", team.slug, finding)
        told = [f"{finding}." for finding in findings[:MOST_IN_A_MAIL]]
        if len(findings) > len(told):
            told.append(f"And {len(findings) - len(told)} more: manage.py verify_evidence lists them.")
        mail_admins(f"Evidence of {team.slug} does not verify", "\n".join(told))
