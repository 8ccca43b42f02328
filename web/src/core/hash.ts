// The whole configuration in the address, as base64url of compact JSON: a link holds a run.

import type { Configuration } from "./types.ts";

export function encodeHash(configuration: Configuration): string {
  const bytes = new TextEncoder().encode(JSON.stringify(configuration));
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The configuration in a hash, or null. What stands in it is for the server to check. */
export function decodeHash(hash: string): object | null {
  const text = hash.replace(/^#/, "").replaceAll("-", "+").replaceAll("_", "/");
  if (!text) return null;
  try {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
