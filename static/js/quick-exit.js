// Leaves the site at once: by the "Leave this site" link, or by Escape pressed three times.
// The page is emptied before the other one loads, and its place in the history is taken,
// so that "back" does not show it again. Without this script the link still works.
(() => {
  const link = document.querySelector("[data-quick-exit]");
  if (!link) return;
  const pressesNeeded = 3;
  const withinMilliseconds = 5000;
  let presses = [];

  const leave = () => {
    document.title = "…";
    document.body.replaceChildren();
    window.location.replace(link.href);
  };

  link.addEventListener("click", (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    leave();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") {
      presses = [];
      return;
    }
    const now = Date.now();
    presses = [...presses.filter((pressed) => now - pressed < withinMilliseconds), now];
    if (presses.length >= pressesNeeded) leave();
  });

  // Coming back from the browser's own cache: nothing is left to show.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && !document.body.firstElementChild) leave();
  });
})();
