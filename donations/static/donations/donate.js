// Small comforts of the gift form. Everything works without them.
(() => {
  "use strict";
  const form = document.querySelector("[data-donation-form]");
  if (!form) return;
  const show = form.querySelector("button[name=show_currency]");
  const amount = form.elements.namedItem("amount");
  const currency = form.elements.namedItem("currency");
  const presets = Array.from(form.querySelectorAll("input[name=preset]"));
  const other = presets.find((preset) => preset.value === "other");

  show.parentElement.hidden = true;
  currency.addEventListener("change", () => form.requestSubmit(show));
  amount.addEventListener("input", () => {
    if (amount.value && other) other.checked = true;
  });
  presets.forEach((preset) =>
    preset.addEventListener("change", () => {
      if (preset === other) amount.focus();
      else amount.value = "";
    }),
  );
})();
