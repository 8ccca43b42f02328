// A digest of the sources goes beside the built files, so that a test without Node can tell whether they belong together.
import { createHash } from "node:crypto";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const OUT = process.env.RAVINE_LAB_OUT ?? "../src/ravine/lab/static";

function within(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? within(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

const files = ["package.json", "package-lock.json", "tsconfig.json", "vite.config.js", "stamp.mjs"];
for (const folder of ["src", "public"]) files.push(...within(folder));
const hash = createHash("sha256");
for (const file of files.sort()) hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
writeFileSync(join(OUT, "sources.sha256"), `${hash.digest("hex")}\n`);
cpSync("node_modules/uplot/LICENSE", join(OUT, "uplot.LICENSE.txt"));
