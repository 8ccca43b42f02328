// The time line: back to any stored moment, and on from there.

import type { App, Part } from "../app.ts";
import { html } from "../core/dom.ts";
import { number, t, whole } from "../core/i18n.ts";
import type { Standing } from "../core/types.ts";

export class Timeline implements Part {
  readonly element = html("footer", { class: "timeline" });
  private scrub = html("input", {
    type: "range", min: 0, max: 0, step: 1, "aria-label": t("timeline"), "data-key": "scrub",
    oninput: () => this.seek(Number(this.scrub.value)),
  });
  private where = html("output", { class: "where" });
  private fork = html("button", { title: t("forkHint"), "data-key": "fork", onclick: () => void this.branch() }, t("fork"));
  private latest = html("button", { "data-key": "latest", onclick: () => this.seek(Number(this.scrub.max)) }, t("latest"));
  private asking = false;
  private next: number | null = null;

  constructor(private app: App) {
    this.element.append(this.scrub, this.where, this.latest, this.fork);
    if (app.fixed) this.fork.hidden = true;
  }

  /** One request at a time while the handle is dragged; the last place counts. */
  private seek(step: number): void {
    this.next = step;
    if (!this.asking) void this.ask();
  }

  private async ask(): Promise<void> {
    this.asking = true;
    while (this.next !== null) {
      const step = this.next;
      this.next = null;
      await this.app.control("seek", { step });
    }
    this.asking = false;
  }

  /** To a neighbouring snapshot, a twentieth of the line or so away. */
  async jump(direction: number): Promise<void> {
    const { app } = this;
    const standing = await app.askRun<Standing>("GET", "");
    if (!standing || standing.snapshots.length === 0) return;
    const steps = standing.snapshots;
    const now = standing.shown ?? standing.step;
    const stride = Math.max(1, Math.round(steps.length / 20));
    let at = steps.findIndex((step) => step >= now);
    if (at < 0) at = steps.length - 1;
    this.seek(steps[Math.max(0, Math.min(steps.length - 1, at + direction * stride))]);
  }

  private async branch(): Promise<void> {
    const at = this.app.header?.step ?? 0;
    if (await this.app.control("fork")) this.app.note(t("forked", { step: whole(at) }));
  }

  draw(fresh: Set<string>): void {
    const { header } = this.app;
    if (!fresh.has("header") || !header) return;
    const [first = 0, last = 0] = header.snapshots ?? [];
    this.scrub.min = String(first);
    this.scrub.max = String(Math.max(last, header.end));
    if (!this.scrub.matches(":active")) this.scrub.value = String(header.step);
    const running = header.state === "running";
    // While it runs the pictures are a few steps behind the losses; only where it stands still is that a way back.
    const back = !running && header.step < header.end;
    const text = [
      back ? t("stepOfEnd", { step: whole(header.step), end: whole(header.end) }) : t("stepOf", { step: whole(header.step) }),
      `${t("epoch")} ${number(header.epoch, header.epoch < 10 ? 2 : 3)}`, running && header.sps > 0 ? `${whole(header.sps)} ${t("perSecond")}` : "",
    ].filter(Boolean).join(" · ");
    if (this.where.textContent !== text) this.where.textContent = text;
    this.scrub.setAttribute("aria-valuetext", text);
    this.latest.disabled = !back;
    this.fork.disabled = !back;
  }
}
