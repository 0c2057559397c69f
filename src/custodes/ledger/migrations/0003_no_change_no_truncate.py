"""The database itself refuses to change or remove a data set, and PostgreSQL to empty the ledger's tables at a stroke.

`custodes_refuse` serves the tables of other apps too. TRUNCATE has no exemption, so `manage flush` and tests that flush are refused on PostgreSQL:
tests roll back instead. SQLite has no TRUNCATE; Django's flush is a DELETE there, which is refused as well. A later migration that rebuilds one of
these tables on SQLite (any change of a column) drops its triggers and must create them again.
"""

from django.db import migrations

SQLITE = (
    """CREATE TRIGGER ledger_dataset_no_update BEFORE UPDATE ON ledger_dataset
BEGIN SELECT RAISE(ABORT, 'data sets are never changed'); END""",
    """CREATE TRIGGER ledger_dataset_no_delete BEFORE DELETE ON ledger_dataset
BEGIN SELECT RAISE(ABORT, 'data sets are never removed'); END""",
)
POSTGRESQL = (
    """CREATE FUNCTION custodes_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '%: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE TRIGGER ledger_dataset_no_update BEFORE UPDATE OR DELETE ON ledger_dataset
FOR EACH ROW EXECUTE FUNCTION custodes_refuse()""",
    """CREATE TRIGGER ledger_dataset_no_truncate BEFORE TRUNCATE ON ledger_dataset
FOR EACH STATEMENT EXECUTE FUNCTION custodes_refuse()""",
    """CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON ledger_entry
FOR EACH STATEMENT EXECUTE FUNCTION custodes_refuse()""",
)


def create_triggers(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_append_only")]
    operations = [migrations.RunPython(create_triggers, migrations.RunPython.noop, elidable=False)]
