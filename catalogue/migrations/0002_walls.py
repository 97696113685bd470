from django.db import migrations

from teams.walls import TeamWalls


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial"), ("teams", "0002_walls")]

    operations = [TeamWalls("VatRate"), TeamWalls("Product")]
