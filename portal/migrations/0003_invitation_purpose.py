from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portal", "0002_walls")]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="purpose",
            field=models.CharField(
                choices=[("invite", "Invitation"), ("sign_in", "Sign-in link")],
                default="invite",
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(purpose__in=["invite", "sign_in"]), name="portal_invitation_purpose"
            ),
        ),
    ]
