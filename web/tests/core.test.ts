// What the page computes by itself, compared with what was computed another way.

import { describe, expect, it, vi } from "vitest";
import { App } from "../src/app.ts";
import { decode } from "../src/core/decode.ts";
import { decodeHash, encodeHash } from "../src/core/hash.ts";
import { className, counted, number, readNumber, setLanguage, written } from "../src/core/i18n.ts";
import { Series, smoothed } from "../src/core/series.ts";
import { decoded, headerOf } from "../src/core/table.ts";
import { Wishes } from "../src/core/wishes.ts";
import { type Feed, GONE, type Listener, type Transport } from "../src/core/transport.ts";
import type { Arrays, Catalogue, Configuration } from "../src/core/types.ts";
import { contour } from "../src/parts/terrain.ts";
import { block } from "../src/parts/layout.ts";
import { KernelTransport } from "../src/transports/anywidget.ts";
import { FileTransport, rewritten, unpack } from "../src/transports/file.ts";
import { en, enCounts } from "../src/words/en.ts";
import { pl, plCounts } from "../src/words/pl.ts";

/** Milliseconds after which what has not come never comes: nothing that works takes so long. */
const PATIENCE = 600_000;
vi.setConfig({ testTimeout: PATIENCE });

/** A frame as the server writes it. */
function frame(header: object, arrays: [string, string, number[], ArrayBufferView][]): ArrayBuffer {
  let offset = 0;
  const a = arrays.map(([name, dtype, shape, data]) => {
    const at = offset;
    offset += data.byteLength + ((4 - (data.byteLength % 4)) % 4);
    return [name, dtype, shape, at];
  });
  const text = new TextEncoder().encode(JSON.stringify({ ...header, a }));
  const length = text.length + ((4 - (text.length % 4)) % 4);
  const out = new Uint8Array(4 + length + offset).fill(32);
  new DataView(out.buffer).setUint32(0, length, true);
  out.set(text, 4);
  arrays.forEach(([, , , data], k) => out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 4 + length + (a[k][3] as number)));
  return out.buffer;
}

function losses(first: number, values: number[][]): Arrays {
  const n = values[0].length;
  return new Map([
    ["loss.step", { data: Int32Array.from({ length: n }, (_, i) => first + i), shape: [n] }],
    ["loss.train", { data: Float32Array.from(values.flat()), shape: [values.length, n] }],
  ]);
}

describe("frames", () => {
  it("give the header and each array at its place", () => {
    const made = decode(frame({ v: 1, f: 7 }, [["m", "u1", [3], new Uint8Array([1, 2, 255])], ["w", "f4", [1, 2], new Float32Array([0.5, NaN])]]));
    expect(made.header.f).toBe(7);
    expect([...(made.arrays.get("m")?.data ?? [])]).toEqual([1, 2, 255]);
    expect([...(made.arrays.get("w")?.data ?? [])]).toEqual([0.5, NaN]);
  });
  it("of an unknown type are refused", () => {
    expect(() => decode(frame({}, [["x", "f8", [1], new Float64Array([1])]]))).toThrow("unknown type");
  });
  it("can be given another header", () => {
    const made = decode(rewritten(frame({ f: 1, step: 4 }, [["w", "i4", [1], new Int32Array([9])]]), { f: 1234567 }));
    expect([made.header.f, made.header.step, made.arrays.get("w")?.data[0]]).toEqual([1234567, 4, 9]);
  });
});

describe("numbers", () => {
  it("are read with point and comma, and nothing else passes for one", () => {
    expect(["0.03", "0,03", " 3e-2 ", "-1", "−1", ".5", "1 000"].map(readNumber)).toEqual([0.03, 0.03, 0.03, -1, -1, 0.5, 1000]);
    expect(["", "x", "1,2,3", "1e", "NaN", "Infinity", "0x10", "--1"].map(readNumber)).toEqual(Array(8).fill(null));
  });
  it("are written so that they are read again", () => {
    for (const code of ["en", "pl"]) {
      setLanguage(code);
      for (const value of [0.03, -2.5e-7, 123456, 0, 1e9]) expect(readNumber(written(value))).toBe(value);
    }
    setLanguage("en");
  });
  it("say what they are where they are none", () => {
    expect([number(NaN), number(null), number(-Infinity), number(1e-7), number(2.5e-9)]).toEqual(["NaN", "NaN", "−∞", "10⁻⁷", "2.5·10⁻⁹"]);
  });
});

