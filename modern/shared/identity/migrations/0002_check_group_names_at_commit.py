"""Let a batch of rows swap the names of two groups, as the mirrored tables of our own allow it."""

from django.db import migrations

FORWARD = """
ALTER TABLE auth_group DROP CONSTRAINT auth_group_name_key;
ALTER TABLE auth_group ADD CONSTRAINT auth_group_name_key UNIQUE (name) DEFERRABLE INITIALLY DEFERRED;
"""
BACKWARD = FORWARD.replace(" DEFERRABLE INITIALLY DEFERRED", "")


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
