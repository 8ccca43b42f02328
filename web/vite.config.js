import { defineConfig } from "vite";

// Names without hashes: the built files are committed, and a test compares them with their sources.
export default defineConfig({
  base: "./",
  build: {
    outDir: "../src/ravine/lab/static",
    emptyOutDir: true,
    modulePreload: false,
    rollupOptions: {
      output: { entryFileNames: "lab.js", chunkFileNames: "[name].js", assetFileNames: "lab.[ext]" },
    },
  },
});
