import { computed, effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const STORED = "alveole.theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(system.matches);
const stored = localStorage.getItem(STORED);

export const theme = signal<Theme>(stored === "light" || stored === "dark" ? stored : "system");
export const themeNow = computed(() => (theme.value === "system" ? (systemDark.value ? "dark" : "light") : theme.value));

system.addEventListener("change", (event) => (systemDark.value = event.matches));
effect(() => {
  document.documentElement.dataset["theme"] = themeNow.value;
});

export function setTheme(next: Theme): void {
  if (next === "system") localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, next);
  theme.value = next;
}