describe("words", () => {
  it("names the classes of the data sets, and leaves others as they are", () => {
    setLanguage("pl");
    expect(["outer", "arm 3", "7", "Setosa"].map(className)).toEqual(["zewnętrzny", "ramię 3", "7", "Setosa"]);
    setLanguage("en");
    expect(className("outer")).toBe("outer");
  });

  it("are the same in both languages, with the same places", () => {
    expect(Object.keys(pl)).toEqual(Object.keys(en));
    const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    for (const key of Object.keys(en) as (keyof typeof en)[]) expect(places(pl[key]), key).toEqual(places(en[key]));
    expect(Object.keys(plCounts)).toEqual(Object.keys(enCounts));
  });
  it("count as a Pole counts", () => {
    setLanguage("pl");
    expect([1, 2, 5, 12, 22, 0].map((n) => counted("example", n))).toEqual(
      ["1 przykład", "2 przykłady", "5 przykładów", "12 przykładów", "22 przykłady", "0 przykładów"]);
    setLanguage("en");
    expect([1, 2].map((n) => counted("example", n))).toEqual(["1 example", "2 examples"]);
  });
});

describe("the address", () => {
  it("holds a configuration and gives it back", () => {
    const given = { data: { name: "kółka – ∞" }, lanes: [{ rate: 0.03 }] } as unknown as Configuration;
    expect(encodeHash(given)).toMatch(/^[\w-]+$/);
    expect(decodeHash(`#${encodeHash(given)}`)).toEqual(given);
  });
  it("that holds none is not taken for one", () => {
    for (const text of ["", "#", "#%%%", "#aGVsbG8", "#W10", "#bnVsbA"]) expect(decodeHash(text)).toBeNull();
  });
});

describe("the series", () => {
  it("keeps least, mean and greatest of all losses, however many there are", () => {
    const series = new Series();
    series.clear(2);
    const n = 20_000;
    const values = [0, 1].map((lane) => Array.from({ length: n }, (_, i) => Math.fround(Math.sin(i * (lane + 1)) + 2)));
    for (let i = 0; i < n; i += 1000) series.take(losses(i, values.map((lane) => lane.slice(i, i + 1000))));
    expect([series.next, series.width]).toEqual([n, 8]);
    const { step, lanes } = series.binned(500);
    expect(step[step.length - 1]).toBe(n - 1);
    lanes.forEach((lane, k) => {
      let begin = 0;
      step.forEach((last, bin) => {
        const part = values[k].slice(begin, last + 1);
        expect(lane.low[bin]).toBe(Math.min(...part));
        expect(lane.high[bin]).toBe(Math.max(...part));
        // Sums of a few thousand numbers of size 2 in another order: some units in the last place.
        expect(lane.mean[bin]).toBeCloseTo(part.reduce((a, b) => a + b, 0) / part.length, 10);
        begin = last + 1;
      });
    });
  });
  it("takes nothing twice, and shows gaps where nothing was finite", () => {
    const series = new Series();
    series.clear(1);
    series.take(losses(0, [[3, NaN, 5]]));
    series.take(losses(1, [[100, 100, 7]]));
    expect(series.binned(100).lanes[0].mean).toEqual([3, null, 5, 7]);
    expect(smoothed([4, null, 2], 0.5)).toEqual([4, null, 3]);
  });
  it("forgets what came after a fork", () => {
    const series = new Series();
    series.clear(1);
    series.take(losses(0, [[1, 2, 3, 4]]));
    series.cut(2);
    series.take(losses(2, [[9]]));
    expect(series.binned(100).lanes[0].mean).toEqual([1, 2, 9]);
  });
  it("knows the time between what was measured", () => {
    const series = new Series();
    series.clear(1);
    series.tick(100, 1000);
    series.tick(300, 5000);
    expect([0, 50, 200, 900].map((step) => series.seconds(step))).toEqual([0, 0.5, 3, 5]);
  });
});

describe("contours", () => {
  it("lie on the circle of a cone", () => {
    const side = 41;
    const cone = Float32Array.from({ length: side * side }, (_, i) => Math.hypot((i % side) - 20, Math.floor(i / side) - 20));
    const found = contour(cone, side, side, 10);
    expect(found.length).toBeGreaterThan(60);
    // Linear interpolation of a cone along an edge of length 1 errs by less than 1/(8 r).
    for (const [ax, ay, bx, by] of found) for (const r of [Math.hypot(ax - 20, ay - 20), Math.hypot(bx - 20, by - 20)]) expect(Math.abs(r - 10)).toBeLessThan(1 / 80 + 1e-6);
  });
});

