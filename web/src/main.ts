// The page, a notebook's widget and a report are one module: `mount` puts the lab into an element.

import "uplot/dist/uPlot.min.css";
import "./lab.css";
import { App } from "./app.ts";
import { setLanguage, t } from "./core/i18n.ts";
import { stored } from "./core/memory.ts";
import { follow } from "./core/theme.ts";
import type { Transport } from "./core/transport.ts";
import type { Catalogue } from "./core/types.ts";
import { Page } from "./page.ts";
import { KernelTransport, type Model } from "./transports/anywidget.ts";
import { FileTransport, type Recording } from "./transports/file.ts";
import { SocketTransport } from "./transports/websocket.ts";

export { FileTransport, KernelTransport, SocketTransport };

export interface Options {
  /** The whole browser page is the lab's: the address holds the configuration, keys work everywhere. */
  page?: boolean;
  language?: string;
}

/** Put the lab into *element*, over what *transport* comes to; returns what takes it away again. */
export async function mount(
  element: HTMLElement, transport: Transport | Promise<Transport>, options: Options = {},
): Promise<() => void> {
  const page = options.page ?? false;
  setLanguage(options.language ?? element.lang ?? document.documentElement.lang);
  element.classList.add("ravine-lab");
  element.classList.toggle("page", page);
  element.textContent = t("loading");
  let shell: Page | null = null;
  const leave = page ? () => undefined : follow(element, () => shell?.recolour());
  try {
    const source = await transport;
    const catalogue = await source.call<Catalogue>("GET", "catalogue");
    const app = new App(element, source, catalogue, page, (text, kind) => shell?.tell(text, kind));
    shell = new Page(app);
    if (app.misread) app.note(t("badLink"));
    const autoplay = page && location.hash.length < 2 && source.kind === "server";
    await app.make(autoplay);
    return () => {
      leave();
      shell?.close();
      element.replaceChildren();
    };
  } catch (error) {
    element.replaceChildren();
    const alarm = document.createElement("p");
    alarm.className = "alarm";
    alarm.setAttribute("role", "alert");
    alarm.textContent = error instanceof Error ? error.message : String(error);
    element.append(alarm);
    return () => {
      leave();
      element.replaceChildren();
    };
  }
}

/** As anywidget wants it: a view of the widget whose kernel trains. */
export default {
  async render({ model, el }: { model: Model; el: HTMLElement }): Promise<() => void> {
    const box = document.createElement("div");
    el.append(box);
    let here = true;
    let waiting = true;
    const transport = new KernelTransport(model, (silent) => {
      if (waiting) box.textContent = t(silent ? "kernelSilent" : "loading");
    });
    const mounted = mount(box, transport, { language: String(model.get("language") ?? "en") }).then((away) => {
      waiting = false;
      if (!here) away();
      return away;
    });
    // A notebook waits for this function: where no kernel answers it must not wait for ever.
    return () => {
      here = false;
      if (!waiting) void mounted.then((away) => away());
      transport.close();
    };
  },
};

/** What of the page mounts itself: the server's page, and recordings within a report. */
function start(): void {
  const asked = new URLSearchParams(location.search).get("lang");
  for (const element of document.querySelectorAll<HTMLElement>("[data-ravine=server]")) {
    const kept = stored("ravine-language");
    const language = kept ?? asked ?? navigator.language.slice(0, 2);
    void mount(element, new SocketTransport(), { page: true, language });
  }
  for (const element of document.querySelectorAll<HTMLElement>("[data-ravine=record]")) {
    const source = document.getElementById(element.dataset.source ?? "")?.textContent;
    if (!source) continue;
    const opened = Promise.resolve(source).then((text) => FileTransport.open(JSON.parse(text) as Recording));
    void mount(sheltered(element), opened, { language: document.documentElement.lang });
  }
}

/** Where *element* holds a template with the lab's style sheet, the lab and the page around it keep theirs apart. */
function sheltered(element: HTMLElement): HTMLElement {
  const template = element.querySelector("template");
  const box = document.createElement("div");
  const root = template ? element.attachShadow({ mode: "open" }) : element;
  root.replaceChildren(...(template ? [template.content.cloneNode(true)] : []), box);
  return box;
}

if (typeof document !== "undefined") start();
