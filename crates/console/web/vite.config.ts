import { defineConfig } from "vite";

// Names have no hashes: the server serves the build below a path with the hash of the sources.
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
            // Screens beside each other share a file: each on its own would repeat what it takes from the core.
            { name: "chart", test: /node_modules[\\/]uplot|src[\\/]ui[\\/]Chart|src[\\/]screens[\\/](monitoring|gallery)/, priority: 1 },
            { name: "people", test: /src[\\/]screens[\\/](account|audit|services|users)\b/ },
            { name: "operate", test: /src[\\/]screens[\\/](explorer|jobs|settings|webhooks)\b/ },
            { name: "work", test: /src[\\/]screens[\\/](tasks|files|notifications|chat|catalogue|products)\b/ },
          ],
        },
      },
    },
  },
});
