// Escape closes an open menu of the header and gives the keyboard back to its button; so does a press elsewhere.
// Without this script the menus open and close by their own buttons.
(() => {
  const open = () => document.querySelectorAll("details.language-menu[open], details.menu-toggle[open]");

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    open().forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  document.addEventListener("click", (event) => {
    open().forEach((menu) => {
      if (menu.matches(".language-menu") && !menu.contains(event.target)) menu.open = false;
    });
  });
})();
