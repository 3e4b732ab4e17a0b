from django.urls import path

from blueheart.metrics.views import metrics

urlpatterns = [path("metrics", metrics, name="metrics")]
