"""The web process. It refuses to start on a database role that could look past the walls (TEN-2)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cma.settings")

application = get_wsgi_application()

from teams.guard import refuse_privileged_role  # noqa: E402  (Django must be set up first)

refuse_privileged_role()
