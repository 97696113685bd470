from django.db import migrations

from teams.chained import Chained


class Migration(migrations.Migration):
    dependencies = [("quotes", "0004_forget_source"), ("teams", "0004_chain")]

    # trust 5: what was signed is sealed into its team's chain.
    operations = [Chained("Acceptance")]
