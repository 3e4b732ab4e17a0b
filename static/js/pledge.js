// One page instead of three steps: all that is asked stands below each other, and the last part follows what is typed.
// Without this script the server shows one step at a time.
(() => {
  const form = document.querySelector("[data-steps]");
  if (!form) return;
  const all = (selector, root = form) => [...root.querySelectorAll(selector)];

  form.elements.step.value = "all";
  all("[data-step]").forEach((part) => (part.hidden = false));
  all("[data-by-steps]").forEach((buttons) => buttons.remove());
  all("[data-whole]").forEach((buttons) => {
    buttons.hidden = false;
    buttons.querySelector("button").disabled = false;
  });

  // The line of steps leads to the headings, which take the focus.
  all(".step-line [data-to]").forEach((item) => {
    const link = document.createElement("a");
    link.href = `#${item.dataset.to}`;
    link.append(...item.childNodes);
    item.removeAttribute("aria-current");
    item.append(link);
  });

  const said = (name) => {
    const fields = all(`[name="${name}"]`);
    if (fields[0]?.matches("select")) {
      const chosen = fields[0].selectedOptions[0];
      return chosen?.value ? [chosen.text] : [];
    }
    if (fields[0]?.matches("[type=checkbox], [type=radio]")) {
      return fields.filter((box) => box.checked).map((box) => [...box.labels[0].cloneNode(true).childNodes]);
    }
    return fields[0]?.value.trim() ? [fields[0].value.trim()] : [];
  };
  const line = (words, quiet) => {
    const span = document.createElement("span");
    const bdi = document.createElement("bdi");
    if (quiet) span.className = "quiet";
    bdi.append(...(Array.isArray(words) ? words : [words]));
    span.append(bdi);
    return span;
  };
  const show = () =>
    all("[data-shows]").forEach((place) => {
      const words = said(place.dataset.shows);
      place.replaceChildren(...(words.length ? words.map((one) => line(one)) : [line(place.dataset.none, true)]));
    });
  show();
  form.addEventListener("input", show);
  addEventListener("pageshow", show); // a browser that goes back fills in what was typed

  // Another kind of supporter: what was typed goes along.
  let isTouched = false;
  form.addEventListener("input", () => (isTouched = true));
  all("[data-kinds] a", document).forEach((link) =>
    link.addEventListener("click", (event) => {
      if (!isTouched || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const go = Object.assign(document.createElement("input"), { type: "hidden", name: "go", value: "kind" });
      form.append(go);
      form.action = link.href;
      form.submit();
    }),
  );
})();