describe("a recording", () => {
  const part = (step: number, weights = [step, -step]) =>
    frame({ v: 1, f: 1, step, end: step, generation: 3, lanes: [], snapshots: [0, 0, 1] }, [
      ["gradients", "f4", [1], new Float32Array([step])],
      ...weights.map((w, k): [string, string, number[], ArrayBufferView] => [`${k}/network.b0`, "f4", [1], new Float32Array([w])]),
    ]);
  const losses = frame({ step: 30, end: 30, lanes: [] }, [["loss.step", "i4", [2], new Int32Array([0, 1])]]);
  const wait = () => new Promise((done) => setTimeout(done, 5));
  const open = (frames: ArrayBuffer[]) => {
    const transport = new FileTransport({ catalogue: {}, configuration: {}, facts: {} } as never, losses, frames);
    const seen: ReturnType<typeof decode>[] = [];
    const feed = transport.stream("record", { opened: () => undefined, frame: (buffer) => seen.push(decode(buffer)), said: () => undefined, lost: () => undefined, gone: () => undefined });
    const control = (body: object) => transport.call("POST", "runs/record/control", body);
    return { transport, seen, feed, control };
  };

  it("is stepped through, sought and reset, and refuses to be changed", async () => {
    const { transport, seen, control } = open([0, 10, 20, 30].map((step) => part(step)));
    await wait();
    expect([...seen[0].arrays.keys()]).toEqual(["loss.step"]);
    await control({ action: "reset" });
    await control({ action: "step", steps: 10 });
    await control({ action: "seek", step: 29 });
    expect(seen.map(({ header }) => header.step)).toEqual([30, 30, 0, 10, 30]);
    await expect(control({ action: "fork" })).rejects.toThrow("recording");
    await expect(transport.call("PATCH", "runs/record", {})).rejects.toThrow("recording");
  });

  it("shows the lane that is asked for", async () => {
    const { seen, feed } = open([part(0), part(7)]);
    await wait();
    feed.send({ do: "subscribe", lane: 1 });
    const last = seen[seen.length - 1];
    expect([last.header.lane, ...last.arrays.keys()]).toEqual([1, "gradients", "network.b0"]);
    expect(last.arrays.get("network.b0")?.data[0]).toBe(-7);
    feed.send({ do: "ack", f: 1 });
    expect(seen.length).toBe(3);
  });

  it("is unpacked to the frames that were packed", async () => {
    const frames = [losses, part(1.5), part(-3e8), part(0, []), part(2, [0.1, 0.2])].map((each) => new Uint8Array(each));
    const parts: number[] = [];
    let before = new Uint8Array(0);
    for (const each of frames) {
      const cut = 4 + new DataView(each.buffer).getUint32(0, true);
      const body = each.slice(cut);
      const change = body.length === before.length ? body.map((v, i) => v - before[i]) : body;
      parts.push(...new Uint8Array(new Uint32Array([each.length]).buffer), ...each.slice(0, cut), ...change);
      before = body;
    }
    const deflated = new Blob([new Uint8Array(parts)]).stream().pipeThrough(new CompressionStream("deflate"));
    const text = btoa(String.fromCharCode(...new Uint8Array(await new Response(deflated).arrayBuffer())));
    expect((await unpack(text)).map((each) => [...new Uint8Array(each)])).toEqual(frames.map((each) => [...each]));
  });

  it("has long series in bins", () => {
    const series = new Series();
    series.clear(1);
    const bins = { data: new Float32Array([1, NaN, 3, 2, NaN, 4, 5, NaN, 6]), shape: [3, 1, 3] };
    const arrays: Arrays = new Map();
    series.take(arrays.set("loss.bins", bins).set("loss.width", { data: new Int32Array([8]), shape: [1] }));
    const { step, lanes } = series.binned(10);
    expect([step, lanes[0]]).toEqual([[7, 15, 23], { low: [1, null, 3], mean: [2, null, 4], high: [5, null, 6] }]);
  });
});

