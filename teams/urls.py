"""The business itself: Today, first steps, settings, members, audit log. All under /t/<team>/."""

from django.urls import path

from teams.views import audit, branding, first_steps, members, settings, today, wording

app_name = "teams"

urlpatterns = [
    path("", today.today, name="today"),
    path("first-steps/", first_steps.first_steps, name="first-steps"),
    path("first-steps/done/", first_steps.first_steps_finish, name="first-steps-finish"),
    path("first-steps/<slug:step>/skip/", first_steps.first_step_skip, name="first-step-skip"),
    path("settings/", settings.settings, name="settings"),
    path("settings/business/", settings.settings_business, name="settings-business"),
    path("settings/branding/", settings.settings_branding, name="settings-branding"),
    path("settings/branding/logo/", branding.settings_logo, name="settings-logo"),
    path("settings/branding/logo/remove/", branding.settings_logo_remove, name="settings-logo-remove"),
    path("settings/branding/preview/", branding.settings_branding_preview, name="settings-branding-preview"),
    path("settings/security/", settings.settings_security, name="settings-security"),
    path("settings/wording/", wording.settings_wording, name="settings-wording"),
    path("settings/wording/<slug:key>/", wording.settings_wording_edit, name="settings-wording-edit"),
    path(
        "settings/wording/<slug:key>/preview/",
        wording.settings_wording_preview,
        name="settings-wording-preview",
    ),
    path("settings/wording/<slug:key>/reset/", wording.settings_wording_reset, name="settings-wording-reset"),
    path("settings/save/<slug:section>/", settings.settings_section, name="settings-section"),
    path("members/", members.member_list, name="members"),
    path("members/invite/", members.member_invite, name="member-invite"),
    path("members/hand-over/", members.member_hand_over, name="member-hand-over"),
    path("members/leave/", members.member_leave, name="member-leave"),
    path("members/<int:pk>/role/", members.member_role, name="member-role"),
    path("members/<int:pk>/remove/", members.member_remove, name="member-remove"),
    path(
        "members/invitations/<int:pk>/resend/",
        members.member_invitation_resend,
        name="member-invitation-resend",
    ),
    path(
        "members/invitations/<int:pk>/withdraw/",
        members.member_invitation_withdraw,
        name="member-invitation-withdraw",
    ),
    path("audit-log/", audit.audit_log, name="audit-log"),
    path("audit-log/export/", audit.audit_export, name="audit-export"),
]
