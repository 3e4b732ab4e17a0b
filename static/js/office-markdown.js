// Markdown beside its preview: the server renders it, as it does for readers, some moments after the last key.
(() => {
  const PAUSE = 400;
  for (const box of document.querySelectorAll("[data-markdown]")) {
    const field = box.querySelector("textarea");
    const preview = box.querySelector("[data-preview]");
    const button = box.querySelector("button[name=preview_of]");
    const token = field.form && field.form.querySelector("[name=csrfmiddlewaretoken]");
    if (!token) continue;
    let timer = 0;
    let shown = null;

    async function show() {
      if (field.value === shown) return;
      shown = field.value;
      const body = new FormData();
      body.append("csrfmiddlewaretoken", token.value);
      body.append("preview_of", field.name);
      body.append("fragment", "1");
      body.append(field.name, field.value);
      const answer = await fetch(box.dataset.previewUrl, { method: "POST", body, credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const prose = await answer.text();
      if (field.value === shown) preview.innerHTML = prose;
    }

    // Whoever has asked for a preview once keeps it, until the button is pressed again.
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      const isOpen = !preview.hidden;
      preview.hidden = isOpen;
      box.classList.toggle("office-markdown-open", !isOpen);
      button.setAttribute("aria-expanded", String(!isOpen));
      if (isOpen) return;
      await show().catch(() => {
        preview.hidden = true;
        box.classList.remove("office-markdown-open");
        button.setAttribute("aria-expanded", "false");
      });
    });
    button.setAttribute("aria-expanded", "false");
    field.addEventListener("input", () => {
      window.clearTimeout(timer);
      if (!preview.hidden) timer = window.setTimeout(() => show().catch(() => {}), PAUSE);
    });
  }
})();