describe("a widget's channel", () => {
  it("tells that nobody answers, that somebody does again, and opens a closed stream anew", async () => {
    vi.useFakeTimers();
    const sent: { kind: string; id?: number }[] = [];
    let hear: (content: object, buffers: ArrayBuffer[]) => void = () => undefined;
    const model = { send: (content: { kind: string }) => sent.push(content), on: (_: string, to: typeof hear) => { hear = to; }, off: () => undefined, get: () => "" };
    const silences: boolean[] = [];
    const transport = new KernelTransport(model as never, (yes) => silences.push(yes));
    const told: string[] = [];
    const feed = transport.stream("r", { opened: () => told.push("opened"), frame: () => told.push("frame"), said: (text) => told.push(Object.keys(JSON.parse(text))[0]), lost: () => told.push("lost"), gone: () => told.push("gone") });
    const id = sent.find(({ kind }) => kind === "open")?.id;
    vi.advanceTimersByTime(9000);
    hear({ kind: "alive" }, []);
    hear({ kind: "frame", id }, [new ArrayBuffer(4)]);
    hear({ kind: "frame", id: 1 }, [new ArrayBuffer(4)]);
    hear({ kind: "closed", id }, []);
    vi.advanceTimersByTime(1100);
    feed.close();
    // A run that has ended is told of once, and not asked for again.
    transport.stream("s", { opened: () => told.push("opened"), frame: () => undefined, said: () => undefined, lost: () => told.push("lost"), gone: () => told.push("gone") });
    hear({ kind: "closed", id: (sent.at(-1) as { id: number }).id, code: GONE }, []);
    vi.advanceTimersByTime(1100);
    transport.close();
    expect(silences).toEqual([true, false]);
    expect(told).toEqual(["error", "opened", "frame", "lost", "gone"]);
    expect(sent.map(({ kind }) => kind)).toEqual(["alive", "open", "alive", "alive", "open", "close", "open"]);
    const answered = new KernelTransport(model as never).call("GET", "catalogue");
    hear({ kind: "answer", id: (sent.at(-1) as { id: number }).id, status: 404 }, [new TextEncoder().encode('{"error": "none"}').buffer as ArrayBuffer]);
    await expect(answered).rejects.toThrow("none");
    vi.useRealTimers();
  });
});

describe("the layout of a layer", () => {
  it("draws each of up to 64 units where there is room, and a sample of more", () => {
    expect(block(4, 0, 300, 200)).toEqual({ drawn: 4, rows: 4, columns: 1, byRow: false });
    expect(block(64, 0, 500, 200)).toMatchObject({ drawn: 64, columns: 3 });
    expect(block(64, 8, 300, 300)).toEqual({ drawn: 64, rows: 8, columns: 8, byRow: true });
    expect(block(512, 0, 300, 200)).toMatchObject({ drawn: 12, columns: 1 });
  });

  it("stays within its room, and leaves no place empty before the last column", () => {
    for (let size = 1; size <= 80; size++) {
      for (const [height, room] of [[240, 60], [300, 150], [700, 400]]) {
        const { drawn, rows, columns } = block(size, 0, height, room);
        expect(drawn).toBeLessThanOrEqual(Math.min(size, rows * columns));
        expect(drawn).toBeGreaterThan(0);
        expect(rows * 15).toBeLessThanOrEqual(Math.max(height - 60, 30));
        if (columns > 1) expect(columns * 15).toBeLessThanOrEqual(room);
      }
    }
  });
});

describe("a table's line of names", () => {
  it("is read as it stands, whatever separates it, and within quotation marks", () => {
    expect(headerOf("a, b,horse power\n1,2,3\n")).toEqual(["a", " b", "horse power"]);
    expect(headerOf('"last, first";"a ""b""";c\r\n1;2;3')).toEqual(["last, first", 'a "b"', "c"]);
    expect(headerOf("x\ty")).toEqual(["x", "y"]);
    expect(headerOf("")).toEqual([""]);
  });
});

describe("a table's bytes", () => {
  it("are read in the encoding that they have", () => {
    const bytes = (...given: number[]) => new Uint8Array(given).buffer as ArrayBuffer;
    expect(decoded(new TextEncoder().encode("żółw;miś").buffer as ArrayBuffer)).toBe("żółw;miś");
    // As Python's "żółw;miś".encode("cp1250") and .encode("iso8859-2") give them, and "Käse".encode("latin-1").
    expect(decoded(bytes(0xbf, 0xf3, 0xb3, 0x77, 0x3b, 0x6d, 0x69, 0x9c))).toBe("żółw;miś");
    expect(decoded(bytes(0xbf, 0xf3, 0xb3, 0x77, 0x3b, 0x6d, 0x69, 0xb6))).toBe("żółw;miś");
    expect(decoded(bytes(0x4b, 0xe4, 0x73, 0x65))).toBe("Käse");
    expect(decoded(bytes(0xff, 0xfe, 0x61, 0x00, 0x3b, 0x00, 0x7c, 0x01))).toBe("a;ż");
  });
});

