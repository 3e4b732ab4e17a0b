// Forms of the office: names for what Select2 draws, and a picture shown before it is saved.
(() => {
  function nameSelects() {
    for (const select of document.querySelectorAll("select.admin-autocomplete")) {
      const label = select.id && document.querySelector(`label[for="${select.id}"]`);
      const drawn = select.nextElementSibling;
      if (!label || !drawn || !drawn.classList.contains("select2")) continue;
      label.id ||= `label-of-${select.id}`;
      const name = label.textContent.replace(/:\s*$/, "").trim();
      const box = drawn.querySelector("[role=combobox]");
      const shown = drawn.querySelector(".select2-selection__rendered");
      if (box && box.getAttribute("aria-label") !== name) {
        box.setAttribute("aria-label", name);
        if (shown) box.setAttribute("aria-labelledby", `${label.id} ${shown.id}`.trim());
      }
      // A combobox with a readonly textbox in it is what Select2 says; what it shows is plain text.
      for (const attribute of ["role", "aria-readonly"]) shown?.removeAttribute(attribute);
      for (const clear of drawn.querySelectorAll("ul > :not(li)")) {
        const item = document.createElement("li");
        clear.replaceWith(item);
        item.append(clear);
      }
      drawn.querySelector("input.select2-search__field")?.setAttribute("aria-label", name);
    }
    for (const field of document.querySelectorAll(".select2-dropdown input.select2-search__field")) {
      const open = document.querySelector("[role=combobox][aria-expanded=true]");
      if (open) field.setAttribute("aria-label", open.getAttribute("aria-label") || "");
    }
  }

  function showPictures() {
    for (const field of document.querySelectorAll("input[type=file][accept^=image]")) {
      const picture = document.createElement("img");
      picture.className = "office-chosen";
      picture.alt = "";
      picture.hidden = true;
      field.after(picture);
      field.addEventListener("change", () => {
        const [file] = field.files;
        picture.hidden = true;
        if (!file || !file.type.startsWith("image/")) return;
        const reader = new FileReader();
        reader.addEventListener("load", () => {
          picture.src = reader.result;
          picture.hidden = false;
        });
        reader.readAsDataURL(file);
      });
    }
  }

  window.addEventListener("load", () => {
    nameSelects();
    showPictures();
    const forms = document.querySelector("#content form");
    if (forms && document.querySelector("select.admin-autocomplete")) {
      new MutationObserver(nameSelects).observe(document.body, { childList: true, subtree: true });
    }
  });
})();
