from django.db import migrations

from teams.walls import TeamWalls


class Migration(migrations.Migration):
    dependencies = [("mail", "0001_initial"), ("invoices", "0002_walls")]

    operations = [TeamWalls("Message", client="own"), TeamWalls("MessageTemplate")]
