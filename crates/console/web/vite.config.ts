import { defineConfig } from "vite";

// Names have no hashes: `scripts/finish.mjs` gives every address inside the build `?v=` with the hash of the sources.
// The entry is never imported by another chunk, so that a page that asks for it by another address runs it once.
export default defineConfig({
  base: "/console/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { app: "index.html" },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        assetFileNames: (asset) => (asset.names[0]?.endsWith(".css") ? "app.css" : "[name][extname]"),
        codeSplitting: {
          groups: [
            { name: "core", test: /node_modules[\\/](?!uplot)|src[\\/](api|app|words)[\\/]|src[\\/]ui[\\/](?!Chart)/, priority: 2 },
            { name: "chart", test: /node_modules[\\/]uplot|src[\\/]ui[\\/]Chart/, priority: 1 },
          ],
        },
      },
    },
  },
});
