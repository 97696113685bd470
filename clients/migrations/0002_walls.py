from django.db import migrations

from teams.walls import CLIENT, TeamWalls


class Migration(migrations.Migration):
    dependencies = [("clients", "0001_initial"), ("teams", "0002_walls")]

    operations = [
        TeamWalls("Client", client=f"id = {CLIENT}"),
        TeamWalls("Address", client="own"),
        TeamWalls("Email", client="own"),
        TeamWalls("Phone", client="own"),
    ]
