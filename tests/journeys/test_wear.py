"""Sam puts the heart round a photo: the picture is right, and the photo never leaves the browser."""

import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.journey
RED, GREEN, BLUE, YELLOW = (200, 30, 30), (30, 160, 60), (0, 99, 154), (240, 220, 40)
DEEP, SKY, WHITE = (11, 42, 74), (0, 158, 219), (255, 255, 255)


def photo(*, orientation: int = 1, size: tuple[int, int] = (400, 400), kind: str = "JPEG") -> bytes:
    """Four quarters: red and green above, white and yellow below, as the camera held them."""
    picture = Image.new("RGB", size)
    width, height = size[0] // 2, size[1] // 2
    for number, colour in enumerate((RED, GREEN, WHITE, YELLOW)):
        picture.paste(colour, ((number % 2) * width, (number // 2) * height, size[0], size[1]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    picture.save(file, kind, quality=95, exif=exif)
    return file.getvalue()


def open_photo(page: Page, content: bytes, name: str = "me.jpg", mimetype: str = "image/jpeg") -> None:
    page.locator("[data-part=file]").set_input_files({"name": name, "mimeType": mimetype, "buffer": content})


def frame_in(page: Page, content: bytes) -> None:
    open_photo(page, content)
    expect(page.locator("[data-part=download]")).to_be_enabled()


def downloaded(page: Page) -> Image.Image:
    with page.expect_download() as download:
        page.locator("[data-part=download]").click()
    assert download.value.suggested_filename == "blue-heart.png"
    picture = Image.open(download.value.path())
    assert (picture.format, picture.size, picture.mode) == ("PNG", (1080, 1080), "RGBA")
    return picture


def near(picture: Image.Image, x: int, y: int, colour: tuple[int, int, int]) -> bool:
    *shown, alpha = picture.getpixel((x, y))
    return alpha == 255 and all(abs(a - b) <= 12 for a, b in zip(shown, colour, strict=True))


def quarters(picture: Image.Image) -> list[tuple[int, int, int] | None]:
    """Which colour each quarter of the photo has, above and below the middle."""
    at = [(400, 400), (680, 400), (400, 680), (680, 680)]
    return [next((c for c in (RED, GREEN, WHITE, YELLOW) if near(picture, x, y, c)), None) for x, y in at]


def test_photo_gets_its_frame_offline_and_no_request_carries_it(site, visitor):
    page = visitor()
    page.goto(site.page("/en/wear/"), wait_until="networkidle")
    page.context.set_offline(True)
    asked = []
    page.on("request", lambda request: asked.append(request.url))

    frame_in(page, photo())
    expect(page.get_by_role("status")).to_contain_text("Your photo is in the frame")
    round_ring = downloaded(page)
    page.get_by_label("Square").check()
    expect(page.get_by_role("status")).to_contain_text("Square")
    square_ring = downloaded(page)

    assert quarters(round_ring) == quarters(square_ring) == [RED, GREEN, WHITE, YELLOW]
    assert (round_ring.getpixel((4, 4))[3], near(square_ring, 4, 4, BLUE)) == (0, True)
    assert all(near(round_ring, x, y, BLUE) for x, y in ((38, 540), (1042, 540), (540, 38)))
    assert (near(round_ring, 497, 925, DEEP), near(round_ring, 585, 925, SKY)) == (True, True)
    assert [url for url in asked if not url.startswith("blob:")] == []


FRAMES = {
    "Heart in the corner": [(820, 660, WHITE), (820, 636, DEEP), (40, 500, RED)],
    "Photo in a heart": [(540, 120, BLUE), (60, 540, BLUE), (540, 1010, BLUE), (300, 400, RED)],
    "Band with the hashtag": [(540, 1040, DEEP), (200, 860, DEEP), (100, 400, RED)],
}


def test_every_frame_is_drawn_where_it_belongs(site, visitor):
    page = visitor()
    page.goto(site.page("/en/wear/"))
    frame_in(page, photo())
    for frame, points in FRAMES.items():
        page.get_by_label(frame).check()
        picture = downloaded(page)
        assert [(frame, x, y) for x, y, colour in points if not near(picture, x, y, colour)] == []


def test_photo_stands_upright_as_the_camera_says(site, visitor):
    page = visitor()
    page.goto(site.page("/en/wear/"))
    frame_in(page, photo(orientation=6))

    assert quarters(downloaded(page)) == [WHITE, RED, YELLOW, GREEN]


def test_photo_is_zoomed_and_moved_by_keyboard_alone_in_arabic(site, visitor):
    page = visitor()
    page.goto(site.page("/ar/wear/"))
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    frame_in(page, photo())
    page.locator("[data-part=file]").focus()
    for _field in ("frame", "shape", "zoom"):
        page.keyboard.press("Tab")
    expect(page.locator("[data-part=zoom]")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Tab")
    page.keyboard.press("Home")  # to the very left: what is on the left of the photo goes out of sight
    moved = quarters(downloaded(page))

    assert moved == [GREEN, GREEN, YELLOW, YELLOW]


def test_photo_is_moved_by_the_pointer(site, visitor):
    page = visitor()
    page.goto(site.page("/en/wear/"))
    frame_in(page, photo(size=(800, 400)))
    box = page.locator("canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + box["width"], y, steps=4)
    page.mouse.up()

    assert quarters(downloaded(page)) == [RED, RED, WHITE, WHITE]


def test_photo_may_be_dropped_or_pasted(site, visitor):
    page = visitor()
    page.goto(site.page("/en/wear/"))
    give = """([kind, bytes]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], "me.jpg", { type: "image/jpeg" }));
        const event = kind === "paste"
            ? new ClipboardEvent(kind, { clipboardData: data, bubbles: true, cancelable: true })
            : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
        document.querySelector("canvas").dispatchEvent(event);
    }"""
    for kind, orientation, expected in (("drop", 1, RED), ("paste", 3, YELLOW)):
        page.evaluate(give, [kind, list(photo(orientation=orientation))])
        expect(page.locator("[data-part=download]")).to_be_enabled()
        page.wait_for_timeout(200)
        assert quarters(downloaded(page))[0] == expected


NO_PHOTOS = (
    ("me.heic", "image/heic", b"\x00\x00\x00\x18ftypheic" + b"\x00" * 64, "in the format HEIC"),
    ("me.jpg", "image/jpeg", photo()[:300], "cannot be opened as a photo"),
    ("me.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "cannot be opened as a photo"),
    ("letter.pdf", "application/pdf", b"%PDF-1.7", "cannot be opened as a photo"),
    ("empty.png", "image/png", b"", "cannot be opened as a photo"),
)


def test_file_that_is_no_photo_is_told_clearly(site, visitor):
    page = visitor()
    page.goto(site.page("/en/wear/"))
    for name, mimetype, content, says in NO_PHOTOS:
        open_photo(page, content, name, mimetype)
        expect(page.get_by_role("alert")).to_contain_text(says)
        expect(page.locator("[data-part=download]")).to_be_disabled()
    frame_in(page, photo())
    expect(page.locator("#wear-error")).to_be_hidden()


def test_alt_text_and_hashtag_are_copied(site, visitor):
    page = visitor()
    page.goto(site.page("/en/wear/"))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the hashtag").click()
    expect(page.get_by_role("status")).to_have_text("Copied.")

    assert page.evaluate("navigator.clipboard.readText()") == "#BlueHeart"


def test_without_javascript_there_are_ready_made_pictures(site, visitor):
    page = visitor(javascript=False)
    page.goto(site.page("/ar/wear/"))
    expect(page.locator("[data-wear]")).to_be_hidden()
    pictures = page.locator(".ready-made a[download]")

    assert pictures.count() == 4
    for number in range(4):
        address = pictures.nth(number).get_attribute("href")
        assert Image.open(io.BytesIO(page.request.get(site.page(address)).body())).format == "PNG"
    assert all(picture.get_attribute("alt") for picture in page.locator(".ready-made img").all())
