// While Stripe settles the payment, looks again for a minute and says what became of it. The link does the same.
(() => {
  "use strict";
  const panel = document.querySelector('.status-panel[data-status="processing"]');
  if (!panel) return;
  const LOOKS = 15;
  const EVERY_MS = 4000;

  const show = (fresh) => {
    const news = fresh.querySelector(".status-panel");
    if (!news || news.dataset.status === panel.dataset.status) return false;
    const below = [];
    for (let node = news.nextSibling; node; node = node.nextSibling) below.push(node);
    while (panel.nextSibling) panel.nextSibling.remove();
    panel.after(...below);
    panel.dataset.status = news.dataset.status;
    // The panel itself stays: a screen reader tells only what changes within it.
    panel.replaceChildren(...news.childNodes);
    document.title = fresh.title;
    return true;
  };

  const look = async (left) => {
    try {
      const answer = await fetch(window.location.href, { credentials: "same-origin" });
      const page = answer.ok ? await answer.text() : "";
      if (page && show(new DOMParser().parseFromString(page, "text/html"))) return;
    } catch {
      // Offline for a moment: the next look may find the site again.
    }
    if (left > 1) window.setTimeout(look, EVERY_MS, left - 1);
  };
  window.setTimeout(look, EVERY_MS, LOOKS);
})();
