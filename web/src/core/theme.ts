// Light or dark as the surroundings are: a notebook, a report. Where they do not say, it is the system's choice.

function found(): "light" | "dark" | null {
  const { body, documentElement: root } = document;
  // JupyterLab, VS Code, marimo, and a page with a theme of its own.
  const said = body.dataset.jpThemeLight ?? body.dataset.vscodeThemeKind ?? root.dataset.theme ?? body.dataset.theme ?? body.className;
  if (/\b(false|dark)\b|-dark\b/.test(said)) return "dark";
  return /\b(true|light)\b|-light\b/.test(said) ? "light" : null;
}

/** Have *element* follow the theme around it; *changed* is called at every change. Returns what ends that. */
export function follow(element: HTMLElement, changed: () => void): () => void {
  const apply = (): void => {
    const now = found();
    if (now === (element.dataset.theme ?? null)) return;
    if (now) element.dataset.theme = now;
    else delete element.dataset.theme;
    changed();
  };
  apply();
  const observer = new MutationObserver(apply);
  for (const each of [document.body, document.documentElement]) {
    observer.observe(each, { attributes: true, attributeFilter: ["class", "data-theme", "data-jp-theme-light", "data-vscode-theme-kind"] });
  }
  return () => observer.disconnect();
}
