from django.conf import settings
from django.urls import include, path

from cma import errors, health, styleguide, theme
from quotes.views import check
from teams.views import account, branding, home

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("theme", theme.theme_switch, name="theme"),
    path("account/", account.account, name="account"),
    path("account/devices/<int:pk>/end/", account.session_end, name="account-session-end"),
    path("account/", include("allauth.urls")),
    path("start/", account.start, name="start"),
    path("join/", include("teams.joining")),
    path("check/", check.check, name="check"),
    path("check/<slug:sha256>/", check.check_print, name="check-print"),
    path("logo/<slug:slug>/<slug:sha256>/", branding.logo, name="logo"),
    path("hooks/", include("payments.hooks")),
    path("t/<slug:team>/", include("teams.urls")),
    path("t/<slug:team>/clients/", include("clients.urls")),
    path("t/<slug:team>/clients/", include("portal.office_urls")),
    path("t/<slug:team>/clients/", include("invoices.client_urls")),
    path("t/<slug:team>/products/", include("catalogue.urls")),
    path("t/<slug:team>/", include("quotes.urls")),
    path("t/<slug:team>/invoices/", include("invoices.urls")),
    path("t/<slug:team>/payments/", include("payments.urls")),
    path("p/<slug:team>/", include("portal.urls")),
]

if settings.CMA_ENV != "production":
    urlpatterns += [
        path("styleguide/", styleguide.styleguide, name="styleguide"),
        path("styleguide/<slug:page>/", styleguide.styleguide, name="styleguide-page"),
    ]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
