"""The database itself refuses to change or remove a revision of a reading."""

from django.db import migrations

SQLITE = (
    """CREATE TRIGGER indicators_readingrevision_no_update BEFORE UPDATE ON indicators_readingrevision
BEGIN SELECT RAISE(ABORT, 'revisions of readings are never changed'); END""",
    """CREATE TRIGGER indicators_readingrevision_no_delete BEFORE DELETE ON indicators_readingrevision
BEGIN SELECT RAISE(ABORT, 'revisions of readings are never removed'); END""",
)
POSTGRESQL = (
    """CREATE TRIGGER indicators_readingrevision_no_update BEFORE UPDATE OR DELETE ON indicators_readingrevision
FOR EACH ROW EXECUTE FUNCTION custodes_refuse()""",
    """CREATE TRIGGER indicators_readingrevision_no_truncate BEFORE TRUNCATE ON indicators_readingrevision
FOR EACH STATEMENT EXECUTE FUNCTION custodes_refuse()""",
)


def create_triggers(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("indicators", "0001_initial"), ("ledger", "0003_no_change_no_truncate")]
    operations = [migrations.RunPython(create_triggers, migrations.RunPython.noop, elidable=False)]
