// Words and numbers in the reader's language.

import { type Count, en, enCounts, type Word } from "../words/en.ts";
import { pl, plClasses, plCounts } from "../words/pl.ts";
import type { Said } from "./types.ts";

export type { Word } from "../words/en.ts";

export const LANGUAGES = ["en", "pl"] as const;
export type Language = (typeof LANGUAGES)[number];
type Values = Record<string, string | number>;

let current: Language = "en";

export const language = (): Language => current;

export function setLanguage(next: string | null | undefined): void {
  current = next === "pl" ? "pl" : "en";
}

const filled = (text: string, values: Values): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));

export function t(word: Word, values: Values = {}): string {
  return filled((current === "pl" ? pl : en)[word], values);
}

/** "1 row", "5 rows"; Polish has four forms. */
export function counted(word: Count, n: number): string {
  const form = new Intl.PluralRules(current).select(n);
  const forms: Record<string, string> = current === "pl" ? plCounts[word] : enCounts[word];
  return filled(forms[form] ?? forms.other, { n: whole(n) });
}

/** A class of the data sets that come with Ravine. */
export function className(name: string): string {
  if (current !== "pl") return name;
  const [, word, which] = /^(.*?)( \d+)?$/.exec(name) ?? [];
  return word && word in plClasses ? `${plClasses[word]}${which ?? ""}` : name;
}

export const localized = <T>(text: Said<T>): T => text[current];

/** What is offered, by the names of the code and as the reader calls it. */
export const choices = (entries: readonly { name: string; title: Said }[]): [string, string][] => entries.map(({ name, title }) => [name, localized(title)]);

/** Significant *digits* of a number; very small and very large ones as powers of ten. NaN and ∞ are shown as such. */
export function number(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
    const [mantissa, power] = value.toExponential(digits - 1).split("e");
    const head = new Intl.NumberFormat(current, { maximumSignificantDigits: digits }).format(Number(mantissa));
    return `${head === "1" ? "" : `${head}·`}10${raised(Number(power))}`.replace("-", "−");
  }
  return new Intl.NumberFormat(current, { maximumSignificantDigits: digits }).format(value).replace("-", "−");
}

const raised = (power: number): string =>
  String(power).replace(/./g, (c) => ({ "-": "⁻", 1: "¹", 2: "²", 3: "³" })[c] ?? String.fromCharCode(0x2070 + Number(c)));

export const whole = (value: number): string => new Intl.NumberFormat(current).format(Math.round(value));

export const percent = (share: number | null | undefined, digits = 1): string =>
  share === null || share === undefined || !Number.isFinite(share)
    ? "NaN"
    : new Intl.NumberFormat(current, { style: "percent", maximumFractionDigits: digits }).format(share);

/** A number as a person typed it: 0.03, 0,03, 3e-2, −1 with either minus; null where it is none. */
export function readNumber(text: string): number | null {
  const plain = text.trim().replace(/[\s\u00a0\u202f]/g, "").replace("−", "-").replace(",", ".");
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return null;
  const value = Number(plain);
  return Number.isFinite(value) ? value : null;
}

/** A number as it stands in a field: all that is needed to read it again. */
export function written(value: number | null | undefined, digits = 7): string {
  if (value === null || value === undefined) return "";
  const text = String(Number(value.toPrecision(digits)));
  return current === "pl" ? text.replace(".", ",") : text;
}
