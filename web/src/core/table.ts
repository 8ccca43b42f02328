// The line of names of a table, so that its columns can be offered before the server has read it.

const SEPARATORS = [",", ";", "\t", "|"];

/** The names in the first line of *text*, as they stand there; a quoted name may hold separators and doubled quotes. */
export function headerOf(text: string): string[] {
  const fields = SEPARATORS.map((separator) => split(text, separator));
  // What cuts the line into the most pieces separates them.
  return fields.reduce((best, each) => (each.length > best.length ? each : best));
}

// Letters of Polish where the two encodings that have them differ, and those that they share; see ravine.data.
const LETTERS: [string, RegExp][] = [
  ["windows-1250", /[\xb9\x9c\x9f]/], ["iso-8859-2", /[\xb1\xb6\xbc]/], ["windows-1250", /[\xb3\xa3\xbf\xaf]/],
];

/** The text of a file: UTF-8 or UTF-16 where it says or is so, or else by its letters of Polish, or else Latin-1. */
export function decoded(content: ArrayBuffer): string {
  const bytes = new Uint8Array(content);
  const mark = [bytes[0], bytes[1]].join(" ");
  const sixteen = { "255 254": "utf-16le", "254 255": "utf-16be" }[mark];
  if (sixteen) return new TextDecoder(sixteen).decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const plain = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    const found = LETTERS.find(([, letters]) => letters.test(plain))?.[0] ?? "windows-1252";
    return new TextDecoder(found).decode(bytes);
  }
}

function split(text: string, separator: string): string[] {
  const names = [""];
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    const last = names.length - 1;
    if (quoted && c === '"' && text[i + 1] === '"') names[last] += text[++i];
    else if (c === '"' && (quoted || names[last].trim() === "")) quoted = !quoted;
    else if (!quoted && (c === "\n" || c === "\r")) break;
    else if (!quoted && c === separator) names.push("");
    else names[last] += c;
  }
  return names;
}
