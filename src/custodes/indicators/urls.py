"""Addresses of measuring, below /measure/."""

from django.urls import path

from custodes.indicators.views import boards, readings

urlpatterns = [
    path("", boards.boards, name="board-list"),
    path("work/", boards.work, name="work-queue"),
    path("computations/<int:pk>/", readings.computation_detail, name="computation-detail"),
    path("readings/act/", readings.readings_act, name="readings-act"),
    path("readings/<int:pk>/", readings.reading_detail, name="reading-detail"),
    path("<slug:programme>/", boards.board, name="programme-board"),
    path("<slug:programme>/<slug:code>/", boards.indicator_page, name="indicator-page"),
    path("<slug:programme>/<slug:code>/compute/", readings.computation_new, name="computation-new"),
    path("<slug:programme>/<slug:code>/quality/", readings.quality_check_new, name="quality-check-new"),
]
