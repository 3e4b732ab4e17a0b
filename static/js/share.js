// Copies an address or hands it to the device's own way of sharing. Without this script the address can be selected.
(() => {
  const said = document.querySelector("[data-said]");

  const buttons = (name, works, act) => {
    for (const button of works ? document.querySelectorAll(`[data-${name}]`) : []) {
      button.hidden = false;
      button.addEventListener("click", () => act(button, document.getElementById(button.dataset[name])));
    }
  };

  buttons("copy", navigator.clipboard, async (button, field) => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      return; // the browser refuses: the address is selected
    }
    said.textContent = button.textContent = button.dataset.done;
  });

  buttons("share", navigator.share, async (button, field) => {
    try {
      await navigator.share({ title: button.dataset.title, url: field.value });
    } catch {
      // whoever closes the device's menu has changed their mind
    }
  });
})();
