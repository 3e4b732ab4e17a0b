/* A button beside each new password that shows what was typed. Without it the fields work as they are. */
(() => {
  "use strict";
  for (const field of document.querySelectorAll('input[type="password"][data-show]')) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button office-show-password";
    button.textContent = field.dataset.show;
    button.setAttribute("aria-label", `${field.dataset.show} ${field.labels[0]?.textContent ?? ""}`.trim());
    button.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-controls", field.id);
    button.addEventListener("click", () => {
      const shows = field.type === "password";
      field.type = shows ? "text" : "password";
      button.setAttribute("aria-pressed", String(shows));
    });
    field.form.addEventListener("submit", () => { field.type = "password"; });
    field.after(button);
  }
})();
