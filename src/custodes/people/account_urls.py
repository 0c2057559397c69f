"""Sign-in, as allauth serves it; its sign-in page is ours."""

from django.urls import include, path

from custodes.people.views.sign_in import SignInView

urlpatterns = [
    path("login/", SignInView.as_view(), name="account_login"),
    path("", include("allauth.urls")),
]
