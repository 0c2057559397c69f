"""The ways in, through the real pages: password, second factor, lock-out, demonstration, and what the ledger says of them."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse

from custodes.ledger.models import Entry
from custodes.people.rules import Role
from tests.authenticator import code_now
from tests.factories import TOTP_SECRET, make_account

pytestmark = pytest.mark.django_db
PASSWORD = "seven quiet rivers"


def sign_in(client, login, password=PASSWORD, **more):
    return client.post(reverse("account_login"), {"login": login, "password": password, **more})


def is_signed_in(client):
    return "_auth_user_id" in client.session


def acts():
    return list(Entry.objects.values_list("act", flat=True))


@pytest.mark.parametrize("login", ["amara", "AMARA", "amara@example.org", "Amara@Example.ORG"])
def test_sign_in_takes_user_name_or_email(client, login):
    account = make_account(Role.DONOR, username="amara", email="amara@example.org", password=PASSWORD)
    answer = sign_in(client, login)
    assert answer.url == reverse("work-queue")
    assert is_signed_in(client)
    entry = Entry.objects.get()
    assert (entry.act, entry.actor, entry.subject) == ("account.sign-in", account.reference, account.reference)


def test_sign_in_with_a_wrong_password_is_refused_and_recorded_without_a_name(client):
    account = make_account(username="amara", password=PASSWORD)
    sign_in(client, "amara", "wrong")
    sign_in(client, "nobody-of-that-name", "wrong")
    assert not is_signed_in(client)
    entries = list(Entry.objects.values_list("act", "subject", "what"))
    assert entries == [
        ("account.sign-in-failed", account.reference, {}),
        ("account.sign-in-failed", "account:unknown", {}),
    ]


def test_inactive_account_does_not_sign_in(client):
    make_account(Role.DONOR, username="amara", password=PASSWORD, is_active=False)
    sign_in(client, "amara")
    assert not is_signed_in(client)


def test_sign_out_is_recorded(client):
    make_account(Role.DONOR, username="amara", password=PASSWORD)
    sign_in(client, "amara")
    client.post(reverse("account_logout"))
    assert not is_signed_in(client)
    assert acts() == ["account.sign-in", "account.sign-out"]


def test_sign_up_is_closed(client):
    make_account()
    page = client.get(reverse("account_login")).content.decode()
    assert "signup" not in page
    answer = client.post(reverse("account_signup"), {"username": "x", "password1": PASSWORD, "password2": PASSWORD})
    assert b"closed" in answer.content.lower()


def test_sign_in_is_locked_after_five_failures_even_for_the_right_password(client):
    make_account(Role.DONOR, username="amara", email="amara@example.org", password=PASSWORD)
    for login in ("amara", "AMARA", "amara@example.org", "amara"):
        assert sign_in(client, login, "wrong").status_code == 200
    locked = sign_in(client, "amara", "wrong")
    right = sign_in(client, "amara@example.org")
    for answer in (locked, right):
        assert answer.status_code == 429
        page = answer.content.decode()
        assert "Sign-in is locked" in page
        assert "Wait 15 minutes" in page
        assert reverse("account_reset_password") in page
    assert not is_signed_in(client)
    assert "account.lock-out" in acts()


def test_lock_out_ends_after_its_time_and_spares_other_accounts(client):
    from datetime import timedelta

    from axes.models import AccessAttempt
    from django.db.models import F

    make_account(Role.DONOR, username="amara", password=PASSWORD)
    make_account(Role.DONOR, username="other", password=PASSWORD)
    for _attempt in range(5):
        sign_in(client, "amara", "wrong")
    assert sign_in(Client(), "other").status_code == 302
    assert sign_in(client, "amara").status_code == 429
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=14))
    assert sign_in(client, "amara").status_code == 429
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=16))
    assert sign_in(client, "amara").status_code == 302


def test_success_forgets_earlier_failures(client):
    make_account(Role.DONOR, username="amara", password=PASSWORD)
    for _round in range(2):
        for _attempt in range(4):
            assert sign_in(client, "amara", "wrong").status_code == 200
        assert sign_in(client, "amara").status_code == 302
        client.post(reverse("account_logout"))


def test_second_factor_is_set_up_and_asked_for_with_real_codes(client):
    account = make_account(Role.VERIFIER, username="vera", password=PASSWORD, second_factor=False)
    assert sign_in(client, "vera").url == reverse("second-factor-needed")
    page = client.get(reverse("second-factor-needed")).content.decode()
    assert reverse("mfa_activate_totp") in page

    activation = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r'value="([A-Z2-7]{16,})"', activation).group(1)
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_now(secret)})
    assert answer.status_code == 302
    assert account.authenticator_set.filter(type="totp").exists()
    assert "account.add-second-factor" in acts()
    assert client.get(answer.url).status_code == 200  # the recovery codes
    client.post(reverse("account_logout"))

    cache.clear()  # forgets the code that was used, as half a minute does
    assert sign_in(client, "vera").url == reverse("mfa_authenticate")
    assert not is_signed_in(client)
    assert b'name="code"' in client.get(reverse("mfa_authenticate")).content
    assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert not is_signed_in(client)
    assert client.post(reverse("mfa_authenticate"), {"code": code_now(secret)}).url == reverse("work-queue")
    assert is_signed_in(client)


def test_code_is_not_taken_twice(client):
    make_account(Role.VERIFIER, username="vera", password=PASSWORD)
    sign_in(client, "vera")
    assert client.post(reverse("mfa_authenticate"), {"code": code_now(TOTP_SECRET)}).status_code == 302
    second = Client()
    sign_in(second, "vera")
    assert second.post(reverse("mfa_authenticate"), {"code": code_now(TOTP_SECRET)}).status_code == 200
    assert not is_signed_in(second)


def test_second_factor_codes_cannot_be_guessed_for_long(client):
    make_account(Role.VERIFIER, username="vera", password=PASSWORD)
    sign_in(client, "vera")
    for attempt in range(5):
        client.post(reverse("mfa_authenticate"), {"code": f"{attempt:06}"})
    client.post(reverse("mfa_authenticate"), {"code": code_now(TOTP_SECRET)})
    assert not is_signed_in(client)


def test_proof_of_identity_is_asked_for_again_after_some_minutes(client):
    make_account(Role.VERIFIER, username="vera", password=PASSWORD, second_factor=False)
    sign_in(client, "vera")
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    session = client.session
    session["account_authentication_methods"] = [
        proof | {"at": proof["at"] - 301} for proof in session["account_authentication_methods"]
    ]
    session.save()
    assert client.get(reverse("mfa_activate_totp")).url.startswith(reverse("account_reauthenticate"))


def test_page_that_asks_for_a_second_factor_lets_others_pass(client):
    client.force_login(make_account(Role.DONOR))
    assert client.get(reverse("second-factor-needed")).url == reverse("work-queue")
    client.force_login(make_account(Role.VERIFIER, second_factor=False))
    page = client.get(reverse("second-factor-needed"), {"next": "https://evil.example/"}).content.decode()
    assert 'href="https://evil.example/"' not in page
    assert f'href="{reverse("work-queue")}"' in page


def test_next_page_waits_behind_the_second_factor_page(client):
    make_account(Role.VERIFIER, username="vera", password=PASSWORD, second_factor=False)
    onward = reverse("own-account")
    answer = sign_in(client, "vera", next=onward)
    assert answer.url.startswith(reverse("second-factor-needed"))
    assert f'href="{onward}"' in client.get(answer.url).content.decode()


def test_demonstration_sign_in_is_one_button_per_role(client, settings):
    settings.DEMONSTRATION = True
    publisher = make_account(Role.PUBLISHER, is_demonstration=True, second_factor=False)
    donor = make_account(Role.DONOR, is_demonstration=True)
    page = client.get(reverse("account_login")).content.decode()
    assert re.findall(r'name="account" value="(\d+)"', page) == [str(publisher.pk), str(donor.pk)]
    answer = client.post(reverse("demonstration-sign-in"), {"account": publisher.pk})
    assert answer.url == reverse("work-queue")
    assert client.session["_auth_user_id"] == str(publisher.pk)
    assert acts() == ["account.sign-in"]


def test_demonstration_sign_in_needs_the_mode_and_a_demonstration_account(client, settings):
    listed = make_account(Role.DONOR, is_demonstration=True)
    real = make_account(Role.ADMINISTRATOR)
    left = make_account(Role.ANALYST, is_demonstration=True, is_active=False)
    where = reverse("demonstration-sign-in")
    assert client.post(where, {"account": listed.pk}).status_code == 404
    assert b'name="account"' not in client.get(reverse("account_login")).content
    settings.DEMONSTRATION = True
    for account in (real.pk, left.pk, "", "x", 99999):
        assert client.post(where, {"account": account}).status_code == 404
    assert client.get(where).status_code == 405
    assert Client(enforce_csrf_checks=True).post(where, {"account": listed.pk}).status_code == 403
    assert not is_signed_in(client)


def test_password_is_reset_by_email_and_recorded(client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    make_account(Role.DONOR, username="amara", email="amara@example.org", password=PASSWORD)
    client.post(reverse("account_reset_password"), {"email": "amara@example.org"})
    link = re.search(r"https?://[^/\s]+(/\S+/key/\S+)", mail.outbox[0].body).group(1)
    form = client.get(link, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": "nine calm harbours", "password2": "nine calm harbours"})
    assert "account.reset-password" in acts()
    assert sign_in(client, "amara", "nine calm harbours").status_code == 302


def test_pages_of_sign_in_keep_to_the_content_security_policy(client):
    make_account(Role.VERIFIER, username="vera", password=PASSWORD)
    pages = [client.get(reverse(name)) for name in ("account_login", "account_reset_password")]
    sign_in(client, "vera")
    pages.append(client.get(reverse("mfa_authenticate")))
    client.post(reverse("mfa_authenticate"), {"code": code_now(TOTP_SECRET)})
    for name in ("mfa_index", "mfa_add_webauthn", "mfa_list_webauthn", "mfa_deactivate_totp", "account_email"):
        pages.append(client.get(reverse(name)))
    client.post(reverse("mfa_generate_recovery_codes"))
    pages.append(client.get(reverse("mfa_view_recovery_codes")))
    for page in pages:
        text = page.content.decode()
        assert page.status_code == 200, page.request
        assert text.count("<h1") == 1, page.request
        assert "script-src 'self';" in page["Content-Security-Policy"] + ";"
        assert not re.search(r"<script(?![^>]*(src=\"/|application/json))|<style|\sstyle=|\son[a-z]+=", text)
        assert "sign up" not in text.lower()


def test_addresses_of_sign_in_carry_the_language():
    assert reverse("account_login") == "/en/account/login/"
    with pytest.raises(NoReverseMatch):
        reverse("socialaccount_login")
