import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from teams.walls import TeamWalls


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0002_walls"),
        ("portal", "0003_invitation_purpose"),
        ("teams", "0003_logo_steps_joining"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="portalaccess",
            name="label",
            field=models.CharField(blank=True, max_length=40, verbose_name="Who this is"),
        ),
        migrations.AddField(
            model_name="portalaccess",
            name="hides_prices",
            field=models.BooleanField(default=False, verbose_name="Hide prices"),
        ),
        migrations.AddConstraint(
            model_name="portalaccess",
            constraint=models.CheckConstraint(
                condition=models.Q(("hides_prices", False), ("shows_invoices", False), _connector="OR"),
                name="portal_access_no_prices_no_bills",
            ),
        ),
        migrations.CreateModel(
            name="DataRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_name", models.CharField(max_length=120)),
                ("email", models.EmailField(max_length=254)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="data_requests",
                        to="clients.client",
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="teams.team",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["team", "client", "-id"], name="portal_data_request_newest")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("done_at", None)),
                        fields=("team", "client", "asked_by"),
                        name="portal_data_request_once",
                    )
                ],
            },
        ),
        TeamWalls("DataRequest", client="own"),
    ]
