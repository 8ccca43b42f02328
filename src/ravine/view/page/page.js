"use strict";
(() => {
  const root = document.documentElement;
  const button = document.querySelector("button.theme");
  const contents = document.querySelector("details.contents");
  const wide = window.matchMedia("(min-width: 72rem)");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  // A page opened from a file may be refused its storage: the choice then lasts until the page is closed.
  const store = (action) => {
    try {
      return action(window.localStorage);
    } catch {
      return null;
    }
  };

  const kept = store((storage) => storage.getItem("ravine-theme"));
  if (kept === "light" || kept === "dark") root.dataset.theme = kept;
  button.hidden = false;
  button.addEventListener("click", () => {
    const now = root.dataset.theme ?? (dark.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    store((storage) => storage.setItem("ravine-theme", root.dataset.theme));
  });

  const fold = () => {
    contents.open = wide.matches;
  };
  fold();
  wide.addEventListener("change", fold);
  contents.addEventListener("click", (event) => {
    if (event.target.closest("a") && !wide.matches) contents.open = false;
  });

  // What scrolls sideways can be reached by the keyboard, and only that.
  const reach = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const box of document.querySelectorAll(".scroll")) reach.observe(box);

  const links = new Map(
    [...contents.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]),
  );
  const seen = new Set();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) seen.add(entry.target.id);
        else seen.delete(entry.target.id);
      }
      const first = [...links.keys()].find((id) => seen.has(id));
      for (const [id, link] of links) {
        if (id === first) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    },
    { rootMargin: "-10% 0px -70% 0px" },
  );
  for (const id of links.keys()) observer.observe(document.getElementById(id));
})();
