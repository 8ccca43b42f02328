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

  // A link into a fold opens it, and all that it lies in; browsers differ in whether they do that themselves.
  const reveal = () => {
    let target = null;
    try {
      target = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    } catch {
      return;
    }
    if (target === null || !target.matches("main *")) return;
    let closed = false;
    for (let node = target; node !== null; node = node.parentElement) {
      if (node.tagName !== "DETAILS" || node.open) continue;
      node.open = true;
      closed = true;
    }
    if (closed) target.scrollIntoView({ behavior: "instant" });
  };
  reveal();
  window.addEventListener("hashchange", reveal);
  // A link to the place where one is already changes no hash.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link !== null && link.hash === window.location.hash) reveal();
  });

  const folds = [...document.querySelectorAll("main details")];
  const unfold = document.querySelector("button.unfold");
  if (unfold !== null) {
    const words = [unfold.textContent, unfold.dataset.close];
    unfold.hidden = false;
    unfold.addEventListener("click", () => {
      const open = folds.some((each) => !each.open);
      for (const each of folds) each.open = open;
      unfold.textContent = words[open ? 1 : 0];
    });
  }
  // Paper cannot be opened.
  let shut = [];
  window.addEventListener("beforeprint", () => {
    shut = folds.filter((each) => !each.open);
    for (const each of shut) each.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const each of shut) each.open = false;
    shut = [];
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
