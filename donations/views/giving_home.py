"""What a donor sees of their gifts."""

from django.http import HttpResponse
from django.shortcuts import render

from donations.views.giving import DonorRequest, donor_page


@donor_page
def giving_home(request: DonorRequest) -> HttpResponse:
    gifts = request.donor.donations.select_related("campaign").order_by("-pk")[:20]
    return render(request, "donations/giving/home.html", {"gifts": gifts})
