"""Addresses of this app."""

from django.urls import path

from custodes.people.views import accounts, sign_in

urlpatterns = [
    path("", accounts.account_list, name="account-list"),
    path("new/", accounts.account_new, name="account-new"),
    path("<int:pk>/", accounts.account_detail, name="account-detail"),
    path("<int:pk>/deactivate/", accounts.account_deactivate, name="account-deactivate"),
    path("<int:pk>/reactivate/", accounts.account_reactivate, name="account-reactivate"),
    path("<int:pk>/credentials/", accounts.account_reset_credentials, name="account-reset-credentials"),
    path("<int:pk>/grants/new/", accounts.grant_new, name="grant-new"),
    path("grants/<int:pk>/end/", accounts.grant_end, name="grant-end"),
    path("organisations/", accounts.organisation_list, name="organisation-list"),
    path("organisations/new/", accounts.organisation_new, name="organisation-new"),
    path("institutions/", accounts.institution_list, name="institution-list"),
    path("institutions/new/", accounts.institution_new, name="institution-new"),
    path("you/", accounts.own_account, name="own-account"),
    path("you/tokens/new/", accounts.token_new, name="token-new"),
    path("tokens/<int:pk>/revoke/", accounts.token_revoke, name="token-revoke"),
    path("setup/", sign_in.first_setup, name="first-setup"),
    path("second-factor/", sign_in.second_factor_needed, name="second-factor-needed"),
    path("demonstration/", sign_in.demonstration_sign_in, name="demonstration-sign-in"),
]
