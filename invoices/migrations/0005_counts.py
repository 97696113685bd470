from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("invoices", "0004_lines_stay")]

    operations = [
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                fields=["team", "state"],
                include=("client", "due_on", "total", "balance"),
                name="invoices_counts",
            ),
        ),
    ]
