import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_walls"), ("invoices", "0002_walls")]

    operations = [
        migrations.AddField(
            model_name="checkoutattempt",
            name="asked",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="checkoutattempt",
            name="params",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="payment",
            name="form_key",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="payment",
            name="invoice",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payments",
                to="invoices.invoice",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["team", "invoice", "id"], name="payments_meant_for"),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(fields=("team", "form_key"), name="payments_payment_form_key"),
        ),
    ]
