// Escape closes an open menu of the header and gives the keyboard back to its button; so does a press elsewhere.
// The open page is brought into view in its section's menu. Without this script the menus open and close by their own buttons.
(() => {
  const open = () => document.querySelectorAll("details.language-menu[open], details.menu-toggle[open]");

  // On a phone the pages of a section scroll sideways: the one that is open must be seen.
  document.querySelector(".section-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

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
