"""waffle makes tables for its own flag model too, though ours takes its place.

They stay, empty, as later migrations of waffle may alter them; but their foreign keys must not
hold rows of users and groups.
"""

from typing import ClassVar

from django.db import migrations

_DROP_FOREIGN_KEYS = """
DO $$
DECLARE
    held record;
BEGIN
    FOR held IN
        SELECT conrelid::regclass AS held_by, conname FROM pg_constraint
        WHERE contype = 'f'
          AND conrelid IN (to_regclass('waffle_flag_users'), to_regclass('waffle_flag_groups'))
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', held.held_by, held.conname);
    END LOOP;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("flags", "0002_keep_history"),
        ("waffle", "0004_update_everyone_nullbooleanfield"),
    ]
    operations: ClassVar = [migrations.RunSQL(_DROP_FOREIGN_KEYS, migrations.RunSQL.noop)]
