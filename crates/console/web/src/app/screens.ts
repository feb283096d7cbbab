// The screens, in the order of the side bar. `covers` says which operations of the API a screen uses; the explorer has
// all of them, and a test compares both with the document.
import type { ComponentType } from "preact";
import type { IconName } from "../ui/Icon";
import { can } from "../api/session";
import { shell } from "./words";

export interface Screen {
  path: string;
  label: () => string;
  icon: IconName;
  group: "work" | "people" | "operate" | "hidden";
  /** One of these permissions shows it. */
  needs: readonly string[];
  load: () => Promise<{ default: ComponentType }>;
}

export const SCREENS: readonly Screen[] = [
  { path: "", label: shell.overview, icon: "grid", group: "work", needs: ["signed-in"], load: () => import("../screens/overview") },
  { path: "tasks", label: shell.tasks, icon: "task", group: "work", needs: ["tasks:read"], load: () => import("../screens/tasks") },
  { path: "files", label: shell.files, icon: "file", group: "work", needs: ["files:read"], load: () => import("../screens/files") },
  { path: "users", label: shell.users, icon: "users", group: "people", needs: ["users:manage"], load: () => import("../screens/users") },
  { path: "explorer", label: shell.explorer, icon: "code", group: "operate", needs: ["signed-in"], load: () => import("../screens/explorer") },
  { path: "gallery", label: shell.gallery, icon: "grid", group: "hidden", needs: ["public"], load: () => import("../screens/gallery") },
];

export function visible(screen: Screen): boolean {
  return screen.needs.some(can);
}

export function screenOf(path: string): Screen | undefined {
  const first = path.split("/")[0] ?? "";
  return SCREENS.find((screen) => screen.path === first);
}