describe("wishes", () => {
  const base = () => ({ seed: 0, speed: 1, lanes: [] as unknown[] }) as unknown as Configuration;
  const units = (by: number) => (c: Configuration) => { c.seed += by; };

  it("are asked for together, and what comes meanwhile comes on top of what is made", () => {
    const wishes = new Wishes(base());
    wishes.add(units(1));
    const first = wishes.ask();
    wishes.add(units(10));
    wishes.add(units(100));
    expect([first.seed, wishes.wished.seed]).toEqual([1, 111]);
    wishes.granted(first);
    expect(wishes.ask().seed).toBe(111);
    wishes.granted(wishes.wished);
    expect([wishes.open, wishes.held.seed, wishes.wished.seed]).toEqual([false, 111, 111]);
  });

  it("that are refused together are tried one by one: one that cannot be had takes no other with it", () => {
    const wishes = new Wishes(base());
    for (const by of [1, 1000, 10]) wishes.add(units(by));
    const told: string[] = [];
    while (wishes.open) {
      const asked = wishes.ask();
      // The server takes no seed of a thousand or more.
      if (asked.seed < 1000) wishes.granted(asked);
      else if (wishes.refused()) told.push("refused");
    }
    expect([wishes.held.seed, told]).toEqual([11, ["refused"]]);
  });
});

describe("a run that another one replaces", () => {
  /** A server whose answers come when they are let; what was asked is told, aborted requests too. */
  class Slow implements Transport {
    readonly kind = "server";
    told: string[] = [];
    listeners: Listener[] = [];
    runs = 0;

    call<T>(method: string, path: string, _body?: unknown, signal?: AbortSignal): Promise<T> {
      this.told.push(`${method} ${path}`);
      if (method === "POST" && path === "runs") {
        const configuration = { data: { name: "moons" }, lanes: [{ rule: "sgd", rate: 0.1, on: true }] };
        return Promise.resolve({ id: `r${++this.runs}`, configuration, facts: {} } as T);
      }
      if (method === "DELETE") return Promise.resolve(undefined as T);
      return new Promise((_, reject) => {
        signal?.addEventListener("abort", () => {
          this.told.push(`aborted ${path}`);
          reject(signal.reason);
        });
      });
    }

    stream(_run: string, listener: Listener): Feed {
      this.listeners.push(listener);
      return { send: () => undefined, close: () => undefined };
    }

    save(path: string, _name: string, signal?: AbortSignal): Promise<void> {
      return this.call("GET", path, undefined, signal);
    }
  }

  async function begun(): Promise<{ app: App; server: Slow; said: string[] }> {
    const server = new Slow();
    const said: string[] = [];
    const root = { dataset: {} } as unknown as HTMLElement;
    const app = new App(root, server, { defaults: {} } as Catalogue, false, (text, kind) => { if (text) said.push(`${kind}: ${text}`); });
    await app.make(false);
    return { app, server, said };
  }

  it("is asked nothing more before it ends, and what was asked is no error", async () => {
    const { app, server, said } = await begun();
    const waiting = [app.control("step"), app.askRun("PATCH", "", { speed: 1 }), app.askRun("GET", ""), app.askRun("POST", "/predict", {}), app.askRun("GET", "/surface"), app.save("py", "")];
    await app.make(false);
    expect(await Promise.all(waiting)).toEqual([null, null, null, null, null, undefined]);
    expect(said).toEqual([]);
    const end = server.told.indexOf("DELETE runs/r1");
    expect(server.told.filter((each) => each.startsWith("aborted"))).toHaveLength(6);
    expect(server.told.slice(end + 1).filter((each) => each.includes("r1"))).toEqual([]);
    void app.control("step");
    expect(server.told.at(-1)).toBe("POST runs/r2/control");
  });

  it("is begun anew where the server ended it, and only then", async () => {
    const { app, server, said } = await begun();
    await app.make(false);
    server.listeners[0].gone();
    expect(app.id).toBe("r2");
    server.listeners[1].gone();
    await vi.waitFor(() => expect(app.id).toBe("r3"), { timeout: PATIENCE });
    expect(said.some((each) => each.startsWith("error"))).toBe(false);
    expect(server.told.filter((each) => each.startsWith("DELETE"))).toEqual(["DELETE runs/r1"]);
  });
});
