// Small comforts of the gift form. Everything works without them.
(() => {
  "use strict";
  const form = document.querySelector("[data-donation-form]");
  if (!form) return;
  const show = form.querySelector("button[name=show_currency]");
  const currency = form.elements.namedItem("currency");
  // What depends on the currency: the presets, and the field for another amount with its help.
  const PARTS = ["#div_id_preset", "#div_id_amount"];

  const showAmounts = async () => {
    const chosen = currency.value;
    const data = new FormData(form, show);
    const answer = await fetch(form.action, { method: "POST", body: data });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const parts = PARTS.map((part) => [form.querySelector(part), fresh.querySelector(part)]);
    if (!answer.ok || parts.some((pair) => pair.includes(null))) throw new Error("not the form");
    if (chosen !== currency.value) return;
    parts.forEach(([old, news]) => old.replaceWith(news));
    form.elements.namedItem("shown_currency").value = chosen;
  };

  show.parentElement.hidden = true;
  // The page stays, and with it the keyboard's place: arrow keys walk through the currencies.
  currency.addEventListener("change", () => showAmounts().catch(() => form.requestSubmit(show)));
  form.addEventListener("input", (event) => {
    const other = form.querySelector("input[name=preset][value=other]");
    if (event.target.name === "amount" && event.target.value && other) other.checked = true;
  });
  form.addEventListener("change", (event) => {
    if (event.target.name !== "preset") return;
    const amount = form.elements.namedItem("amount");
    if (event.target.value === "other") amount.focus();
    else amount.value = "";
  });
})();
