// The few things of a browser that the pure parts ask for when they are loaded.
const storage = new Map<string, string>();
Object.assign(globalThis, {
  localStorage: { getItem: (key: string) => storage.get(key) ?? null, setItem: (key: string, value: string) => storage.set(key, value), removeItem: (key: string) => storage.delete(key) },
  document: { documentElement: { lang: "", dataset: {} }, addEventListener: () => undefined },
  location: { origin: "http://localhost:8080", pathname: "/console/", search: "", href: "http://localhost:8080/console/" },
  addEventListener: () => undefined,
});
Object.defineProperty(globalThis, "navigator", { value: { languages: ["en"] }, configurable: true });
