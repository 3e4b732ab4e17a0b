/* Keeps the bar of a long export going, and shows the link when it is there. Without it there is "Look again". */
(() => {
  "use strict";
  const watch = document.getElementById("export-watch");
  const said = document.getElementById("export-said");
  // An office left open must not stay signed in by this page.
  const end = Date.now() + 15 * 60 * 1000;

  const show = (fresh) => {
    if (!fresh.dataset.refresh) {
      watch.replaceChildren(...fresh.childNodes);
      delete watch.dataset.refresh;
      said.textContent = watch.querySelector("p").textContent.trim();
      return;
    }
    watch.querySelector("progress").value = fresh.querySelector("progress").value;
    watch.querySelector("label").textContent = fresh.querySelector("label").textContent;
  };

  const look = async () => {
    try {
      const answer = await fetch(window.location.href, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("export-watch");
      if (!fresh) {
        window.location.reload();
        return;
      }
      show(fresh);
    } catch {
      /* the network is away: the next look may find it */
    }
    next();
  };

  const next = () => {
    if (watch.dataset.refresh && Date.now() < end) {
      window.setTimeout(look, 1000 * Number(watch.dataset.refresh));
    }
  };

  next();
})();
