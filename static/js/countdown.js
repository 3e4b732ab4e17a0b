// How long exactly until the moment the page names, in its own language; the page says the days without us.
for (const place of document.querySelectorAll("[data-countdown]")) {
  const language = document.documentElement.lang;
  const moment = Date.parse(place.dataset.countdown);
  const units = ["day", "hour", "minute"];
  const words = units.map((unit) => new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }));
  const list = new Intl.ListFormat(language, { type: "unit" });

  const show = () => {
    const minutes = Math.floor((moment - Date.now()) / 60000);
    const parts = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
    place.textContent = minutes > 0 ? list.format(parts.map((count, at) => words[at].format(count))) : "";
    return minutes > 0;
  };

  // Who asked for less motion gets the number once; for the others it moves on once a minute.
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (show() && !isStill) {
    const clock = setInterval(() => show() || clearInterval(clock), 60000);
  }
}
