"""The history of flips is append-only for raw SQL too."""

from typing import ClassVar

from django.db import migrations

_PROTECT = """
CREATE FUNCTION flags_history_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of flips is append-only: flip back, which is recorded too';
END
$$;
CREATE TRIGGER flags_flagchange_is_final BEFORE UPDATE OR DELETE ON flags_flagchange
    FOR EACH ROW EXECUTE FUNCTION flags_history_is_final();
"""
_UNPROTECT = """
DROP TRIGGER flags_flagchange_is_final ON flags_flagchange;
DROP FUNCTION flags_history_is_final();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("flags", "0001_create_flags")]
    operations: ClassVar = [migrations.RunSQL(_PROTECT, _UNPROTECT)]
