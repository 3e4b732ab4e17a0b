// Small comforts of the gift form. Everything works without them.
(() => {
  "use strict";
  const form = document.querySelector("[data-donation-form]");
  if (!form) return;
  const QUIET_MS = 350;
  const show = form.querySelector("button[name=show_currency]");
  const currency = form.elements.namedItem("currency");
  // What depends on the currency: the presets, the field for another amount, the fees, and the sum.
  const PARTS = ["#div_id_preset", "#div_id_amount", "#div_id_cover_fees"];
  const TOTAL = "#gift-total";
  const COUNTS = ["interval", "preset", "amount", "cover_fees"];
  let newest = 0;
  let timer = 0;

  // The form as the server shows it with what stands in it now; null where a newer question was asked meanwhile.
  const ask = async () => {
    const turn = (newest += 1);
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form, show) });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (turn !== newest) return null;
    if (!answer.ok || !fresh.querySelector(TOTAL)) throw new Error("not the form");
    return fresh;
  };

  const replace = (fresh, part) => {
    const [old, news] = [form.querySelector(part), fresh.querySelector(part)];
    if (old && news) old.replaceWith(news);
    else if (old) old.remove();
    else if (news) form.querySelector("#div_id_amount").after(news);
  };

  // A screen reader tells what changes within the sum, so the element itself stays.
  const showTotal = (fresh) => form.querySelector(TOTAL).replaceChildren(...fresh.querySelector(TOTAL).childNodes);

  const showAmounts = async () => {
    const chosen = currency.value;
    const fresh = await ask();
    if (!fresh) return;
    PARTS.forEach((part) => replace(fresh, part));
    showTotal(fresh);
    form.elements.namedItem("shown_currency").value = chosen;
  };

  // Silence is no trouble here: a sum that was not shown is shown by the server before anything is paid.
  const recount = () => ask().then((fresh) => fresh && showTotal(fresh)).catch(() => {});

  for (const button of form.querySelectorAll("button[name=show_currency]")) button.parentElement.hidden = true;
  // The page stays, and with it the keyboard's place: arrow keys walk through the currencies.
  currency.addEventListener("change", () => showAmounts().catch(() => form.requestSubmit(show)));
  form.addEventListener("input", (event) => {
    const other = form.querySelector("input[name=preset][value=other]");
    if (event.target.name === "amount" && event.target.value && other) other.checked = true;
    if (!COUNTS.includes(event.target.name)) return;
    window.clearTimeout(timer);
    timer = window.setTimeout(recount, QUIET_MS);
  });
  form.addEventListener("change", (event) => {
    if (event.target.name !== "preset") return;
    const amount = form.elements.namedItem("amount");
    if (event.target.value === "other") amount.focus();
    else amount.value = "";
  });
})();
