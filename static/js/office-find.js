// The field "Find a list" on the office's home: leaves the lists whose names hold the words, with their sections open.
(() => {
  const box = document.querySelector("[data-find]");
  if (!box) return;
  const field = box.querySelector("input");
  const status = box.querySelector("[role=status]");
  const sections = [...document.querySelectorAll(".office-section")];
  const wasOpen = new Map(sections.map((section) => [section, section.open]));
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  function find() {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const section of sections) {
      let here = 0;
      for (const item of section.querySelectorAll("li")) {
        const name = plain(item.querySelector("[data-find-name]").textContent);
        item.hidden = !words.every((word) => name.includes(word));
        here += item.hidden ? 0 : 1;
      }
      section.hidden = here === 0;
      section.open = words.length ? here > 0 : wasOpen.get(section);
      found += here;
    }
    status.textContent = found ? "" : status.dataset.findNone;
  }

  field.addEventListener("input", find);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const first = document.querySelector(".office-section:not([hidden]) li:not([hidden]) a[data-find-name]");
    if (first && field.value.trim()) window.location.assign(first.href);
  });
  box.hidden = false;

  // A link to a section opens it.
  function open() {
    const section = sections.find((each) => `#${each.id}` === window.location.hash);
    if (section) section.open = true;
  }
  window.addEventListener("hashchange", open);
  open();
})();
