// Puts a blue heart round a photo. All of it happens in this page: the photo is drawn on the canvas and goes nowhere.
// Without this script the ready-made pictures below can be downloaded.
(() => {
  const tool = document.querySelector("[data-wear]");
  if (!tool?.querySelector("canvas").getContext || !window.createImageBitmap) return;
  const part = (name) => tool.querySelector(`[data-part="${name}"]`);
  const say = (name) => tool.querySelector(`[data-say="${name}"]`).textContent;

  const SIZE = 1080;
  const MIDDLE = SIZE / 2;
  const LARGEST = 40 * 1024 * 1024;
  const DEEP = "#0b2a4a";
  const SKY = "#009edb";
  const BLUE = "#00639a";
  const HELD = new Path2D("M28.6 14.4C26.2 9.3 21.9 6 16.6 6 8.5 6 2 13.2 2 22.2 2 30.5 7 37 14 43.4 22.9 45.9 30.4 42.4 30.4 35.4 30.4 28.6 25.1 23 28.6 14.4Z");
  const HOLDING = new Path2D("M47.4 6C40 6 34.8 10.3 32.2 16.2 29.1 23.2 34.3 28.6 34.3 35.5 34.3 43.2 28.2 48.6 19.1 47.8 23.2 51.2 27.6 54.7 32 58.5 46.6 45.8 62 36.8 62 22.2 62 13.2 55.5 6 47.4 6Z");
  const OUTLINE = "M32 58.5C46.6 45.8 62 36.8 62 22.2 62 13.2 55.5 6 47.4 6 40 6 34.8 10.3 32 16.2 29.2 10.3 24 6 16.6 6 8.5 6 2 13.2 2 22.2 2 36.8 17.4 45.8 32 58.5Z";

  const canvas = tool.querySelector("canvas");
  const pen = canvas.getContext("2d");
  const sliders = { zoom: part("zoom"), x: part("x"), y: part("y") };
  let photo = null;

  const chosen = (name) => tool.querySelector(`[name="${name}"]:checked`);
  const isRound = () => chosen("wear-shape").value === "round";
  const value = (name) => Number(sliders[name].value);
  const within = (name, wanted) => {
    sliders[name].value = Math.min(Number(sliders[name].max), Math.max(Number(sliders[name].min), wanted));
  };

  const circle = (x, y, radius) => {
    const path = new Path2D();
    path.arc(x, y, radius, 0, 2 * Math.PI);
    return path;
  };
  const edge = (inset) => {
    if (isRound()) return circle(MIDDLE, MIDDLE, MIDDLE - inset);
    const path = new Path2D();
    path.rect(inset, inset, SIZE - 2 * inset, SIZE - 2 * inset);
    return path;
  };
  const fill = (path, colour, rule) => {
    pen.fillStyle = colour;
    pen.fill(path, rule ?? "nonzero");
  };
  const mark = (x, y, width) => {
    pen.save();
    pen.translate(x - width / 2, y - width / 2);
    pen.scale(width / 64, width / 64);
    fill(HELD, DEEP);
    fill(HOLDING, SKY);
    pen.restore();
  };
  const badge = (x, y, radius) => {
    fill(circle(x, y, radius), "#fff");
    mark(x, y + radius * 0.05, radius * 1.4);
  };

  const frames = {
    ring: () => {
      pen.lineWidth = 76;
      pen.strokeStyle = BLUE;
      pen.stroke(edge(38));
      badge(MIDDLE, 936, 132);
    },
    badge: () => {
      const at = isRound() ? 820 : 866;
      fill(circle(at, at, 190), DEEP);
      badge(at, at, 174);
    },
    window: () => {
      const heart = new Path2D();
      heart.addPath(new Path2D(OUTLINE), new DOMMatrix([15, 0, 0, 15, 60, 62]));
      const around = new Path2D();
      around.rect(0, 0, SIZE, SIZE);
      around.addPath(heart);
      fill(around, BLUE, "evenodd");
      pen.lineWidth = 20;
      pen.strokeStyle = "#fff";
      pen.stroke(heart);
    },
    band: () => {
      pen.fillStyle = DEEP;
      pen.fillRect(0, 810, SIZE, SIZE - 810);
      badge(MIDDLE, 810, 92);
      pen.fillStyle = "#fff";
      pen.font = "700 88px system-ui, sans-serif";
      pen.textAlign = "center";
      pen.direction = "ltr";
      pen.fillText(tool.dataset.hashtag, MIDDLE, 986);
    },
  };

  const somebody = () => {
    fill(circle(MIDDLE, 430, 170), "#c9d9e6");
    fill(circle(MIDDLE, 1010, 370), "#c9d9e6");
  };
  const scale = () => Math.max(SIZE / photo.width, SIZE / photo.height) * value("zoom");
  const spare = () => ({ x: (photo.width * scale() - SIZE) / 2, y: (photo.height * scale() - SIZE) / 2 });

  const draw = () => {
    pen.clearRect(0, 0, SIZE, SIZE);
    pen.save();
    pen.clip(edge(0));
    fill(edge(0), "#eef7fc");
    if (photo) {
      const [width, height] = [photo.width * scale(), photo.height * scale()];
      pen.imageSmoothingQuality = "high";
      pen.drawImage(photo, spare().x * (value("x") - 1), spare().y * (value("y") - 1), width, height);
    } else {
      somebody();
    }
    frames[chosen("wear-frame").value]();
    pen.restore();
  };

  const tell = (words) => {
    part("status").textContent = words;
  };
  const fail = (name) => {
    part("error").textContent = say(name);
    part("error").hidden = false;
    part("file").setAttribute("aria-invalid", "true");
    tell("");
  };
  const open = async (file) => {
    if (!file) return;
    part("error").hidden = true;
    part("file").removeAttribute("aria-invalid");
    if (file.size > LARGEST) return fail("large");
    tell(say("opening"));
    try {
      const opened = await createImageBitmap(file, { imageOrientation: "from-image" });
      photo?.close();
      photo = opened;
    } catch {
      return fail(/hei[cf]/i.test(`${file.type} ${file.name}`) ? "heic" : "broken");
    }
    within("zoom", 1);
    within("x", 0);
    within("y", 0);
    Object.values(sliders).forEach((slider) => (slider.disabled = false));
    part("download").disabled = false;
    canvas.classList.add("is-filled");
    canvas.setAttribute("aria-label", part("alt").value);
    draw();
    tell(say("ready"));
  };

  tool.hidden = false;
  part("file").addEventListener("change", () => open(part("file").files[0]));
  document.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((each) => each.type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    open(file);
  });
  // A photo that misses its place must not replace the page.
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    open(event.dataTransfer.files[0]);
  });

  tool.querySelectorAll("[name=wear-frame], [name=wear-shape]").forEach((choice) =>
    choice.addEventListener("change", () => {
      draw();
      if (photo) tell(`${chosen("wear-frame").labels[0].textContent.trim()}. ${chosen("wear-shape").labels[0].textContent.trim()}.`);
    }),
  );
  Object.values(sliders).forEach((slider) => slider.addEventListener("input", draw));

  // One finger or the mouse moves the photo, two fingers zoom.
  const fingers = new Map();
  const apart = () => {
    const [one, other] = [...fingers.values()];
    return Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
  };
  const lift = (event) => fingers.delete(event.pointerId);
  canvas.addEventListener("pointerdown", (event) => {
    if (!photo) return;
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, event);
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const was = fingers.size === 2 ? apart() : 0;
    fingers.set(event.pointerId, event);
    if (was) {
      within("zoom", (value("zoom") * apart()) / was);
    } else {
      const step = SIZE / canvas.clientWidth;
      const { x, y } = spare();
      if (x > 0) within("x", value("x") + ((event.clientX - before.clientX) * step) / x);
      if (y > 0) within("y", value("y") + ((event.clientY - before.clientY) * step) / y);
    }
    draw();
  });
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);

  part("download").addEventListener("click", () =>
    canvas.toBlob((picture) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(picture);
      link.download = "blue-heart.png";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
      tell(say("saved"));
    }, "image/png"),
  );

  document.querySelectorAll("[data-copies]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const field = document.getElementById(button.dataset.copies);
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
        tell(say("copied"));
      } catch {
        tell(say("selected"));
      }
    });
  });
  draw();
})();
