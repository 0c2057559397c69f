"""Real rows for tests: plain functions that write what the actions would, with only the fields that a test cares about.

Anybody may append here. Names are `make_<entity>`; every argument has a default.
"""

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

from custodes.collection.models import Device, Form, FormMedia, FormUpload, FormVersion
from custodes.ledger.actions import register_dataset, store_dataset_file, temporary_dataset_file
from custodes.ledger.models import Dataset, Sensitivity
from custodes.people.models import Account, Institution, Organisation, RoleGrant
from custodes.people.rules import SECOND_FACTOR_ROLES, Role, institution_path
from custodes.places.models import Area
from custodes.programmes.models import Definition, DefinitionVersion, Indicator, Programme, Result

LONG_AGO = date(2020, 1, 1)
MAKER = "system"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_numbers = itertools.count(1)


def make_account(
    *roles: Role, programme: str = "", area: Area | None = None, institution: Institution | None = None,
    sensitivity: int = Sensitivity.RESTRICTED, username: str = "", password: str | None = None, email: str | None = None,
    full_name: str = "", organisation: Organisation | None = None, is_active: bool = True,
    is_demonstration: bool = False, second_factor: bool | None = None,
) -> Account:  # fmt: skip
    """An account that holds the roles in one scope since long ago.

    second_factor   None: set up if a role needs it. A password costs 50 ms; without one use `client.force_login`.
    """
    account = Account(
        username=username or f"person-{next(_numbers)}", email=email, full_name=full_name, organisation=organisation,
        is_active=is_active, is_demonstration=is_demonstration,
    )  # fmt: skip
    account.set_password(password)
    account.save()
    for role in roles:
        make_grant(account, role, programme=programme, area=area, institution=institution, sensitivity=sensitivity)
    if second_factor or (second_factor is None and SECOND_FACTOR_ROLES.intersection(roles)):
        add_second_factor(account)
    return account


def add_second_factor(account: Account) -> None:
    """An authenticator app with the secret TOTP_SECRET, without the ledger entry that setting one up writes."""
    from allauth.mfa.models import Authenticator  # needs the app registry
    from allauth.mfa.utils import encrypt

    Authenticator.objects.bulk_create(
        [Authenticator(user=account, type=Authenticator.Type.TOTP, data={"secret": encrypt(TOTP_SECRET)})]
    )


def make_grant(
    account: Account, role: Role, *, programme: str = "", area: Area | None = None,
    institution: Institution | None = None, sensitivity: int = Sensitivity.RESTRICTED, starts: date = LONG_AGO,
    ends: date | None = None,
) -> RoleGrant:  # fmt: skip
    """One role of an account, without the checks of `grant_role`."""
    account.forget_grants()
    return RoleGrant.objects.create(
        account=account, role=role, programme=programme, area=area, institution=institution, sensitivity=sensitivity,
        starts=starts, ends=ends, created_by=MAKER,
    )  # fmt: skip


def make_organisation(name: str = "", *, kind: str = Organisation.Kind.GOVERNMENT) -> Organisation:
    """A legal body."""
    return Organisation.objects.create(name=name or f"Organisation {next(_numbers)}", kind=kind, created_by=MAKER)


def make_institution(
    code: str = "", *, name: str = "", parent: Institution | None = None, kind: str = Institution.Kind.POLICE,
    country: str = "LR",
) -> Institution:  # fmt: skip
    """A body in its tree, with its path."""
    code = code or f"body-{next(_numbers)}"
    return Institution.objects.create(
        code=code, name=name or code, kind=kind, parent=parent, country=country,
        path=institution_path(code, parent.path if parent else ""), created_by=MAKER,
    )  # fmt: skip


def make_area(
    code: str = "", *, name: str = "", parent: Area | None = None, country: str = "", valid_from: date = date(2000, 1, 1),
    valid_to: date | None = None,
) -> Area:  # fmt: skip
    """An area below its parent, with its path; a country without one. Karuna's (QR) are marked synthetic."""
    country = country or (parent.country if parent else "LR")
    code = code or f"{country}{next(_numbers):03d}"
    return Area.objects.create(
        code=code, name=name or code, country=country, level=parent.level + 1 if parent else 0, parent=parent,
        path=f"{parent.path if parent else '/'}{code}/", valid_from=valid_from, valid_to=valid_to,
        synthetic=country == "QR", created_by=MAKER,
    )  # fmt: skip


def make_programme(
    code: str = "", *, title: str = "", country_area: Area | None = None, is_public: bool = True,
    status: str = Programme.Status.APPROVED, starts: date = date(2022, 1, 1), ends: date = date(2027, 12, 31),
    lead_institution: Institution | None = None, sensitivity: int = Sensitivity.PUBLIC,
) -> Programme:  # fmt: skip
    """A programme without results."""
    code = code or f"programme-{next(_numbers)}"
    return Programme.objects.create(
        code=code, title=title or f"Programme {code}", country_area=country_area or make_area(), is_public=is_public,
        status=status, starts=starts, ends=ends, lead_institution=lead_institution, sensitivity=sensitivity,
        created_by=MAKER,
    )  # fmt: skip


def make_result(
    programme: Programme, *, code: str = "", parent: Result | None = None, level: str = "outcome"
) -> Result:
    """A result of a programme."""
    code = code or f"O{next(_numbers)}"
    return Result.objects.create(
        programme=programme, code=code, parent=parent, level=level, statement=f"Result {code}", created_by=MAKER
    )


