import { defineConfig } from "vite";

const OUT = process.env.RAVINE_LAB_OUT ?? "../src/ravine/lab/static";

// Names without hashes: the built files are committed, and a test compares them with their sources. One module that
// exports what it is: the page imports it, a notebook's widget and a report take it as it is.
export default defineConfig({
  base: "./",
  publicDir: "public",
  build: {
    outDir: OUT,
    emptyOutDir: true,
    modulePreload: false,
    cssCodeSplit: false,
    target: ["chrome111", "firefox113", "safari16.4"],
    rollupOptions: {
      input: "src/main.ts",
      preserveEntrySignatures: "strict",
      output: { entryFileNames: "lab.js", assetFileNames: "lab.[ext]", codeSplitting: false },
    },
  },
});
