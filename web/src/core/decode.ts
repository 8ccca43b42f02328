// A binary frame: u32 length of the header, the header as JSON, arrays at multiples of four bytes.

import type { Arrays, Header } from "./types.ts";

const KINDS = { i4: Int32Array, f4: Float32Array, u1: Uint8Array } as const;

export function decode(buffer: ArrayBuffer): { header: Header; arrays: Arrays } {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))) as Header;
  const arrays: Arrays = new Map();
  for (const [name, dtype, shape, offset] of header.a) {
    const Kind = KINDS[dtype.replace(/^[<|]/, "") as keyof typeof KINDS];
    if (!Kind) throw new Error(`frame: the array ${name} has the unknown type ${dtype}`);
    const size = shape.reduce((product, n) => product * n, 1);
    arrays.set(name, { data: new Kind(buffer, 4 + length + offset, size), shape });
  }
  return { header, arrays };
}
