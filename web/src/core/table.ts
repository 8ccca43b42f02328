// The line of names of a table, so that its columns can be offered before the server has read it.

const SEPARATORS = [",", ";", "\t", "|"];

/** The names in the first line of *text*, as they stand there; a quoted name may hold separators and doubled quotes. */
export function headerOf(text: string): string[] {
  const fields = SEPARATORS.map((separator) => split(text, separator));
  // What cuts the line into the most pieces separates them.
  return fields.reduce((best, each) => (each.length > best.length ? each : best));
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
