// Keeps the figures of the tracker fresh while somebody looks at them: asks the API whether they have changed, and only
// then takes them from the page itself, which writes them as its language does. Without this script a link does it.
(() => {
  const live = document.querySelector("[data-live]");
  let isAsking = false;

  const renew = async () => {
    const answer = await fetch(location.pathname, { cache: "no-cache" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
    // Whoever reads a table by the keyboard is not thrown out of it.
    if (!fresh || live.contains(document.activeElement)) return;
    const open = [...live.querySelectorAll("details[open]")].map((part) => part.id);
    live.replaceChildren(...fresh.childNodes);
    live.dataset.known = fresh.dataset.known;
    open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  };

  const look = async () => {
    if (document.hidden || isAsking) return;
    isAsking = true;
    try {
      const answer = await fetch(live.dataset.live, { cache: "no-cache" });
      if (answer.ok && !(answer.headers.get("ETag") ?? "").includes(live.dataset.known)) await renew();
    } catch {
      // The network is gone for a moment: the figures stay as they are, and the next turn asks again.
    } finally {
      isAsking = false;
    }
  };

  setInterval(look, 5000);
  document.addEventListener("visibilitychange", look);
})();
