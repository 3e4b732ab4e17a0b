// Says on the open page that the session is over. Asking how long it lasts does not lengthen it.
"use strict";
(() => {
  const meta = document.querySelector('meta[name="office-session"]');
  if (!meta) return;

  const sayIt = () => {
    const note = document.createElement("p");
    note.className = "errornote";
    note.setAttribute("role", "alert");
    note.textContent = meta.dataset.said + " ";
    const link = document.createElement("a");
    link.href = meta.dataset.login + "?next=" + encodeURIComponent(location.pathname + location.search);
    link.textContent = meta.dataset.link;
    note.append(link);
    (document.querySelector("#content") || document.body).prepend(note);
  };

  const look = async () => {
    try {
      const answer = await fetch(meta.content, { headers: { Accept: "application/json" } });
      const { seconds } = await answer.json();
      if (seconds > 0) {
        setTimeout(look, (seconds + 1) * 1000);
      } else {
        sayIt();
      }
    } catch {
      setTimeout(look, 60000); // no network: the session may still be open
    }
  };

  setTimeout(look, 30 * 60 * 1000 + 1000);
})();
