import django.db.models.deletion
from django.db import migrations, models

WALL = """
alter table mail_message add constraint mail_message_acceptance_id_wall_fk
    foreign key (team_id, acceptance_id) references quotes_acceptance (team_id, id)
    deferrable initially deferred;
"""


class Migration(migrations.Migration):
    dependencies = [("mail", "0002_walls"), ("quotes", "0002_walls")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="acceptance",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="quotes.acceptance",
            ),
        ),
        migrations.RunSQL(WALL, migrations.RunSQL.noop),
    ]
