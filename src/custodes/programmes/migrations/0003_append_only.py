"""The database itself refuses to change or remove an approved version of a plan."""

from django.db import migrations

SQLITE = (
    """CREATE TRIGGER programmes_planversion_no_update BEFORE UPDATE ON programmes_planversion
BEGIN SELECT RAISE(ABORT, 'plan versions are never changed'); END""",
    """CREATE TRIGGER programmes_planversion_no_delete BEFORE DELETE ON programmes_planversion
BEGIN SELECT RAISE(ABORT, 'plan versions are never removed'); END""",
)
POSTGRESQL = (
    """CREATE TRIGGER programmes_planversion_no_update BEFORE UPDATE OR DELETE ON programmes_planversion
FOR EACH ROW EXECUTE FUNCTION custodes_refuse()""",
    """CREATE TRIGGER programmes_planversion_no_truncate BEFORE TRUNCATE ON programmes_planversion
FOR EACH STATEMENT EXECUTE FUNCTION custodes_refuse()""",
)


def create_triggers(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("programmes", "0002_indicator_path_reason_planchange"), ("ledger", "0003_no_change_no_truncate")]
    operations = [migrations.RunPython(create_triggers, migrations.RunPython.noop, elidable=False)]
