// A queue by the keyboard: a key presses the button that shows it. Every act is a button or a link without this, too.
(() => {
  "use strict";

  const LOOK_EVERY = 2 * 60 * 1000; // a claim lasts five minutes
  const SEEN_WITHIN = 4 * 60 * 1000; // nobody is at a page that was left alone for longer
  const SWITCHED_OFF = "office-queue-single-keys-off";

  const queue = document.querySelector("[data-queue]");
  if (!queue) return;
  const status = queue.querySelector("[data-queue-status]");
  const help = queue.querySelector("[data-queue-help]");
  const box = queue.querySelector("[data-queue-single-keys]");
  let isSending = false;
  let reasons = null; // the fieldset whose digits count
  let lastSeen = Date.now();

  const say = (text) => {
    status.textContent = text;
  };

  const isOff = () => {
    try {
      return localStorage.getItem(SWITCHED_OFF) === "yes";
    } catch {
      return false; // storage is forbidden: the keys stay as they are by default
    }
  };

  const remember = (isOn) => {
    try {
      if (isOn) localStorage.removeItem(SWITCHED_OFF);
      else localStorage.setItem(SWITCHED_OFF, "yes");
    } catch {
      // nothing to keep it in
    }
  };

  // The letter on the key; on a keyboard of another script the key at its place.
  const keyOf = (event) => {
    if (/^[a-z0-9?]$/i.test(event.key)) return event.key.toUpperCase();
    return (event.code || "").replace(/^(Key|Digit|Numpad)/, "");
  };

  const isField = (element) => element.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");

  const press = (element) => {
    if (element.matches("fieldset")) {
      reasons = element;
      element.classList.add("queue-armed");
      element.querySelector("button").focus();
      say(element.dataset.announce);
    } else if (isField(element)) {
      element.focus();
    } else {
      element.click();
    }
  };

  document.addEventListener("keydown", (event) => {
    lastSeen = Date.now();
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
    if (isOff() || isSending || isField(event.target)) return;
    const key = keyOf(event);
    if (key === "Escape" && reasons) {
      reasons.classList.remove("queue-armed");
      reasons = null;
      return;
    }
    const digit = reasons && /^[1-9]$/.test(key) && reasons.querySelector(`[data-digit="${key}"]`);
    const pressed = digit || (/^[A-Z]$/.test(key) && queue.querySelector(`[data-key="${key}"]`));
    if (pressed) {
      event.preventDefault();
      press(pressed);
    } else if (key === "?") {
      event.preventDefault();
      help.open = !help.open;
      if (help.open) help.querySelector("summary").focus();
    }
  });

  // One press, one decision.
  queue.addEventListener("submit", (event) => {
    if (isSending) event.preventDefault();
    isSending = true;
  });
  window.addEventListener("pageshow", () => {
    isSending = false;
  });

  for (const kind of ["pointerdown", "scroll"]) {
    window.addEventListener(kind, () => {
      lastSeen = Date.now();
    }, { passive: true });
  }

  // Looking on keeps the item; a page that nobody is at lets it go.
  const look = queue.querySelector("[data-queue-look]");
  if (look) {
    setInterval(async () => {
      if (document.visibilityState !== "visible" || Date.now() - lastSeen > SEEN_WITHIN) return;
      const form = new FormData(look);
      form.set("act", "look");
      const answer = await fetch(location.pathname, { method: "POST", body: form, credentials: "same-origin" });
      if (answer.status === 409) say(queue.dataset.lost);
    }, LOOK_EVERY);
  }

  box.checked = !isOff();
  box.addEventListener("change", () => remember(box.checked));
  queue.querySelector("[data-queue-switch]").hidden = false;

  const asked = queue.querySelector("[data-queue-ask]");
  const heading = queue.querySelector("[data-queue-heading]");
  if (asked) asked.focus();
  // Said once the page is there: what is in a live region from the start is not read out.
  setTimeout(() => {
    const said = queue.querySelector("[data-queue-said]");
    say([said, heading].filter(Boolean).map((element) => element.textContent.trim()).join(" "));
  }, 150);
})();
