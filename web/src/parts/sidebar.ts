// Beside the pictures: what is set up, or a lesson.

import type { App, Part } from "../app.ts";
import { html, replace } from "../core/dom.ts";
import { t } from "../core/i18n.ts";
import { dataPanel } from "./data.ts";
import { OwnTable } from "./table.ts";
import { layersPanel } from "./layers.ts";
import { lessonsPanel } from "./lessons.ts";

export class Side implements Part {
  readonly element = html("aside", { class: "side" });
  private table: OwnTable;

  constructor(private app: App) {
    this.table = new OwnTable(app);
    if (app.fixed) this.element.hidden = true;
  }

  made(): void {
    this.chosen();
  }

  wished(): void {
    this.chosen();
  }

  chosen(): void {
    const { app } = this;
    const setup = app.side === "setup" && app.place === "lab";
    const pick = (side: "setup" | "lessons") => html("button", {
      "aria-pressed": String((side === "setup") === setup), "data-key": `side-${side}`,
      onclick: () => {
        app.side = side;
        if (side === "setup") app.place = "lab";
        app.choose();
      },
    }, t(side));
    this.element.classList.toggle("teaching", !setup);
    const body = setup ? [dataPanel(app, this.table), layersPanel(app)] : [lessonsPanel(app, () => this.chosen())];
    replace(this.element, html("div", { class: "places wide", role: "group" }, pick("setup"), pick("lessons")), ...body);
  }
}
