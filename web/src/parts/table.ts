// One's own table: a file is chosen, a column of it is to be predicted, and what is wrong with it is said right here.

import type { App } from "../app.ts";
import { field, html, replace } from "../core/dom.ts";
import { counted, number, t, whole } from "../core/i18n.ts";
import { decoded, headerOf } from "../core/table.ts";
import { suit } from "./suiting.ts";

/** It outlives the panel around it: a file that was chosen stays so while other settings change. */
export class OwnTable {
  private element = html("details", { "data-key": "upload" });
  private file = html("input", { type: "file", accept: ".csv,.txt,.tsv,text/csv,text/plain", "data-key": "csv" });
  private target = html("input", { type: "text", list: "ravine-columns", autocomplete: "off", "data-key": "target" });
  private columns = html("datalist", { id: "ravine-columns" });
  private use = html("button", { disabled: true, "data-key": "use-table", onclick: () => void this.send() }, t("upload"));
  private wrong = html("p", { class: "alarm", role: "alert" });
  private there = html("div");
  private text = "";
  private shown = "";

  constructor(private app: App) {
    const { examples, columns, upload } = app.catalogue.limits;
    const limits = t("tableLimits", { rows: whole(examples), columns: whole(columns), size: number(upload / 2 ** 20) });
    this.file.addEventListener("change", () => void this.read());
    this.element.append(html("summary", {}, t("ownTable")), this.there, field(t("csvFile"), this.file), html("p", { class: "hint" }, limits),
      field(t("target"), this.target), this.columns, this.use);
  }

  /** The element, with the tables that are there. */
  refreshed(): HTMLElement {
    const { app } = this;
    const { name } = app.configuration.data;
    replace(this.there, ...app.catalogue.uploads.map((each) => html("button", {
      class: "uploaded", "data-key": `upload-${each.id}`, "aria-pressed": String(name === `upload:${each.id}`), onclick: () => this.choose(each.id),
    }, t("uploaded", { name: each.name, rows: counted("row", each.rows), target: each.target }))));
    if (name !== this.shown && name.startsWith("upload:")) this.element.open = true;
    this.shown = name;
    return this.element;
  }

  private async read(): Promise<void> {
    const chosen = this.file.files?.[0];
    if (!chosen) return;
    this.say("");
    this.text = decoded(await chosen.arrayBuffer());
    // The line of names offers its columns; the last one is most often what is to be predicted.
    const names = headerOf(this.text).map((name) => name.trim());
    this.columns.replaceChildren(...names.map((name) => html("option", { value: name })));
    this.target.value = names[names.length - 1] ?? "";
    this.use.disabled = false;
  }

  private async send(): Promise<void> {
    const { app, text } = this;
    const name = this.file.files?.[0]?.name ?? "table.csv";
    this.say("");
    this.use.disabled = true;
    try {
      const made = await app.transport.call<(typeof app.catalogue.uploads)[number]>("POST", "datasets", { name, csv: text, target: this.target.value });
      app.catalogue.uploads.push(made);
      this.choose(made.id);
    } catch (error) {
      this.say(error instanceof Error ? error.message : String(error));
    }
    this.use.disabled = false;
  }

  private say(text: string): void {
    this.wrong.textContent = text;
    if (!text) return this.wrong.remove();
    this.element.append(this.wrong);
    this.wrong.scrollIntoView({ block: "nearest" });
  }

  private choose(id: string): void {
    this.app.change((c) => {
      c.data = { ...c.data, name: `upload:${id}`, points: null };
      c.network.weights = null;
      c.network.loss = "auto";
      suit(this.app, c, this.app.catalogue.defaults.network.layers);
    });
  }
}