def make_definition_version(code: str = "", *, number: int = 1, **fields: Any) -> DefinitionVersion:
    """A version of a definition: a survey proportion where up is good, unless the fields say otherwise."""
    definition, _made = Definition.objects.get_or_create(
        code=code or f"DEF-{next(_numbers)}", defaults={"created_by": MAKER}
    )
    values = {
        "name": definition.code,
        "wording": f"What {definition.code} means.",
        "unit": "proportion",
        "estimator": "survey_proportion",
        "direction": "up",
        "source_kind": "Survey",
        "created_by": MAKER,
    }
    return DefinitionVersion.objects.create(definition=definition, number=number, **(values | fields))


def make_indicator(
    programme: Programme | None = None, *, result: Result | None = None, definition: Definition | None = None,
    **fields: Any,
) -> Indicator:  # fmt: skip
    """An indicator under a result, with a definition of one version."""
    programme = programme or (result.programme if result else make_programme())
    definition = definition or make_definition_version().definition
    values = {"code": definition.code, "created_by": MAKER}
    return Indicator.objects.create(
        programme=programme, result=result or make_result(programme), definition=definition, **(values | fields)
    )


def make_dataset(
    rows: Sequence[Mapping[str, Any]] = ({"area": "LR001", "value": 1},), *, kind: str = Dataset.Kind.ADMINISTRATIVE,
    source: str = "administrative", series: str = "register", title: str = "Register", programme: str = "",
    country: str = "LR", sensitivity: int = Sensitivity.RESTRICTED, schema: Mapping[str, Any] | None = None,
    starts: date | None = None, ends: date | None = None,
) -> Dataset:  # fmt: skip
    """A data set with a real Parquet file of these rows in the (temporary) storage. Equal rows are one data set. Needs the database."""
    import pyarrow as pa
    from django.db import transaction
    from pyarrow import parquet

    table = pa.Table.from_pylist([dict(row) for row in rows])
    written = temporary_dataset_file()
    parquet.write_table(table, written)
    sha256 = store_dataset_file(written)
    columns = [{"name": field.name, "type": str(field.type)} for field in table.schema]
    with transaction.atomic():
        return register_dataset(
            sha256=sha256, title=title, kind=kind, source=source, series=series, schema=schema or {"columns": columns},
            rows=table.num_rows, starts=starts, ends=ends, programme=programme, country=country,
            provenance="Made for a test.", licence="CC0-1.0", source_sha256=sha256, sensitivity=sensitivity,
            synthetic=country == "QR", by=MAKER, role=MAKER,
        )  # fmt: skip


XFORM = """<h:html xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns="http://www.w3.org/2002/xforms"><h:head><h:title>{title}</h:title>
<model><instance>
<data id="{xform_id}" version="{version}"><trust/><photo/><meta><instanceID/></meta></data></instance></model></h:head><h:body/></h:html>
"""


def make_form(
    xform_id: str = "", *, title: str = "", state: str = "open", version: str = "1", media: Mapping[str, bytes] | None = None,
    **fields: Any,
) -> Form:  # fmt: skip
    """A form with one published version, whose file and media lie where devices get them; a draft has none."""
    xform_id = xform_id or f"form-{next(_numbers)}"
    values = {
        "title": title or f"Form {xform_id}",
        "series": "household",
        "licence": "CC0-1.0",
        "provenance": "Made for a test.",
    }
    form = Form.objects.create(xform_id=xform_id, created_by=MAKER, **(values | fields))
    if state != Form.State.DRAFT:
        form.current = make_form_version(form, version=version, media=media or {})
        form.state = state
        form.save()
    return form


def make_form_version(form: Form, *, version: str = "1", media: Mapping[str, bytes] | None = None) -> FormVersion:
    """A further published version of a form, with its files in the (temporary) storage."""
    text = XFORM.format(title=form.title, xform_id=form.xform_id, version=version).encode()
    sha256, md5 = _stored(text, "forms", ".xml")
    upload = FormUpload.objects.create(
        form=form, stage=FormUpload.Stage.PUBLISHED, file_name="form.xml", file_sha256=sha256, file_bytes=len(text),
        xform_id=form.xform_id, xform_sha256=sha256, version=version, created_by=MAKER,
    )  # fmt: skip
    for name, content in (media or {}).items():
        of_file, md5_of_file = _stored(content, "forms/media", "")
        FormMedia.objects.create(upload=upload, name=name, sha256=of_file, md5=md5_of_file, bytes=len(content))
    return FormVersion.objects.create(
        form=form, upload=upload, number=form.versions.count() + 1, version=version, title=form.title,
        xform_sha256=sha256, xform_md5=md5, xform_bytes=len(text), created_by=MAKER,
    )  # fmt: skip


def _stored(content: bytes, folder: str, ending: str) -> tuple[str, str]:
    sha256 = hashlib.sha256(content).hexdigest()
    place = Path(settings.MEDIA_ROOT) / folder / sha256[:2] / f"{sha256}{ending}"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return sha256, hashlib.md5(content).hexdigest()


def make_device(
    *forms: Form, key: str = "", label: str = "", programme: str = "", ends: date = date(2099, 12, 31)
) -> Device:
    """A device that may list and send these forms with the key."""
    key = key or f"key-{next(_numbers)}"
    device = Device.objects.create(
        label=label or f"Phone {key}", key_sha256=hashlib.sha256(key.encode()).hexdigest(), programme=programme, ends=ends,
        created_by=MAKER,
    )  # fmt: skip
    device.forms.set(forms)
    return device
