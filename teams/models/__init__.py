from teams.models.audit import AuditEntry
from teams.models.base import TeamOwned, WrongState
from teams.models.member import MemberInvitation, Membership
from teams.models.seal import ChainHead, Seal, Unsealed
from teams.models.team import Logo, Team
from teams.models.user import User

__all__ = [
    "AuditEntry",
    "ChainHead",
    "Logo",
    "MemberInvitation",
    "Membership",
    "Seal",
    "Team",
    "TeamOwned",
    "Unsealed",
    "User",
    "WrongState",
]
