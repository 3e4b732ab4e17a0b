"""A photo of more pixels than a telephone makes is refused, of the kind too that is unpacked at a smaller size."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from pledges.services import photo_files


def test_jpeg_of_more_pixels_than_a_telephone_makes_is_refused():
    out = io.BytesIO()
    Image.new("L", (5_500, 5_000)).save(out, "JPEG")

    with pytest.raises(ValidationError, match="too many pixels"):
        photo_files.looked_at(SimpleUploadedFile("photo.jpg", out.getvalue()))
